"""A day as papers write it, in all their languages: 28.11.2026. Pure."""

from datetime import date, datetime
from zoneinfo import ZoneInfo


def write(day: date) -> str:
    return f"{day.day}.{day.month}.{day.year}"


def day_of(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def written(at: datetime, zone: str) -> str:
    return write(day_of(at, zone))
