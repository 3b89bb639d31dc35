"""Places one call as a session recording client: INVITE, two streams, hold, transfer, BYE."""

import asyncio
import time
from asyncio import FIRST_COMPLETED
from datetime import UTC, datetime
from typing import Any

from vaiti.ops.phone import messages
from vaiti.ops.phone.digest import proof
from vaiti.ops.phone.media import SECONDS, Secrecy, Stream, bind
from vaiti.ops.phone.messages import Dialog, Received
from vaiti.ops.phone.metadata import Party, Recording
from vaiti.ops.phone.plan import CallPlan, Outcome, PhoneError
from vaiti.ops.phone.wire import Wire, open_wire

T1, T2 = 0.5, 4.0
"""RFC 3261, 17.1.1.1 and 17.1.2.2: first and longest interval of a retransmission, in seconds."""
PATIENCE = 64 * T1


async def place(plan: CallPlan, agent: bytes, customer: bytes) -> Outcome:
    """Places the call with these sounds (A-law, 8,000 bytes a second). Raises PhoneError."""
    wire = await open_wire(plan.transport, plan.host, plan.port, plan.identity, plan.source)
    try:
        call = Call(plan, wire, (agent, customer))
        reading = asyncio.create_task(call.read())
        try:
            return await call.run()
        finally:
            reading.cancel()
            call.close()
    finally:
        wire.close()
        await wire.closed()


