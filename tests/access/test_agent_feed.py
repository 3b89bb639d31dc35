"""Whose a call at a shared desk is by the agent feed: at intake, late, corrected; who hears it."""

import json
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from access_world import Entries, Open
from cast import NOW, Cast
from manifests import START, enter, manifest
from vaiti.access import doors
from vaiti.access.doors import NotVisible
from vaiti.people import enrol, feed
from vaiti.people.feed_models import FeedEvent
from vaiti.people.models import Person
from vaiti.people.seats import FeedRules
from vaiti.register import agent_feed, attribution, unassigned
from vaiti.register.agent_feed import Looked, Taken
from vaiti.register.corrections import Hand, attribute
from vaiti.register.forgetting import Forgotten, forget_seats
from vaiti.register.intake import take_in
from vaiti.register.models import Comment, Correction, Desk, Leg
from vaiti.retention import rows
from vaiti.values.clock import to_micros
from vaiti.values.ids import new_object_id
from vaiti.vault.manifest import AgentLeg

BY, DESK, RULES = "system:command-line", "2001", FeedRules()
HEAD = "person,device,event,from,to,id\n"


def look(*rows: str) -> Looked:
    return agent_feed.look_at_csv(HEAD + "\n".join(rows), NOW)


def say(*rows: str, now: datetime = NOW) -> Taken:
    looked = look(*rows)
    assert not looked.faults
    return agent_feed.take(looked.named, RULES, by=BY, now=now)


def row(what: str, login: str, seconds: float, ref: str = "", device: str = DESK) -> str:
    return f"{login},{device},{what},{(START + timedelta(seconds=seconds)).isoformat()},,{ref}"


def came(login: str, seconds: float, ref: str = "", device: str = DESK) -> str:
    return row("login", login, seconds, ref, device)


def left(login: str, seconds: float, ref: str = "", device: str = DESK) -> str:
    return row("logout", login, seconds, ref, device)


def agents(call: UUID) -> list[tuple[str, float, float]]:
    """Who had the call, and from which second to which."""
    return [
        (
            leg.person.login if leg.person else "",
            (leg.started_at - START).total_seconds(),
            (leg.ended_at - START).total_seconds(),
        )
        for leg in Leg.objects.filter(call_id=call).order_by("started_at", "ordinal")
    ]


def said(call: list[str], **changes: object) -> UUID:
    """A call of a minute at the desk of which the phone system said this."""
    first = to_micros(START)
    legs = (AgentLeg(DESK, first, first + 60_000_000, tuple(call)),)
    given = manifest(DESK, legs=legs, **changes)
    return take_in(given, new_object_id(), sha256=given.sha256, segments=given.segments, now=NOW)


def hears(person: Person, call: UUID, open_leg: Open) -> bool:
    try:
        open_leg(person, call)
    except NotVisible:
        return False
    return True


def test_n16_each_call_at_a_shared_desk_is_its_agents(cast: Cast, open_leg: Open) -> None:
    say(came("anna.astrom", -60), left("anna.astrom", 90), came("leila.virtanen", 95))
    say(left("leila.virtanen", 400))
    first, second = enter(DESK), enter(DESK, start=START + timedelta(seconds=100))
    assert agents(first) == [("anna.astrom", 0, 60)]
    assert agents(second) == [("leila.virtanen", 100, 160)]
    assert hears(cast.anna, first, open_leg)
    assert not hears(cast.leila, first, open_leg)
    assert not hears(cast.anna, second, open_leg)


