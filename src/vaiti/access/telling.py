"""What agents are told of who listened to their calls, as the settings say (L-32). Pure."""

from dataclasses import dataclass

from vaiti.access.purposes import Purpose

MATTERS = {"case": Purpose.RIGHTS, "incident": Purpose.SECURITY}
"""The matters in which a listening may be held back while they are open, and its purpose."""


@dataclass(frozen=True, slots=True)
class Telling:
    """By role, at once: the default. `names`: by name as well.

    Listenings in a matter of the kinds `hold_back` are told when it is closed, and `days` after the
    listening at the latest; `ground` is the law that allows it, which the officer sees.
    """

    names: bool = False
    hold_back: tuple[str, ...] = ()
    ground: str = ""
    days: int = 90


def fault(telling: Telling) -> str:
    """What is wrong with it, as the end of a sentence; nothing where it can be used."""
    if not set(telling.hold_back) <= set(MATTERS):
        return 'hold_back lists "case", "incident", both or neither'
    if telling.hold_back and not telling.ground.strip():
        return "ground is empty: write the law that allows it to hold listenings back from agents"
    if len(telling.ground) > 200:
        return "ground is at most 200 characters long"
    if not 1 <= telling.days <= 366:
        return "days is from 1 to 366; usual is 90"
    return ""
