"""Who is who, and what may be recorded: decisions on what recording sessions say."""

import re
from collections.abc import Sequence

import pytest

from capture_pure.scripted import (
    CUSTOMER,
    LINE,
    NOW,
    Party,
    agent,
    customer,
    metadata,
    orders,
)
from vaiti.capture import policy, roles
from vaiti.capture.orders import Line, Orders
from vaiti.capture.parties import Parties
from vaiti.capture.policy import Policy, Record, Refuse, Verdict, Wait
from vaiti.capture.siprec.metadata import parse
from vaiti.values.masked import NOT_AVAILABLE
from vaiti.values.personal import Personal

MASKED = "+358401234***"
LISTED = Line(LINE, recorded=True)


def parties(
    told: Sequence[Party], labels: Sequence[str] = ("1", "2"), *, extra: str = "", **carriers: str
) -> Parties:
    found = {name.replace("_", "-"): (Personal(value),) for name, value in carriers.items()}
    return Parties(parse(metadata(told, extra=extra).encode()), found, tuple(labels))


def decide(given: Parties, under: Orders | None = None) -> Verdict:
    under = under or orders()
    return Policy(under).decide(given, under.peers[0], NOW)


def recorded(given: Parties, under: Orders | None = None) -> Record:
    verdict = decide(given, under)
    assert isinstance(verdict, Record)
    return verdict


def refused(given: Parties, under: Orders | None = None) -> str:
    verdict = decide(given, under)
    assert isinstance(verdict, Refuse)
    return verdict.reason


@pytest.mark.parametrize(
    ("told", "direction"),
    [([customer(), agent()], "in"), ([agent(), customer()], "out")],
)
def test_n14_the_company_number_is_the_line_in_both_directions(
    told: list[Party], direction: str
) -> None:
    record = recorded(parties(told))
    assert (record.line.number, record.direction) == (LINE, direction)
    assert (record.customer.text, record.devices) == (MASKED, ("2001",))
    assert dict(zip(record.labels, record.roles, strict=True)) == {"1": "customer", "2": "agent"}


def test_n11_a_call_on_no_listed_line_is_refused_with_the_code_of_the_peer() -> None:
    told = parties([customer(), agent(line="+358991234567")])
    assert decide(told) == Refuse(403, policy.UNLISTED_LINE)
    assert decide(told, orders(refuse_code=603)) == Refuse(603, policy.UNLISTED_LINE)


def test_n11_a_line_that_is_not_recorded_is_refused() -> None:
    assert refused(parties([customer(), agent()]), orders([Line(LINE)])) == policy.LINE_NOT_RECORDED


def test_n11_a_direction_that_is_not_recorded_is_refused() -> None:
    inbound = orders([Line(LINE, recorded=True, outbound=False)])
    assert recorded(parties([customer(), agent()]), inbound).direction == "in"
    assert refused(parties([agent(), customer()]), inbound) == policy.DIRECTION_NOT_RECORDED


def test_n15_a_company_number_in_the_customers_role_is_an_internal_call() -> None:
    lines = orders([LISTED, Line("+358201234567", recorded=True)])
    told = parties([Party("x", ["sip:0201234567@pbx"], ["1"]), agent()])
    assert refused(told, lines) == policy.INTERNAL_CALL


def test_a_call_between_two_agents_devices_is_internal() -> None:
    told = parties([Party("x", ["sip:2002@pbx"], ["1"]), agent()])
    assert refused(told, orders(agent_pattern="2[0-9]{3}")) == policy.INTERNAL_CALL


def test_expired_orders_record_nothing() -> None:
    verdict = Policy(orders()).decide(
        parties([customer(), agent()]), orders().peers[0], NOW + 100_000
    )
    assert verdict == Refuse(503, policy.ORDERS_EXPIRED)


@pytest.mark.parametrize(
    ("carrier", "value", "direction"),
    [
        ("called_party", f"<sip:{LINE}@ims.example>", "in"),
        ("diversion", "<tel:0600-94320>;reason=unconditional", "in"),
        ("history_info", f"<sip:{LINE}@h?Reason=SIP>;index=1", "in"),
        ("asserted_identity", f'"Posti" <sip:{LINE}@h;user=phone>', "out"),
        ("to", f"sip:{LINE}@192.0.2.1", "in"),
        ("request_uri", f"sip:{LINE}@192.0.2.1", "in"),
        ("from", f"sip:{LINE}@198.51.100.7", "out"),
    ],
)
def test_the_line_may_stand_in_a_header_of_the_recording_session(
    carrier: str, value: str, direction: str
) -> None:
    told = [customer(), agent(line="")]
    record = recorded(parties(told, **{carrier: value}))
    assert (record.line.number, record.direction) == (LINE, direction)
    assert (record.customer.text, record.devices) == (MASKED, ("2001",))


