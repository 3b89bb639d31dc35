"""Commands are run as processes of their own."""

from own_source import own_source

__all__ = ["own_source"]
