"""Requests by e-mail: a mail read, what it wants, and the case that it becomes."""
