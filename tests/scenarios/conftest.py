"""Commands are run as processes of their own, and several files look at one demo."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from own_source import own_source
from scenarios.worlds import World, postgresql
from vaiti.ops.demo.check import new_world
from vaiti.ops.outside.starting import started

__all__ = ["own_source"]

collect_ignore = [] if os.environ.get("VAITI_WALK") else ["test_walked_requests.py"]
"""Three minutes of a browser: for whoever changes pages of cases, and not for every run."""


@pytest.fixture(scope="session")
def server() -> Iterator[Any]:
    with postgresql() as made:
        yield made


@pytest.fixture(
    scope="session", params=[pytest.param("sqlite", marks=pytest.mark.whole), "postgresql"]
)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """One demo for the files that leave it as it was: calls of their own customers, people besides.
    A file whose story needs a register of its own makes one."""
    postgres = request.param == "postgresql"
    address = request.getfixturevalue("server").get_uri() if postgres else ""
    with new_world(address) as made:
        started(made)
        yield made
