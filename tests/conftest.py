"""What every room's tests share: the instant, and the cast."""

from datetime import datetime

import pytest

from cast import NOW, Cast, make_cast


@pytest.fixture
def now() -> datetime:
    """2026-11-23T12:00Z, a Monday; in Helsinki 14:00."""
    return NOW


@pytest.fixture
def cast(request: pytest.FixtureRequest) -> Cast:
    """Uses the test's own kind of database access, plain or transactional."""
    if request.node.get_closest_marker("django_db") is None:
        request.getfixturevalue("db")
    return make_cast()
