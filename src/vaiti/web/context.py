"""Placeholder until the web room is built."""
