"""What a live check answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Verdict:
    """`evidence` is counts and names of kinds, nothing personal. `broken_by`: what is not so."""

    kept: bool
    evidence: Mapping[str, int | str] = field(default_factory=dict)
    broken_by: str = ""


def found(looked: int, wrong: int, broken_by: str, **more: int) -> Verdict:
    """Kept where nothing of all that was looked at is wrong."""
    evidence = {"looked_at": looked, "wrong": wrong, **more}
    return Verdict(not wrong, evidence, broken_by if wrong else "")
