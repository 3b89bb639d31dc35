"""For whoever sends customers the reference of their call: the portal, or what sends messages after
a call. It says line and times as the phone system knows them, and no number of a customer."""

from collections.abc import Mapping
from typing import Final

from vaiti.access import by_token
from vaiti.access.token_rules import TokenScope
from vaiti.web.api.completeness import CALL, told_of
from vaiti.web.api.operation import Asked, Operation
from vaiti.web.api.shapes import or_nothing, record, several, text
from vaiti.web.http.wiring import wired

MOST: Final = 100  # calls of one request


def tell(asked: Asked) -> Mapping[str, list[str | None]]:
    told = [told_of(one, place).stretch for place, one in enumerate(asked.body["calls"])]
    found = by_token.references(asked.token, told, wired().matching, asked.now)
    return {"references": [one or None for one in found]}


OPERATIONS: Final = (
    Operation(
        "tellReferences",
        "POST",
        "references",
        TokenScope.REFERENCES,
        "The references of calls that line and times single out; they tell nothing of a call.",
        tell,
        body=record({"calls": several(CALL, most=MOST)}),
        gives=record(
            {
                "references": several(
                    or_nothing(text("nothing: no call is kept, or more than one may be it")),
                    "in the order of the calls",
                    most=MOST,
                )
            }
        ),
        refuses={422: "an instant or length that cannot be; nothing was looked for"},
    ),
)
