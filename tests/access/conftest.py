"""The doors' fixtures."""

from access_world import entries, open_leg, resume

__all__ = ["entries", "open_leg", "resume"]
