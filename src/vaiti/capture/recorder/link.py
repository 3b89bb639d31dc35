"""A recorder's way to SIP where several share one address: through the front (docs/sip.md)."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import cast

from vaiti.capture.recorder.config import Listen
from vaiti.capture.recorder.ears import TOGETHER, Ears
from vaiti.capture.recorder.passing import (
    MAX_BEHIND,
    Frames,
    Head,
    encode,
    flow_of,
    flow_told,
    told_to_have,
)
from vaiti.capture.sip.flow import Flow, Send

PATIENCE_S = 5.0  # that a start waits for the front; recording goes on without
AGAIN_S = 0.2  # seconds until the front is looked for again
SAID_EVERY_S = 1.0  # by which the front knows that we are not stuck

Room = Callable[[], tuple[bool, int, int]]
"""Whether calls are taken while there are fewer than may be; how many there are, and may be."""
Belongings = Callable[[], Iterable[bytes]]
"""By what messages of the calls that are here are known (`capture.sharing`)."""


class Link:
    """In the place of `Transports`. `room` is told to the front with whatever else is, and
    `belongings` to each front anew."""

    def __init__(
        self,
        ears: Ears,
        path: Path,
        number: int,
        room: Room,
        belongings: Belongings,
        *,
        lasting: bool,
    ) -> None:
        self._ears, self._path, self._room, self._belongings = ears, path, room, belongings
        self._hello = encode({"do": "hello", "number": number, "lasting": lasting})
        self.addresses: list[Listen] = []
        self.held: dict[str, int] = {}
        self._early: list[tuple[Head, bytes]] | None = []
        self._talk: _Talk | None = None
        self._known: set[int] = set()
        self._begun = self._heard = self._unanswered = 0
        self._outlived = False  # whether connections outlive the front
        self._welcomed, self._alone = asyncio.Event(), asyncio.Event()
        self._out: list[bytes] = []
        self._task: asyncio.Task[None] | None = None

    async def listen(self, places: Iterable[Listen], held: dict[str, int] | None = None) -> None:
        """Returns once the front listens for us, or has been waited for."""
        self._task = asyncio.create_task(self._stay())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._welcomed.wait(), PATIENCE_S)

    def begin(self) -> None:
        """From now on is heard what comes, and what has come meanwhile."""
        early, self._early = self._early, None
        for head, data in early or ():
            self._hear(head, data)
        self.rest()

    def go_on(self, known: set[int], held: Iterable[str]) -> set[int]:
        """The connections that are `known` are the front's, and have not ended with a recorder."""
        self._known = set(known)
        return self._known

    def send(self, send: Send) -> None:
        self._say(encode({"do": "send", "flow": flow_told(send.flow)}, send.data))

    def close(self, *, leaving: bool = False) -> None:
        if self._task is not None:
            self._task.cancel()
        if self._talk is not None:
            self._flush()
            self._talk.transport.close()

    async def _stay(self) -> None:
        """Connected, for good; whoever is told of us once a second knows that we live."""
        while True:
            if self._talk is None:
                await self._connect()
            self._say(b"")
            self._alone.clear()
            if self._talk is not None:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._alone.wait(), SAID_EVERY_S)
            if self._talk is None:
                await asyncio.sleep(AGAIN_S)

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            await loop.create_unix_connection(lambda: _Talk(self), str(self._path))

    def came(self, talk: "_Talk") -> None:
        self._talk, self._begun, self._heard, self._out = talk, 0, 0, []
        talk.transport.write(b"".join((self._hello, *told_to_have(self._belongings()))))

    def left(self, talk: "_Talk") -> None:
        """The connections that the front had are gone with it, or the next one tells which are."""
        if self._talk is not talk:
            return
        self._talk = None
        self._alone.set()
        if not self._outlived:
            self._end_all_but(())

    def _welcome(self, head: Head) -> None:
        """A front of an older version tells of no connections, and none outlived it."""
        self.addresses = [Listen(*each) for each in head["listening"]]
        self._outlived = bool(head.get("lasting"))
        self._end_all_but(head.get("connections", ()))
        self._welcomed.set()

    def _end_all_but(self, connections: Iterable[int]) -> None:
        for connection in sorted(self._known.difference(connections)):
            self.heard({"do": "lost", "connection": connection}, b"")

    def heard(self, head: Head, data: bytes) -> None:
        if head["do"] == "welcome":
            self._welcome(head)
        elif self._early is not None:
            self._early.append((head, data))
        else:
            self._hear(head, data)

    def _hear(self, head: Head, data: bytes) -> None:
        match head["do"]:
            case "hear":
                flow = flow_of(head["flow"])
                if flow.connection:
                    self._known.add(flow.connection)
                self._begun += bool(head["begins"])
                self._listen_to(data, flow, int(head["at"]), int(head.get("doubt", 0)))
            case "lost":
                if head["connection"] in self._known:
                    self._known.discard(head["connection"])
                    self._ears.lost(head["connection"])

    def _listen_to(self, data: bytes, flow: Flow, arrived_us: int, doubt_us: int) -> None:
        """What we could not hear to its end ends the connection, and is not to come again."""
        try:
            self._ears.heard(data, flow, arrived_us, doubt_us)
        except Exception:
            self._has_heard()
            self._ears.rest()  # what was heard before it, first
            self._flush()
            raise
        self._has_heard()
        self._unanswered += 1
        if self._unanswered == TOGETHER:
            self.rest()

    def rest(self) -> None:
        """Nothing more is heard just now: what was heard is answered, and then said to be heard."""
        if self._unanswered:
            self._unanswered = 0
            self._ears.rest()

    def _has_heard(self) -> None:
        self._heard += 1
        self._say(b"")

    def _say(self, frame: bytes) -> None:
        """With the next turn of the loop, so that what is said at once is written once."""
        if self._talk is None:
            return
        if not self._out:
            asyncio.get_running_loop().call_soon(self._flush)
        self._out.append(frame)

    def _flush(self) -> None:
        if self._talk is None or not self._out:
            return
        told = [*self._room(), self._begun]
        state = encode({"do": "state", "state": told, "heard": self._heard})
        self._talk.transport.write(b"".join((*self._out, state)))
        self._out = []
        if self._talk.transport.get_write_buffer_size() > MAX_BEHIND:
            self._talk.transport.abort()  # the front is stuck: another one will be there


class _Talk(asyncio.Protocol):
    """One connection to the front."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._frames = Frames()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._link.came(self)

    def data_received(self, data: bytes) -> None:
        try:
            for head, body in self._frames.feed(data):
                self._link.heard(head, body)
        finally:
            self._link.rest()

    def connection_lost(self, exc: Exception | None) -> None:
        self._link.left(self)
