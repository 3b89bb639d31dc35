"""What the overview is made of: sections of lines."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Line:
    """One thing of a section. `mark` is a word that stands out, `mood` how: good, warn or bad.

    `answers` is where a yes or a no to it is sent.
    """

    title: str
    detail: str
    href: str = ""
    mark: str = ""
    mood: str = ""
    answers: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """`nothing` is said where there are no lines; `more` is where all of it stands."""

    title: str
    nothing: str
    lines: list[Line] = field(default_factory=list)
    more: str = ""
    more_label: str = ""
