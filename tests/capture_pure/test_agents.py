"""What senders say of who the agent is, in the peer's order; and agents among themselves."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from capture_pure.scripted import (
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
from vaiti.capture.events import Begin, End, Forget, Output, Report
from vaiti.capture.order_checks import check_peer
from vaiti.capture.orders import OrdersRefused, Peer
from vaiti.capture.parties import Parties
from vaiti.capture.policy import Policy, Record, Refuse, Verdict, Wait
from vaiti.capture.session.session import Session
from vaiti.capture.siprec.merging import merge
from vaiti.capture.siprec.metadata import parse
from vaiti.values.personal import Personal

EXTENSION = "<x:userID xmlns:x='urn:vendor'>anna.astrom</x:userID>"
"""Extension data of the whole session."""


def verdict(
    told: Sequence[Party], *, extra: str = "", headers: Sequence[str] = (), **peer: object
) -> Verdict:
    under = orders(**peer)
    carriers = {"agent": tuple(map(Personal, headers))}
    given = Parties(parse(metadata(told, extra=extra).encode()), carriers, ("1", "2"))
    return Policy(under).decide(given, under.peers[0], NOW)


def said(
    told: Sequence[Party] = (customer(), agent()),
    *,
    extra: str = "",
    headers: Sequence[str] = (),
    **peer: object,
) -> dict[str, tuple[str, ...]]:
    found = verdict(told, extra=extra, headers=headers, **peer)
    assert isinstance(found, Record)
    return dict(found.said)


def test_n16_without_settings_the_sender_is_asked_for_nothing() -> None:
    assert said(extra=EXTENSION, headers=["anna.astrom"]) == {
        "2001": ("header:anna.astrom", "feed", "device")
    }
    assert said(extra=EXTENSION) == {"2001": ()}


def test_n16_extension_data_headers_addresses_and_names_come_in_the_peers_order() -> None:
    order = ("feed", "name", "address", "header", "extension")
    found = said(
        extra=EXTENSION, headers=["<sip:4711@cc>"], agent_from=order, agent_fields=("UserID",)
    )
    assert found == {
        "2001": ("feed", "name:Maija", "address:2001", "header:4711", "extension:anna.astrom")
    }


def test_n15_nothing_that_may_be_the_customers_number_is_passed_on() -> None:
    extra = (
        "<x:userID xmlns:x='v'>0401234567</x:userID>"
        "<x:userID xmlns:x='v'>ext-234567</x:userID>"
        "<x:userID xmlns:x='v'>123456789</x:userID>"
    )
    order = ("extension", "header", "feed")
    assert said(
        extra=extra, headers=["+358401234567"], agent_from=order, agent_fields=("userid",)
    ) == {"2001": ("feed",)}


def test_n16_of_two_agents_each_has_what_is_said_of_them_alone() -> None:
    told = [customer(), agent("2001"), agent("2002", line="")]
    extra = EXTENSION + (
        "<participant participant_id='p-2002'><nameID aor='sip:2002@pbx.example'/>"
        "<e xmlns='v'><userid>leila.virtanen</userid></e></participant>"
    )
    found = said(
        told, extra=extra, headers=["4711"], agent_fields=("userid",), agent_pattern="2[0-9]{3}"
    )
    assert found == {"2001": (), "2002": ("extension:leila.virtanen", "feed", "device")}


def test_n16_what_was_said_of_nobody_in_particular_does_not_outlive_its_message() -> None:
    first = parse(metadata([customer(), agent()], extra=EXTENSION).encode())
    later = merge(first, parse(metadata([], mode="partial").encode()))
    assert [each.value.reveal() for each in first.extensions] == ["anna.astrom"]
    assert later.extensions == ()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"agent_from": ()}, "agent_from names"),
        ({"agent_from": ("feeds",)}, "agent_from names"),
        ({"agent_fields": ("user id",)}, "at most 16 names"),
        ({"agent_headers": ("X:",)}, "at most 16 names"),
        ({"consultations": "kept"}, "refused or followed"),
    ],
)
def test_a_peer_that_cannot_be_followed_is_refused(
    changes: dict[str, object], sentence: str
) -> None:
    with pytest.raises(OrdersRefused, match=sentence):
        check_peer(Peer("sbc", ("192.0.2.7/32",), **changes))  # type: ignore[arg-type]


# Agents among themselves

OWN = {"agent_pattern": "2[0-9]{3}"}


def test_n20_a_consultation_is_refused_or_followed_and_never_a_verdict_to_record() -> None:
    told = [agent("2001"), agent("2002", "1", line="")]
    assert verdict(told, **OWN) == Refuse(403, "internal_call")
    assert verdict(told, **OWN, consultations="followed") == Wait("internal_call")
    unlisted = [agent("2001", line=""), agent("2002", "1", line="")]
    assert verdict(unlisted, **OWN, consultations="followed") == Wait("internal_call")


def client(**peer: object) -> Client:
    return Client(Session("recorder-1", orders(**peer), ["192.0.2.1"]))


def update(made: Client, told: Sequence[Party]) -> list[Output]:
    return made.send("UPDATE", metadata(told).encode(), "application/rs-metadata+xml")


def test_n16_what_a_header_says_is_of_the_agent_who_took_the_call() -> None:
    made = client(agent_headers=("X-Agent",))
    made.establish(sdp("1", "2"), metadata([customer(), agent()]), "X-Agent: 4711")
    made.now += 20
    update(made, [customer(), agent()])
    made.now += 20
    update(made, [customer(), replace(agent("2002", line=""), id="p-new")])
    made.now += 20
    [end] = only(End, made.send("BYE"))
    told = [(leg.device, leg.said) for leg in end.facts.legs]
    assert told == [("2001", ("header:4711", "feed", "device")), ("2002", ())]


def test_n16_a_new_agent_at_the_same_device_is_a_new_leg() -> None:
    made = client(agent_fields=("userid",))
    made.establish(sdp("1", "2"), metadata([customer(), agent()], extra=EXTENSION))
    made.now += 20
    told = metadata([customer(), agent()], extra=EXTENSION.replace("anna.astrom", "leila"))
    made.send("UPDATE", told.encode(), "application/rs-metadata+xml")
    made.now += 20
    [end] = only(End, made.send("BYE"))
    first, second = end.facts.legs
    assert (first.device, first.said[0]) == ("2001", "extension:anna.astrom")
    assert (second.device, second.said[0]) == ("2001", "extension:leila")
    assert first.to_us == second.from_us


def test_n20_a_consultation_that_is_followed_is_kept_from_when_a_customer_comes() -> None:
    made = client(**OWN, consultations="followed")
    out = made.establish(sdp("1", "2"), metadata([agent("2001"), agent("2002", "1", line="")]))
    assert statuses(out) == [200]
    assert [each.kind for each in only(Report, out)] == ["internal_call"]
    assert not only(Begin, out)
    made.now += 30
    out = update(made, [customer(), agent("2002")])
    [begun] = only(Begin, out)
    assert begun.at_us == round((NOW + 30) * 1e6)
    [end] = only(End, made.send("BYE"))
    assert [leg.device for leg in end.facts.legs] == ["2002"]


def test_n20_a_consultation_that_is_recognised_late_is_dropped_like_an_objection() -> None:
    made = client(**OWN)
    out = made.establish(sdp("1", "2"), metadata([agent("2001")]))
    assert only(Begin, out)
    made.now += 5
    out = update(made, [agent("2001"), agent("2002", "1", line="")])
    assert only(Forget, out) == [Forget(made.call_id, over=False)]
    assert [each.kind for each in only(Report, out)] == ["internal_call"]
    out = made.send("BYE")
    assert statuses(out) == [200]
    assert not only(End, made.out)
