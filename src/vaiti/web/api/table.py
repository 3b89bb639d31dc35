"""Every operation there is. A new room's are added here and answer, are documented and are tested.

The addresses, the document, the page, and the test of every operation against every scope are made
from this table.
"""

from collections.abc import Callable
from typing import Final

from django.http import HttpResponseBase

from vaiti.web.api import agent_feed, calls, completeness, frame, live, machine, portal, references
from vaiti.web.api.operation import Operation

OPERATIONS: Final[tuple[Operation, ...]] = (
    *calls.OPERATIONS,
    *live.OPERATIONS,
    *machine.OPERATIONS,
    *agent_feed.OPERATIONS,
    *completeness.OPERATIONS,
    *portal.OPERATIONS,
    *references.OPERATIONS,
)


def by_path() -> dict[str, dict[str, Operation]]:
    """Path to method to operation."""
    found: dict[str, dict[str, Operation]] = {}
    for one in OPERATIONS:
        found.setdefault(one.path, {})[one.method] = one
    return found


def views() -> list[tuple[str, Callable[..., HttpResponseBase]]]:
    return [(path, frame.resource(operations)) for path, operations in by_path().items()]
