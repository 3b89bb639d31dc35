"""With VAITI_NO_SKIP=1 a skipped test is a failed one, but for those that need the corpora.

Where all system packages are installed, a skip would be a promise that nobody checks.
"""

import os
from collections.abc import Generator

import pytest

ALLOWED = "corpora"


def pytest_report_header() -> str | None:
    return "no skip is allowed but the corpora's" if strict() else None


def strict() -> bool:
    return os.environ.get("VAITI_NO_SKIP") == "1"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    skipped = report.skipped and not hasattr(report, "wasxfail")
    if strict() and skipped and item.get_closest_marker(ALLOWED) is None:
        report.outcome = "failed"
        report.longrepr = f"skipped where no skip is allowed: {report.longreprtext}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if strict() and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped where no skip is allowed: {report.longreprtext}"
    return report
