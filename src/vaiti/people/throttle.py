"""How often somebody may try and fail. Counted in the database, so that all processes count as one.

Three things are counted, each by a keyed digest: the login for browsers that are not known, the
browser for those that have signed in with this login before, and the address for all unknown
browsers together. A stranger can close a login to strangers only.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from django.core import signing
from django.utils.crypto import get_random_string, salted_hmac

from vaiti.people.models import SignInFailure

MAX_FAILURES = 5  # of one login, or of one known browser, within WINDOW
MAX_OF_ADDRESS = 50  # a whole office may stand behind one address
WINDOW = timedelta(minutes=15)
DEVICE_SALT = "vaiti.people.device"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a try comes from. `device` is what the browser kept from an earlier sign-in."""

    address: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    digest: str
    most: int


def device_token(login: str) -> str:
    """What a browser keeps so that it is known again for this login, and for no other."""
    return signing.dumps([_digest("login", login), get_random_string(22)], salt=DEVICE_SALT)


def counts_of(login: str, origin: Origin) -> list[Count]:
    """What a try counts against."""
    known = _known_device(login, origin.device)
    if known:
        return [Count(_digest("device", known), MAX_FAILURES)]
    counts = [Count(_digest("login", login), MAX_FAILURES)]
    if origin.address:
        counts += counts_of_address(origin.address)
    return counts


def counts_of_address(address: str) -> list[Count]:
    """The count of tries that name no login: a passkey, a token."""
    return [Count(_digest("address", _network(address)), MAX_OF_ADDRESS)]


def counts_of_own(person: str) -> list[Count]:
    """The count of somebody who is signed in and changes their password."""
    return [Count(_digest("own", person), MAX_FAILURES)]


def counts_of_second(person: str) -> list[Count]:
    """The second step has its own count: who comes there knew the password."""
    return [Count(_digest("second", person), MAX_FAILURES)]


def reserve(counts: list[Count], now: datetime) -> bool:
    """Counts a try as failed before it is looked at, so that tries side by side count too."""
    SignInFailure.objects.filter(at__lte=now - WINDOW).delete()
    rows = [SignInFailure.objects.create(digest=count.digest, at=now) for count in counts]
    if all(failures(count) <= count.most for count in counts):
        return True
    SignInFailure.objects.filter(id__in=[row.id for row in rows]).delete()
    return False


def forgive(counts: list[Count]) -> None:
    """After a success: the login's or the browser's count begins anew, the address's loses one."""
    first, *others = counts
    SignInFailure.objects.filter(digest=first.digest).delete()
    take_back(others)


def take_back(counts: list[Count]) -> None:
    """The last try was none that failed."""
    for count in counts:
        newest = SignInFailure.objects.filter(digest=count.digest).order_by("-id")[:1]
        SignInFailure.objects.filter(id__in=list(newest.values_list("id", flat=True))).delete()


def failures(count: Count) -> int:
    return SignInFailure.objects.filter(digest=count.digest).count()


def seconds_left(counts: list[Count], now: datetime) -> int:
    """How long further tries are refused; 0 when one may be made."""
    return max((_seconds(count, now) for count in counts), default=0)


def _seconds(count: Count, now: datetime) -> int:
    tries = SignInFailure.objects.filter(digest=count.digest, at__gt=now - WINDOW)
    newest = list(tries.order_by("-at").values_list("at", flat=True)[: count.most])
    if len(newest) < count.most:
        return 0
    return max(1, math.ceil((newest[-1] + WINDOW - now).total_seconds()))


def _known_device(login: str, token: str) -> str:
    """The browser's random name, if it holds a token for this login."""
    try:
        owner, name = signing.loads(token, salt=DEVICE_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(name) if owner == _digest("login", login) else ""


def _network(address: str) -> str:
    """An IPv6 host has a whole network of addresses: they count as one."""
    try:
        read = ip_address(address)
    except ValueError:
        return address[:64]
    return str(read)[:64] if not isinstance(read, IPv6Address) else str(int(read) >> 64)


def _digest(what: str, value: str) -> str:
    return salted_hmac(f"vaiti.people.throttle.{what}", value, algorithm="sha256").hexdigest()
