"""Whether the annex to the impact assessment is of what notice and checks are now (L-23)."""

from vaiti.promises.papers import approvals, dpia
from vaiti.promises.papers.facts import Facts
from vaiti.promises.papers.index import PAPERS


class StaleAssessment(Exception):
    """Nothing further begins on an assessment of something else."""

    def __init__(self) -> None:
        super().__init__(
            "the annex to the impact assessment has changed since it was approved; the data "
            "protection officer reads it at /promises/papers/dpia/ and approves it as it stands, "
            "or: vaiti paper approve dpia"
        )


def approved(facts: Facts) -> bool | None:
    """None where nobody has approved it yet; else whether it was as it stands."""
    found = approvals.standing(PAPERS[dpia.NAME].every(facts))
    return None if found is None else found.current


def require_current(facts: Facts) -> None:
    """Before a further line is recorded or a next version of the notice holds.

    Raises StaleAssessment.
    """
    if approved(facts) is False:
        raise StaleAssessment
