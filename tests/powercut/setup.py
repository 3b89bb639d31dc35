"""What the watched program and the one after the cut share: a folder with everything in it."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from register.journal_world import JournalWorld

OLDER = timedelta(days=10)
"""So much older is the call that is destroyed."""


def django_in(folder: Path) -> None:
    os.environ["VAITI_TEST_DATABASE"] = f"sqlite://{folder}/db.sqlite3"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vaiti.ops.django_settings")
    import django

    django.setup()


def day_of_destruction() -> datetime:
    """The oldest call is due, the others are not."""
    from manifests import START

    return START - OLDER + timedelta(days=186)


def round_of_destruction(world: "JournalWorld") -> None:
    from vaiti.retention.sweep import sweep

    world.move(day_of_destruction())
    world.step(world.now)
    sweep(world.keys, world.store, world.journal, world.now, world.intake.has_read)
