"""What every room's tests share: the instant, and the cast."""

from datetime import datetime

import pytest
from hypothesis import HealthCheck, settings

from cast import NOW, Cast, make_cast

settings.register_profile(
    "searching",  # whatever chance gives, however slow the machine is
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(  # the same each time: whether a change is taken is no matter of chance
    "house", settings.get_profile("searching"), derandomize=True, database=None
)
settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--whole"):
        settings.load_profile("searching")


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
