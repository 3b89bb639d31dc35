"""The key process in its own process, and a grant that holds now."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from nursery import Begun
from vaiti.values.clock import to_micros
from vaiti.vault.grant import Grant
from vault.keyworld import CALL, Keys, make_keys, start_keys


@pytest.fixture
def keys(tmp_path: Path, now: datetime) -> Keys:
    return make_keys(tmp_path, now)


@pytest.fixture
def started(keys: Keys) -> Iterator[Callable[[], Begun]]:
    """Starts the key process; whatever was started is stopped."""
    running: list[Begun] = []

    def start() -> Begun:
        running.append(start_keys(keys))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture
def grant(now: datetime) -> Grant:
    moment = to_micros(now)
    return Grant(
        grant="listening-1",
        leaf="leaf-1",
        call_id=CALL,
        actor="person-1",
        purpose="verify",
        from_us=moment - 60_000_000,
        to_us=moment,
        not_before_us=moment - 1_000_000,
        expires_us=moment + 120_000_000,
    )
