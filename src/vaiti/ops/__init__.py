"""Starts processes, reads settings, wires rooms; command line, demo, test phone."""
