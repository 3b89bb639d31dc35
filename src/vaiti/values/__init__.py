"""Ids, the masked number, the personal-data wrapper, the clock as a value handed in."""
