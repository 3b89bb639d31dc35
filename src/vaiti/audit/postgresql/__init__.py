"""Django's engine for PostgreSQL, in which entries of the log travel with the commit."""

ITS_EPOCH = 946_684_800_000_000
"""PostgreSQL counts microseconds since 2000: as microseconds since 1970."""
