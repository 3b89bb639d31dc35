"""What every room's tests share: the instant, and the cast."""

from datetime import datetime

import pytest
from hypothesis import settings

from cast import NOW, Cast, make_cast

settings.register_profile("house", settings.default, deadline=None)  # no test asserts on time
settings.load_profile("house")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The cast needs a database: said before the plugins choose what to set up and what to run."""
    for item in items:
        needs = "cast" in getattr(item, "fixturenames", ())
        if needs and item.get_closest_marker("django_db") is None:
            item.add_marker(pytest.mark.django_db)


@pytest.fixture
def now() -> datetime:
    """2026-11-23T12:00Z, a Monday; in Helsinki 14:00."""
    return NOW


@pytest.fixture
def cast() -> Cast:
    """Uses the test's own kind of database access, plain or transactional."""
    return make_cast()
