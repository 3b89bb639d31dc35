"""The dated register of lines."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cast import NOW, Cast
from vaiti.audit.models import Leaf
from vaiti.notice import lines
from vaiti.notice.lines import LineError

NUMBER = "+358207400000"


def register(number: str = NUMBER, **changes: Any) -> None:  # noqa: ANN401
    fields: dict[str, Any] = {
        "label": "Claims",
        "function": "service",
        "recorded": True,
        "by": "system:init",
        "now": NOW,
    }
    lines.register_line(number, **(fields | changes))


def test_n14_a_line_stands_from_its_entry_to_its_end(db: None) -> None:
    register()
    later = NOW + timedelta(days=1)
    lines.end_line(NUMBER, by="system:init", now=later)
    assert lines.line_for(NUMBER, NOW - timedelta(seconds=1)) is None
    standing = lines.line_for(NUMBER, NOW)
    assert standing is not None
    assert (standing.number, standing.label, standing.recorded) == (NUMBER, "Claims", True)
    assert lines.line_for(NUMBER, later) is None


def test_a_line_is_recorded_only_when_somebody_said_so(db: None) -> None:
    lines.register_line(NUMBER, label="Claims", function="service", by="system:init", now=NOW)
    standing = lines.line_for(NUMBER, NOW)
    assert standing is not None
    assert not standing.takes("in")


def test_a_line_takes_only_the_directions_it_lists(db: None) -> None:
    register(outbound=False)
    standing = lines.line_for(NUMBER, NOW)
    assert standing is not None
    assert standing.takes("in")
    assert not standing.takes("out")


def test_an_ended_number_can_be_entered_again_with_other_rules(db: None) -> None:
    register()
    later = NOW + timedelta(days=1)
    lines.end_line(NUMBER, by="system:init", now=later)
    register(function="telesales", now=later)
    before, after = lines.line_for(NUMBER, NOW), lines.line_for(NUMBER, later)
    assert before is not None
    assert after is not None
    assert (before.function, after.function) == ("service", "telesales")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"number": "0207400000"}, "country code"),
        ({"number": "+358 20 7400000"}, "digits only"),
        ({"number": "+358207100000"}, "registered"),
        ({"function": "marketing"}, "function"),
        ({"label": ""}, "label"),
    ],
)
def test_an_unfit_line_is_refused(cast: Cast, changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(LineError, match=sentence):
        register(**changes)


def test_ending_what_does_not_stand_is_refused(cast: Cast) -> None:
    with pytest.raises(LineError, match="no entry"):
        lines.end_line(NUMBER, by="system:init", now=NOW)


def test_the_orders_list_what_stands_now(cast: Cast) -> None:
    lines.end_line("+358207200000", by="system:init", now=NOW)
    orders = {order["number"]: order for order in lines.as_orders(NOW)}
    assert set(orders) == {"+358207100000", "+358207300000", "+358207999999"}
    assert orders["+358207300000"]["recorded"] is False
    assert orders["+358207100000"] == {
        "number": "+358207100000",
        "inbound": True,
        "outbound": True,
        "recorded": True,
        "announced": False,
        "keeps_hold": True,
        "keypad": False,
    }


def test_every_change_of_the_register_is_logged(db: None) -> None:
    register()
    lines.end_line(NUMBER, by="system:init", now=NOW + timedelta(days=1))
    kinds = Leaf.objects.order_by("at", "id").values_list("kind", "actor")
    assert list(kinds) == [
        ("notice:line:listed", "system:init"),
        ("notice:line:changed", "system:init"),
    ]


def test_n14_a_change_is_dated_and_in_the_log_with_before_and_after(db: None) -> None:
    register()
    later = NOW + timedelta(days=1)
    was = lines.line_for(NUMBER, NOW)
    assert was is not None
    wanted = replace(was, label="Claims and advice", announced=True, recorded=False)
    made = lines.change_line(wanted, by="f" * 32, now=later)
    before, after = lines.line_for(NUMBER, NOW), lines.line_for(NUMBER, later)
    assert before == was
    assert after == replace(wanted, id=made)
    assert [order["announced"] for order in lines.as_orders(later)] == [True]
    entry = Leaf.objects.get(kind="notice:line:changed")
    facts = json.loads(entry.body)["facts"]
    assert facts == {
        "number": NUMBER,
        "before": "label=Claims; recorded=yes; announced=no",
        "after": "label=Claims and advice; recorded=no; announced=yes",
    }


def test_a_change_of_what_another_has_changed_is_refused(db: None) -> None:
    register()
    was = lines.line_for(NUMBER, NOW)
    assert was is not None
    later = NOW + timedelta(days=1)
    lines.change_line(replace(was, keypad=True), by="system:init", now=later)
    with pytest.raises(LineError, match="meanwhile"):
        lines.change_line(replace(was, keypad=True, recorded=False), by="system:init", now=later)
    standing = lines.line_for(NUMBER, later)
    assert standing is not None
    with pytest.raises(LineError, match="nothing differs"):
        lines.change_line(standing, by="system:init", now=later)
    with pytest.raises(LineError, match="in, out"):
        nowhere = replace(standing, inbound=False, outbound=False)
        lines.change_line(nowhere, by="system:init", now=later)


def test_n27_no_number_of_customers_becomes_a_test_line(db: None) -> None:
    register()
    was = lines.line_for(NUMBER, NOW)
    assert was is not None
    later = NOW + timedelta(days=1)
    with pytest.raises(LineError, match="one of its own"):
        lines.change_line(replace(was, function="test"), by="system:init", now=later)
    lines.end_line(NUMBER, by="system:init", now=later)
    with pytest.raises(LineError, match="one of its own"):
        register(function="test", now=later)


def test_the_longest_change_fits_into_one_entry(db: None) -> None:
    register()
    was = lines.line_for(NUMBER, NOW)
    assert was is not None
    turned = {name: not getattr(was, name) for name in ("outbound", "recorded", "announced")}
    turned |= {name: not getattr(was, name) for name in ("keeps_hold", "keypad")}
    wanted = replace(was, label="Å" * 80, function="telesales", **turned)
    made = lines.change_line(wanted, by="system:init", now=NOW + timedelta(days=1))
    back = replace(wanted, id=made, label="Ö" * 80, function="service", inbound=False)
    back = replace(back, outbound=True, recorded=True, announced=False, keeps_hold=True)
    lines.change_line(replace(back, keypad=False), by="system:init", now=NOW + timedelta(days=2))
    assert Leaf.objects.filter(kind="notice:line:changed").count() == 2
