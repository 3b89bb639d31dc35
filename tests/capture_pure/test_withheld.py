"""What one recorder was told not to keep, and another one has notes of (N-22, L-40)."""

from dataclasses import replace

import pytest

from capture_pure.scripted import (
    NOW,
    Client,
    agent,
    customer,
    metadata,
    only,
    orders,
    sdp,
)
from drawn import without_drawn
from vaiti.capture.events import Begin, End, Expect, Forget, Report, Withhold
from vaiti.capture.recorder.plain import dump, load
from vaiti.capture.session import heeding, lasting
from vaiti.capture.session.session import Session
from vaiti.capture.session.withheld import Note, Notes

TWO = sdp("1", "2")
NAME, OTHER = "11111111111111111111", "22222222222222222222"
AGENT = frozenset({"2001"})


def told(
    name: str = NAME, number: str = "+358401234567", group: str = "", device: str = "2001"
) -> str:
    text = metadata([customer(number), agent(device)])
    text = text.replace("session_id='cs'", f"session_id='{name}'", 1)
    return text.replace("<session ", f"{group}<session ", 1)


def client(*, start_on: str = "answered", **limits: object) -> Client:
    given = orders(rejoin_s=0, start_on=start_on)
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


def standing(*words: Withhold) -> Notes:
    """As files hold them: what is left last of a session counts."""
    found = {}
    for word in words:
        [place, *_] = word.sessions or word.alike
        told = (word.by, word.since_us, word.reason)
        for until, digests in ((0, word.sessions), (word.until_us, word.alike)):
            notes = [Note(digest, *told, until, place) for digest in digests]
            found |= {note.session: {word.by: note} for note in notes}
    return found


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
    assert state_of(nameless) == ("paused", "unknown"), "it may be another recorder's call, too"


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


SHORT = "7"
ALIKE = [
    (told(SHORT), told("8"), True, "the same customer and agent"),
    (told(SHORT), told(OTHER), True, "an identifier only now"),
    (told(NAME), told(OTHER), True, "another identifier for the next recorder"),
    (told(SHORT), told("8", device="2002"), False, "another agent"),
    (told(SHORT), told(SHORT, device="2002"), True, "handed on meanwhile, by what it is called"),
    (told(SHORT), told(SHORT, "+358407654321"), False, "another customer"),
    (told(SHORT, "anonymous"), told("8", "anonymous"), True, "a withheld number, as far as told"),
    (told(NAME, "anonymous"), told(OTHER, "anonymous"), False, "told apart by an identifier"),
    (told(NAME, "anonymous"), told(SHORT, "anonymous"), True, "no identifier here"),
]


def begun(notes: Notes, metadata_told: str, at: float = NOW + 20, *headers: str) -> Client:
    other = client(pause_s=60)
    other.now, other.name = at, "rs2"
    heed(other, notes, at)
    other.establish(TWO, metadata_told, *headers)
    return other


@pytest.mark.parametrize(("first", "next_one", "same", "why"), ALIKE, ids=[a[3] for a in ALIKE])
@pytest.mark.parametrize("asks", ["pause", "drop"])
def test_n22_what_was_asked_of_a_call_holds_at_the_next_recorder_by_whatever_it_is_known(
    asks: str, first: str, next_one: str, same: bool, why: str
) -> None:
    """Where it cannot be told from another one nothing is kept, and that is told."""
    one = client(pause_s=60)
    one.establish(TWO, first)
    if asks == "pause":
        assert one.session.pause(call_of(one), AGENT, "payment", NOW + 5)
    else:
        assert one.session.drop(call_of(one), AGENT, NOW + 5)
    [word] = only(Withhold, one.session.take())
    shown = repr(word)
    assert "2001" not in without_drawn(shown) and "358" not in without_drawn(shown)
    other = begun(standing(word), next_one)
    kept = [not each.paused for each in only(Expect, other.out)][-2:]
    assert bool(only(Begin, other.out)) is (asks == "pause" or not same), why
    assert kept == [asks == "drop" or not same] * 2, why
    assert [each.kind for each in only(Report, other.out)] == ["pause_assumed"] * same, why


