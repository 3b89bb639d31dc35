from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from cast import Cast
from retention.world import World


@pytest.fixture
def world(cast: Cast, tmp_path: Path, now: datetime) -> Iterator[World]:
    made = World(tmp_path, now)
    yield made
    made.close()
