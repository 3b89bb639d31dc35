"""Seals, keeps, opens and shreds byte streams under keys; the key process."""
