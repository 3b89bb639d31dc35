"""The pages look for themselves whether the worker works, for it raises all other alarms."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from cast import NOW, Cast
from vaiti.due import alarms
from vaiti.ops.pace import Pace, Progress
from vaiti.ops.state_files import waiting_told
from vaiti.ops.steps import write_state
from vaiti.values.clock import to_micros
from vaiti.web.http import wiring
from web.conftest import SignIn


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "The worker says nothing"),
        ("fi", "Työprosessi on vaiti"),
        ("sv", "Arbetaren är tyst"),
    ],
)
def test_the_pages_say_by_themselves_that_the_worker_is_silent(
    cast: Cast, sign_in: SignIn, tmp_path: Path, language: str, says: str
) -> None:
    state = tmp_path / "worker.json"
    wiring.install(replace(wiring.wired(), worker=state))
    client: Client = sign_in(cast.administrator, language)
    write_state(state, [], NOW)
    assert says not in client.get("/state/").content.decode()
    assert json.loads(client.get("/healthz").content)["worker"] is True
    write_state(state, [], NOW - timedelta(minutes=2))
    assert says in client.get("/state/").content.decode()
    assert json.loads(client.get("/healthz").content)["worker"] is False


@pytest.mark.parametrize(
    ("language", "says"),
    [
        (
            "en",
            (
                ("4200 ended calls wait.", "1400 a minute. The rest takes about 3 min."),
                ("At least 4200 ended calls wait", "Nothing is lost"),
            ),
        ),
        (
            "fi",
            (
                ("4200 päättynyttä puhelua odottaa.", "1400 minuutissa. Loppuun kuluu noin 3 min."),
                ("Vähintään 4200 päättynyttä puhelua", "Mitään ei katoa"),
            ),
        ),
        (
            "sv",
            (
                ("4200 avslutade samtal väntar.", "1400 i minuten. Resten tar ungefär 3 min."),
                ("Minst 4200 avslutade samtal väntar", "Ingenting går förlorat"),
            ),
        ),
    ],
)
def test_the_state_page_says_how_many_calls_wait_and_for_how_long_still(
    cast: Cast,
    sign_in: SignIn,
    tmp_path: Path,
    language: str,
    says: tuple[tuple[str, ...], tuple[str, ...]],
) -> None:
    state = tmp_path / "worker.json"
    wiring.install(replace(wiring.wired(), worker=state))
    client: Client = sign_in(cast.administrator, language)
    moves, stands = says
    for progress, words, others in (
        (Progress(4200, more=False, per_minute=1400, left_s=180), moves, stands),
        (Progress(4200, more=True), stands, moves),
        (Progress(0), (), (*moves, *stands)),
    ):
        write_state(state, [], NOW, intake=progress)
        page = client.get("/state/").content.decode()
        assert all(one in page for one in words)
        assert not any(one in page for one in others)


def test_the_time_left_is_what_waits_by_the_pace_since_it_goes_again() -> None:
    pace = Pace()
    assert pace.note(100.0, 0, 900) == Progress(900)
    assert pace.note(110.0, 100, 800) == Progress(800, per_minute=600, left_s=80)
    assert pace.note(200.0, 100, 800).left_s is None
    stands_still = pace.note(270.0, 100, 800, more=True)
    assert stands_still == Progress(800, more=True)
    assert "at least 800" in waiting_told(stands_still.told())
    said = waiting_told(pace.note(280.0, 200, 700).told())
    assert "700 ended calls wait" in said and "600 a minute are, so that takes 2 min" in said
    assert pace.note(282.0, 200, 700).left_s == 84, "no pause of seconds is a standstill"


DETAILS = {
    "recorder_silent": "the recorder says nothing; others take calls",
    "recorder_refusing": "no call is taken: disk_full",
    "recorder_near_limit": "calls=812 most=1000",
}


@pytest.mark.parametrize(
    ("language", "says"),
    [
        (
            "en",
            (
                "passes messages on",
                "takes calls",
                "nothing; others take",
                "an address of its own",
                "taken: The rec",
                "812 of",
            ),
        ),
        (
            "fi",
            (
                "välittää viestejä",
                "ottaa puheluja",
                "ei anna itsestään merkkiä",
                "oma osoite",
                "muut ottavat",
                "ei oteta: Tall",
                "812 puh",
            ),
        ),
        (
            "sv",
            (
                "förmedlar meddelanden",
                "tar emot samtal",
                "hörs inte av",
                "en egen adress",
                "andra tar emot",
                "emot: Insp",
                "812 samtal av",
            ),
        ),
    ],
)
def test_the_state_page_has_a_row_for_each_recorder_of_an_address(
    cast: Cast, sign_in: SignIn, tmp_path: Path, language: str, says: tuple[str, ...]
) -> None:
    names = ("front", "recorder", "second/recorder")
    files = [tmp_path / name.replace("/", "-") for name in names]
    facts = {"state": "accepting", "calls": 41, "recorded": 2017}
    told = [{}, facts, {**facts, "at_us": to_micros(NOW - timedelta(minutes=1))}]
    for file, each in zip(files, told, strict=True):
        file.write_text(json.dumps({"at_us": to_micros(NOW), **each}))
    client: Client = sign_in(cast.administrator, language)
    assert "second/recorder" not in client.get("/state/").content.decode()
    for kind, detail in DETAILS.items():
        alarms.raise_alarm(kind, "of one", detail, NOW)
    wiring.install(replace(wiring.wired(), recorders=dict(zip(names, files, strict=True))))
    page = client.get("/state/").content.decode()
    assert [page.count(f"<code>{name}</code>") for name in names] == [1, 1, 1]
    assert all(one in page for one in says)
    assert page.count(">2017<") == 1, "what the silent one said last tells nothing of now"
