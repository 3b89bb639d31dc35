"""A key process that runs, and a studio that records under it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cast import NOW
from nursery import Begun
from playback.studio import Studio
from vault.keyworld import make_keys, start_keys


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    keys = make_keys(tmp_path, NOW)
    process: Begun = start_keys(keys)
    yield Studio(tmp_path, keys)
    process.kill()
    process.wait()
