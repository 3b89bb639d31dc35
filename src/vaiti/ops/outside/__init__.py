"""Looks at a running Vaiti as an outsider would: at its disk, its sockets and its pages.

Imports nothing of the rooms it looks at: each check is worked out from the published formats again.
"""
