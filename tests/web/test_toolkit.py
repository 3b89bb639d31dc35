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
from vaiti.audit.reading import entries
from vaiti.ops.sections.identity import Identity, identity_fault, provider_of
from vaiti.people.models import Session, Subject
from vaiti.people.providers import Provider
from vaiti.people.sessions import SignInRules
from vaiti.web.http import wiring
from vaiti.web.http.sso_client import House
from web.test_own_case import file, own
from web.test_sso import come, follow, roles
from web.toolkit import CLIENT, GROUP, LEVEL, NAME, SECRET
from web.world import World

TESTS = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    command = [sys.executable, "-m", "web.toolkit", str(tmp_path_factory.mktemp("toolkit"))]
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


def test_n42_a_person_shows_who_they_are_at_a_real_provider_and_with_the_strength_that_is_asked(
    world: World, cast: Cast, stranger: Client, issuer: str
) -> None:
    told = Identity(issuer, "Sign in with the bank", CLIENT, "bank.secret", levels=(LEVEL,))
    assert identity_fault(told) is None
    assert identity_fault(replace(told, levels=())), "no strength is no strong identification"
    wired = replace(world.wiring(datetime.now(UTC)), strong=House(provider_of(told), SECRET))
    wiring.install(replace(wired, levels=("http://ftn.ficora.fi/2017/loa3",)))
    case, _code = file(stranger, "copy")
    assert "Sign in with the bank" in own(stranger)
    away = stranger.get("/rights/identity/")["Location"]
    weak = stranger.get(follow(away))
    assert weak.status_code == 403
    assert "not strong enough" in weak.content.decode()
    case.refresh_from_db()
    assert case.proven == []

    wiring.install(replace(wired, levels=told.levels))
    back = follow(stranger.get("/rights/identity/")["Location"])
    assert Client().get(back).status_code == 403, "another browser"
    done = stranger.get(back)
    assert (done.status_code, "/rights/case" in done.content.decode()) == (200, True)
    case.refresh_from_db()
    assert (case.proven, case.shown_name, case.assurance) == (["I1"], NAME, LEVEL)
    assert not Session.objects.exists(), "nobody of the staff has signed in"
    shown = own(stranger)
    assert f"You have shown that you are {NAME}." in shown
    assert "Sign in with the bank" not in shown
    (entry,) = entries(kind="rights:identity:proven").entries
    assert entry.facts == {"proof": "I1", "assurance": LEVEL, "provider": issuer}
