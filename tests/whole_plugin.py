"""What CI leaves to `./vaiti test --whole`, so that a run on two processors ends in good time.

`@pytest.mark.whole` stands at what takes long and proves in full what other tests prove in part.

On PostgreSQL run the rooms whose queries, locks, constraints and transactions both databases have
to answer for. Pages are one program over both: those that commit run there, and each page once.
"""

from pathlib import Path

import pytest

ROOMS = (
    *("access", "audit", "due", "house", "notice", "ops", "people", "promises"),
    *("register", "retention", "rights"),
)
PAGES = "web"
EACH_PAGE = ("test_pages.py", "test_numbers.py", "test_api.py", "test_scim.py", "test_sso.py")
ON_SQLITE_ALONE = (
    "access/test_no_way_round.py",
    "ops/test_attribution_day.py",
    "ops/test_canaries.py",
    "ops/test_filling.py",
    "ops/test_simulated_week.py",
    "web/test_answers.py",
    "web/test_schemathesis.py",
)
"""Long walks over doors, days and addresses that other tests go through on both, one by one."""
TESTS = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--whole", action="store_true", help="run what CI leaves out besides")


def left_out(config: pytest.Config) -> bool:
    return not config.getoption("--whole")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A room that never touches the database need not be read to find that out."""
    if not (config.getoption("--postgresql") and left_out(config)):
        return None
    if collection_path.parent != TESTS or not collection_path.is_dir():
        return None
    return True if collection_path.name not in (*ROOMS, PAGES) else None


@pytest.fixture(scope="session")
def whole(pytestconfig: pytest.Config) -> bool:
    """Whether this run is to leave nothing out."""
    return not left_out(pytestconfig)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not left_out(config):
        return
    postgresql = bool(config.getoption("--postgresql"))
    others = [item for item in items if not runs_always(item, postgresql)]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if runs_always(item, postgresql)]


def runs_always(item: pytest.Item, postgresql: bool) -> bool:
    if item.get_closest_marker("whole") is not None:
        return False
    if not postgresql:
        return True
    room, file = item.path.parts[-2:]
    if f"{room}/{file}" in ON_SQLITE_ALONE:
        return False
    return room != PAGES or file in EACH_PAGE or commits(item)


def commits(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    return marker is not None and bool(marker.kwargs.get("transaction"))
