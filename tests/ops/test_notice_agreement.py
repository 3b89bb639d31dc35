"""One source: a setting that contradicts the notice is refused with the words it would break."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from vaiti.notice.wording import read
from vaiti.notice.wordings import text_of
from vaiti.ops.notice_agreement import contradictions, countries
from vaiti.ops.settings import Settings, read_settings

HELPDESK = read(text_of("helpdesk"))
CONTROLLER = {
    "name": "Skärgårdsbanken Abp",
    "business_id": "2345678-0",
    "privacy_contact": "dataskydd@skargardsbanken.example",
}


def settings(**more: Any) -> Settings:  # noqa: ANN401
    return read_settings({"controller": CONTROLLER, **more}, Path("/data"))


def place(country: str) -> dict[str, str]:
    return {"role": "machine", "provider": "Us", "country": country, "contract": "our own"}


def test_what_agrees_is_let_in() -> None:
    assert list(contradictions(settings(place=[place("SE")]), HELPDESK)) == []


@pytest.mark.parametrize(
    ("more", "says", "quotes"),
    [
        ({"register": {"months": 2}}, "months in [register] is 2", "H-07"),
        ({"place": [place("DE")]}, "[[place]] machine is in DE", "H-08"),
        ({"scim": {"role": "sales_agent"}}, "sales_agent", "H-09"),
        ({"controller": {**CONTROLLER, "privacy_contact": "x@y.fi"}}, "privacy_contact", "H-02"),
        ({"controller": {**CONTROLLER, "name": "Other"}}, "name in [controller]", "H-01"),
        (
            {"controller": {**CONTROLLER, "visiting_address": "Elsewhere 1"}},
            "visiting_address",
            "H-01",
        ),
    ],
    ids=["period", "place", "role", "contact", "name", "address"],
)
def test_n18_a_setting_that_breaks_a_sentence_is_told_with_its_words(
    more: dict[str, Any], says: str, quotes: str
) -> None:
    (found,) = contradictions(settings(**more), HELPDESK)
    assert says in found
    sentence = next(one for one in HELPDESK.sentences if one.id == quotes)
    assert sentence.quoted() in found


def test_training_is_not_gathered_for_who_was_not_told_of_it() -> None:
    without = replace(HELPDESK, promised=replace(HELPDESK.promised, purposes=("verify",)))
    told = settings(activities={"lines": ["+358181234567"]})
    (found,) = contradictions(told, without)
    assert "[activities]" in found
    assert "H-04" in found


def test_n26_the_places_of_the_notice_are_the_countries_that_are_allowed() -> None:
    assert countries(HELPDESK) == {"FI", "SE"}
    everywhere = read(text_of("reference"))
    assert "NO" in countries(everywhere)
    assert "US" not in countries(everywhere)
