"""What the settings file says of one-time codes by which people prove a number: docs/rights.md."""

import re
from dataclasses import dataclass
from datetime import timedelta

from phonenumbers import country_code_for_region

from vaiti.rights.code_rules import CodeRules, Gateway


@dataclass(frozen=True)
class NumberCodes:
    """`command` is the program, with its arguments, that sends a message: it reads the number and
    the text; without one no code is offered. `prefixes` are those of numbers that get one, such as
    +358: of the register's own country where none is named. A code counts for `minutes`."""

    command: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    minutes: int = 10
    most_an_hour: int = 60


def number_codes_fault(codes: NumberCodes) -> str | None:
    """A sentence that says what to change, or None."""
    if codes.command and not codes.command[0].startswith("/"):
        return "command begins with a program's whole path, such as /usr/local/bin/send-message"
    if not all(re.fullmatch(r"\+[1-9][0-9]{0,8}", one) for one in codes.prefixes):
        return 'prefixes are beginnings of numbers, such as "+358"'
    if not 2 <= codes.minutes <= 30:
        return "minutes is from 2 to 30; usual is 10"
    if not 1 <= codes.most_an_hour <= 3600:
        return "most_an_hour is from 1 to 3600; usual is 60"
    return None


def code_rules(codes: NumberCodes, country: str, gateway: Gateway | None) -> CodeRules:
    return CodeRules(
        gateway,
        codes.prefixes or (f"+{country_code_for_region(country)}",),
        timedelta(minutes=codes.minutes),
        codes.most_an_hour,
    )
