"""Each grant gives a key once. Which ones did is known until they expire, in memory only."""

import hashlib
import heapq
import threading

from vaiti.vault.grant import Grant, GrantRefused


class AskAgain(Exception):
    """It cannot be told just now whether the grant holds."""


class Spent:
    """Threads may share it. `since_us` is when this memory began."""

    def __init__(self, since_us: int) -> None:
        self._since_us = since_us
        self._guard = threading.Lock()
        self._known: set[bytes] = set()
        self._ends: list[tuple[int, bytes]] = []

    def spend(self, token: str, grant: Grant, now_us: int) -> None:
        """Raises GrantRefused the second time, and AskAgain for a grant older than this memory:
        it may have been spent before.
        """
        if grant.not_before_us < self._since_us:
            raise AskAgain("the key process was started after this grant was signed; ask again")
        name = hashlib.sha256(token.encode()).digest()
        with self._guard:
            self._forget(now_us)
            if name in self._known:
                raise GrantRefused("the grant has given its key already; open the recording again")
            self._known.add(name)
            heapq.heappush(self._ends, (grant.expires_us, name))

    def _forget(self, now_us: int) -> None:
        while self._ends and self._ends[0][0] <= now_us:
            self._known.discard(heapq.heappop(self._ends)[1])
