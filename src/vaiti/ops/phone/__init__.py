"""A test phone: a session recording client (RFC 7866) with its own SIP, RTP and G.711.

It shares no code with the recorder, so that a mistake made once is not made twice alike.
"""
