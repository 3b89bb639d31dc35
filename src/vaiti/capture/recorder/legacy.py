"""What a front leaves to the next one: its sockets, and since when SIP has been heard there.

It keeps no call, so that all of it is descriptors that the keeper holds. Two of them are of
nothing: their names say what the next front has to know.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from vaiti.capture.recorder.keeping import Keeping, end_connections

SINCE = "since:"  # microseconds: when the first of all that followed each other began
YOUNG = "young"  # whoever went on from here has not heard for long yet
YOUNG_S = 3  # seconds in which what was left is heard again, and answered


class Legacy:
    """Without a keeper's `place` there is none. `held`: descriptors that another front left, by
    name, and that are nobody's yet; `went_on`: whether one did."""

    def __init__(self, place: Path | None, now_us: int) -> None:
        self.wanted = place is not None
        self._keeping = Keeping(place) if place is not None else None
        self._kept: dict[str, int] = {}
        self.held = self._given()
        self.went_on = bool(self.held)
        self.since_us = _since(self.held, now_us)
        self._young = YOUNG_S if self.went_on else 0
        if self._keeping is not None and YOUNG in self.held:
            end_connections(self._keeping, self.held)

    @property
    def lasting(self) -> bool:
        """Whether a next front would go on from here."""
        return self._keeping is not None and self._keeping.alive

    def _given(self) -> dict[str, int]:
        if self._keeping is None or not self._keeping.connect():
            return {}
        return self._keeping.given()

    def begin(self, sockets: Mapping[str, int]) -> None:
        """What was left and is not ours by now is let go; what we have is left to a next one."""
        for descriptor in self.held.values():
            os.close(descriptor)
        self._drop(self.held)
        self.held = {}
        self._keep_all(sockets)

    def look(self, sockets: Mapping[str, int]) -> None:
        """Each second in which SIP is heard: where there is a keeper again, everything is given to
        it."""
        if self._keeping is None:
            return
        if self._young:
            self._young -= 1
            self._drop([] if self._young else [YOUNG])
        if not self._keeping.look() and self._keeping.connect():
            self._keeping.forget()  # what ended meanwhile, if it is the same one
            self._keep_all(sockets)

    def leave(self) -> None:
        """To the next front. Who leaves by itself has not died of what was left."""
        self._drop([YOUNG])
        if self._keeping is not None:
            self._keeping.close()

    def end(self) -> None:
        """Nobody is to go on from here."""
        if self._keeping is not None:
            self._keeping.forget()
            self._keeping.close()

    def keep(self, name: str, descriptor: int) -> None:
        """For each keeper that will be here, besides the sockets."""
        self._kept[name] = descriptor
        self.hold(name, descriptor)

    def hold(self, name: str, descriptor: int) -> None:
        if self._keeping is not None:
            self._keeping.keep({name: descriptor})

    def let_go(self, name: str) -> None:
        self._drop([name])

    def _keep_all(self, sockets: Mapping[str, int]) -> None:
        if self._keeping is None:
            return
        said = (f"{SINCE}{self.since_us}", *([YOUNG] if self._young else []))
        nothing = os.eventfd(0)
        self._keeping.keep({**self._kept, **sockets, **dict.fromkeys(said, nothing)})
        os.close(nothing)

    def _drop(self, names: Iterable[str]) -> None:
        if self._keeping is not None:
            self._keeping.drop(names)


def _since(names: Iterable[str], now_us: int) -> int:
    told = (int(each.removeprefix(SINCE)) for each in names if each.startswith(SINCE))
    return next(told, now_us)
