"""No administrator and no officer without a second factor, whichever way they came by the role."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from cast import EMPLOYER, NOW, Cast
from vaiti.people import delegation, enrol, factors, returning, tokens
from vaiti.people.errors import EnrolmentError
from vaiti.people.machine_models import ScimUser
from vaiti.people.models import FactorKind
from vaiti.people.scim_document import ScimRules
from vaiti.people.sessions import SignInRules
from vaiti.web.http import wiring
from web.conftest import SignIn
from web.house import House
from web.test_scim import Provider
from web.test_scim_groups import made
from web.test_sso import Install, come, house, install
from web.world import World

__all__ = ["house", "install"]
BOUND = ("administrator", "dpo")
ENROL = "/account/security/"
BY = "system:test"


@pytest.fixture
def strict(world: World) -> Callable[..., None]:
    def act(**scim: str) -> None:
        rules = ScimRules(EMPLOYER, "", scim)
        wiring.install(replace(world.wiring(), sign_in=SignInRules(), scim=rules))

    act()
    return act


def is_held_back(client: Client) -> bool:
    """Whether every page but the one that enrols is closed, to a script's request too."""
    script = client.get("/calls/", headers={"HX-Request": "true"})
    return (
        client.get("/state/").headers.get("Location") == ENROL
        and client.get("/account/").headers.get("Location") == ENROL
        and script.headers.get("HX-Redirect") == ENROL
        and client.get(ENROL).status_code == 200
    )


@pytest.mark.parametrize("role", BOUND)
def test_n27_a_role_that_is_granted_while_one_is_signed_in_holds_one_back_at_once(
    strict: Callable[..., None], cast: Cast, sign_in: SignIn, role: str
) -> None:
    client = sign_in(cast.anna)
    assert not is_held_back(client)
    enrol.grant_role(cast.anna.id, role, by=BY, now=NOW)
    assert is_held_back(client)


@pytest.mark.parametrize("role", BOUND)
def test_n27_single_sign_on_with_one_factor_is_not_enough(
    install: Install, house: House, stranger: Client, cast: Cast, role: str
) -> None:
    install(roles={"g-1": role})
    house.claims["groups"] = ["g-1"]
    come(stranger)
    assert is_held_back(stranger)
    house.claims["amr"] = ["pwd", "mfa"]
    second = Client()
    come(second)
    assert not is_held_back(second)
    assert second.get("/state/").status_code == 200


@pytest.mark.parametrize("role", BOUND)
def test_n27_a_promotion_by_scim_asks_for_a_factor_in_the_session_that_stands(
    strict: Callable[..., None], cast: Cast, sign_in: SignIn, role: str
) -> None:
    strict(Admins=role)
    ScimUser.objects.create(person_id=cast.anna.id, made_at=NOW, changed_at=NOW)
    client = sign_in(cast.anna)
    assert not is_held_back(client)
    made(Provider(tokens.make("entra", by=BY, now=NOW)), "Admins", str(cast.anna.id))
    assert is_held_back(client)


def test_n27_a_passkey_counts_as_both_and_its_removal_does_not_open_the_password_again(
    strict: Callable[..., None], cast: Cast, sign_in: SignIn
) -> None:
    """The passkey itself is given in a real browser: tests/browser/test_sign_in.py."""
    factors.add(cast.dpo.id, FactorKind.PASSKEY, "Key", NOW, credential="x")
    waiting = sign_in(cast.dpo)  # the first step alone
    assert waiting.get("/state/").headers["Location"].startswith("/sign-in")
    assert waiting.get("/account/security/").headers["Location"].startswith("/sign-in")
    factors.remove_all(cast.dpo.id, by=cast.administrator.id.hex, now=NOW)
    assert is_held_back(sign_in(cast.dpo))


def test_n27_what_a_delegation_gives_is_never_one_of_these_roles(cast: Cast) -> None:
    given = {"begins": NOW, "ends": NOW + timedelta(days=9), "reason": "holiday"}
    for giver in (cast.administrator, cast.dpo):
        with pytest.raises(EnrolmentError, match="only a manager"):
            delegation.hand_over(
                giver.id, cast.team_1.id, cast.eeva.id, **given, by=giver.id.hex, now=NOW
            )


def test_n27_who_comes_back_enrols_anew(
    strict: Callable[..., None], cast: Cast, sign_in: SignIn
) -> None:
    factors.add(cast.dpo.id, FactorKind.PASSKEY, "Key", NOW, credential="x")
    enrol.depart(cast.dpo.id, by=BY, now=NOW)
    returning.come_back(cast.dpo.id, by=BY, now=NOW)
    enrol.grant_role(cast.dpo.id, "dpo", by=BY, now=NOW)
    assert is_held_back(sign_in(cast.dpo))
