"""What the notice promises as settings, for whoever must keep them: read from the version's file.

None is answered for a version from before notices were files: it states its texts, its months and
its zone, and no more.
"""

from datetime import datetime

from vaiti.asking.prepared import Prepared
from vaiti.notice.models import NoticeVersion
from vaiti.notice.sentences import Promised, Wording
from vaiti.notice.versions import NoticeAltered
from vaiti.notice.wording import read

_known: dict[str, Wording] = {}
"""By the hash of the file, so that a file is read once in a process."""


def wording_at(at: datetime) -> Wording | None:
    """The notice that was in force."""
    row = _AT.first(at=at)
    return _wording(row[0]) if row else None


def wording_of(version: str) -> Wording | None:
    """One version's."""
    rows = NoticeVersion.objects.filter(version=version)
    return _wording(rows.values_list("wording_sha256", flat=True).first() or "")


def promised_at(at: datetime) -> Promised | None:
    """What is promised to a caller at `at`."""
    found = wording_at(at)
    return found.promised if found else None


def promised_to(version: str) -> Promised | None:
    """What a caller was promised under this version (N-03, N-08)."""
    found = wording_of(version)
    return found.promised if found else None


_AT = Prepared(
    lambda at: (
        NoticeVersion.objects.filter(valid_from__lte=at)
        .order_by("-valid_from")
        .values_list("wording_sha256")[:1]
    ),
    at=datetime,
)


def _wording(sha256: str) -> Wording | None:
    if not sha256:
        return None
    if sha256 not in _known:
        row = NoticeVersion.objects.filter(wording_sha256=sha256).first()
        found = read(row.wording) if row else None
        if found is None or found.sha256 != sha256:
            raise NoticeAltered("a notice version is not the file that was published")
        _known[sha256] = found
    return _known[sha256]