def test_a_peer_may_name_the_carriers_that_count() -> None:
    only = orders(line_from=("diversion",))
    assert refused(parties([customer(), agent()]), only) == policy.UNLISTED_LINE
    assert recorded(parties([customer(), agent()], diversion=f"<tel:{LINE}>"), only)


def test_the_line_may_be_the_participant_itself_as_controllers_on_a_trunk_say() -> None:
    told = [customer(), Party("svc", [f"sip:{LINE}@trunk"], ["2"])]
    record = recorded(parties(told))
    assert (record.customer.text, record.devices) == (MASKED, (LINE,))


def test_the_line_may_stand_in_extension_data_which_also_says_who_called() -> None:
    extra = f"<x xmlns='urn:x'><callingPartyNumber>{LINE}</callingPartyNumber></x>"
    record = recorded(parties([customer(), agent(line="")], extra=extra))
    assert record.direction == "out"


def test_the_customers_number_may_stand_in_extension_data_only() -> None:
    extra = f"<x xmlns='urn:x'><callingPartyNumber>{CUSTOMER}</callingPartyNumber></x>"
    told = [Party("p", ["sip:anonymous@h"], ["1"]), agent()]
    assert recorded(parties(told, extra=extra)).customer.text == MASKED


def test_who_called_is_believed_before_the_order_of_the_participants() -> None:
    calling = (
        "<extensiondata xmlns='urn:a'><callingParty>true</callingParty></extensiondata>"
        "</participant>"
    )
    text = metadata([customer(), agent()])
    place = text.rindex("</participant>")
    text = text[:place] + calling + text[place + len("</participant>") :]
    record = recorded(Parties(parse(text.encode()), {}, ("1", "2")))
    assert record.direction == "out"
    assert policy.DIRECTION_BY_ORDER not in record.warnings


def test_a_line_may_be_a_sip_user_and_a_customer_without_number_is_not_available() -> None:
    told = [Party("a", ["sip:alice@h:5063"], ["1"]), Party("b", ["sip:service@h"], ["0"])]
    record = recorded(parties(told, ["1", "0"]), orders([Line("service", recorded=True)]))
    assert (record.customer.text, record.devices) == (NOT_AVAILABLE, ("service",))
    assert record.roles == ("customer", "agent")


@pytest.mark.parametrize("spelled", ["0600 94320", "+358600-94320", "00358 600 94320"])
@pytest.mark.parametrize("written", ["sip:060094320@sbc", "tel:+358-600-94320", f"{LINE}@h"])
def test_n14_a_line_is_found_in_any_spelling_and_stored_as_the_register_spells_it(
    spelled: str, written: str
) -> None:
    told = [customer(), Party("svc", ["sip:2001@pbx", written], ["2"])]
    record = recorded(parties(told), orders([Line(spelled, recorded=True)]))
    assert (record.line.number, record.devices) == (spelled, ("2001",))


def test_roles_follow_who_sends_the_stream_and_never_the_order() -> None:
    told = [customer(label="2"), agent(label="1")]
    record = recorded(parties(told, ["1", "2"]))
    assert record.roles == ("agent", "customer")


def test_roles_follow_the_order_only_when_nothing_else_is_told_and_say_so() -> None:
    silent = [Party("a", [f"sip:{CUSTOMER}@h"], None), Party("b", [f"tel:{LINE}"], None)]
    record = recorded(parties(silent))
    assert record.roles == ("customer", "agent")
    assert roles.ROLES_BY_ORDER in record.warnings


def test_a_single_stream_of_nobody_in_particular_is_mixed() -> None:
    both = [customer(label="1"), agent(label="1")]
    assert recorded(parties(both, ["1"])).roles == ("mixed",)
    silent = [Party("a", [f"sip:{CUSTOMER}@h"], None), Party("b", [f"tel:{LINE}"], None)]
    assert recorded(parties(silent, ["9"])).roles == ("mixed",)


def test_of_two_streams_the_other_is_the_agents() -> None:
    told = [customer(), Party("b", [f"tel:{LINE}"], None)]
    assert recorded(parties(told)).roles == ("customer", "agent")


@pytest.mark.parametrize(
    ("pattern", "address", "device"),
    [
        ("", "sip:2001@pbx", "2001"),
        ("", "sip:anna.k@pbx", "anna.k"),
        ("", "sip:+358501112223@pbx", LINE),
        (".*", "sip:+358501112223@pbx", LINE),
        (r"\+35850[0-9]{7}", "sip:+358501112223@pbx", "+358501112223"),
        ("[0-9]{4}", "sip:anna@pbx", LINE),
        ("", "sip:" + "x" * 65 + "@pbx", LINE),
    ],
)
def test_n15_a_device_is_never_what_may_be_somebodys_number_unless_a_pattern_allows_it(
    pattern: str, address: str, device: str
) -> None:
    told = [customer(), Party("b", [address, f"tel:{LINE}"], ["2"])]
    assert recorded(parties(told), orders(agent_pattern=pattern)).devices == (device,)


