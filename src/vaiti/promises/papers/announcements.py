"""What callers are told before recording begins (D-07): the words, and the sound of them.

The words follow from the notice: that the call *is* recorded, what for, how long, and where more is
said. The controller records them; a sound belongs to the words that it says, and is told as old
when the notice says something else.
"""

import hashlib
import io
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts as Told
from vaiti.audit.kinds import Kind
from vaiti.notice.filling import PERIOD
from vaiti.notice.lines import LineCard
from vaiti.notice.sentences import LANGUAGES, Wording
from vaiti.promises.models import Announcement
from vaiti.promises.papers.facts import Facts
from vaiti.promises.papers.marks import GOOD, WARN
from vaiti.promises.papers.sheet import Part, Sheet
from vaiti.promises.papers.words import Words

NAME = "announcements"
MOST_BYTES = 2_000_000
SHORTEST_MS, LONGEST_MS = 2_000, 60_000
IN, OUT = "in", "out"


class SoundRefused(ValueError):
    """The file is no sound of an announcement; the sentence says what to change."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """The newest sound of a line in a language. `current`: it is of the words of today."""

    id: UUID
    line: str
    language: str
    length_ms: int
    current: bool
    at: datetime


def words(wording: Wording, way: str, language: str) -> str:
    """What is played to who calls, or what the agent says first to who is called."""
    say = Words(NAME, language)
    promised, controller = wording.promised, wording.controller
    asked = [one for one in promised.purposes if promised.basis[one] == "consent"]
    told_of = [one for one in promised.purposes if one not in asked] or asked
    told = {
        "controller": controller.name,
        "why": _joined([say(f"spoken.{one}") for one in told_of], say("and")),
        "period": PERIOD[language](promised.period_months),
        "where": controller.web or controller.privacy_contact,
    }
    consent = say("consent", why=say.terms("purpose", asked)) if asked else ""
    return " ".join(filter(None, (say(f"said.{way}", **told), consent)))


def _joined(some: list[str], last: str) -> str:
    return some[0] if len(some) == 1 else f"{', '.join(some[:-1])} {last} {some[-1]}"


def sheet(facts: Facts, language: str) -> Sheet:
    """The words stand in every language, whatever the paper's: they are what is spoken."""
    say = Words(NAME, language)
    told = {"controller": facts.wording.controller.name, "version": facts.wording.version}
    spoken = {(one.line, one.language): one for one in standing(facts.wording)}
    parts = [_part(facts, say, line, spoken) for line in facts.lines]
    lead = (say("begins", **told), say("lead")) if parts else (say("begins", **told), say("none"))
    return Sheet(NAME, say("title"), language, lead, parts)


def _part(facts: Facts, say: Words, line: LineCard, spoken: dict[tuple[str, str], Spoken]) -> Part:
    rows, marks = [], []
    for way in ways(line):
        for language in LANGUAGES:
            found = spoken.get((line.number, language)) if way == IN else None
            state = "agent" if way == OUT else _state(found)
            text = words(facts.wording, way, language)
            rows.append((text, f"{say(f'way.{way}')} · {language}", say(f"state.{state}")))
            marks.append("" if way == OUT else GOOD if state == "current" else WARN)
    header = (say("words"), say("which"), say("sound"))
    return Part(f"{line.said(say.language)} ({line.number})", (), header, rows, marks, live=1)


def _state(found: Spoken | None) -> str:
    return "missing" if found is None else "current" if found.current else "old"


def ways(line: LineCard) -> Iterator[str]:
    if line.inbound:
        yield IN
    if line.outbound:
        yield OUT


def standing(wording: Wording) -> list[Spoken]:
    rows = Announcement.objects.order_by("at", "id").defer("sound")
    newest = {(row.line, row.language): row for row in rows}
    return [
        Spoken(
            id=row.id,
            line=row.line,
            language=row.language,
            length_ms=row.length_ms,
            current=row.words_sha256 == _digest(words(wording, IN, row.language)),
            at=row.at,
        )
        for row in newest.values()
    ]


def file(
    line: LineCard, language: str, sound: bytes, wording: Wording, *, by: UUID, now: datetime
) -> None:
    """Keeps the sound of today's words. Raises SoundRefused."""
    length = _length_ms(sound)
    sha256, said = hashlib.sha256(sound).hexdigest(), _digest(words(wording, IN, language))
    with transaction.atomic():
        row = Announcement.objects.create(
            line=line.number,
            language=language,
            words_sha256=said,
            sound=sound,
            sha256=sha256,
            length_ms=length,
            person_id=by,
            at=now,
        )
        facts: Told = {"line": line.number, "language": language, "sha256": sha256}
        kind, subject = Kind.PROMISES_ANNOUNCEMENT_FILED, row.id.hex
        log.append(kind, actor=by.hex, subject=subject, facts=facts, now=now)


def sound_of(line: str, language: str) -> bytes | None:
    """The newest, as WAV: for the phone system that plays it."""
    row = Announcement.objects.filter(line=line, language=language).order_by("-at").first()
    return bytes(row.sound) if row else None


def _length_ms(sound: bytes) -> int:
    if len(sound) > MOST_BYTES:
        raise SoundRefused("The file is larger than 2 MB.")
    try:
        with wave.open(io.BytesIO(sound)) as file:
            frames, size = file.getnframes(), file.getsampwidth() * file.getnchannels()
            length: int = frames * 1000 // file.getframerate()
            whole = len(file.readframes(frames)) == frames * size
    except (wave.Error, EOFError, ZeroDivisionError, RuntimeError) as error:
        # `wave` says RuntimeError of a piece that is said to be longer than the file
        raise SoundRefused("The file is no WAV with plain samples (PCM).") from error
    if not whole or not SHORTEST_MS <= length <= LONGEST_MS:
        raise SoundRefused("An announcement lasts from 2 to 60 seconds.")
    return length


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
