"""What papers are made of: the notice in force, lines, people, places, and how promises stand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from vaiti.notice import lines, rules, versions
from vaiti.notice.lines import LineCard
from vaiti.notice.sentences import Wording
from vaiti.people import companies
from vaiti.people.companies import Listed
from vaiti.promises import standing
from vaiti.promises.papers import dialogues, instructions, processors
from vaiti.promises.papers.days import written
from vaiti.promises.papers.dialogues import Talked
from vaiti.promises.papers.instructions import Told
from vaiti.promises.papers.processors import Filed
from vaiti.promises.standing import Looked

Tells = Callable[[str, str], str]
"""What a check looks at, in the words of a language."""


class Lies(Protocol):
    """Where something of the register lies, as declared, and whether that is known."""

    @property
    def role(self) -> str: ...
    @property
    def provider(self) -> str: ...
    @property
    def country(self) -> str: ...
    @property
    def contract(self) -> str: ...
    @property
    def well(self) -> bool: ...


def unsaid(check: str, language: str) -> str:
    return check


@dataclass(frozen=True, slots=True)
class Facts:
    """`since` is from when on the notice holds; `looks` what each check found last; `shorter` the
    months of a rule that keeps calls for less; `dialogue` the one with the staff."""

    now: datetime
    wording: Wording
    since: datetime | None = None
    lines: Sequence[LineCard] = ()
    companies: Sequence[Listed] = ()
    places: Sequence[Lies] = ()
    looks: Mapping[str, Looked] = field(default_factory=dict)
    processors: Sequence[Filed] = ()
    instructions: Sequence[Told] = ()
    shorter: int = 0
    dialogue: Talked | None = None
    tells: Tells = unsaid

    @property
    def day(self) -> str:
        return written(self.now, self.wording.promised.zone)


def gather(now: datetime, places: Sequence[Lies] = (), tells: Tells = unsaid) -> Facts:
    found, rule = versions.in_force(now), rules.last_approved()
    return Facts(
        now=now,
        wording=standing.wording_at(now),
        since=found.valid_from if found else None,
        lines=[one for one in lines.standing(now) if one.recorded and one.function != "test"],
        companies=companies.companies(now),
        places=places,
        looks=standing.looks(),
        processors=processors.standing(),
        instructions=instructions.given(),
        shorter=rule.months if rule else 0,
        dialogue=dialogues.newest(),
        tells=tells,
    )
