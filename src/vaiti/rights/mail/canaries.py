"""Test mails to every address that callers are told: one that does not arrive is an alarm.

A controller was fined whose mailbox for requests had lost every mail for seven months. A test mail
goes the whole way, by the operator's server and the forwarding rule to the mailbox that is read.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from vaiti.due import alarms
from vaiti.rights.mail_models import MailCanary

LOST = "rights:canary_lost"
KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class CanaryRules:
    """One to each of `addresses` every so often, there within `late`."""

    addresses: tuple[str, ...] = ()
    every: timedelta = timedelta(hours=24)
    late: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Canary:
    """The newest to an address."""

    address: str
    sent_at: datetime
    arrived_at: datetime | None


def due(rules: CanaryRules, now: datetime) -> list[str]:
    """The addresses to which one is to be sent now."""
    since = now - rules.every
    sent = set(MailCanary.objects.filter(sent_at__gt=since).values_list("address", flat=True))
    return [one for one in rules.addresses if one not in sent]


def begin(address: str, now: datetime) -> str:
    """Notes it before it is sent, so that one that cannot be sent is missed too; its word."""
    word = secrets.token_hex(16)
    MailCanary.objects.create(address=address, word=_digest(word), sent_at=now)
    return word


def arrived(word: str, now: datetime) -> bool:
    """False for a word that is none of ours."""
    mine = MailCanary.objects.filter(word=_digest(word))
    mine.filter(arrived_at=None).update(arrived_at=now)
    return mine.exists()


def watch(rules: CanaryRules, now: datetime) -> None:
    """The alarm of an address stands from the first that is late until the next that arrives."""
    with transaction.atomic():
        for address in rules.addresses:
            one = _judged(address, rules, now)
            if one is None:
                continue
            if one.arrived_at is None:
                alarms.raise_alarm(LOST, address, f"sent={one.sent_at:%Y-%m-%dT%H:%MZ}", now)
            else:
                alarms.clear(LOST, address, now)
        _clear_others(rules.addresses, now)
        MailCanary.objects.filter(sent_at__lt=now - KEPT).delete()


def _judged(address: str, rules: CanaryRules, now: datetime) -> MailCanary | None:
    """The newest that has arrived or had its time; None while the first is on its way."""
    for one in MailCanary.objects.filter(address=address).order_by("-sent_at", "-id")[:2]:
        if one.arrived_at is not None or now - one.sent_at > rules.late:
            return one
    return None


def _clear_others(addresses: Sequence[str], now: datetime) -> None:
    for one in alarms.standing():
        if one.kind == LOST and one.key not in addresses:
            alarms.clear(LOST, one.key, now)


def newest(rules: CanaryRules) -> list[Canary]:
    found = []
    for address in rules.addresses:
        one = MailCanary.objects.filter(address=address).order_by("-sent_at", "-id").first()
        if one is not None:
            found.append(Canary(address, one.sent_at, one.arrived_at))
    return found


def _digest(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()
