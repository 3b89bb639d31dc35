"""Who issues certificates of destruction, and how the command line issues one at once."""

from datetime import datetime

from vaiti.audit.certificate import Certificate
from vaiti.audit.sequencer import MAX_LEAVES, sequence
from vaiti.ops.settings import Settings
from vaiti.retention import certificates
from vaiti.retention.certificates import Facts, Issuer

BY = "system:command-line"


def issuer_of(settings: Settings) -> Issuer:
    """The controller of the settings, and for how long its own copies of keys live."""
    days = settings.key_backup.days if settings.key_backup.kind else 0
    copies = settings.copies
    horizons = (days, copies.database_archive_days, copies.machine_days)
    return Issuer(settings.controller.name, settings.controller.business_id, *horizons)


def issue(settings: Settings, facts: Facts, now: datetime) -> tuple[Certificate, Issuer]:
    """Puts it on record and has the log sign that, whether the worker runs or not."""
    from vaiti.ops.worker import signer_of

    issuer = issuer_of(settings)
    certificates.issue(facts, issuer, by=BY, now=now)
    while sequence(now, signer_of(settings)).added == MAX_LEAVES:
        pass
    return certificates.issued(facts, issuer), issuer
