"""One operation of the API: what it is called, whom it lets in, what it takes and gives."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from vaiti.access.token_rules import PERSONAL, TokenScope
from vaiti.access.tokens import Token
from vaiti.web.api.shapes import Shape

NOTHING: Mapping[str, Shape] = {}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that has been let in and whose parts fit the operation's shapes.

    `query` has what was given and nothing else.
    """

    token: Token
    now: datetime
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None

    def id(self, name: str) -> UUID:
        """Of an id in the path."""
        return UUID(hex=self.path[name])


@dataclass(frozen=True, slots=True)
class Operation:
    """`path` is as in urls.py, below /api/v1/; its only placeholders are `<hexid:name>`.

    `does` answers what `gives` is the shape of, or None where there is nothing to say. It may
    raise Problem with one of the statuses in `refuses`, which say when.
    """

    name: str
    method: str
    path: str
    scope: TokenScope
    about: str
    does: Callable[[Asked], Any]
    query: Mapping[str, Shape] = field(default_factory=dict)
    body: Shape | None = None
    gives: Shape | None = None
    refuses: Mapping[int, str] = field(default_factory=dict)

    @property
    def personal(self) -> bool:
        """Whether only a named person's token comes here."""
        return self.scope in PERSONAL

    @property
    def places(self) -> list[str]:
        return re.findall(r"<hexid:(\w+)>", self.path)