class Call:
    """One call under way."""

    def __init__(self, plan: CallPlan, wire: Wire, sounds: tuple[bytes, bytes]) -> None:
        self.plan, self.wire = plan, wire
        host, port = wire.local()
        shown = f"[{host}]" if ":" in host else host
        there = f"[{plan.host}]" if ":" in plan.host else plan.host
        kind = "" if plan.transport == "udp" else f";transport={plan.transport}"
        self.host = host
        self.dialog = Dialog(
            target=f"sip:srs@{there}:{plan.port}{kind}",
            local=f"sip:src@{shown}:{port}",
            remote=f"sip:srs@{there}:{plan.port}",
            contact=f"sip:src@{shown}:{port}{kind}",
            via=f"SIP/2.0/{plan.transport.upper()} {shown}:{port}",
            extra=plan.headers,
        )
        now = datetime.now(UTC)
        self.recording = Recording(
            customer=Party((address_of(plan.customer),), now),
            agents=[self.desk(plan.agent, now)],
            direction=plan.direction,
        )
        self.streams = [Stream(sound, bind(host), ("", 0)) for sound in sounds]
        for stream in self.streams if plan.srtp else ():
            stream.secrecy = Secrecy()
        self.version = 0
        self.held = False
        self.hung_up = asyncio.Event()
        self.finals: dict[tuple[int, str], asyncio.Future[Received]] = {}
        self.provisional: set[int] = set()
        self.last_ack = b""

    def desk(self, device: str, now: datetime) -> Party:
        """The company's participant: first the device, then the number that was called."""
        return Party((f"sip:{device}@pbx.invalid", f"tel:{self.plan.line}"), now)

    def close(self) -> None:
        for stream in self.streams:
            stream.socket.close()

    async def run(self) -> Outcome:
        response = await self.invite("sendonly")
        if response.status >= 300:
            return Outcome(response.status, response.first[12:], self.dialog.call_id)
        answered = time.time()
        script = asyncio.create_task(self.follow_script())
        try:
            await self.speak()
        finally:
            script.cancel()
        ended = time.time()
        ended_by, bye_status = await self.hang_up()
        return Outcome(
            status=response.status,
            reason=response.first[12:],
            call_id=self.dialog.call_id,
            answered_at=answered,
            ended_at=ended,
            ended_by=ended_by,
            packets=(self.streams[0].sent, self.streams[1].sent),
            bye_status=bye_status,
        )

    async def speak(self) -> None:
        """Sends both streams in real time, to the end of the call or the other side's BYE."""
        began = time.monotonic()
        for index in range(round(self.plan.seconds / SECONDS)):
            await asyncio.sleep(began + index * SECONDS - time.monotonic())
            if self.hung_up.is_set():
                return
            if not self.held or self.plan.hold_sound:
                for stream in self.streams:
                    stream.send(index)
        await asyncio.sleep(began + self.plan.seconds - time.monotonic())

    async def follow_script(self) -> None:
        """Hold, pause, resume and transfer at their times."""
        began = time.monotonic()
        steps: list[tuple[float, str]] = []
        if self.plan.hold:
            steps += [(self.plan.hold[0], "hold"), (self.plan.hold[1], "resume")]
        if self.plan.pause:
            steps += [(self.plan.pause[0], "paused"), (self.plan.pause[1], "on")]
        if self.plan.transfer:
            steps.append((self.plan.transfer[0], "transfer"))
        for at, step in sorted(steps):
            await asyncio.sleep(began + at - time.monotonic())
            if step == "transfer":
                await self.hand_over()
            elif step == "hold":
                self.held = True
                await self.invite("inactive")
            elif step in ("paused", "on"):
                await self.invite("sendonly", step)
            else:
                await self.invite("sendonly")
                self.held = False

    async def hand_over(self) -> None:
        assert self.plan.transfer is not None
        now = datetime.now(UTC)
        self.recording.agents[-1].left = now
        self.recording.agents.append(self.desk(self.plan.transfer[1], now))
        await self.invite("sendonly")
        self.streams[0].another_source()

    async def invite(self, mode: str, record: str = "") -> Received:
        """An INVITE or re-INVITE with media and metadata, acknowledged; its final response."""
        self.version += 1
        ports = tuple(stream.socket.getsockname()[1] for stream in self.streams)
        keys = tuple(each.secrecy.line for each in self.streams if each.secrecy)
        sdp = messages.offer(
            self.host, (ports[0], ports[1]), self.version, mode, keys, record=record
        )
        body, kind = messages.two_parts(sdp, self.recording.document())
        request, response = await self.ask("INVITE", body, kind)
        if response.status >= 300:
            self.wire.send(self.dialog.refused(request, response))
            return response
        self.dialog.settle(response)
        self.last_ack = self.dialog.request("ACK")
        self.wire.send(self.last_ack)
        addresses = messages.media_addresses(response.body)
        if len(addresses) != 2:
            raise PhoneError("the answer does not take both streams")
        if messages.keys_answered(response.body) != len(keys):
            raise PhoneError("the answer does not say that both streams are to be SRTP")
        for stream, address in zip(self.streams, addresses, strict=True):
            stream.remote = address
        return response

    async def hang_up(self) -> tuple[str, int]:
        """Who ended the call, and the status of our BYE, 0 for none."""
        if self.hung_up.is_set():
            return "remote", 0
        if self.plan.bye:
            return "bye", (await self.ask("BYE"))[1].status
        try:
            await asyncio.wait_for(self.hung_up.wait(), self.plan.linger)
        except TimeoutError:
            return "silence", 0
        return "remote", 0

    async def ask(self, method: str, body: str = "", kind: str = "") -> tuple[bytes, Received]:
        """The request that was answered for good, and its answer: again with a proof if asked."""
        request = self.dialog.request(method, body, kind)
        response = await self.transact(request, method)
        login = self.plan.login
        shown = proof(response, method, self.dialog.target, login) if login else ""
        if response.status != 401 or not shown:
            return request, response
        if method == "INVITE":
            self.wire.send(self.dialog.refused(request, response))
        request = self.dialog.request(method, body, kind, shown)
        return request, await self.transact(request, method)

    async def transact(self, request: bytes, method: str) -> Received:
        """Sends a request until its final response comes (RFC 3261, 17.1). Raises PhoneError."""
        key = (self.dialog.sequence, method)
        final: asyncio.Future[Received] = asyncio.get_running_loop().create_future()
        self.finals[key] = final
        self.wire.send(request)
        wait, deadline = T1, time.monotonic() + PATIENCE
        lost = asyncio.create_task(self.wire.lost.wait())
        try:
            while time.monotonic() < deadline:
                either: set[asyncio.Future[Any]] = {final, lost}
                await asyncio.wait(either, timeout=wait, return_when=FIRST_COMPLETED)
                if final.done():
                    return final.result()
                if lost.done():
                    raise PhoneError(f"the connection was closed before {method} was answered")
                if not self.wire.reliable and key[0] not in self.provisional:
                    self.wire.send(request)
                wait = min(2 * wait, PATIENCE if method == "INVITE" else T2)
        finally:
            lost.cancel()
            del self.finals[key]
        raise PhoneError(f"no final response to {method} within {PATIENCE:.0f} seconds")

    async def read(self) -> None:
        while True:
            message = messages.read(await self.wire.inbox.get())
            if message is None:
                continue
            if message.status:
                self.take_response(message)
            elif message.method != "ACK":
                self.wire.send(messages.answer(message, "200 OK"))
                if message.method == "BYE":
                    self.hung_up.set()

    def take_response(self, response: Received) -> None:
        number, _, method = response.header("cseq").partition(" ")
        key = (int(number) if number.isdigit() else 0, method.strip())
        final = self.finals.get(key)
        if response.status < 200:
            if method.strip() == "INVITE" and final:
                self.provisional.add(key[0])
        elif final and not final.done():
            final.set_result(response)
        elif method.strip() == "INVITE" and response.status < 300 and self.last_ack:
            self.wire.send(self.last_ack)  # our ACK was lost: the 2xx came again


def address_of(customer: str) -> str:
    """A telephone number as a tel: address (RFC 3966); a withheld one as RFC 3323 has it."""
    if customer == "anonymous":
        return "sip:anonymous@anonymous.invalid"
    return f"tel:{customer}"
