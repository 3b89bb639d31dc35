"""The pages' fixtures: a world wired to web, and browsers of signed-in people."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client

from cast import Cast
from vaiti.people.models import Person
from vaiti.web import abroad, calls, over_time, samples, verifying
from vaiti.web.api import frame
from vaiti.web.casework import cases, identity, number_code, rights
from vaiti.web.http import refusals, wiring
from web.world import KeyRoom, World, enter, hashed

PASSWORD = "tre gula brevlådor"

SignIn = Callable[..., Client]


@pytest.fixture(scope="session")
def key_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeyRoom]:
    room = KeyRoom(tmp_path_factory.mktemp("keys"))
    yield room
    room.stop()


@pytest.fixture
def world(cast: Cast, tmp_path: Path, key_room: KeyRoom) -> Iterator[World]:
    made = enter(key_room, tmp_path)
    wiring.install(made.wiring())
    calls.LISTS.forget()
    persons = (rights.FILED, rights.TRIED, identity.TRIED)
    codes = (number_code.TO_NUMBER, number_code.ASKED, number_code.TYPED)
    heavy = (over_time.PICTURES, samples.CHECKS, verifying.CHECKS, cases.REFERRED)
    once = (abroad.NOTED, refusals.ENTRIES)
    for pace in (frame.PACE, *heavy, *once, *persons, *codes):
        pace.forget()
    refusals.TRIES.forget()
    yield made
    made.close()


@pytest.fixture
def stranger(world: World) -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def sign_in(world: World) -> SignIn:
    """Signs a person in through the form and returns their browser."""

    def act(person: Person, language: str = "en") -> Client:
        Person.objects.filter(id=person.id).update(language=language, password=hashed(PASSWORD))
        client = Client(raise_request_exception=False)
        given = {"login": person.login, "password": PASSWORD}
        assert client.post("/sign-in", given).status_code == 302
        return client

    return act
