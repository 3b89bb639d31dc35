"""What a recording session says besides the call itself: bodies and metadata (RFC 7865, 7866)."""
