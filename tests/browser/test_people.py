"""An administrator's day in a real browser: in comes one, out goes another."""

import pytest

from browser.conftest import Site
from browser.test_pages import keep
from cast import person_id

pytestmark = pytest.mark.browser


def test_n27_a_person_is_added_given_a_role_and_let_go(site: Site) -> None:
    page = site.sign_in("aino.laine")
    page.goto(f"{site.address}/people/")
    page.click("text=Add a person")
    page.fill("#name", "Desk 3")
    page.fill("#login", "nils.ek")
    page.click("main button")
    page.wait_for_selector("#trouble")
    assert page.input_value("#login") == "nils.ek"
    page.fill("#name", "Nils Ek")
    page.click("main button")
    page.wait_for_selector("text=The person was entered.")
    page.select_option("#a-role", "service_agent")
    page.click("text=Grant the role")
    page.wait_for_selector("text=The role was granted.")
    page.fill("#a-last", "30.11.2026")
    page.click("text=End the employment >> nth=-1")
    page.wait_for_selector("text=End the employment of Nils Ek?")
    keep(page, "people-question")
    page.click("button.grave")
    page.wait_for_selector("text=leaves 1.12.2026 at 00:00")
    page.click("text=They stay after all")
    page.wait_for_selector("text=The end of the employment was taken back.")
    keep(page, "people-after")


def test_the_pages_about_people_at_a_desk(site: Site) -> None:
    page = site.sign_in("aino.laine", "sv", viewport={"width": 1280, "height": 900})
    for name, place in (
        ("list", "/people/"),
        ("new", "/people/new"),
        ("lists", "/people/lists/"),
        ("person", f"/people/{person_id('anna.astrom').hex}/"),
        ("leader", f"/people/{person_id('mikko.makinen').hex}/"),
    ):
        page.goto(site.address + place)
        assert page.locator("h1").count() == 1
        keep(page, f"wide-people-{name}-sv")
