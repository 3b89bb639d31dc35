"""The rounds of the live checks: what they look at is read off the settings here."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vaiti.ops import residency
from vaiti.ops.recorders import group_of, state_of
from vaiti.ops.settings import Settings
from vaiti.ops.stores import open_store
from vaiti.promises.rounds import Round, go_round
from vaiti.promises.site import Site
from vaiti.promises.standing import wording_at

EVERY = 600.0
"""Seconds: a broken promise is told of within the hour, and a round may take minutes."""
FIRST = 120.0
"""Seconds after the start: by then the other processes answer."""


def load_pages() -> None:
    """Loads every page, whose addresses a round looks at: 18 MB, at a worker's start and not in its
    first minutes. Django must be ready."""
    from vaiti.web import surface

    surface.routes()


def site_of(settings: Settings, now: datetime) -> Site:
    """Django must be ready."""
    from vaiti.web import surface

    box = settings.mailbox
    return Site(
        folder=settings.folder,
        wording=wording_at(now),
        store=open_store(settings),
        journal=settings.journal,
        keystore=settings.keystore,
        keys_socket=settings.keys_socket,
        web=f"http://{_reached(settings.web.host)}:{settings.web.port}",
        host=settings.web.hosts[0] if settings.web.hosts else "localhost",
        country=settings.register.country,
        needed=tuple(one.role for one in residency.needed(settings)),
        declared={one.role: one.country for one in settings.places},
        mailbox=_folder(settings.folder, box.folder),
        mailed=box.given,
        moved=now - datetime.now(UTC) if settings.demo else timedelta(),
        paths=tuple(surface.routes()),
        networks=_folder(settings.folder, settings.networks.table),
        beside=[state_of(one.run, 1) for one in group_of(settings).beside],
    )


def _folder(home: Path, name: str) -> Path | None:
    return home / name if name else None


def _reached(host: str) -> str:
    """A server that listens on every address of this machine is asked on its own."""
    if host in ("0.0.0.0", "::", ""):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


@dataclass(frozen=True, slots=True)
class PromiseDesk:
    """For the worker."""

    settings: Settings

    def round(self, now: datetime) -> Round:
        return go_round(site_of(self.settings, now), now)
