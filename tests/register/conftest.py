from collections.abc import Iterator
from pathlib import Path

import pytest

from cast import Cast
from register.journal_world import JournalWorld


@pytest.fixture
def world(cast: Cast, tmp_path: Path) -> Iterator[JournalWorld]:
    """Listed lines, named agents, and a recorder whose journal Intake follows."""
    made = JournalWorld(tmp_path)
    yield made
    made.close()
