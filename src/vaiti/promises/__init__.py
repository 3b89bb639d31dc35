"""What shows that the notice is kept: the report of a period, from rows and from the log."""
