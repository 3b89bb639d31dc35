"""Keeps frames as received; later orders, decodes and mixes them for a listener."""
