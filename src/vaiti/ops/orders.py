"""The orders that the worker signs for the recorder: lines, peers, today's intake key."""

import os
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from vaiti.capture.orders import Intake, Limits, Line, Orders, sign
from vaiti.notice import lines
from vaiti.ops.settings import Settings
from vaiti.values.clock import to_micros
from vaiti.vault.keyclient import KeyClient

FILE = "orders.json"
LIFETIME = timedelta(hours=26)
"""A recorder goes on for a day without a worker, and no longer."""
RENEWAL = timedelta(hours=1)


def draw_up(settings: Settings, keys: KeyClient, now: datetime) -> Orders:
    """What the recorder may do from `now` on. Raises KeysUnavailable, KeysRefused, Django's
    database errors."""
    described = keys.describe()
    return Orders(
        issued_us=to_micros(now),
        expires_us=to_micros(now + LIFETIME),
        zone_country=settings.register.country,
        intake=Intake(described.intake_day.isoformat(), described.intake_public),
        lines=tuple(Line(**line) for line in lines.as_orders(now)),
        peers=settings.peers,
        limits=Limits(settings.recorder.most_calls, settings.recorder.free_bytes),
    )


def publish(folder: Path, content: bytes) -> None:
    """Replaces the file: open, write, fsync, rename; the recorder never sees half of it."""
    aside = folder / f"{FILE}.part"
    with aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.rename(folder / FILE)


@dataclass(slots=True)
class OrdersDesk:
    """Writes the orders when they change, and renews them each hour."""

    settings: Settings
    keys: KeyClient
    seed: bytes
    standing: Orders | None = None

    def write_if_due(self, now: datetime) -> bool:
        """Whether new orders were written."""
        orders = draw_up(self.settings, self.keys, now)
        if self.standing and not self.changed(orders) and not self.grown_old(now):
            return False
        publish(self.settings.run, sign(orders, self.seed))
        self.standing = orders
        return True

    def changed(self, orders: Orders) -> bool:
        known = self.standing
        return known is None or known != replace(
            orders, issued_us=known.issued_us, expires_us=known.expires_us
        )

    def grown_old(self, now: datetime) -> bool:
        known = self.standing
        return known is None or to_micros(now) - known.issued_us >= RENEWAL // timedelta(
            microseconds=1
        )
