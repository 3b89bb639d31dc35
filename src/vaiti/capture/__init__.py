"""Speaks SIP, SIPREC, SDP and RTP; turns a call into sealed tracks. Never reads one."""
