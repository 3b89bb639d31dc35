"""What a deployment sets of one-time codes, and what sends them. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from vaiti.values.personal import Personal

Gateway = Callable[[Personal[str], str], bool]
"""Number (E.164) and text; True once the message was taken. It keeps neither."""


@dataclass(frozen=True, slots=True)
class CodeRules:
    """Without a `gateway` nobody is offered a code. `prefixes` are those of numbers to which one is
    sent, such as +358; `most_an_hour` is of the whole register."""

    gateway: Gateway | None = None
    prefixes: tuple[str, ...] = ()
    lives: timedelta = timedelta(minutes=10)
    most_an_hour: int = 60