def test_n16_a_late_login_moves_a_call_and_access_follows_at_once(
    cast: Cast, open_leg: Open, entries: Entries
) -> None:
    say(came("anna.astrom", -600))
    call = enter(DESK)
    assert agents(call) == [("anna.astrom", 0, 60)]
    assert hears(cast.anna, call, open_leg)
    assert say(came("leila.virtanen", -300)).legs == 1
    assert agents(call) == [("leila.virtanen", 0, 60)]
    assert not hears(cast.anna, call, open_leg)
    assert hears(cast.leila, call, open_leg)
    (told,) = doors.see_call(cast.leila.id, call, NOW).corrected
    assert (told.before, told.after, told.rule) == ("Anna Åström", "Leila Virtanen", "agent_feed")
    (entry,) = entries("call:facts:corrected")
    facts = json.loads(entry.body)["facts"]
    assert (entry.actor, facts["before"]) == ("system:agent-feed", cast.anna.id.hex)
    assert facts["after"] == cast.leila.id.hex


def test_n28_who_sits_down_in_the_middle_of_a_call_hears_only_their_part(
    cast: Cast, open_leg: Open, entries: Entries
) -> None:
    say(came("anna.astrom", -600))
    call = enter(DESK)
    leg = Leg.objects.get()
    for place in (10_000, 40_000):
        Comment.objects.create(
            leg=leg, activity=call, author=cast.mikko, written_at=NOW, place_ms=place, text="well"
        )
    say(left("anna.astrom", 20), came("leila.virtanen", 25))
    assert agents(call) == [
        ("anna.astrom", 0, 20),
        ("", 20, 25),
        ("leila.virtanen", 25, 60),
    ]
    assert open_leg(cast.anna, call).grant.to_us == to_micros(START) + 20_000_000
    assert open_leg(cast.leila, call, part=3).grant.from_us == to_micros(START) + 25_000_000
    comments = Comment.objects.order_by("place_ms").values_list("leg__person__login", "place_ms")
    assert list(comments) == [("anna.astrom", 10_000), ("leila.virtanen", 15_000)]
    assert len(entries("call:leg:cut")) == 2


def test_n16_a_corrected_word_moves_the_change_and_is_logged(cast: Cast, entries: Entries) -> None:
    say(came("anna.astrom", -600), came("leila.virtanen", 20, "e-7"))
    call = enter(DESK)
    assert [who for who, *_ in agents(call)] == ["anna.astrom", "leila.virtanen"]
    done = say(came("sofia.holm", 30, "e-7"))
    assert (done.added, done.corrected, FeedEvent.objects.count()) == (0, 1, 2)
    assert agents(call) == [
        ("anna.astrom", 0, 20),
        ("anna.astrom", 20, 30),
        ("sofia.holm", 30, 60),
    ]
    (entry,) = entries("people:feed:corrected")
    facts = json.loads(entry.body)["facts"]
    assert (facts["before"], facts["after"]) == (cast.leila.id.hex, cast.sofia.id.hex)


def test_the_same_word_twice_is_one(cast: Cast) -> None:
    words = (came("anna.astrom", -600), came("leila.virtanen", 20, "e-7"))
    assert (say(*words).added, say(*words).known) == (2, 2)
    assert FeedEvent.objects.count() == 2


def test_n16_what_a_person_put_right_the_feed_leaves(cast: Cast) -> None:
    say(came("anna.astrom", -600))
    call = enter(DESK)
    leg, hand = Leg.objects.get(), Hand(cast.mikko.id.hex, "subordinate_leg")
    attribute(leg.id, cast.sofia.id, was=cast.anna.id, hand=hand, now=NOW)
    assert say(came("leila.virtanen", -300)).legs == 0
    assert agents(call) == [("sofia.holm", 0, 60)]


def test_n16_a_login_that_goes_on_names_nobody_before_it_has_settled(cast: Cast) -> None:
    say(came("anna.astrom", -600))
    given = manifest(DESK)
    ended = START + timedelta(seconds=61)
    take_in(given, new_object_id(), sha256=given.sha256, segments=given.segments, now=ended)
    assert Leg.objects.get().person_id is None
    assert attribution.look_again(RULES, ended) == 0
    assert attribution.look_again(RULES, ended + RULES.settle) == 1
    assert Leg.objects.get().person == cast.anna
    assert Leg.objects.get().device == ""


