"""Asks the database what every page asks, with statements that are put together once."""
