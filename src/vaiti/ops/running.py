"""A deployment's processes, once nothing speaks against starting them."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from vaiti.ops.backup.places import MARK
from vaiti.ops.clocks import clock_of
from vaiti.ops.dead_man import DeadMan
from vaiti.ops.django_start import migrate
from vaiti.ops.notice_agreement import contradictions
from vaiti.ops.processes import children
from vaiti.ops.settings import Settings, WeakSettings
from vaiti.ops.stores import require_encoder, store_faults
from vaiti.ops.supervisor import CannotStart, Supervisor
from vaiti.vault.store import StoreError

LEAST_ROOM = 16 << 20  # bytes of the disk: the database is opened, states are told


def run(settings: Settings, when_up: Callable[[], None]) -> int:
    """Brings the database up to date, then runs the processes until told to stop."""
    if (settings.folder / MARK).exists():
        raise WeakSettings(
            f"{settings.folder} was never restored to the end, so calls may be in it that were "
            "destroyed; remove it, and restore again"
        )
    require_room(settings.folder)
    migrate(settings.folder)
    require_fit_store(settings)
    require_fit_database(settings)
    require_notice(settings)
    require_residency(settings)
    try:
        dead_man = DeadMan(settings)
        Supervisor(children(settings), settings.run, settings.logs, dead_man.look).run(when_up)
    except CannotStart as error:
        print(f"vaiti: {error}", file=sys.stderr)
        return 1
    return 0


def require_room(folder: Path) -> None:
    """Raises WeakSettings where no process could say that it is there."""
    if (free := shutil.disk_usage(folder).free) < LEAST_ROOM:
        raise WeakSettings(
            f"the disk of {folder} is full ({free >> 10} KiB are left), so nothing starts there; "
            "make room, but not in journal/, keys/ or store/"
        )


def require_fit_store(settings: Settings) -> None:
    """Raises WeakSettings for a bucket that keeps what was destroyed, and for recordings that are
    to settle into a codec that nothing here makes.

    One that is away keeps nobody from recording: calls wait in the journal until it is back.
    """
    require_encoder(settings.store.opus_kbits)
    try:
        found = store_faults(settings)
    except StoreError as error:
        print(f"vaiti: {error}; calls wait in the journal until it does", file=sys.stderr)
        return
    if found:
        raise WeakSettings(f"[store] cannot be used: {'. And '.join(one.says for one in found)}")


def require_fit_database(settings: Settings) -> None:
    """Raises WeakSettings for a server that keeps what was deleted for nobody knows how long."""
    from django.db import connections

    from vaiti.ops.database_copies import ask, faults

    found = [says for _, says in faults(ask(connections["default"]), settings.copies)]
    connections.close_all()
    if found:
        raise WeakSettings(f"[database] cannot be used: {'. And '.join(found)}")


def require_residency(settings: Settings) -> None:
    """Raises WeakSettings where nothing says that a place is in the EEA; a demo is only told."""
    from django.db import connections

    from vaiti.ops.residency import faults

    found = list(faults(settings, clock_of(settings)()))
    connections.close_all()
    if found and not settings.demo:
        raise WeakSettings("; ".join(found))
    for one in found:
        print(f"vaiti: in a real register this would be refused: {one}", file=sys.stderr)


def require_notice(settings: Settings) -> None:
    """Raises WeakSettings for a setting that contradicts what callers are told now."""
    from django.db import connections

    from vaiti.notice.promised import wording_at

    wording = wording_at(clock_of(settings)())
    connections.close_all()
    if wording and (found := list(contradictions(settings, wording))):
        raise WeakSettings(". And ".join(found))


def address(settings: Settings) -> str:
    return f"http://{settings.web.host}:{settings.web.port}/"