def test_n15_of_numbers_only_lines_and_devices_are_remembered() -> None:
    under = orders()
    rules = Policy(under)
    verdicts = [rules.decide(parties([customer(), agent()]), under.peers[0], NOW) for _ in range(2)]
    assert verdicts[0] == verdicts[1]
    assert rules._ours.known == {LINE: LINE, "2001": "2001"}


def test_n15_no_pattern_with_the_customers_digits_outlives_the_verdict() -> None:
    """The library remembers hundreds of them."""
    re.purge()
    told = [customer(label="leg-99"), agent(label="2")]
    assert recorded(parties(told, ["leg-99", "2"])).labels == ("leg-99", "2")
    remembered = re._cache  # type: ignore[attr-defined]
    assert remembered
    assert not [each for each in remembered if CUSTOMER[-5:] in str(each)]


def test_n15_a_label_that_holds_the_customers_number_is_left_out() -> None:
    told = [customer(label="leg-0401234567"), agent(label="a b")]
    record = recorded(parties(told, ["leg-0401234567", "a b"]))
    assert record.labels == ("", "")
    assert record.roles == ("customer", "agent")


@pytest.mark.parametrize("label", ["040-123-4567", "leg.401.234567", "35850.9998887", "0501112223"])
def test_n15_a_label_that_may_be_any_number_however_written_is_left_out(label: str) -> None:
    told = [customer(label=label), agent()]
    assert recorded(parties(told, [label, "2"])).labels == ("", "2")


def test_three_participants_are_a_customer_and_two_agents() -> None:
    told = [customer(), agent(), Party("p3", ["sip:2003@pbx"], ["3"])]
    record = recorded(parties(told, ["1", "2", "3"]))
    assert record.devices == ("2001", "2003")
    assert record.roles == ("customer", "agent", "agent")


def test_a_session_that_starts_when_associated_waits_for_both_sides() -> None:
    waiting = orders(start_on="associated")
    assert decide(parties([customer()]), waiting) == Wait()
    assert decide(parties([customer()], to=f"sip:{LINE}@h"), waiting) == Wait()
    assert isinstance(decide(parties([customer(), agent()]), waiting), Record)
    assert refused(parties([customer(), agent(line="")]), waiting) == policy.UNLISTED_LINE


def review(standing: Record, told: Sequence[Party]) -> Verdict:
    return Policy(orders()).review(parties(told), orders().peers[0], standing)


def test_a_transfer_within_the_company_changes_the_agent_and_keeps_line_and_customer() -> None:
    standing = recorded(parties([customer(), agent()]))
    verdict = review(standing, [customer(), agent("2002", line="")])
    assert isinstance(verdict, Record)
    assert (verdict.line, verdict.devices) == (standing.line, ("2002",))
    assert verdict.customer == standing.customer


def test_n15_where_the_customer_is_another_one_no_label_tells_of_the_first() -> None:
    """Of whom the end is known no more: whatever fits the masked number is left out."""
    standing = recorded(parties([customer(), agent()]))
    told = [customer("+358409876543"), agent(label="a234567")]
    verdict = Policy(orders()).review(parties(told, ["1", "a234567"]), orders().peers[0], standing)
    assert isinstance(verdict, Record)
    assert verdict.labels == ("1", "")


def test_n22_a_transfer_to_an_outside_number_is_out_of_scope() -> None:
    standing = recorded(parties([customer(), agent()]))
    outside = Party("new", ["sip:+358509998887@trunk"], ["2"])
    assert review(standing, [customer(), outside]) == Refuse(403, policy.TRANSFERRED_OUTSIDE)


def test_n22_a_transfer_to_a_line_that_is_not_recorded_is_out_of_scope() -> None:
    lines = orders([LISTED, Line("+358201234567")])
    standing = recorded(parties([customer(), agent()]), lines)
    told = parties([customer(), agent("2005", line="+358201234567")])
    verdict = Policy(lines).review(told, lines.peers[0], standing)
    assert verdict == Refuse(403, policy.TRANSFERRED_OUTSIDE)


def test_n22_what_is_left_without_a_customer_is_internal() -> None:
    standing = recorded(parties([customer(), agent()]))
    other = Party("new", [f"sip:{LINE}@pbx"], ["1"])
    assert review(standing, [other, agent()]) == Refuse(403, policy.INTERNAL_CALL)


def test_n15_a_verdict_prints_no_digit_of_the_customer_that_is_not_stored() -> None:
    given = parties([customer(), agent()], diversion=f"<tel:{CUSTOMER}>")
    for shown in (repr(given), repr(decide(given))):
        assert "1234567" not in shown
        assert "34567" not in shown


def test_a_device_longer_than_any_is_matched_with_no_pattern() -> None:
    told = [customer(), Party("b", ["sip:" + "a" * 65 + "@pbx", f"tel:{LINE}"], ["2"])]
    assert recorded(parties(told), orders(agent_pattern="a+")).devices == (LINE,)
