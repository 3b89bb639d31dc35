"""The metadata model of RFC 7865, clause by clause (docs/rfc7865.md): what becomes of a call."""

from collections.abc import Iterable

import pytest

from capture_pure.scripted import (
    CUSTOMER,
    LINE,
    NOW,
    Client,
    Party,
    agent,
    customer,
    metadata,
    only,
    orders,
    sdp,
    statuses,
)
from capture_pure.test_foreign_senders import MASKED
from vaiti.capture.events import Begin, End, Expect, Forget, Output, Report, Send
from vaiti.capture.session.session import Session
from vaiti.capture.siprec.merging import merge
from vaiti.capture.siprec.metadata import Key, parse
from vaiti.values.masked import withheld

SECOND = 1_000_000
AT = round(NOW * SECOND)
RS = "application/rs-metadata+xml"
EARLY, LATE = "2026-11-24T10:00:00Z", "2026-11-24T10:05:00+00:00"
PEOPLE = {
    "customer": f"sip:{CUSTOMER}@carrier.example;user=phone",
    "other": "sip:+358509998887@carrier.example;user=phone",
    "2001": "sip:2001@pbx.example",
    "2002": "sip:2002@pbx.example",
}


def document(*elements: str, mode: str = "complete") -> str:
    space = "urn:ietf:params:xml:ns:recording:1"
    body = f"<datamode>{mode}</datamode>{''.join(elements)}"
    return f"<recording xmlns='{space}'>{body}</recording>"


def partial(*elements: str) -> str:
    return document(*elements, mode="partial")


def participant(name: str) -> str:
    line = f'<nameID aor="tel:{LINE}"/>' if name == "2001" else ""
    return (
        f'<participant participant_id="{name}"><nameID aor="{PEOPLE[name]}"/>{line}</participant>'
    )


def joins(name: str, session: str, times: str = "") -> str:
    return (
        f'<participantsessionassoc participant_id="{name}" session_id="{session}">{times}'
        "</participantsessionassoc>"
    )


def gone(*, came: str = EARLY, left: str = LATE) -> str:
    return f"<associate-time>{came}</associate-time><disassociate-time>{left}</disassociate-time>"


def stream(label: str, session: str, sender: str) -> str:
    return (
        f'<stream stream_id="s{label}" session_id="{session}"><label>{label}</label></stream>'
        f'<participantstreamassoc participant_id="{sender}"><send>s{label}</send>'
        "</participantstreamassoc>"
    )


def conversation(session: str, first: tuple[str, str], second: tuple[str, str]) -> str:
    """A communication session of two: who, and the label that they send."""
    made = [f'<session session_id="{session}"/>']
    for name, label in (first, second):
        made += [joins(name, session), stream(label, session, name)]
    return "".join(made)


CALL = conversation("cs1", ("customer", "1"), ("2001", "2"))
TWO = "".join(map(participant, ("customer", "2001")))
BOTH = document(TWO, CALL)


def begun(description: str = "", told: str = BOTH) -> Client:
    made = Client(Session("rec-1", orders(), ["192.0.2.1"]))
    assert only(Begin, made.establish(description or sdp("1", "2"), told))
    made.now += 10
    made.out.clear()
    return made


def told(made: Client, document: str) -> list[Output]:
    return made.send("UPDATE", document.encode(), RS)


def sent_bye(out: Iterable[object]) -> bool:
    return any(each.data.startswith(b"BYE ") for each in only(Send, out))


