"""The course and the undertaking that come with Vaiti, and the term that training counts for."""

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from vaiti.notice import versions
from vaiti.ops.settings import Settings
from vaiti.people import secrecy, training
from vaiti.people.expiry import Term

COURSE = Path(__file__).with_name("course.toml")
UNDERTAKING = Path(__file__).with_name("undertaking.toml")
MAX_BYTES = 1 << 20


class NotReadable(ValueError):
    """The file is not what is asked for; the sentence says what to change."""


def table_in(path: Path) -> dict[str, Any]:
    """The table that a TOML file holds. Raises NotReadable."""
    try:
        return tomllib.loads(text_in(path))
    except tomllib.TOMLDecodeError as error:
        raise NotReadable(f"{path} is not TOML: {error}") from error


def text_in(path: Path) -> str:
    """Raises NotReadable."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise NotReadable(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise NotReadable(f"{path} is larger than {MAX_BYTES} bytes")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotReadable(f"{path} is not UTF-8; save it as UTF-8") from error


def term_of(settings: Settings, now: datetime) -> Term:
    """How long training counts here; its days end in the zone of the notice in force."""
    notice = versions.in_force(now)
    return Term(settings.training.months, notice.zone if notice else ZoneInfo("UTC"))


def enter_first(zone: str, months: int, by: str, now: datetime) -> None:
    """Loads both, so that the first who signs in finds what to do."""
    term = Term(months, ZoneInfo(zone))
    training.load_course(table_in(COURSE), term, by=by, now=now)
    secrecy.publish(table_in(UNDERTAKING), term, by=by, now=now)
