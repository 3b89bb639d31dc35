"""The pages' fixtures: a world wired to web, and browsers of signed-in people."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from cast import Cast
from vaiti.people.models import Person
from vaiti.web import calls, wiring
from web.world import World, make_world

PASSWORD = "tre gula brevlådor"

SignIn = Callable[..., Client]


@cache
def hashed() -> str:
    """One scrypt hash for all: a sign-in costs another each time."""
    return make_password(PASSWORD)


@pytest.fixture
def world(cast: Cast, tmp_path: Path) -> Iterator[World]:
    made = make_world(tmp_path)
    wiring.install(made.wiring())
    calls.LISTS.forget()
    yield made
    made.close()


@pytest.fixture
def stranger(world: World) -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def sign_in(world: World) -> SignIn:
    """Signs a person in through the form and returns their browser."""

    def act(person: Person, language: str = "en") -> Client:
        Person.objects.filter(id=person.id).update(language=language, password=hashed())
        client = Client(raise_request_exception=False)
        given = {"login": person.login, "password": PASSWORD}
        assert client.post("/sign-in", given).status_code == 302
        return client

    return act
