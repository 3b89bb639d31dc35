"""Turns an HTTP request into one call of a verb, and its answer into a page. Holds no rule."""
