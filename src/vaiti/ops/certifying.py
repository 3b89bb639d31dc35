"""How the command line issues a certificate of destruction at once."""

from datetime import datetime

from vaiti.audit.certificate import Certificate
from vaiti.audit.sequencer import MAX_LEAVES, sequence
from vaiti.ops.issuing import issuer_of
from vaiti.ops.settings import Settings
from vaiti.retention import certificates
from vaiti.retention.certificates import Facts, Issuer

BY = "system:command-line"


def issue(settings: Settings, facts: Facts, now: datetime) -> tuple[Certificate, Issuer]:
    """Puts it on record and has the log sign that, whether the worker runs or not."""
    from vaiti.ops.worker import signer_of

    issuer = issuer_of(settings)
    certificates.issue(facts, issuer, by=BY, now=now)
    while sequence(now, signer_of(settings)).added == MAX_LEAVES:
        pass
    return certificates.issued(facts, issuer), issuer
