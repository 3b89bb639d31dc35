"""Fills a demo's register with calls that never were: many rows, no sound, and no whole number."""
