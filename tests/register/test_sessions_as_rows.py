"""Recording sessions of one call, as a sender moves it about, down to the rows of the book."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from capture_pure.scripted import Client, Party, agent, customer, metadata, only, orders, sdp
from cast import Cast
from manifests import SERVICE, SHA256, START
from vaiti.capture.events import End, Output
from vaiti.capture.orders import Line
from vaiti.capture.session.session import Session
from vaiti.register.intake import take_in
from vaiti.register.models import Call, Leg
from vaiti.values.ids import new_object_id

ANNA, OSKAR = "anna.astrom", "oskar.lind"
SESSION, GROUP = "9f1c2b7a4d5e6f708192", "0a1b2c3d4e5f60718293"
OFFER = sdp("1", "2")
SINCE = START.timestamp()


class Sender:
    """Places the sessions of a call, `at` so many seconds after its start."""

    def __init__(self) -> None:
        under = orders([Line(SERVICE, recorded=True)], now=SINCE)
        self._session = Session("rec-1", under, ["192.0.2.1"])
        self.sessions: dict[str, Client] = {}

    def open(self, name: str, at: float, told: str) -> None:
        self.sessions[name] = Client(self._session, now=SINCE + at, name=name)
        self.sessions[name].establish(OFFER, told)

    def say(self, name: str, at: float, told: str) -> None:
        self.sessions[name].now = SINCE + at
        self.sessions[name].send("UPDATE", told.encode(), "application/rs-metadata+xml")

    def close(self, name: str, at: float) -> None:
        self.sessions[name].now = SINCE + at
        self.sessions[name].send("BYE")

    def out(self, at: float) -> list[Output]:
        last = next(iter(self.sessions.values()))
        last.now = SINCE + at
        last.wait(0)
        return [each for made in self.sessions.values() for each in made.out]


def told(*parties: Party, session: str = "cs", group: str = "") -> str:
    text = metadata([customer(), *parties]).replace("'cs'", f"'{session}'")
    text = text.replace('"cs"', f'"{session}"')
    named = f"<group group_id='{group}'/>" if group else ""
    return text.replace("<session ", f"{named}<session ", 1)


def desk(login: str, *, left: bool = False) -> Party:
    return replace(agent(login, line=SERVICE), left=left)


def participants_swap(made: Sender) -> None:
    made.open("one", 0, told(desk(ANNA)))
    made.say("one", 20, told(desk(ANNA, left=True), desk(OSKAR)))
    made.close("one", 60)


def a_session_of_the_same_group(made: Sender) -> None:
    made.open("one", 0, told(desk(ANNA), session=SESSION, group=GROUP))
    made.open("two", 20, told(desk(OSKAR), session=SESSION[::-1], group=GROUP))
    made.close("one", 20)
    made.close("two", 60)


def a_session_of_the_group_after_the_bye(made: Sender) -> None:
    made.open("one", 0, told(desk(ANNA), session=SESSION, group=GROUP))
    made.close("one", 20)
    made.open("two", 22, told(desk(OSKAR), session=SESSION[::-1], group=GROUP))
    made.close("two", 60)


def nothing_but_the_session_id(made: Sender) -> None:
    made.open("one", 0, told(desk(ANNA), session=SESSION))
    made.close("one", 20)
    made.open("two", 21, told(desk(OSKAR), session=SESSION))
    made.close("two", 60)


WAYS: Sequence[tuple[Callable[[Sender], None], int]] = (
    (participants_swap, 20),
    (a_session_of_the_same_group, 20),
    (a_session_of_the_group_after_the_bye, 22),
    (nothing_but_the_session_id, 21),
)


def entered(made: Sender) -> list[Call]:
    for end in only(End, made.out(120)):
        sealed = replace(end.facts, segments=3, finished=True, sha256=SHA256)
        now = START + timedelta(minutes=5)
        take_in(sealed, new_object_id(), sha256=SHA256, segments=3, now=now)
    return list(Call.objects.order_by("started_at"))


def moment(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


@pytest.mark.parametrize(("way", "since"), WAYS, ids=[way.__name__ for way, _ in WAYS])
def test_n16_e28_a_transfer_is_one_row_with_each_agents_own_part(
    cast: Cast, way: Callable[[Sender], None], since: int
) -> None:
    made = Sender()
    way(made)
    (row,) = entered(made)
    assert (row.customer, row.line.number, row.ended_by) == ("+358401234***", SERVICE, "bye")
    assert row.ended_at - row.started_at == timedelta(seconds=60)
    legs = list(Leg.objects.filter(call=row).order_by("ordinal"))
    assert [leg.person_id for leg in legs] == [cast.anna.id, cast.oskar.id]
    assert [leg.started_at for leg in legs] == [moment(0), moment(since)]
    assert [leg.ended_at for leg in legs] == [moment(20), moment(60)]


def test_n16_e28_in_a_conference_both_agents_have_their_part(cast: Cast) -> None:
    made = Sender()
    made.open("one", 0, told(desk(ANNA)))
    made.say("one", 20, told(desk(ANNA), desk(OSKAR)))
    made.say("one", 40, told(desk(ANNA, left=True), desk(OSKAR)))
    made.close("one", 60)
    (row,) = entered(made)
    legs = {leg.person_id: leg for leg in Leg.objects.filter(call=row)}
    anna, oskar = legs[cast.anna.id], legs[cast.oskar.id]
    assert (anna.started_at, anna.ended_at) == (moment(0), moment(40))
    assert (oskar.started_at, oskar.ended_at) == (moment(20), moment(60))


def test_n16_e28_another_customer_with_the_same_identifier_is_another_row(cast: Cast) -> None:
    made = Sender()
    made.open("one", 0, told(desk(ANNA), session=SESSION))
    made.close("one", 20)
    stranger = told(desk(OSKAR), session=SESSION).replace("+358401234567", "+358501112223")
    made.open("two", 21, stranger)
    made.close("two", 60)
    rows = entered(made)
    assert [row.customer for row in rows] == ["+358401234***", "+358501112***"]
    assert [leg.person_id for leg in Leg.objects.order_by("started_at")] == [
        cast.anna.id,
        cast.oskar.id,
    ]
