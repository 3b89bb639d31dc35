"""How large a frame of a packet ring is: also for whoever only reckons, and needs no NumPy.

The key process locks all of its memory: what the settings import is part of it.
"""

FRAME = 304  # in bytes: 80 of the kernel, and 20 ms of G.711 by SRTP with its longest tag
