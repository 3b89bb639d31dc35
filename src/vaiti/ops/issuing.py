"""Who issues certificates of destruction."""

from vaiti.ops.settings import Settings
from vaiti.retention.certificates import Issuer


def issuer_of(settings: Settings) -> Issuer:
    """The controller of the settings, and for how long its own copies of keys live."""
    days = settings.key_backup.days if settings.key_backup.kind else 0
    copies = settings.copies
    horizons = (days, copies.database_archive_days, copies.machine_days)
    return Issuer(settings.controller.name, settings.controller.business_id, *horizons)