def test_n16_a_call_that_loses_its_agent_shows_its_device_to_the_assigner(cast: Cast) -> None:
    say(came("anna.astrom", -600, "e-1"))
    enter(DESK)
    say(left("leila.virtanen", 100))  # somebody else was there, and nobody said since when
    leg = Leg.objects.get()
    assert (leg.person_id, leg.device) == (None, DESK)
    assert unassigned.share(NOW).unknown == 1


@pytest.mark.parametrize(
    ("order", "whose"),
    [
        (["extension:leila.virtanen", "feed", "device"], "leila.virtanen"),
        (["feed", "extension:leila.virtanen"], "anna.astrom"),
        (["header:4711", "feed"], "sofia.holm"),
        (["extension:of-nobody", "feed"], "anna.astrom"),
        (["device", "feed"], "oskar.lind"),
        (["name:Leila Virtanen"], "leila.virtanen"),
        ([], "anna.astrom"),
    ],
)
def test_n16_what_counts_first_is_the_peers_to_say(
    cast: Cast, order: list[str], whose: str
) -> None:
    say(came("anna.astrom", -600))
    feed.name_agent(cast.sofia.id, "4711", by=BY, now=NOW)
    enrol.assign_device(cast.oskar.id, DESK, by=BY, now=START - timedelta(days=1))
    assert [who for who, *_ in agents(said(order))] == [whose]


def test_n16_two_agents_of_one_name_are_never_mixed(cast: Cast) -> None:
    other = enrol.add_person(
        login="anna.other",
        name="Anna Åström",
        employer="Posti",
        language="sv",
        namesake=True,
        by=BY,
        now=START - timedelta(days=1),
    )
    enrol.grant_role(other, "sales_agent", by=BY, now=START - timedelta(days=1))
    say(came("leila.virtanen", -600))
    assert agents(said(["name:Anna Åström", "feed"])) == [("", 0, 60)]
    assert agents(said(["address:anna.other", "name:Anna Åström"]))[0][0] == "anna.other"


def test_an_id_of_another_system_is_one_persons_at_a_time(cast: Cast, entries: Entries) -> None:
    feed.name_agent(cast.anna.id, "A-17", by=BY, now=NOW)
    with pytest.raises(enrol.EnrolmentError, match="already"):
        feed.name_agent(cast.leila.id, "a-17", by=BY, now=NOW)
    with pytest.raises(enrol.EnrolmentError, match="login"):
        feed.name_agent(cast.leila.id, "anna.astrom", by=BY, now=NOW)
    feed.unname_agent(cast.anna.id, "a-17", by=BY, now=NOW)
    feed.name_agent(cast.leila.id, "a-17", by=BY, now=NOW + timedelta(days=1))
    assert feed.called("A-17", START) == {cast.anna.id}
    assert feed.called("A-17", NOW + timedelta(days=2)) == {cast.leila.id}
    assert len(entries("people:agent_id:changed")) == 3


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("nobody,2001,login,2026-11-20T08:00:00+02:00,,", "nobody who was here then"),
        (",2001,login,2026-11-20T08:00:00+02:00,,", "person is empty"),
        ("anna.astrom,2001,sat,2026-11-20T08:00:00+02:00,,", "login, logout or stay"),
        ("anna.astrom,2001,login,yesterday,,", "from is a time such as"),
        ("anna.astrom,2001,login,2026-10-25T03:30:00,,", "forward or back"),
        ("anna.astrom,2001,stay,2026-11-20T08:00:00,,", "both from and to"),
        ("anna.astrom,2001,stay,2026-11-20T08:00:00,2026-11-20T07:00:00,", "to lies before"),
        ("anna.astrom,2001,login,2026-11-24T08:00:00,,", "lies ahead"),
        ("anna.astrom,sip:,login,2026-11-20T08:00:00,,", "names no device"),
        ("anna.astrom,2001,login,2026-11-20T08:00:00,,,more", "more fields"),
    ],
)
def test_a_wrong_row_is_told_with_what_to_change(cast: Cast, words: str, sentence: str) -> None:
    looked = look(came("anna.astrom", -600), words)
    ((fault,), named) = looked.faults, looked.named
    assert (fault.row, len(named)) == (3, 1)
    assert sentence in fault.sentence
    assert "anna" not in fault.sentence