def devices(made: Client) -> list[tuple[str, int, int]]:
    """The legs, in seconds from the beginning."""
    [end] = only(End, made.send("BYE"))
    began = end.facts.started_us
    return [
        (leg.device, (leg.from_us - began) // SECOND, (leg.to_us - began) // SECOND)
        for leg in end.facts.legs
    ]


@pytest.mark.parametrize("way", ["INVITE", "UPDATE"])
def test_n16_rfc7865_512_a_partial_snapshot_changes_what_it_names_by_either_way(way: str) -> None:
    made = begun()
    joined = partial(participant("2002"), joins("2002", "cs1"), joins("2001", "cs1", gone()))
    assert statuses(made.send(way, joined.encode(), RS)) == [200]
    if way == "INVITE":
        made.send("ACK")
    made.now += 5
    assert devices(made) == [("2001", 0, 10), ("2002", 10, 15)]


def test_n16_rfc7865_512_a_complete_snapshot_in_between_says_all_anew() -> None:
    made = begun()
    told(made, document(*map(participant, ("customer", "2002")),
                        conversation("cs1", ("customer", "1"), ("2002", "2"))))  # fmt: skip
    made.now += 5
    assert devices(made) == [("2001", 0, 10), ("2002", 10, 15)]


def test_n22_rfc7865_66_the_customer_who_is_said_to_leave_ends_the_call_then() -> None:
    made = begun()
    out = told(made, partial(joins("customer", "cs1", gone())))
    [end] = only(End, out)
    assert (end.facts.ended_us, end.facts.ended_by) == (AT + 10 * SECOND, "released")
    assert only(Report, out) == []


def test_n22_rfc7865_66_a_whole_snapshot_without_the_customer_ends_the_call() -> None:
    made = begun()
    alone = joins("2001", "cs1") + stream("2", "cs1", "2001")
    [end] = only(End, told(made, document(participant("2001"), alone)))
    assert (end.facts.ended_us, end.facts.ended_by) == (AT + 10 * SECOND, "released")


@pytest.mark.parametrize(
    "said",
    [
        partial(participant("2001"), joins("2001", "cs1")),
        document(participant("2001"), joins("2001", "cs1")).replace("complete", ""),
        document(participant("2001"), participant("customer"), joins("2001", "cs1")),
    ],
    ids=["in part", "perhaps in part", "still named"],
)
def test_n22_rfc7865_66_a_customer_who_might_be_there_still_is(said: str) -> None:
    assert only(End, told(begun(), said)) == []


def test_n22_rfc7865_66_the_end_of_everybody_is_the_end_of_the_call() -> None:
    made = begun()
    out = told(made, partial(joins("2001", "cs1", gone()), joins("customer", "cs1", gone())))
    assert [end.facts.ended_us for end in only(End, out)] == [AT + 10 * SECOND]


@pytest.mark.parametrize(
    "ending",
    [
        f'<session session_id="cs1"><stop-time>{LATE}</stop-time></session>',
        f'<sessionrecordingassoc session_id="cs1">{gone()}</sessionrecordingassoc>',
    ],
    ids=["63 stopped", "64 recorded no more"],
)
def test_n22_rfc7865_63_64_a_communication_session_that_is_over_ends_the_call(ending: str) -> None:
    out = told(begun(), partial(ending))
    assert [end.facts.ended_us for end in only(End, out)] == [AT + 10 * SECOND]


def test_rfc7865_63_a_session_that_is_said_to_be_over_from_the_start_is_recorded() -> None:
    """A sender that always writes these times means nothing by them."""
    always = BOTH.replace(
        '<session session_id="cs1"/>',
        '<session session_id="cs1"><stop-time>1970-01-01T00:00:00Z</stop-time></session>',
    )
    made = begun(told=always)
    assert only(End, told(made, always)) == []
    made.now += 5
    assert devices(made) == [("2001", 0, 15)]


@pytest.mark.parametrize(
    ("times", "stays"),
    [
        (gone(came=LATE, left=EARLY), True),
        (gone(came=EARLY, left=LATE), False),
        (gone(came="soon", left=EARLY), False),
        (gone(came="2026-11-24T10:00:00", left=EARLY), False),
    ],
    ids=["came back", "left", "no time", "no zone"],
)
def test_rfc7865_66_the_times_of_one_association_say_whether_somebody_came_back(
    times: str, stays: bool
) -> None:
    known = parse(BOTH.encode())
    after = merge(known, parse(partial(joins("2001", "cs1", times)).encode()))
    assert (Key("2001") in after.present) is stays


def test_n16_rfc7865_66_an_agent_who_leaves_and_comes_back_has_two_legs() -> None:
    made = begun()
    told(made, partial(participant("2002"), joins("2002", "cs1"), joins("2001", "cs1", gone())))
    made.now += 5
    told(made, partial(joins("2001", "cs1")))
    made.now += 5
    assert sorted(devices(made)) == [("2001", 0, 10), ("2001", 15, 20), ("2002", 10, 20)]


NEXT = document(
    *map(participant, ("other", "2001")), conversation("cs2", ("other", "1"), ("2001", "2"))
)


def test_n15_rfc7866_10_another_customer_is_another_call_and_never_under_the_first_number() -> None:
    """A session that lasts while customers follow each other (a persistent one)."""
    made = begun()
    out = told(made, NEXT)
    assert (statuses(out), sent_bye(made.out)) == ([200], False)
    [end], [begin] = only(End, out), only(Begin, out)
    assert (end.facts.customer, end.facts.ended_us) == (MASKED, AT + 10 * SECOND)
    assert (end.heir, begin.at_us) == (begin.call_id, AT + 10 * SECOND)
    assert begin.draft.customer == "+358509998***"
    expected = {each.track for each in only(Expect, out) if each.call_id == begin.call_id}
    assert expected == {0, 1}
    made.now += 5
    assert devices(made) == [("2001", 0, 5)]


def test_n11_n22_rfc7866_10_each_call_of_a_persistent_session_is_a_call_of_its_own() -> None:
    """The agent stays in the session all day; customers come and go, one of them twice."""
    made = begun()
    for before, who, session in (
        ("customer", "other", "cs2"),
        ("other", "customer", "cs3"),
        ("customer", "customer", "cs4"),
    ):
        last = session[:2] + str(int(session[2]) - 1)
        out = told(made, partial(joins(before, last, gone())))
        assert (len(only(End, out)), only(Begin, out), made.session.calls) == (1, [], 1)
        made.now += 60
        comes = conversation(session, (who, "1"), ("2001", "2"))
        assert len(only(Begin, told(made, partial(participant(who), comes)))) == 1
        made.now += 20
    made.send("BYE")
    made.wait(60)
    found = [
        ((end.facts.started_us - AT) // SECOND, (end.facts.ended_us - AT) // SECOND)
        for end in only(End, made.out)
    ]
    assert found == [(0, 10), (70, 90), (150, 170), (230, 250)]
    ways = [end.facts.ended_by for end in only(End, made.out)]
    assert ways == ["released", "released", "released", "bye"]


def test_n11_rfc7866_10_nothing_is_kept_while_no_customer_is_in_the_session() -> None:
    made = begun()
    told(made, partial(*(joins(name, "cs1", gone()) for name in ("customer", "2001"))))
    again = told(made, partial())
    again += told(made, partial(participant("2001"), joins("2001", "cs9"),
                                participant("2002"), joins("2002", "cs9")))  # fmt: skip
    assert (only(Begin, again), only(Report, again), sent_bye(made.out)) == ([], [], False)
    assert only(Begin, made.wait(60)) == []
    out = made.wait(8_000)
    assert sent_bye(out)
    assert (only(Report, out), made.session.calls) == ([], 0)


@pytest.mark.parametrize(
    ("number", "begins"), [("2003", 0), ("118", 1), ("10100", 1), ("+358401112223", 1)]
)
def test_n11_rfc7866_10_without_a_pattern_a_number_of_the_agents_length_is_a_colleagues(
    number: str, begins: int
) -> None:
    made = begun()
    told(made, partial(joins("customer", "cs1", gone())))
    comes = (
        f'<participant participant_id="x"><nameID aor="sip:{number}@pbx.example"/></participant>'
    )
    cs = conversation("cs2", ("x", "1"), ("2001", "2"))
    assert len(only(Begin, told(made, partial(comes, cs)))) == begins


def test_n15_rfc7866_10_the_next_call_takes_nothing_from_the_one_before() -> None:
    """Numbers in extension data, and the headers of the INVITE, were the first call's."""
    number = '<x:callingPartyNumber xmlns:x="urn:example">+358401234567</x:callingPartyNumber>'
    hidden = TWO.replace(PEOPLE["customer"], "sip:anonymous@anonymous.invalid")
    made = begun(told=document(hidden, CALL, number))
    [end] = only(End, told(made, partial(joins("customer", "cs1", gone()))))
    assert end.facts.customer == MASKED
    comes = '<participant participant_id="c9"><nameID aor="sip:anonymous@anonymous.invalid"/>'
    cs = conversation("cs2", ("c9", "1"), ("2001", "2"))
    [begin] = only(Begin, told(made, partial(comes + "</participant>", cs)))
    assert (begin.draft.customer, begin.draft.legs[0].device) == (withheld().text, "2001")


def test_n11_rfc7866_10_an_objection_is_to_one_call_and_not_to_the_next() -> None:
    made = begun()
    [live] = made.session.live(["2001"])
    assert made.session.drop(live.call_id, ["2001"], made.now)
    out = told(made, NEXT)
    heirs = [each.heir for each in only(Forget, out) if each.over]
    assert heirs == [begin.call_id for begin in only(Begin, out)]


def test_n11_rfc7865_65_the_same_customer_under_another_identifier_is_the_same_call() -> None:
    made = begun()
    again = BOTH.replace('"customer"', '"c-2"')
    assert only(End, told(made, again)) == []
    assert devices(made) == [("2001", 0, 10)]


CONSULTED = [
    *map(participant, ("customer", "2001", "2002")),
    CALL,
    conversation("cs2", ("2001", "3"), ("2002", "4")),
]


def test_n11_n28_rfc7865_63_a_conversation_without_the_customer_is_not_kept() -> None:
    """Two communication sessions in one recording session: the agent asks a colleague."""
    made = begun(sdp("1", "2", "3", "4"), BOTH)
    expected = only(Expect, told(made, document(*CONSULTED)))
    assert {each.track for each in expected if not each.active} == {2, 3}
    assert not {each.track for each in expected if each.active}
    made.now += 5
    assert devices(made) == [("2001", 0, 15)]


def test_n16_n28_rfc7865_63_who_was_asked_has_a_leg_from_joining_the_customer() -> None:
    made = begun(sdp("1", "2", "3", "4"), document(*CONSULTED))
    out = told(made, partial(joins("customer", "cs2"), joins("2001", "cs1", gone()),
                             joins("2001", "cs2", gone())))  # fmt: skip
    assert {each.track for each in only(Expect, out) if each.active} == {2, 3}
    made.now += 5
    assert devices(made) == [("2001", 0, 10), ("2002", 10, 15)]


def test_rfc7865_63_a_session_for_each_participant_means_nothing() -> None:
    told = document(TWO, '<session session_id="a"/><session session_id="b"/>',
                    joins("customer", "a"), joins("2001", "b"),
                    stream("1", "a", "customer"), stream("2", "b", "2001"))  # fmt: skip
    made = begun(told=told)
    assert devices(made) == [("2001", 0, 10)]


def test_rfc7865_61_a_session_set_up_before_any_call_waits_for_its_parties() -> None:
    made = Client(Session("rec-1", orders(start_on="associated"), ["192.0.2.1"]))
    out = made.establish(sdp("1", "2"), document())
    assert (statuses(out), only(Begin, out)) == ([200], [])
    [begin] = only(Begin, told(made, partial(TWO, CALL)))
    assert [track.role for track in begin.draft.tracks] == ["customer", "agent"]


@pytest.mark.parametrize(
    "group",
    [
        '<group group_id="a-group-of-one-call"/>',
        '<session session_id="cs1"><group-ref>a-group-of-one-call</group-ref></session>',
    ],
    ids=["told", "referred to"],
)
def test_rfc7865_62_a_group_ties_where_it_is_told_or_referred_to(group: str) -> None:
    assert parse(document(group).encode()).groups == (Key("a-group-of-one-call"),)


def test_rfc7865_62_a_group_that_was_taken_apart_ties_nothing() -> None:
    group = f'<group group_id="a-group-of-one-call">{gone()}</group>'
    assert parse(document(group).encode()).groups == ()


def test_rfc7865_67_streams_that_both_send_are_mixed_and_any_number_may_be_sent() -> None:
    both = document(
        TWO, conversation("cs1", ("customer", "1"), ("2001", "1")), stream("2", "cs1", "customer")
    )
    made = Client(Session("rec-1", orders(), ["192.0.2.1"]))
    [begin] = only(Begin, made.establish(sdp("1", "2", "3"), both))
    assert [track.role for track in begin.draft.tracks] == ["mixed", "customer", "unknown"]


def test_rfc7865_9_unknown_elements_attributes_and_namespaces_are_passed_over() -> None:
    odd = (
        '<future when="soon"><participant participant_id="x"/></future>'
        '<x:thing xmlns:x="urn:example:later"><x:participant participant_id="y"/></x:thing>'
    )
    plain, mixed = (parse(each.encode()) for each in (BOTH, document(odd, TWO, CALL)))
    assert (mixed.participants, mixed.present, mixed.sends) == (
        plain.participants,
        plain.present,
        plain.sends,
    )
    inside = BOTH.replace("</participant>", f'{odd}<nameID2 aor="z"/></participant>')
    assert parse(inside.encode()).participants == plain.participants
    assert parse(BOTH.replace("<stream ", '<stream later="1" ').encode()).streams == plain.streams


def test_rfc7865_610_identifiers_are_compared_as_they_are_and_uuids_in_any_spelling() -> None:
    uuid = "urn:uuid:F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6"
    spelled = BOTH.replace('participant_id="2001"', f'participant_id="{uuid}"', 1)
    spelled = spelled.replace('participant_id="2001"', f'participant_id="{uuid.lower()[9:]}"')
    known = parse(spelled.encode())
    assert known.labels_sent(known.present[1]) == ("2",)


def test_rfc7865_68_a_partial_snapshot_of_streams_holds_one_side_and_gives_it_back() -> None:
    made = begun()
    hold = '<participantstreamassoc participant_id="customer"/>'
    told(made, partial(hold))
    made.now += 5
    told(made, partial(hold.replace("/>", "><send>s1</send></participantstreamassoc>")))
    made.now += 5
    [end] = only(End, made.send("BYE"))
    spans = [(each.from_us - AT, each.to_us - AT) for each in end.facts.holds]
    assert spans == [(10 * SECOND, 15 * SECOND)]


def test_rfc7865_68_the_times_of_a_stream_association_end_it() -> None:
    made = begun()
    told(made, partial('<participantstreamassoc participant_id="customer"><send>s1</send>'
                       f"{gone()}</participantstreamassoc>"))  # fmt: skip
    made.now += 5
    [end] = only(End, made.send("BYE"))
    assert len(end.facts.holds) == 1


def test_the_usual_documents_of_these_tests_are_the_standards_own() -> None:
    """What is built here and what the other tests build is understood alike."""
    mine, theirs = parse(BOTH.encode()), parse(metadata([customer(), agent()]).encode())
    assert (len(mine.present), mine.warnings) == (len(theirs.present), theirs.warnings)
    assert Party("x", []).sends == ()
