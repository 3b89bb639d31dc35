"""How the sentences of a notice stand, for pages and commands: read, and nothing looked at."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from vaiti.notice import versions, wordings
from vaiti.notice.sentences import Sentence, Wording
from vaiti.notice.wording import read
from vaiti.promises.models import Attestation, Change, Result, Standing
from vaiti.promises.state import State


@dataclass(frozen=True, slots=True)
class Looked:
    """What a check found last."""

    check: str
    kept: bool
    broken_by: str
    evidence: Mapping[str, int | str]
    since: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Word:
    """Who vouched for a sentence, when, and until when."""

    by: UUID
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Stood:
    state: State
    at: datetime


@dataclass(frozen=True, slots=True)
class Promise:
    """A sentence as it stands; `history` from its beginning on."""

    sentence: Sentence
    state: State
    since: datetime
    looks: tuple[Looked, ...]
    word: Word | None
    history: tuple[Stood, ...]


def wording_at(now: datetime) -> Wording:
    """The notice in force as a file; the reference where it is from before notices were files."""
    found = getattr(versions.in_force(now), "wording", None)
    return found if isinstance(found, Wording) else read(wordings.text_of("reference"))


def standing(wording: Wording) -> list[Promise]:
    """Every sentence that has been looked at, in the order of the notice."""
    rows = {row.sentence: row for row in Standing.objects.all()}
    found = looks()
    words = _words()
    past = _past()
    return [
        Promise(
            sentence=one,
            state=State(rows[one.id].state),
            since=rows[one.id].since,
            looks=tuple(found[check] for check in one.checks if check in found),
            word=words.get(one.attests) if one.attests else None,
            history=tuple(past.get(one.id, ())),
        )
        for one in wording.sentences
        if one.id in rows
    ]


def looks() -> dict[str, Looked]:
    """What each check found last, by its id."""
    return {row.check_id: _looked(row) for row in Result.objects.all()}


def checked_at() -> datetime | None:
    """When the last round was."""
    newest = Result.objects.order_by("-checked_at").first()
    return newest.checked_at if newest else None


def _looked(row: Result) -> Looked:
    return Looked(row.check_id, row.kept, row.broken_by, row.evidence, row.since, row.checked_at)


def _words() -> dict[str, Word]:
    rows = Attestation.objects.order_by("at")
    return {row.what: Word(row.person_id, row.at, row.until) for row in rows}


def _past() -> dict[str, list[Stood]]:
    found: dict[str, list[Stood]] = {}
    for row in Change.objects.order_by("at", "id"):
        found.setdefault(row.sentence, []).append(Stood(State(row.state), row.at))
    return found
