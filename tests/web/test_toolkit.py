"""Single sign-on with a provider that others wrote: Django OAuth Toolkit, as its own process."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client

from cast import EMPLOYER, Cast
from vaiti.people.models import Session, Subject
from vaiti.people.providers import Provider
from vaiti.people.sessions import SignInRules
from vaiti.web import wiring
from vaiti.web.sso_client import House
from web.test_sso import come, roles
from web.toolkit import CLIENT, GROUP, SECRET
from web.world import World

TESTS = Path(__file__).parents[1]


@pytest.fixture
def issuer(tmp_path: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "web.toolkit", str(tmp_path)]
    surroundings = {**os.environ, "PYTHONPATH": str(TESTS)}
    surroundings.pop("DJANGO_SETTINGS_MODULE", None)
    with subprocess.Popen(command, env=surroundings, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process.stdout.readline().strip()
        process.kill()


def test_n27_a_real_provider_signs_in_and_its_groups_are_roles(
    world: World, cast: Cast, stranger: Client, issuer: str
) -> None:
    provider = Provider(
        name="firm",
        label="Sign in with the firm",
        issuer=issuer,
        client_id=CLIENT,
        secret_file="firm.secret",
        unknown="link",
        employer=EMPLOYER,
        roles={GROUP: "sales_agent"},
    )
    houses = (House(provider, SECRET),)
    wired = world.wiring(datetime.now(UTC))
    wiring.install(replace(wired, sign_in=SignInRules(), houses=houses))
    answer = come(stranger)
    assert (answer.status_code, "sessionid" in answer.cookies) == (200, True)
    assert Session.objects.get().how == "sso"
    assert Subject.objects.get().person_id == cast.anna.id
    assert "sales_agent" in roles(cast.anna)
