"""The officer's page of balancing records, and what a listener is told when one is overdue."""

from datetime import timedelta

import pytest

from cast import NOW, Cast
from vaiti.access import balancing
from vaiti.access.balancing import QUESTIONS, Draft
from vaiti.register import calls
from web.conftest import SignIn
from web.world import World

LINE = "+358207100000"
PAGE = "/promises/balancing/"


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", ("Balancing of interests", "None has been filed", "Without a record", "Result")),
        ("fi", ("Tasapainotestit", "Yhtään ei ole kirjattu", "Testi puuttuu", "Tulos")),
        (
            "sv",
            ("Intresseav\u00advägningar", "Ingen har registrerats", "Avvägning saknas"),
        ),
    ],
)
def test_n10_the_page_says_what_is_missing_and_takes_a_record(
    world: World, cast: Cast, sign_in: SignIn, language: str, says: tuple[str, ...]
) -> None:
    client = sign_in(cast.dpo, language)
    shown = client.get(PAGE).content.decode()
    assert all(one in shown for one in says)
    wanted = dict.fromkeys(QUESTIONS, "It was weighed.")
    wanted |= {"purpose": "training", "line": LINE, "result": "carries", "review": "x"}
    refused = client.post(PAGE, wanted)
    assert refused.status_code == 422
    assert "It was weighed." in refused.content.decode()
    del wanted["review"]
    day = client.get(PAGE).content.decode().partition('name="review" value="')[2].split('"')[0]
    assert client.post(PAGE, wanted | {"review": day}).status_code == 302
    assert balancing.records(cast.dpo.id, NOW)[0].draft.carries
    shown = client.get(PAGE).content.decode()
    assert "Daniel Ek" in shown
    assert says[1] not in shown
    auditor = sign_in(cast.auditor, language)
    assert 'method="post" action="/promises/' not in auditor.get(PAGE).content.decode()
    assert auditor.post(PAGE, wanted).status_code == 404


def test_n10_a_listener_is_told_why_training_waits(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    call = world.call("anna.astrom", seconds=4)
    answers = dict.fromkeys(QUESTIONS, "It was weighed.")
    against = Draft("training", LINE, answers, False, NOW + timedelta(days=9))
    balancing.file(cast.dpo.id, against, NOW)
    client = sign_in(cast.mikko)
    wanted = {"leg": str(calls.legs(call)[0].id), "purpose": "training", "reference": "2026-118"}
    told = client.post(f"/calls/{call.hex}/listen", wanted)
    assert told.status_code == 422
    assert "Training with calls on this line is suspended" in told.content.decode()
    assert "suspended until the next record" in sign_in(cast.dpo).get(PAGE).content.decode()
