"""Cases over recordings that can really be opened: keys, store and rows as in production."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cast import Cast
from web.world import KeyRoom, World, enter


@pytest.fixture(scope="session")
def key_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeyRoom]:
    room = KeyRoom(tmp_path_factory.mktemp("keys"))
    yield room
    room.stop()


@pytest.fixture
def world(cast: Cast, tmp_path: Path, key_room: KeyRoom) -> Iterator[World]:
    made = enter(key_room, tmp_path)
    yield made
    made.close()
