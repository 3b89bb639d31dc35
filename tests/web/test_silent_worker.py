"""The pages look for themselves whether the worker works, for it raises all other alarms."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from cast import NOW, Cast
from vaiti.ops.steps import write_state
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
