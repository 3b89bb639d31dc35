"""A bound on how often one person may ask for something. In this process's memory only.

A second web process doubles the bound; restarting forgets it. It stops walking through the list,
not a determined thief: every page is in the log besides (N-23).
"""

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from threading import Lock

MAX_KEYS = 10_000  # persons remembered, the longest unseen dropped first


class Pace:
    """At most `most` times in `seconds` a key."""

    def __init__(self, most: int, seconds: int) -> None:
        self.most = most
        self.seconds = seconds
        self._seen: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = Lock()

    def allows(self, key: str, now: datetime) -> bool:
        """Counts this time, unless it is refused."""
        begins = now - timedelta(seconds=self.seconds)
        with self._lock:
            times = self._seen.setdefault(key, deque(maxlen=self.most))
            self._seen.move_to_end(key)
            while times and times[0] <= begins:
                times.popleft()
            while len(self._seen) > MAX_KEYS:
                self._seen.popitem(last=False)
            if len(times) >= self.most:
                return False
            times.append(now)
            return True

    def forget(self) -> None:
        """Begins anew."""
        with self._lock:
            self._seen.clear()
