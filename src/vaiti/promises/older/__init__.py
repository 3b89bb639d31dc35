"""Looks in every place for what is older than callers were promised, by questions of its own.

It shares no query with the rooms that keep and destroy: a mistake there is not repeated here.
"""
