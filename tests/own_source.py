"""A fixture for tests that run commands as processes of their own, from this checkout."""

from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src"


@pytest.fixture(autouse=True, scope="session")
def own_source() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(SOURCE))
        patch.setenv("PYTHONSAFEPATH", "1")
        yield