def test_n22_a_call_that_ended_well_is_soon_no_reason_not_to_record_the_next_one() -> None:
    one = client(pause_s=60)
    one.establish(TWO, told(SHORT))
    one.session.pause(call_of(one), AGENT, "payment", NOW + 5)
    words = only(Withhold, one.session.take())
    assert state_of(begun(standing(*words), told("8"), NOW + 64)) == ("paused", "payment")
    assert state_of(begun(standing(*words), told("8"), NOW + 66)) == ("recording", "")
    one.now += 6
    words += only(Withhold, one.send("BYE"))
    assert state_of(begun(standing(*words), told("8"), NOW + 15)) == ("paused", "payment")
    assert state_of(begun(standing(*words), told("8"), NOW + 17)) == ("recording", "")
    resumed = client()
    resumed.establish(TWO, told(SHORT))
    resumed.session.pause(call_of(resumed), AGENT, "payment", NOW + 5)
    resumed.session.resume(call_of(resumed), AGENT, NOW + 6)
    left, over = only(Withhold, resumed.session.take())
    assert (over.since_us, over.sessions) == (0, left.alike[:1]), "its note goes"


@pytest.mark.parametrize("fails", ["taken back", "no sockets", "not acknowledged"])
def test_n22_a_session_that_did_not_come_about_ends_nothing_that_was_objected_to(
    fails: str,
) -> None:
    """The sender comes again when it was told to, or when it likes."""
    one, other = client(), client(start_on="event")
    one.establish(TWO, told(SHORT))
    assert one.session.drop(call_of(one), AGENT, NOW + 5)
    notes = standing(*only(Withhold, one.session.take()))
    other.now, other.name = NOW + 20, "rs2"
    heed(other, notes, NOW + 20)
    other.invite(TWO, told("8"))
    if fails == "taken back":
        out = other.send("CANCEL")
    elif fails == "no sockets":
        other.session.not_allocated(other.call_id, "no_port", other.now)
        out = other.take()
    else:
        out = [*other.allocate(), *other.wait(40)]
    assert only(Forget, out) and not only(Withhold, out), fails
    assert not only(Begin, begun(notes, told("9"), NOW + 80).out)


def test_n22_what_a_recorder_left_word_of_is_taken_back_by_the_one_that_goes_on() -> None:
    one = client()
    lasting.watch(one.session, everything=True)
    one.establish(TWO, told(SHORT))
    one.session.pause(call_of(one), AGENT, "payment", NOW + 5)
    [left] = only(Withhold, one.session.take())
    entries = dict(lasting.changes(one.session))
    again = client().session
    lasting.go_on(again, {key: load(dump(told)) for key, told in entries.items() if told})
    assert again.resume(call_of(one), AGENT, NOW + 9)
    [over] = only(Withhold, again.take())
    assert (over.by, over.since_us, over.sessions) == ("agent", 0, left.alike[:1])


def test_n22_words_follow_a_call_that_is_handed_on_and_stand_for_no_other_that_goes_on_here() -> (
    None
):
    one = client()
    one.establish(TWO, told(SHORT, "anonymous"))
    beside = Client(one.session, name="rs2")
    beside.establish(TWO, told("8", "anonymous"))
    assert one.session.drop(one.call_id, AGENT, NOW + 5)
    words = only(Withhold, one.session.take())
    heed(one, standing(*words), NOW + 5)
    states = {each.call_id: each.state for each in one.session.live(AGENT)}
    assert states == {one.call_id: "not_recorded", beside.call_id: "recording"}
    one.now += 10
    changed = told(SHORT, "anonymous", device="2002").encode()
    words += only(Withhold, one.send("UPDATE", changed, "application/rs-metadata+xml"))
    other = begun(standing(*words), told("9", "anonymous", device="2002"))
    assert not only(Begin, other.out), "the agent who has it now"


def test_n22_a_call_is_known_by_its_own_call_id_or_start_and_by_headers_of_any_bytes() -> None:
    """A sender's name for the call goes before who is in it: an agent may have changed."""
    begins = "<start-time>2026-11-24T10:00:00Z</start-time>"
    named = "<sipSessionID>ab30317f1a784dc48ff824d0d3715d86</sipSessionID>"
    for element in (begins, named):
        text = told(SHORT).replace("session_id='7'/>", f"session_id='7'>{element}</session>")
        assert element in text
        elsewhere = text.replace("session_id='7'", "session_id='8'").replace("2001", "2002")
        one = client()
        one.establish(TWO, text)
        one.session.pause(call_of(one), AGENT, "payment", NOW + 5)
        other = begun(standing(*only(Withhold, one.session.take())), elsewhere)
        assert only(Report, other.out), element
    for header in ("X-Call-ID: \udcff\udcfe1", "X-UCID: " + "\udcff" * 20):
        one = client()
        one.establish(TWO, told(SHORT), header)
        one.session.pause(call_of(one), AGENT, "payment", NOW + 5)
        notes = standing(*only(Withhold, one.session.take()))
        other = begun(notes, told("8", device="2002"), NOW + 20, header)
        assert any(each.paused for each in only(Expect, other.out)), header