def test_times_without_an_offset_are_of_the_notices_zone_and_devices_of_any_form(
    cast: Cast,
) -> None:
    looked = look(
        "anna.astrom,sip:2001@pbx.example.org;transport=tcp,login,2026-11-20T08:00:00,,",
        "ANNA.ASTROM,<sip:2002@pbx>,login,2026-11-20T06:00:00Z,,",
    )
    first, second = (one.word for one in looked.named)
    assert (first.device, second.device) == ("2001", "2002")
    assert first.from_at == second.from_at


def test_the_desk_dies_with_its_call(cast: Cast) -> None:
    say(came("anna.astrom", -600))
    call = enter(DESK)
    assert not rows.absent(call)
    rows.remove(call)
    assert rows.absent(call)
    assert (Desk.objects.count(), Correction.objects.count()) == (0, 0)


def test_who_sat_where_is_forgotten_when_it_attributes_no_call(
    cast: Cast, entries: Entries
) -> None:
    say(came("anna.astrom", -600), left("anna.astrom", 300), came("leila.virtanen", 900))
    enter(DESK)
    assert forget_seats(RULES, NOW + RULES.late - timedelta(days=1)) == Forgotten(0, 0)
    unknown = enter("2009")
    assert forget_seats(RULES, NOW + RULES.late + timedelta(days=2)) == Forgotten(1, 3)
    assert [desk.call_id for desk in Desk.objects.all()] == [unknown]
    assert FeedEvent.objects.count() == 0
    assert [leg.person for leg in Leg.objects.order_by("id")] == [cast.anna, None]
    assert len(entries("people:feed:removed")) == 2
    assert say(came("sofia.holm", -700)).legs == 0


def test_a_word_stays_while_a_call_of_its_time_has_no_agent(cast: Cast) -> None:
    say(left("anna.astrom", 300))
    enter(DESK)
    assert forget_seats(RULES, NOW + timedelta(days=99)) == Forgotten(0, 0)
    assert say(came("anna.astrom", -600)).legs == 1
    assert forget_seats(RULES, NOW + timedelta(days=99)) == Forgotten(1, 2)


def test_n28_an_agent_at_a_shared_desk_has_its_calls_in_progress(cast: Cast) -> None:
    enrol.assign_device(cast.oskar.id, DESK, by=BY, now=START - timedelta(days=1))
    assert attribution.speaks_at(DESK, (), NOW, RULES) == cast.oskar.id
    say(came("anna.astrom", -600), came("leila.virtanen", 900))
    assert attribution.speaks_at(DESK, (), NOW, RULES) == cast.leila.id
    assert (
        attribution.speaks_at(DESK, ("device",), NOW, RULES) == cast.oskar.id
    )  # a peer without the feed
    assert attribution.speaks_at(DESK, ("header:anna.astrom", "feed"), NOW, RULES) == cast.anna.id
    assert attribution.speaks_at("", ("name:Sofia Holm",), NOW, RULES) == cast.sofia.id
    assert attribution.speaks_at("", (), NOW, RULES) is None
    assert feed.near(cast.anna.id, NOW, RULES) == {DESK, "anna.astrom"}
    assert feed.names_of(cast.anna.id, NOW) == {"anna.astrom", "anna åström"}


def test_n16_no_call_is_that_of_somebody_who_had_left(cast: Cast) -> None:
    say(came("anna.astrom", -600))
    enrol.depart(cast.anna.id, by=BY, now=START - timedelta(seconds=60))
    assert agents(enter(DESK)) == [("", 0, 60)]
