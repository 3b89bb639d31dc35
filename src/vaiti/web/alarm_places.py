"""Where an alarm stands, as a person would call it. Its key, for programs, stands behind that."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from vaiti.due.alarms import Standing
from vaiti.notice import lines
from vaiti.web import dates
from vaiti.web.wording import keeping_words

FIXED: Final = {
    "mailbox": gettext_noop("The mailbox for requests"),
    "machine": gettext_noop("This machine"),
    "register": gettext_noop("The register"),
    "smtp": gettext_noop("The mail server"),
    "worker": gettext_noop("The worker"),
}
NUMBERED: Final = re.compile(r"number=(\S+)")
OF_LINES: Final = ("canary_missed", "one_sided_calls")


def place(alarm: Standing, names: Mapping[str, str], at: datetime) -> str:
    """A person, team, request, breach, line, day or part of the deployment; empty where the key is
    all that there is to say. `names` are those of people and teams, by their ids."""
    if alarm.key in names:
        return names[alarm.key]
    if found := NUMBERED.match(alarm.detail):
        return found[1]
    if alarm.kind in OF_LINES:
        number = alarm.key.removeprefix("line ")
        return lines.label_of(number, at, get_language() or "en")
    if alarm.kind == "residency":
        return keeping_words.role(alarm.key)
    if alarm.kind == "retention:day_open":
        return dates.write_day(date.fromisoformat(alarm.key))
    return _(FIXED[alarm.key]) if alarm.key in FIXED else ""
