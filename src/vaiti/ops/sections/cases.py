"""What the settings file says of people's requests: docs/rights.md."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from vaiti.ops.sections.general import Controller
from vaiti.rights.holidays import Calendar, read_dates
from vaiti.rights.policy import CaseRules, Contact, Premises

LONGEST_DAYS = 3660
TONGUES = ("fi", "sv", "en")

__all__ = ["Cases", "Premises", "case_rules", "cases_fault", "premises_fault"]


@dataclass(frozen=True)
class Cases:
    """`holidays` are days besides those of Finland and Sweden, such as 2026-12-24; `keep_days`, how
    long a closed case is kept; `handlers`, how many trained handlers there are at least;
    `hold_days`, how long a case's calls are held after it was closed."""

    holidays: tuple[str, ...] = ()
    keep_days: int = 1098
    handlers: int = 2
    hold_days: int = 14


def cases_fault(cases: Cases) -> str | None:
    """A sentence that says what to change, or None."""
    try:
        read_dates(cases.holidays)
    except ValueError:
        return "holidays are days such as 2026-12-24"
    if not 1 <= cases.keep_days <= LONGEST_DAYS:
        return f"keep_days is from 1 to {LONGEST_DAYS}; usual is 1098, three years"
    if not 1 <= cases.handlers <= 50:
        return "handlers is from 1 to 50; usual is 2"
    if not 0 <= cases.hold_days <= 60:
        return "hold_days is from 0 to 60; usual is 14"
    return None


def premises_fault(premises: tuple[Premises, ...], of: Controller) -> str | None:
    """A sentence that says what to change, or None. Also of the addresses of whoever it is."""
    if fault := tongues_fault(of.postal_in) or tongues_fault(of.visiting_in):
        return f"in [controller] {fault}"
    names = [one.name for one in premises]
    if len(set(names)) != len(names):
        return "two [[premises]] have the same name; give each one of its own"
    for one in premises:
        if not re.fullmatch(r"[a-z0-9-]{1,30}", one.name):
            return "name in [[premises]] is of small letters, digits and -, at most 30"
        if not one.label.strip() or not one.address.strip():
            return f"[[premises]] {one.name} needs a label and an address; people are told both"
        for told in (one.label_in, one.address_in, one.access_in, one.room_in):
            if fault := tongues_fault(told):
                return f"[[premises]] {one.name}: {fault}"
    return None


def tongues_fault(told: Mapping[str, str]) -> str | None:
    """Of what is said in several languages."""
    if not set(told) <= set(TONGUES):
        return 'texts by language are of fi, sv and en, such as { fi = "Helsinki" }'
    if not all(text.strip() for text in told.values()):
        return "a text in another language is empty; leave it out, and the one for all stands there"
    return None


def case_rules(
    cases: Cases, country: str, premises: tuple[Premises, ...] = (), contact: Contact | None = None
) -> CaseRules:
    return CaseRules(
        premises=premises,
        contact=contact or Contact(),
        calendar=Calendar(country, read_dates(cases.holidays)),
        keep=timedelta(days=cases.keep_days),
        handlers=cases.handlers,
        hold_after=timedelta(days=cases.hold_days),
    )
