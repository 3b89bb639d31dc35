"""The notice as code, with what proves each sentence. Empty until its issue is built."""
