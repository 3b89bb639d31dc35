"""Recording sessions as a pure state machine: signalling and answers in, events out (RFC 7866)."""
