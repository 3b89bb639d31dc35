"""Mail that leaves: written, waiting, handed to a server."""
