"""Appends who did what when to a Merkle log, and proves it whole."""
