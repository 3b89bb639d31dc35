"""The participants of a recording session, as the line register knows them."""

from dataclasses import dataclass, field

from vaiti.capture.orders import Line
from vaiti.capture.siprec.metadata import Participant


@dataclass(frozen=True, slots=True)
class Side:
    """One participant: does it have a listed line, an agent's device, a full telephone number?"""

    participant: Participant
    line: Line | None
    device: bool
    number: str | None = field(repr=False)

    @property
    def company(self) -> bool:
        return self.line is not None or self.device

    @property
    def full(self) -> bool:
        return self.number is not None and self.number.startswith("+")


def consulting(sides: tuple[Side, ...]) -> bool:
    """Whether own devices are among themselves, on whatever line or none."""
    return len(sides) > 1 and all(each.company for each in sides)
