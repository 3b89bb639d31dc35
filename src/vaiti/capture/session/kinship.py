"""Is a new recording session one more of a call that is there? Pure (docs/siprec.md).

Losing a call is worse than keeping it twice: only what is certain makes two sessions one call.
"""

from enum import Enum, auto

from vaiti.capture.policy import Record
from vaiti.capture.session.call import Call, State
from vaiti.values.masked import withheld


class Kinship(Enum):
    """OWN: a call of its own. PART: one more session of the call. SPARE: the same once more."""

    OWN = auto()
    PART = auto()
    SPARE = auto()


def kinship(kin: Call, new: Call, record: Record | None) -> Kinship:
    """`kin` shares a tie with `new`; `record` is what `new` would be by itself."""
    close = bool(kin.close_ties & new.close_ties)
    if kin.state is State.CLOSING or kin.spare_of is not None:
        return Kinship.OWN
    if kin.state is State.PARTED:
        return Kinship.PART if _same_customer(kin.record, record) else Kinship.OWN
    if kin.state is State.DROPPED:
        return Kinship.PART if close or _same_customer(kin.record, record) else Kinship.OWN
    if kin.record is None or record is None:
        same = close and set(new.at.streams.labels()) == set(kin.at.streams.labels())
        return Kinship.SPARE if same else Kinship.OWN
    if not close:
        return Kinship.PART if _same_customer(kin.record, record) else Kinship.OWN
    if withheld() not in (kin.record.customer, record.customer) and not _same_customer(
        kin.record, record
    ):
        return Kinship.OWN
    return Kinship.SPARE if _covers(kin.record, record) else Kinship.PART


def _same_customer(one: Record | None, other: Record | None) -> bool:
    if one is None or other is None or one.customer == withheld():
        return False
    return one.customer == other.customer and one.line == other.line


def _covers(standing: Record, record: Record) -> bool:
    """Whether nobody's voice is in the new session that is not in the call already."""
    if "mixed" in standing.roles:
        return True
    if "unknown" in record.roles:
        labels = {label for label in record.labels if label}
        return bool(labels) and labels <= set(standing.labels)
    return set(record.roles) <= set(standing.roles)
