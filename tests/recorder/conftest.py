"""A recorder process for each test, gone afterwards whatever happens."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A recorder that listens on loopback, with orders for one line and one peer."""
    world = World(tmp_path)
    world.start()
    try:
        yield world
    finally:
        world.end()
