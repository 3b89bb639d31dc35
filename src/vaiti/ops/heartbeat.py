"""Signs of life: of the key process, of the clock, and outward, so that somebody else notices when
the whole machine is gone.

A watcher elsewhere gets a GET each minute as long as all is well here, and raises its own alarm
when none comes. Nothing but the request itself is sent.
"""

import ctypes
import http.client
import ssl
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from vaiti.due import alarms
from vaiti.ops.recorders import Group, said_at
from vaiti.ops.sections.completeness import Heartbeat
from vaiti.ops.watch import SILENCE
from vaiti.vault.keyclient import KeyClient, KeysRefused, KeysUnavailable

UNHEARD, KEYS, CLOCK = "heartbeat_unheard", "keys_silent", "clock_unsynchronised"
PATIENCE = 5.0  # seconds for the watcher's answer
ANSWERED_WELL = range(200, 300)
TIME_ERROR = 5
"""What adjtimex answers while nothing disciplines the kernel's clock."""
TIMEX_BYTES = 512
"""Room for the kernel's struct timex, which has 208 on 64-bit machines."""


class HeartbeatDesk:
    """Sends the sign of life when recorder and keys are well; says when nobody takes it."""

    def __init__(self, rules: Heartbeat, group: Group, keys: KeyClient) -> None:
        self.rules, self.group, self.keys = rules, group, keys

    def beat(self, now: datetime) -> bool:
        """Whether the watcher took it. What is wrong here is kept back, so that it notices."""
        if not watch_keys(self.keys, now):
            return False
        if not all(recorders_live(self.group, now)):
            return False
        if not self.rules.address:
            return False
        fault = sent(self.rules.address)
        settle(UNHEARD, "watcher", fault, now)
        return not fault


def watch_keys(keys: KeyClient, now: datetime) -> bool:
    """An alarm stands while the key process does not answer."""
    try:
        keys.describe()
    except (KeysUnavailable, KeysRefused):
        settle(KEYS, "keys", "the key process does not answer: nothing is heard or taken in", now)
        return False
    settle(KEYS, "keys", "", now)
    return True


def recorders_live(group: Group, now: datetime) -> list[bool]:
    """Of each recorder whether it takes calls; of none under an address whose front is away."""
    front = group.front()
    reached = group.processes == 1 or (front is not None and now - said_at(front) <= SILENCE)
    return [
        (reached or not group.is_own(name))
        and told is not None
        and now - said_at(told) <= SILENCE
        and told["state"] == "accepting"
        for name, told in group.states().items()
    ]


def sent(address: str) -> str:
    """Asks the watcher's address; "" when it answered well, else what was wrong."""
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port
    context = ssl.create_default_context() if parts.scheme == "https" else None
    client = (
        http.client.HTTPSConnection(host, port, timeout=PATIENCE, context=context)
        if context
        else http.client.HTTPConnection(host, port, timeout=PATIENCE)
    )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        client.request("GET", path)
        status = client.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"the watcher cannot be reached: {type(error).__name__}"
    finally:
        client.close()
    return "" if status in ANSWERED_WELL else f"the watcher answered {status}"


def kernel_clock() -> int:
    """What the kernel says of its clock (adjtimex, asked and not set); TIME_ERROR when nothing
    keeps it right. Raises OSError where the kernel is not asked like that."""
    library = ctypes.CDLL(None, use_errno=True)
    asked = ctypes.create_string_buffer(TIMEX_BYTES)  # modes = 0: only read
    answer = int(library.adjtimex(asked))
    if answer < 0:
        raise OSError(ctypes.get_errno(), "adjtimex")
    return answer


def watch_clock(now: datetime, ask: Callable[[], int] = kernel_clock) -> None:
    """N-12: an alarm stands while no time service keeps this machine's clock."""
    try:
        fault = ask() == TIME_ERROR
    except (OSError, AttributeError):  # another kernel, or one that answers nobody
        fault = False
    detail = "no time service keeps this machine's clock; start one, such as chrony"
    settle(CLOCK, "machine", detail if fault else "", now)


def settle(kind: str, key: str, fault: str, now: datetime) -> None:
    if fault:
        alarms.raise_alarm(kind, key, fault, now)
    else:
        alarms.clear(kind, key, now)
