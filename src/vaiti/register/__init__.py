"""The book of calls: what was recorded, on which line, by whom, in which state."""
