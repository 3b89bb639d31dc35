"""What the program itself can say in a letter about a case: its calls, who consulted them, where
to complain. All else is a blank that whoever handles the case fills."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from vaiti.access import consultations
from vaiti.notice import lines, versions
from vaiti.register import calls
from vaiti.register.calls import LegCard
from vaiti.rights import authorities
from vaiti.rights.bases import Told, told_of


@dataclass(frozen=True, slots=True)
class Known:
    """Of the case and of the controller. `person` and `country` are where the person lives and
    where the controller is, as codes of two letters. `gone`: the calls are being erased, so that no
    day of theirs is told; `others`: the letter is to somebody else than the person."""

    reference: str
    calls: tuple[UUID, ...]
    controller: str
    country: str
    person: str = ""
    backup_days: int = 0
    gone: bool = False
    others: bool = False


def facts_of(known: Known, language: str, now: datetime) -> dict[str, str]:
    say, notice = words(language), versions.in_force(now)
    zone = notice.zone if notice else ZoneInfo("UTC")
    legs = calls.legs_of(known.calls, now, held=True)
    return {
        "reference": known.reference,
        "today": day(now, zone),
        "controller": known.controller,
        "purposes": _purposes(told_of(known.calls, now), say),
        "months": str(notice.retention_months) if notice else "",
        "authority": authorities.told(known.person, known.country, language),
        "calls": listed(_call(one, known, language, zone) for one in _by_call(legs))
        or ("" if known.calls else str(say["no_calls"])),
        "consultations": _consulted(known.calls, say, zone, language),
        "backups": _backups(known.backup_days, say["backups"]),
    }


def _purposes(told: tuple[Told, ...], say: dict[str, Any]) -> str:
    """Each with its basis, and the notice's version where the calls have several."""
    lines = []
    for one in told:
        of = f" ({say['version'].format(version=one.version)})" if len(told) > 1 else ""
        for basis in dict.fromkeys(one.purposes.values()):
            resting = (name for name, named in one.purposes.items() if named == basis)
            told_so = "; ".join(say["told_purpose"][name] for name in resting)
            lines.append(f"{told_so}: {say['basis'][basis]}{of}")
    return listed(lines)


def _backups(days: int, say: dict[str, str]) -> str:
    if not days:
        return say["none"]
    told = say["one"] if days == 1 else say["many"].format(count=days)
    return say["kept"].format(days=told)


def listed(lines: Iterable[str]) -> str:
    """As a list on lines of its own; nothing where there are no lines."""
    return "".join(f"\n– {line}" for line in lines)


def day(instant: datetime, zone: ZoneInfo) -> str:
    local = instant.astimezone(zone)
    return f"{local.day}.{local.month}.{local.year}"


def moment(instant: datetime, zone: ZoneInfo, language: str) -> str:
    local = instant.astimezone(zone)
    return (
        f"{day(instant, zone)} {local:%H:%M}"
        if language == "en"
        else (f"{day(instant, zone)} {local:%H.%M}")
    )


def _by_call(legs: Iterable[LegCard]) -> list[list[LegCard]]:
    found: dict[UUID, list[LegCard]] = {}
    for leg in legs:
        found.setdefault(leg.call.id, []).append(leg)
    return sorted(found.values(), key=lambda parts: min(one.started_at for one in parts))


def _call(legs: list[LegCard], known: Known, language: str, zone: ZoneInfo) -> str:
    call, say = legs[0].call, words(language)
    side = "direction_others" if known.others else "direction"
    day_of_end = f"{say['destroyed']} {moment(call.due_at, zone, language)}"
    begins, ends = min(one.started_at for one in legs), max(one.ended_at for one in legs)
    line = lines.label_of(call.line_number, begins, language) or call.line_label
    minutes, seconds = divmod(int((ends - begins).total_seconds()), 60)
    return ", ".join(
        (
            moment(begins, zone, language),
            say[side][call.direction],
            f"{line} {call.line_number}",
            f"{minutes}:{seconds:02}",
            *(() if known.gone or known.others else (day_of_end,)),
        )
    )


def _consulted(call_ids: Iterable[UUID], say: dict[str, Any], zone: ZoneInfo, language: str) -> str:
    found = sorted(
        (one for call in call_ids for one in consultations.of_call(call)), key=lambda one: one.at
    )
    lines = [
        f"{moment(one.at, zone, language)}, {say['how'][one.how]}: {say['purpose'][one.purpose]}"
        for one in found
    ]
    return listed(lines) or str(say["nobody"])


@cache
def words(language: str) -> dict[str, Any]:
    text = files("vaiti.rights").joinpath("texts/letter_words.json").read_text("utf-8")
    found: dict[str, dict[str, Any]] = json.loads(text)
    return found[language]
