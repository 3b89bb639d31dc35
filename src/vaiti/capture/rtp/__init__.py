"""RTP as pure functions: packets in, ordered facts and named drops out (RFC 3550)."""
