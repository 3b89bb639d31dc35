"""What the person recorded has said of a call, on the call's page."""

from dataclasses import dataclass, field
from typing import Any

from vaiti.access.doors import CallView
from vaiti.register import statements
from vaiti.web.moments import Moments
from vaiti.web.wording import words


@dataclass(frozen=True, slots=True)
class Said:
    at: str
    text: str = field(repr=False)


def person_said(view: CallView, see: Moments) -> dict[str, Any]:
    """For whoever sees the call: the statement goes with it (N-37)."""
    found = statements.of_call(view.call.id)
    return {
        "said": [Said(see.day_and_time(one.at), one.text) for one in found],
        "stopped": ", ".join(words.purpose(code) for code in sorted(view.call.stopped)),
    }
