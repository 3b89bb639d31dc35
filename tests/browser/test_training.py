"""The course by keyboard alone, in a browser."""

import pytest

from browser.conftest import Site

pytestmark = pytest.mark.browser


def test_n31_the_questions_are_answered_by_keyboard_alone(site: Site) -> None:
    page = site.sign_in("anna.astrom", "fi")
    page.goto(f"{site.address}/training/use_of_system/questions")
    page.focus("input[name=q0]")
    for downs in (0, 2, 1, 2, 0):
        page.keyboard.press("Space")
        for _ in range(downs):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".wrong")
    assert page.locator(".wrong").count() == 1
    assert "Odotusta ennen vastausta ei koskaan tallenneta." in page.inner_text(".wrong")
    page.focus("input[name=q0]:checked")
    page.keyboard.press("ArrowDown")
    for _ in range(5):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/training/?passed=use_of_system")
    assert "Suoritettu" in page.inner_text(".message.good")
