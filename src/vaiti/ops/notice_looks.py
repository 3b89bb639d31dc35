"""What the doctor looks at for the notice: who is let in from where, and what was assessed."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.db import DatabaseError, InterfaceError

from vaiti.ops.django_start import start_django
from vaiti.ops.finding import FAIL, OK, WARN, Finding
from vaiti.ops.networks import fault_of
from vaiti.ops.settings import Settings


def look_at_networks(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Whether the table by which people are let in can be used (N-26)."""
    table = settings.networks.table
    if not table:
        yield Finding(OK, "networks", "no table: nobody is asked from which country they come")
    elif fault := fault_of(settings.folder / table, datetime.now(UTC)):
        says = f"{fault}; N-26 is broken until it is mended (docs/residency.md)"
        yield Finding(FAIL, "networks", says)
    else:
        yield Finding(OK, "networks", f"{table} can be used")


def look_at_assessment(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Whether the annex to the impact assessment is approved as it stands (L-23)."""
    start_django(settings.folder)
    from vaiti.promises.papers import assessment
    from vaiti.promises.papers.facts import gather
    from vaiti.web.documents import tells

    try:
        approved = assessment.approved(gather(now, tells=tells))
    except (DatabaseError, InterfaceError):
        return  # said already
    if approved is None:
        says = "nobody has approved its annex; read it, then: vaiti paper approve dpia"
        yield Finding(WARN, "assessment", says)
    elif approved:
        yield Finding(OK, "assessment", "approved as it stands")
    else:
        yield Finding(FAIL, "assessment", str(assessment.StaleAssessment()))
