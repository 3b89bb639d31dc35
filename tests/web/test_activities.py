"""Training activities on their pages: the trainer's, the officer's and the agent's."""

from collections.abc import Iterator

import pytest

from cast import Cast
from vaiti.access import limits
from vaiti.access.activity_rules import ActivityRules
from vaiti.access.limits import Limits
from web.conftest import SignIn
from web.world import World

LINE = "+358207100000"
FORM = {
    "name": "Greeting",
    "reference": "TR-1",
    "line": LINE,
    "from": "20.11.2026",
    "to": "23.11.2026",
    "days": "10",
    "cap": "2",
}


@pytest.fixture(autouse=True)
def rules() -> Iterator[None]:
    limits.install(Limits(activities=ActivityRules((LINE,), comments=True)))
    yield
    limits.install(Limits())


def test_n06_a_trainer_opens_draws_and_comments_and_the_agent_reads_it(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    call = world.call("anna.astrom", seconds=40)
    trainer = sign_in(cast.trainer)
    assert "None names you yet" in trainer.get("/activities/").content.decode()
    opened = trainer.post("/activities/", FORM)
    assert opened.status_code == 302
    address = opened.headers["Location"]
    assert "Nothing is gathered yet" in trainer.get(address).content.decode()
    assert trainer.post(address, {"act": "gather", "calls": "5"}).status_code == 302
    assert f"/calls/{call.hex}/" in trainer.get(address).content.decode()
    assert trainer.post(address, {"act": "gather"}).status_code == 422
    page = f"/calls/{call.hex}/"
    leg = trainer.get(page).content.decode().partition('id="leg-')[2].partition('"')[0]
    wrong = trainer.post(f"{page}comments", {"leg": leg, "place": "soon", "text": "Good."})
    assert wrong.status_code == 422
    assert "such as 1:23" in wrong.content.decode()
    given = {"leg": leg, "place": "0:12", "text": "Here you sum up well."}
    assert trainer.post(f"{page}comments", given).status_code == 303
    agent = sign_in(cast.anna)
    told = agent.get(page).content.decode()
    assert "Here you sum up well." in told
    assert "#t=0:12" in told
    assert "1 comment" in agent.get("/activities/mine").content.decode()
    assert "sum up well" not in sign_in(cast.mikko).get(page).content.decode()
    assert "<datalist" not in trainer.get(page).content.decode()
    second = trainer.post("/activities/", {**FORM, "reference": "TR-2"}).headers["Location"]
    trainer.post(second, {"act": "gather"})
    known = [f'<option value="{one}">{one}</option>' for one in ("TR-1", "TR-2")]
    assert "".join(known) in trainer.get(page).content.decode()
    for one in (second, address):
        assert trainer.post(one, {"act": "close"}).status_code == 302
    assert trainer.get(page).status_code == 404


def test_the_officer_looks_and_gathers_nothing(world: World, cast: Cast, sign_in: SignIn) -> None:
    world.call("anna.astrom")
    trainer = sign_in(cast.trainer)
    address = trainer.post("/activities/", FORM).headers["Location"]
    trainer.post(address, {"act": "gather"})
    officer = sign_in(cast.dpo)
    assert "Greeting" in officer.get("/activities/").content.decode()
    shown = officer.get(address).content.decode()
    assert "1 call" in shown
    assert "Anna" not in shown
    assert officer.post(address, {"act": "gather"}).status_code == 404


def test_no_line_and_no_days_are_said_in_words(world: World, cast: Cast, sign_in: SignIn) -> None:
    trainer = sign_in(cast.trainer)
    answer = trainer.post("/activities/", {**FORM, "from": "32.1.2026"})
    assert answer.status_code == 422
    assert "The first day of the calls" in answer.content.decode()
    limits.install(Limits())
    assert "No line may be used for training yet" in trainer.get("/activities/").content.decode()
    mine = sign_in(cast.anna).get("/activities/mine").content.decode()
    assert "No call of yours" in mine
