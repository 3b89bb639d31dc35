"""A manager hands their team over in a real browser, and looks at it at a desk."""

import pytest

from browser.conftest import Site
from browser.test_pages import keep

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_managers_page_at_a_desk(site: Site, language: str) -> None:
    page = site.sign_in("henrik.berg", language, viewport={"width": 1280, "height": 900})
    page.goto(f"{site.address}/team/")
    assert page.locator(".panes > section").count() == 2
    keep(page, f"wide-team-{language}")


def test_n29_a_team_is_handed_over_by_its_leader(site: Site) -> None:
    page = site.sign_in("henrik.berg")
    page.goto(f"{site.address}/team/")
    page.select_option("#h-receiver", label="Eeva Korhonen")
    page.fill("#h-last", "30.11.2026")
    page.click("main form[action='/team/do/delegation'] .button")
    page.wait_for_selector("text=The team was handed over for that time.")
    page.click("text=Take back")
    page.wait_for_selector("text=The delegation was ended.")
