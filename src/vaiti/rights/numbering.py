"""The numbers of what is kept beside the cases: each list begins anew with the year."""

import re
from datetime import datetime
from typing import Final, TypeVar

from django.db import IntegrityError, models, transaction
from django.db.models import Max

from vaiti.rights.errors import CaseRefused

BREACH, COMPLAINT, DISCLOSURE = "PB", "CO", "LD"
"""Breaches of personal data, complaints, disclosures required by law."""
OTHERS: Final = (BREACH, COMPLAINT, DISCLOSURE)
MOST_WORDS: Final = 2_000  # characters of one field
TRIES = 8  # for a number that two want at once
_TELEPHONE: Final = re.compile(r"\d(?:[ -]?\d){6,}")

Row = TypeVar("Row", bound=models.Model)


def number_of(letters: str, year: int, serial: int) -> str:
    """PB-2026-3: with letters in front it is taken for no telephone number."""
    return f"{letters}-{year}-{serial}"


def is_other(reference: str) -> bool:
    """Whether it is the number of something that is kept beside the cases, for its own period."""
    return reference.startswith(tuple(f"{one}-" for one in OTHERS))


def numbered(model: type[Row], at: datetime, **values: object) -> Row:
    """A new row of `model` with the next number of the year. Raises CaseRefused."""
    rows = model._default_manager
    for _ in range(TRIES):
        last = rows.filter(year=at.year).aggregate(last=Max("serial"))["last"] or 0
        try:
            with transaction.atomic():
                return rows.create(year=at.year, serial=last + 1, **values)
        except IntegrityError:
            continue  # somebody else had this number first
    raise CaseRefused("busy")


def check_words(text: str, least: int, code: str, most: int = MOST_WORDS) -> str:
    """The text as it is kept; a telephone number stands in none (N-15). Raises CaseRefused."""
    plain = text.replace("\r\n", "\n").strip()
    if not least <= len(plain) <= most:
        raise CaseRefused(code)
    if _TELEPHONE.search(plain):
        raise CaseRefused("telephone")
    return plain
