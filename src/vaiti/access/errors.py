"""How a door says no."""

from vaiti.access.decide import Need


class NotVisible(Exception):
    """There is no such thing, or it is not this person's: nobody can tell which."""


class Refused(Exception):
    """The right is there, and something is missing: `needs`. `rule` names the right."""

    def __init__(self, rule: str, needs: tuple[Need, ...]) -> None:
        super().__init__(f"{rule or 'everything'} needs " + " and ".join(needs))
        self.rule = rule
        self.needs = needs


class Unprepared(Refused):
    """Training or the undertaking of secrecy is missing: said before anything of a call is."""

    def __init__(self, needs: tuple[Need, ...]) -> None:
        super().__init__("", needs)


class ListeningEnded(Refused):
    """The listening lasted its time. The right may stand: open the recording again."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule, (Need.OPENING,))


class MandateError(ValueError):
    """What was asked of a mandate cannot be done; the sentence says what to change."""


class SampleError(ValueError):
    """The sample cannot be drawn; the sentence says what to change."""
