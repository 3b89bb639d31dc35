"""What one recorder was told not to keep, and another one has notes of (N-22, L-40)."""

from dataclasses import replace

from capture_pure.scripted import NOW, Client, agent, customer, metadata, only, orders, sdp
from vaiti.capture.events import Begin, End, Expect, Forget, Report, Withhold
from vaiti.capture.session import heeding
from vaiti.capture.session.session import Session
from vaiti.capture.session.withheld import Note, Notes

TWO = sdp("1", "2")
NAME, OTHER = "11111111111111111111", "22222222222222222222"
AGENT = frozenset({"2001"})


def told(name: str = NAME, number: str = "+358401234567", group: str = "") -> str:
    text = metadata([customer(number), agent("2001")])
    text = text.replace("session_id='cs'", f"session_id='{name}'", 1)
    return text.replace("<session ", f"{group}<session ", 1)


def client(**limits: object) -> Client:
    given = orders(rejoin_s=0)
    given = replace(given, tie_key="5e" * 32, limits=replace(given.limits, **limits))
    return Client(Session("rec-1", given, ["192.0.2.1"]))


def call_of(one: Client) -> str:
    [live] = one.session.live(AGENT)
    return live.call_id


def state_of(one: Client) -> tuple[str, str]:
    [live] = one.session.live(AGENT)
    return live.state, live.reason


def paused(metadata_told: str) -> tuple[Client, Notes]:
    """A call that was paused at one recorder, and what that one leaves."""
    one = client()
    one.establish(TWO, metadata_told)
    assert one.session.pause(call_of(one), AGENT, "payment", NOW + 5)
    [word] = only(Withhold, one.session.take())
    assert (word.by, word.since_us, word.reason) == ("agent", round((NOW + 5) * 1e6), "payment")
    return one, standing(word)


def standing(word: Withhold) -> Notes:
    return {
        digest: {word.by: Note(digest, word.by, word.since_us, word.reason)}
        for digest in word.sessions
    }


def heed(one: Client, notes: Notes | None, now: float, *gone: str) -> None:
    heeding.heed(one.session, notes, {*(notes or {}), *gone}, now)


def test_n22_a_pause_goes_on_at_the_next_recorder_until_the_agent_ends_it_or_its_time_is_over() -> (
    None
):
    _, notes = paused(told())
    for ends in ("agent", "time"):
        other = client(pause_s=60)
        heed(other, notes, NOW)
        other.now = NOW + 20
        out = other.establish(TWO, told())
        assert [each.paused for each in only(Expect, out)][-2:] == [True, True]
        assert only(Begin, out) and state_of(other) == ("paused", "payment")
        if ends == "agent":
            other.session.resume(call_of(other), AGENT, NOW + 30)
            [word] = only(Withhold, other.session.take())
            assert (word.by, word.since_us) == ("agent", 0), "no note is left"
        else:
            out = other.wait(46)
            assert [each.kind for each in only(Report, out)] == ["pause_too_long"]
        assert state_of(other) == ("recording", "")


def test_n22_two_recorders_with_one_call_pause_go_on_and_drop_together() -> None:
    one, notes = paused(told())
    other = client()
    other.establish(TWO, told())
    heed(other, notes, NOW + 5)
    assert [each.paused for each in only(Expect, other.session.take())] == [True, True]
    heed(other, {}, NOW + 9, *notes)
    assert state_of(other) == ("recording", "")
    heed(one, {}, NOW + 9, *notes)
    assert state_of(one) == ("paused", "payment"), "who was told himself waits for his agent"
    other.session.take()
    one.session.drop(call_of(one), AGENT, NOW + 10)
    [word] = only(Withhold, one.session.take())
    heed(other, standing(word), NOW + 10)
    assert only(Forget, other.session.take()) and state_of(other)[0] == "not_recorded"
    third = client()
    heed(third, standing(word), NOW + 11)
    assert only(Begin, third.establish(TWO, told())) == []


def test_n22_what_cannot_be_read_is_not_kept_until_it_can() -> None:
    other = client(pause_s=1)
    heed(other, None, NOW)
    out = other.establish(TWO, told())
    assert [each.kind for each in only(Report, out)] == ["pause_unknown"]
    assert [each.paused for each in only(Expect, out)][-2:] == [True, True]
    other.wait(60)
    assert state_of(other) == ("paused", "unknown"), "it is not over by itself"
    heed(other, {}, other.now)
    assert state_of(other) == ("recording", "")
    other.now += 5
    [end] = only(End, other.send("BYE"))
    assert [each.reason for each in end.facts.pauses] == ["unknown"]
    nameless = client()
    heed(nameless, None, NOW)
    nameless.establish(TWO, told("short"))
    assert state_of(nameless) == ("recording", ""), "no other recorder's call could be this one"


def test_n17_a_group_ties_two_recorders_sessions_of_one_known_customer_only() -> None:
    group = '<group group_id="7+OTCyoxTmqmqyA/1weDAg=="/>'
    _, notes = paused(told(group=group))

    def sessions(*said: str) -> set[str]:
        other = client()
        heed(other, notes, NOW)
        out = other.establish(TWO, told(*said))
        return {one for each in only(Begin, out) for one in each.draft.sessions} & set(notes)

    assert sessions(OTHER, "+358401234567", group)
    assert not sessions(OTHER, "+358407654321", group), "another customer's call of the group"
    assert not sessions(OTHER, "+358401234567", '<group group_id="7"/>'), "anybody's group"
    assert not sessions(OTHER, "anonymous", group)
