"""The orders that the worker signs for the recorder: lines, peers, today's intake key."""

import hmac
import os
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.capture.orders import Intake, Limits, Line, Orders, OrdersRefused, Peer
from vaiti.capture.signed_orders import read, sign
from vaiti.notice import lines
from vaiti.notice.lines import LineOrder
from vaiti.ops.canary_rules import as_peer
from vaiti.ops.following import Followed
from vaiti.ops.sections.media import calls_each
from vaiti.ops.settings import Settings
from vaiti.values.clock import to_micros
from vaiti.vault.keyclient import KeyClient

FILE = "orders.json"
LIFETIME = timedelta(hours=26)
"""A recorder goes on for a day without a worker, and no longer."""
RENEWAL = timedelta(hours=1)
BY = "system:worker"
LONGEST_FACT = 200


def told_apart(before: tuple[Peer, ...], peers: tuple[Peer, ...]) -> dict[str, str]:
    """By name who came, who went and whose rules are others. Pure."""
    old, new = ({peer.name: peer for peer in each} for each in (before, peers))
    found = {
        "added": [peer for peer in peers if peer.name not in old],
        "ended": [peer for peer in before if peer.name not in new],
        "changed": [peer for peer in peers if old.get(peer.name, peer) != peer],
    }
    return {how: _listed(each) for how, each in found.items() if each}


def _listed(peers: Iterable[Peer]) -> str:
    return ", ".join(peer.name for peer in peers)[:LONGEST_FACT]


def draw_up(settings: Settings, peers: tuple[Peer, ...], keys: KeyClient, now: datetime) -> Orders:
    """What the recorder may do from `now` on. Raises KeysUnavailable, KeysRefused, Django's
    database errors."""
    described = keys.describe()
    return Orders(
        issued_us=to_micros(now),
        expires_us=to_micros(now + LIFETIME),
        zone_country=settings.register.country,
        intake=Intake(described.intake_day.isoformat(), described.intake_public),
        lines=tuple(Line(**line) for line in _ordered(now)),
        peers=(*as_peer(settings), *peers),
        limits=Limits(
            calls_each(settings.recorder),
            settings.recorder.free_bytes,
            settings.recorder.longest_pause_minutes * 60,
        ),
    )


def _ordered(now: datetime) -> list[LineOrder]:
    """No line of customers is recorded before the dialogue with the staff is on record (L-35)."""
    from vaiti.promises.papers import dialogues

    ordered = lines.as_orders(now)
    if dialogues.held():
        return ordered
    tests = {one.number for one in lines.standing(now) if one.function == "test"}
    return [{**one, "recorded": one["recorded"] and one["number"] in tests} for one in ordered]


def tie_key(seed: bytes) -> str:
    """The same for every recorder and for years, so that a part of a call that comes late fits."""
    return hmac.digest(seed, b"vaiti/1/sessions of calls", "sha256").hex()


def publish(folder: Path, content: bytes) -> None:
    """Replaces the file: open, write, fsync, rename; the recorder never sees half of it."""
    aside = folder / f"{FILE}.part"
    aside.touch(mode=0o600)  # peers' passwords are in it, as hashes that are as good
    with aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.rename(folder / FILE)


class OrdersDesk:
    """Writes the orders when they change, and renews them each hour."""

    def __init__(self, settings: Settings, keys: KeyClient, seed: bytes) -> None:
        self.settings, self.keys, self.seed = settings, keys, seed
        self.followed = Followed(settings)
        self.standing: Orders | None = None

    def write_if_due(self, now: datetime) -> bool:
        """Whether new orders were written."""
        drawn = draw_up(self.settings, self.followed.look(now), self.keys, now)
        orders = replace(drawn, tie_key=tie_key(self.seed))
        if self.standing and not self.changed(orders) and not self.grown_old(now):
            return False
        before = self.standing or self.last_written()
        if before is not None:  # a clock that went back issues no orders that look older
            newest = max(orders.issued_us, before.issued_us + 1)
            orders = replace(orders, issued_us=newest)
        with transaction.atomic():
            self.log_peers(before.peers if before else (), orders.peers, now)
            publish(self.settings.run, sign(orders, self.seed))
        self.standing = orders
        return True

    def log_peers(self, before: tuple[Peer, ...], peers: tuple[Peer, ...], now: datetime) -> None:
        """Another circle of those who may send calls is an act; it may have been while we slept."""
        if peers != before:
            counts = {"before": len(before), "now": len(peers)}
            apart = told_apart(before, peers)
            facts: Facts = {"what": "peers", **counts, "names": _listed(peers), **apart}
            log.append(Kind.OPS_SETTINGS_CHANGED, actor=BY, facts=facts, now=now)

    def last_written(self) -> Orders | None:
        """The orders that a worker before this one wrote, expired or not."""
        try:
            content = (self.settings.run / FILE).read_bytes()
            public = (self.settings.secrets / "orders.pub").read_bytes()
            return read(content, public, now=0.0)
        except (FileNotFoundError, OrdersRefused):
            return None

    def changed(self, orders: Orders) -> bool:
        known = self.standing
        return known is None or known != replace(
            orders, issued_us=known.issued_us, expires_us=known.expires_us
        )

    def grown_old(self, now: datetime) -> bool:
        """Whether an hour has gone, or the clock went back: their end is then too far away."""
        known = self.standing
        return known is None or not to_micros(now + LIFETIME - RENEWAL) < known.expires_us <= (
            to_micros(now + LIFETIME)
        )
