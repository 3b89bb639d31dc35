"""Vaiti: the call-recording register that a privacy notice can be held to."""
