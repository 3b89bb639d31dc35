"""The list of requirements proven by tests is itself true."""

import ast

from house.proven import PAGE, named_tests, page
from house.sources import ROOT, modules

MUST_BE_PROVEN = {f"N-{number:02}" for number in (*range(11, 23), *range(27, 31))}


def test_the_page_of_proven_requirements_is_made_from_the_tests() -> None:
    assert PAGE.read_text() == page(), "run: python tests/house/proven.py"


def test_every_requirement_of_this_version_has_a_test_that_names_it() -> None:
    assert not MUST_BE_PROVEN - set(named_tests(ROOT / "tests"))


def test_n20_calls_enter_the_register_only_by_intake_from_the_recorders_journal() -> None:
    makers: set[str] = set()
    callers: set[str] = set()
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if called in {"Call.objects.create", "Leg.objects.bulk_create"}:
                    makers.add(module.name)
                if called.split(".")[-1] == "take_in":
                    callers.add(module.name)
    assert makers == {"vaiti.register.intake"}
    # the second is a benchmark: it fills a folder that it made for itself, and removes it
    assert callers == {"vaiti.register.arrivals", "vaiti.ops.attribution_run"}


TAKE_FILES = {
    "vaiti.web.staff.course": "course.html",  # the text of a course, which read_course checks
    "vaiti.web.casework.case_papers": "_scan_field.html",  # pictures and PDF, by their first octets
    "vaiti.web.announcing": "announcements.html",  # the controller's own words, no caller's
}


def test_n20_no_page_takes_a_file_but_a_course_and_scans_of_letters() -> None:
    """And the controller's own announcements. None is ever sound of a call."""
    for module in modules():
        if module.name in TAKE_FILES:
            continue
        for node in ast.walk(module.tree):
            uploads = isinstance(node, ast.Attribute) and node.attr == "FILES"
            assert not uploads, f"{module.name} reads uploaded files"
    for template in (ROOT / "src/vaiti/web/templates").rglob("*.html"):
        takes = 'type="file"' in template.read_text()
        assert takes is (template.name in TAKE_FILES.values()), template.name
