"""Public holidays, by which the outer limit of a time of law is moved. Pure.

Finland: the days of the church (Church Act 652/2023 ch. 3 s. 3), New Year, May Day (272/1944) and
Independence Day (388/1937). Sweden: the Act on public holidays (1989:253). Eves that many keep are
no holidays by these laws: leaving them out moves no limit too far. Other countries have a table of
dates in the settings.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

SATURDAY = 5

_FIXED = {
    "FI": ((1, 1), (1, 6), (5, 1), (12, 6), (12, 25), (12, 26)),
    "SE": ((1, 1), (1, 6), (5, 1), (6, 6), (12, 25), (12, 26)),
}
_AFTER_EASTER = (-2, 0, 1, 39, 49)  # Good Friday, Easter, Easter Monday, Ascension, Whit Sunday
COUNTRIES = tuple(_FIXED)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of a country. `dates` are holidays besides those that are computed here."""

    country: str = "FI"
    dates: frozenset[date] = frozenset()

    def works(self, day: date) -> bool:
        """Whether it is neither Saturday, Sunday nor a public holiday."""
        return day.weekday() < SATURDAY and day not in self.dates | computed(self.country, day.year)

    def next_working(self, day: date) -> date:
        """The day itself, or the first working day after it."""
        while not self.works(day):
            day += timedelta(days=1)
        return day


def computed(country: str, year: int) -> frozenset[date]:
    """The public holidays of the year; none of a country that is not known here."""
    if country not in _FIXED:
        return frozenset()
    easter = easter_sunday(year)
    moving = (easter + timedelta(days=one) for one in _AFTER_EASTER)
    # Midsummer Day and All Saints': the Saturdays of those weeks, in both countries
    saturdays = (_saturday(date(year, 6, 20)), _saturday(date(year, 10, 31)))
    fixed = (date(year, month, day) for month, day in _FIXED[country])
    return frozenset((*fixed, *moving, *saturdays))


def easter_sunday(year: int) -> date:
    """Of the Gregorian calendar, by the rule of Butcher."""
    century, rest = divmod(year, 100)
    moon = (19 * (year % 19) + century - century // 4 - (century - _eighth(century)) // 3 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (year % 19 + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _eighth(century: int) -> int:
    return (century + 8) // 25 - 1


def _saturday(first: date) -> date:
    return first + timedelta(days=(SATURDAY - first.weekday()) % 7)


def read_dates(texts: Iterable[str]) -> frozenset[date]:
    """Holidays as the settings have them, 2026-12-24. Raises ValueError."""
    return frozenset(date.fromisoformat(one) for one in texts)
