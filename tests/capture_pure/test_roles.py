"""Who is the customer, and who is heard on which stream, by a peer's own rules (docs/siprec.md)."""

import pytest

from capture_pure.scripted import (
    LINE,
    Client,
    Party,
    agent,
    customer,
    metadata,
    multipart,
    only,
    orders,
    sdp,
)
from capture_pure.test_policy import parties, recorded
from vaiti.capture.events import Begin
from vaiti.capture.order_checks import check_peer
from vaiti.capture.orders import Line, OrdersRefused, Peer
from vaiti.capture.session.explain import Explainer
from vaiti.capture.session.session import Session
from vaiti.values.masked import NOT_AVAILABLE

CUSTOMER_BY = ("customer", "agent")
AGENT_BY = ("agent", "customer")
TOLD_NOTHING = [
    Party("a", ["sip:maija@h"], None),
    Party("b", ["sip:kalle@h", f"tel:{LINE}"], None),
]
STRANGERS = [Party("a", ["sip:maija@h"], None), Party("b", ["sip:kalle@h"], None)]


@pytest.mark.parametrize(
    ("sources", "roles", "by"),
    [
        (("metadata", "order"), CUSTOMER_BY, "order"),
        (("metadata", "customer-first"), CUSTOMER_BY, "customer-first"),
        (("agent-first", "order"), AGENT_BY, "agent-first"),
        (("caller-first",), CUSTOMER_BY, "caller-first"),
        (("callee-first",), CUSTOMER_BY, "callee-first"),  # and so we called
        (("metadata",), ("unknown", "unknown"), ""),
    ],
)
def test_n16_e29_streams_that_nobody_tells_of_follow_what_the_peers_settings_say(
    sources: tuple[str, ...], roles: tuple[str, ...], by: str
) -> None:
    record = recorded(parties(TOLD_NOTHING), orders(roles_from=sources))
    assert (record.roles, record.roles_by) == (roles, (by, by))
    warned = {"order": "roles_by_order", "": "roles_unknown"}.get(by)
    assert ({"roles_by_order", "roles_unknown"} & set(record.warnings)) == ({warned} - {None})


def test_n16_e29_labels_that_always_mean_the_same_are_read_where_they_are_listed() -> None:
    told = parties(TOLD_NOTHING, ["outbound", "inbound"])
    sources, ours, theirs = ("labels", "order"), ("outbound",), ("Inbound",)
    rules = orders(roles_from=sources, agent_labels=ours, customer_labels=theirs)
    found = recorded(told, rules)
    assert (found.roles, found.roles_by) == (AGENT_BY, ("labels", "labels"))


def test_n16_e29_what_is_first_in_the_list_decides() -> None:
    crossed = parties([customer(label="2"), agent(label="1")], ["1", "2"])
    for sources, roles in (
        (("metadata", "labels"), AGENT_BY),
        (("labels", "metadata"), CUSTOMER_BY),
    ):
        rules = orders(roles_from=sources, customer_labels=("1",), agent_labels=("2",))
        assert recorded(crossed, rules).roles == roles


def test_n16_of_two_streams_one_of_which_is_told_the_other_is_the_others() -> None:
    record = recorded(parties([customer(label="2"), agent(label="9")]))
    assert (record.roles, record.roles_by) == (AGENT_BY, ("other", "metadata"))


def lab(*sources: str) -> Client:
    """Nobody in the metadata is anything but a name; the line is where the sender calls."""
    lines = [Line("recorder", recorded=True)]
    return Client(
        Session("rec-1", orders(lines, line_from=("to",), roles_from=sources), ["192.0.2.1"])
    )


@pytest.mark.parametrize(
    ("sources", "by", "device"),
    [
        (("order",), "order", "kalle"),
        (("customer-first",), "customer-first", "kalle"),
        (("agent-first",), "agent-first", "maija"),
    ],
)
def test_n16_of_two_strangers_the_settings_say_who_is_the_customer(
    sources: tuple[str, ...], by: str, device: str
) -> None:
    made = lab(*sources)
    [begin] = only(Begin, made.establish(sdp("1", "2"), metadata(STRANGERS)))
    assert [each.device for each in begin.draft.legs] == [device]
    assert ("customer_by_order" in begin.draft.warnings) is (by == "order")


def test_n15_n28_where_nothing_may_tell_the_customer_no_device_and_no_number_is_kept() -> None:
    """Such a call is nobody's: an assigner sees that there is one."""
    made = lab("metadata")
    [begin] = only(Begin, made.establish(sdp("1", "2"), metadata(STRANGERS)))
    assert [each.device for each in begin.draft.legs] == [""]
    assert begin.draft.customer == NOT_AVAILABLE
    assert [each.role for each in begin.draft.tracks] == ["unknown", "unknown"]
    assert {"customer_unknown", "roles_unknown"} <= set(begin.draft.warnings)


def test_explain_says_by_what_each_role_is_known() -> None:
    rules = orders(roles_from=("metadata", "customer-first"))
    for told, streams, known in (
        (TOLD_NOTHING, "customer-first", "address"),
        ([customer(), agent()], "metadata", "address"),
    ):
        body = multipart(sdp("1", "2"), metadata(told))[1]
        explained = Explainer(rules, rules.peers[0]).explain(body)
        assert [each.by for each in explained.streams] == [streams] * 2
        assert [each.by for each in explained.parties] == [known, ""]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"roles_from": ()}, "roles_from names"),
        ({"roles_from": ("chance",)}, "roles_from names"),
        ({"roles_from": ("labels",)}, "go together"),
        ({"customer_labels": ("1",)}, "go together"),
        ({"roles_from": ("labels",), "customer_labels": ("a b",)}, "at most 16 labels"),
        (
            {"roles_from": ("labels",), "customer_labels": ("1",), "agent_labels": ("1",)},
            "each in one of the two",
        ),
    ],
)
def test_rules_that_cannot_be_followed_are_refused(
    changed: dict[str, tuple[str, ...]], sentence: str
) -> None:
    with pytest.raises(OrdersRefused, match=sentence):
        check_peer(Peer("sbc", ("192.0.2.0/24",), **changed))  # type: ignore[arg-type]
