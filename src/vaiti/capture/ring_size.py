"""How large a frame of a packet ring is: also for whoever only reckons, and needs no NumPy.

The key process locks all of its memory: what the settings import is part of it.
"""

FRAME = 320  # in bytes: a multiple of cache lines
