"""What callers were told, on which lines, by version and time; the pure due rule."""
