"""A call of several recording sessions whose customer is said to leave, and who comes next."""

import pytest

from capture_pure.scripted import NOW, Client, Party, agent, metadata, only, orders, sdp
from vaiti.capture.events import Begin, End, Expect, Send
from vaiti.capture.session.session import Session

RS = "application/rs-metadata+xml"
SECOND = 1_000_000
AT = round(NOW * SECOND)
FIRST, NEXT = "+358401234567", "+358509998887"
GROUP = '<group group_id="7+OTCyoxTmqmqyA/1weDAg=="/>'


def told(who: str, session: str, *, left: bool = False, labels: str = "12") -> str:
    """Both parties and both voices, as each of the sessions tells them."""
    caller = Party(f"p{who}", [f"sip:{who}@carrier.example;user=phone"], [labels[0]], left)
    parties = [caller, agent("2001", labels[1])]
    named = metadata(parties, mode="partial" if left else "complete")
    return (
        named.replace("<session ", f"{GROUP}<session ")
        .replace("'cs'", f"'{session}'")
        .replace('"cs"', f'"{session}"')
    )


def sent_bye(made: Client) -> bool:
    return any(each.data.startswith(b"BYE ") for each in only(Send, made.out))


def sessions(first: tuple[str, str], second: tuple[str, str]) -> tuple[Client, Client]:
    """Two recording sessions of one call; of each its streams, and what it tells."""
    one = Client(Session("rec-1", orders(), ["192.0.2.1"]), name="rs1")
    one.establish(sdp(*first[0].split()), first[1])
    other = Client(one.session, name="rs2")
    other.establish(sdp(*second[0].split()), second[1])
    assert one.session.calls == 1
    one.now = other.now = NOW + 10
    return one, other


@pytest.mark.parametrize("late", [False, True], ids=["each in time", "the other one late"])
@pytest.mark.parametrize("labels", ["12", "21"], ids=["customer's first", "agent's first"])
def test_n11_n22_rfc7866_10_a_session_for_each_voice_may_carry_call_after_call(
    late: bool, labels: str
) -> None:
    both = told(FIRST, "c" * 20)
    voice, desk = sessions((labels[0], both), (labels[1], both))
    over = told(FIRST, "c" * 20, left=True)
    [end] = only(End, voice.send("UPDATE", over.encode(), RS))
    assert (end.facts.ended_us, end.facts.ended_by) == (AT + 10 * SECOND, "released")
    if not late:
        desk.send("UPDATE", over.encode(), RS)
    voice.now = desk.now = NOW + 20
    [begin] = only(Begin, voice.send("UPDATE", told(NEXT, "d" * 20).encode(), RS))
    if late:
        desk.send("UPDATE", over.encode(), RS)
    out = desk.send("UPDATE", told(NEXT, "d" * 20).encode(), RS)
    assert (only(Begin, out), only(End, out), begin.call_id) == ([], [], end.heir)
    assert {each.track for each in only(Expect, voice.out) if each.call_id == end.heir} == {0, 1}
    voice.now = desk.now = NOW + 30
    voice.out.clear()
    assert not sent_bye(desk)
    out = desk.send("BYE") + voice.send("BYE") + voice.wait(5)
    [last] = only(End, out)
    roles = {"1": "customer", "2": "agent"}
    assert [track.role for track in last.facts.tracks] == [roles[each] for each in labels]
    assert (last.facts.customer, last.facts.started_us) == ("+358509998***", AT + 20 * SECOND)
    assert voice.session.calls == 0


def test_n22_e28_a_customer_who_leaves_one_session_and_is_in_another_is_still_in_the_call() -> None:
    """A transfer by a new session, of which the first one tells before its BYE."""
    there = told(FIRST, "d" * 20, labels="34").replace("2001", "2002")
    first, second = sessions(("1 2", told(FIRST, "c" * 20)), ("3 4", there))
    first.send("UPDATE", told(FIRST, "c" * 20, left=True).encode(), RS)
    assert only(End, first.out) == [] and sent_bye(first)
    assert {each.track for each in only(Expect, first.out) if not each.active} == {0, 1}
    second.now = NOW + 30
    [end] = only(End, second.send("BYE") + second.wait(6))
    assert (end.facts.ended_us, end.facts.ended_by) == (AT + 30 * SECOND, "bye")
    assert [(leg.device, leg.to_us - AT) for leg in end.facts.legs] == [
        ("2001", 10 * SECOND),
        ("2002", 30 * SECOND),
    ]
