"""The order in which files of tests are given out to workers: those that wait the longest first.

A worker gets whole files (`--dist loadscope`), so that what a file sets up for all its tests is set
up once. A long file that came last would leave the other workers with nothing to do. The files of
the browser go to one worker together: they share a site, which takes seconds to fill. So do the
scenarios that can do with the same demo.
"""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

LONGEST = (
    "ops/test_planted_faults.py",
    "browser/test_axe.py",
    "browser/test_pages.py",
    "scenarios/test_demo_check.py",
    "scenarios/test_bad_days.py",
)
LONG = ("scenarios", "browser", "ops", "recorder", "web")

TOGETHER = {
    "tests/browser/": "one site",
    "tests/scenarios/test_agent_feed.py": "one demo",
    "tests/scenarios/test_bad_days.py": "one demo",
    "tests/scenarios/test_sipp.py": "one demo",
}
"""By how their names begin: files that set up something for all of them."""


class Sharing(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        scope: str = super()._split_scope(nodeid)
        shared = (what for begins, what in TOGETHER.items() if scope.startswith(begins))
        return next(shared, scope)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Sharing | None:  # noqa: ANN401
    return Sharing(config, log) if config.getvalue("dist") == "loadscope" else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Only where there are workers; else the order of pytest-django stays, by kind of database."""
    if config.getoption("numprocesses", None) or hasattr(config, "workerinput"):
        items.sort(key=rank)


def rank(item: pytest.Item) -> int:
    room = item.path.parent.name
    file = f"{room}/{item.path.name}"
    if file in LONGEST:
        return LONGEST.index(file)
    return len(LONGEST) + (LONG.index(room) if room in LONG else len(LONG))
