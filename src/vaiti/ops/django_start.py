"""Readies Django for a process of this data folder."""

import os
from datetime import timedelta
from pathlib import Path


def start_django(folder: Path) -> None:
    """Must run before any module with models is imported."""
    os.environ["VAITI_DATA"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "vaiti.ops.django_settings"
    import django

    django.setup()
    from vaiti.access.limits import Limits, Managers, install
    from vaiti.ops.settings import load_settings
    from vaiti.people import strength, time_boxed

    settings = load_settings(folder)
    managers = Managers(settings.access.managers)
    rules = (settings.telling, settings.activities, settings.second_person, settings.emergency)
    install(Limits(managers, *rules, settings.misuse))
    time_boxed.install(timedelta(days=settings.access.auditor_days))
    listed = settings.sign_in.breached_passwords
    strength.install(settings.controller.name, Path(listed) if listed else None)


def fits_database(folder: Path) -> bool:
    """Whether this program can go on with the folder's database as it is."""
    start_django(folder)
    from django.db import connections

    from vaiti.ops.schema import is_up_to_date

    fits = is_up_to_date()
    connections.close_all()
    return fits


def migrate(folder: Path) -> None:
    """Brings the folder's database to this program's schema, and lets go of it."""
    start_django(folder)
    from django.db import connections

    from vaiti.ops.schema import bring_up_to_date

    bring_up_to_date()
    connections.close_all()
