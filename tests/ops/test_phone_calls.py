"""The phone against a recording server of this test's own: a lossy one, a refusing one."""

import asyncio
import re
from collections.abc import Callable

import pytest

from vaiti.ops.phone.dial import place
from vaiti.ops.phone.plan import CallPlan, Outcome, PhoneError

SPEECH = bytes(range(256)) * 40


class Server(asyncio.DatagramProtocol):
    """Answers as `script` says: it is given each message with its count, and returns answers."""

    def __init__(self, script: Callable[[str, int], list[str]]) -> None:
        self.script = script
        self.seen: list[str] = []
        self.texts: list[str] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        text = data.decode()
        method = text.split(" ", 1)[0]
        self.seen.append(method)
        self.texts.append(text)
        asked = self.texts[0] if method == "ACK" else text
        for answer in self.script(method, self.seen.count(method)):
            self.transport.sendto(reply(asked, answer).encode(), addr)  # type: ignore[attr-defined]


def reply(request: str, status: str) -> str:
    kept = [line for line in request.split("\r\n") if re.match(r"(Via|From|Call-ID|CSeq):", line)]
    to = re.search(r"\r\n(To: [^\r]*)", request)
    assert to is not None
    tagged = to.group(1) if ";tag=" in to.group(1) else to.group(1) + ";tag=srs"
    body = ""
    if status.startswith("200") and request.startswith("INVITE"):
        body = "v=0\r\nc=IN IP4 127.0.0.1\r\n" + "m=audio 9 RTP/AVP 8\r\n" * 2
    lines = [f"SIP/2.0 {status}", *kept, tagged, "Contact: <sip:srs@127.0.0.1:9>"]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", body])


def call(script: Callable[[str, int], list[str]], **changes: object) -> tuple[Outcome, Server]:
    async def both() -> tuple[Outcome, Server]:
        loop = asyncio.get_running_loop()
        transport, server = await loop.create_datagram_endpoint(
            lambda: Server(script), local_addr=("127.0.0.1", 0)
        )
        port = transport.get_extra_info("sockname")[1]
        plan = CallPlan("127.0.0.1", port, "+358401234567", "+358207100000", "2001", **changes)  # type: ignore[arg-type]
        try:
            outcome = await place(plan, SPEECH, SPEECH)
            await asyncio.sleep(0.1)  # for what is still on its way
            return outcome, server
        finally:
            transport.close()

    return asyncio.run(both())


def test_what_is_lost_is_sent_again_until_it_is_answered() -> None:
    def lossy(method: str, count: int) -> list[str]:
        if method in ("INVITE", "BYE"):
            return ["200 OK"] if count == 2 else []
        return []

    outcome, server = call(lossy, seconds=0.2)
    assert (outcome.status, outcome.bye_status, outcome.packets) == (200, 200, (10, 10))
    assert server.seen == ["INVITE", "INVITE", "ACK", "BYE", "BYE"]
    assert server.texts[0] == server.texts[1]


def test_a_2xx_that_comes_again_is_acknowledged_again() -> None:
    outcome, server = call(lambda method, count: ["200 OK"] if count == 1 else [], seconds=0.2)
    assert outcome.status == 200
    assert server.seen.count("ACK") == 2


def test_a_refusal_is_acknowledged_with_the_branch_of_the_invite() -> None:
    answers = {"INVITE": ["100 Trying", "403 Forbidden"]}
    outcome, server = call(lambda method, count: answers.get(method, []))
    assert (outcome.status, outcome.reason, outcome.ended_by) == (403, "Forbidden", "refused")
    invite, ack = (re.search(r"branch=(\w+)", text) for text in server.texts[:2])
    assert invite is not None
    assert ack is not None
    assert invite.group(1) == ack.group(1)


def test_hold_sends_an_inactive_offer_and_no_speech_meanwhile() -> None:
    outcome, server = call(
        lambda method, count: ["200 OK"] if method != "ACK" else [], seconds=1.0, hold=(0.2, 0.6)
    )
    invites = [text for text in server.texts if text.startswith("INVITE")]
    assert ["a=inactive" in text for text in invites] == [False, True, False]
    assert 10 <= outcome.packets[0] <= 40  # of fifty


def test_a_transfer_says_who_left_and_who_came() -> None:
    _, server = call(
        lambda method, count: ["200 OK"] if method != "ACK" else [],
        seconds=0.6,
        transfer=(0.2, "2002"),
    )
    *_, last = (text for text in server.texts if text.startswith("INVITE"))
    assert "sip:2002@" in last
    assert last.count("<disassociate-time>") == 1
    assert last.count("tel:+358207100000") == 2


def test_nobody_at_the_other_end_of_a_connection_is_said() -> None:
    with pytest.raises(PhoneError, match=r"nobody answers at 127\.0\.0\.1:1 over tcp"):
        asyncio.run(place(CallPlan("127.0.0.1", 1, "1", "2", "3", transport="tcp"), b"", b""))
