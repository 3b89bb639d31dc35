"""What recorder, worker and web say of alarms, as sentences in the reader's language.

Alarms keep codes, so that machines can read them (`GET state` of the API, the doctor).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from vaiti.due.alarms import Standing
from vaiti.web import dates
from vaiti.web.moments import Moments
from vaiti.web.wording import check_words, words
from vaiti.web.wording.alarm_shapes import FIXED, OF_KIND, REST, Shape, Table

QUOTED = "quoted"


@dataclass(frozen=True, slots=True)
class Said:
    """`quoted` follows the sentence: English of the program, or what programmers call it."""

    sentence: str
    quoted: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """`names` are those of people and teams, by their ids."""

    see: Moments
    names: Mapping[str, str] = field(default_factory=dict, repr=False)

    def told(self, alarm: Standing) -> Said:
        if alarm.detail in FIXED:
            return Said(_begun(_(alarm.detail)))
        for shape in OF_KIND.get(alarm.kind, ()):
            if found := shape.pattern.fullmatch(alarm.detail):
                return self._said(shape, found.groupdict())
        return Said(_(REST), alarm.detail)

    def name(self, value: str) -> str:
        return self.names.get(value) or words.doer(value)

    def _said(self, shape: Shape, values: dict[str, str]) -> Said:
        quoted = values.pop(QUOTED, "")
        given = {name: self._word(shape, name, value) for name, value in values.items()}
        return Said(_begun(_(shape.sentence) % given), quoted)

    def _word(self, shape: Shape, name: str, value: str) -> str:
        if name in shape.tables:
            return _in_words(shape.tables[name], value)
        return _WRITTEN[name](self, value) if name in _WRITTEN else value


def _in_words(table: Table, codes: str) -> str:
    return " ".join(_(table[one]) if one in table else one for one in codes.split())


def _instant(reader: Reader, value: str) -> str:
    return reader.see.day_and_time(datetime.fromisoformat(value))


def _day(_reader: Reader, value: str) -> str:
    return dates.write_day(date.fromisoformat(value))


def _decimal(_reader: Reader, value: str) -> str:
    return value if get_language() == "en" else value.replace(".", ",")


def _check(_reader: Reader, value: str) -> str:
    return check_words.looks_at(value)


_WRITTEN: Mapping[str, Callable[[Reader, str], str]] = {
    **dict.fromkeys(("at", "begins", "ends"), _instant),
    **dict.fromkeys(("who", "team"), Reader.name),
    "check": _check,
    "day": _day,
    "decimal": _decimal,
}
"""How values are written, by the names of their groups."""


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]
