"""The player in a real browser: sound, seeking, lanes, keys, and what it says when it ends."""

import pytest
from playwright.sync_api import Page

from browser.conftest import Site, wait_until
from cast import person_id

pytestmark = pytest.mark.browser

NOW_S = "document.querySelector('audio').currentTime"
AUDIO = "document.querySelector('audio')"


def time_of(page: Page) -> float:
    return float(page.evaluate(NOW_S))


def note_seeks(page: Page) -> None:
    """Where the sound is taken to, which plays on, and is elsewhere by the time one looks."""
    noted = f"window.sought.push({AUDIO}.currentTime)"
    page.evaluate(f"window.sought = []; void {AUDIO}.addEventListener('seeking', () => {noted})")


def sought(seconds: float, within: float) -> str:
    return f"window.sought.some((each) => Math.abs(each - {seconds}) < {within})"


@pytest.fixture
def page(site: Site) -> Page:
    """Anna's newest call, opened on its page and playing."""
    found = site.sign_in("anna.astrom")
    found.click("td.when a")
    found.click(".legs button")
    found.wait_for_selector(".wave")
    wait_until(found, f"{NOW_S} > 0.2")
    return found


def test_an_own_call_plays_from_the_list_with_one_click(site: Site) -> None:
    page = site.sign_in("anna.astrom")
    page.click("td.play button")
    page.wait_for_selector("#dock .wave")
    wait_until(page, f"{NOW_S} > 0.3")
    assert page.url.endswith("/calls/")
    assert page.locator("tr.call.open").count() == 1
    second = page.locator("tr.call").nth(1).get_attribute("data-call")
    page.locator("td.play button").nth(1).click()
    page.wait_for_selector(f"[data-player][data-call='{second}']")
    wait_until(page, f"{NOW_S} > 0.2")
    assert page.locator("audio").count() == 1
    page.click("[data-part=close]")
    assert page.locator("audio").count() == 0
    assert page.locator("tr.call.open").count() == 0


def test_an_agent_finds_and_hears_this_mornings_outgoing_call(site: Site) -> None:
    page = site.sign_in("anna.astrom")
    page.fill("#f-from", "23.11.2026")
    page.fill("#f-to", "23.11.2026")
    page.select_option("#f-direction", "out")
    page.click("#f-search")
    page.wait_for_url("**/calls/?from=*")
    wait_until(page, "document.querySelectorAll('tr.call .way.in').length === 0")
    morning = page.locator("tr.call", has_text="10:00")
    assert morning.count() == 1
    morning.locator("td.play button").click()
    page.wait_for_selector("#dock [data-player]")
    wait_until(page, f"{NOW_S} > 0.2")
    assert not page.evaluate(f"{AUDIO}.paused")


def test_a_click_on_the_lanes_seeks_there(page: Page) -> None:
    box = page.locator(".wave").bounding_box()
    assert box
    note_seeks(page)
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + 20)
    wait_until(page, sought(47.5, 3))
    page.mouse.move(box["x"] + 10, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + 20, steps=4)
    page.mouse.up()
    wait_until(page, sought(76, 3))
    wait_until(page, f"!{AUDIO}.paused && {AUDIO}.readyState >= 3")


def test_the_played_part_is_drawn(page: Page) -> None:
    page.evaluate(f"{AUDIO}.pause(); {AUDIO}.currentTime = 47.5")
    wait_until(page, "Number(document.querySelector('[data-played]').getAttribute('width')) > 480")
    assert page.locator("[data-part=now]").inner_text() == "0:47"
    assert page.locator("[data-part=total]").inner_text() == "1:35"


def test_the_lane_can_be_changed_without_losing_the_place(page: Page) -> None:
    page.evaluate(f"{AUDIO}.currentTime = 30")
    page.select_option("[data-part=channel]", "customer")
    wait_until(page, f"{AUDIO}.currentSrc.endsWith('channel=customer') && {NOW_S} > 30")
    assert page.locator("[data-lane=agent].off").count() == 1
    assert page.locator("[data-part=live]").inner_text() == "Customer"


def test_every_key_does_what_the_help_says(page: Page) -> None:
    page.evaluate(f"{AUDIO}.pause(); {AUDIO}.currentTime = 50")
    for key, expected in (("l", 60), ("j", 50), ("ArrowRight", 55), ("ArrowLeft", 50), ("Home", 0)):
        page.keyboard.press(key)
        wait_until(page, f"Math.abs({NOW_S} - {expected}) < 0.5")
    for key, rate in (("1", 0.75), ("2", 1), ("3", 1.5), ("4", 2)):
        page.keyboard.press(key)
        wait_until(page, f"{AUDIO}.playbackRate === {rate}")
    assert page.evaluate(f"{AUDIO}.preservesPitch")
    page.keyboard.press("c")
    assert page.locator("[data-part=channel]").input_value() == "agent"
    page.keyboard.press("s")
    assert page.locator("[data-part=skip]").is_checked()
    page.keyboard.press("k")
    wait_until(page, f"!{AUDIO}.paused")
    page.keyboard.press(" ")
    wait_until(page, f"{AUDIO}.paused")
    page.keyboard.press("?")
    assert page.locator("dialog[open]").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0


def test_keys_can_be_switched_off_and_never_act_where_somebody_types(page: Page) -> None:
    page.uncheck(".player [data-single-keys]")
    page.keyboard.press("?")
    assert page.locator("dialog[open]").count() == 0
    page.reload()
    page.click(".legs button")
    assert not page.locator(".player [data-single-keys]").is_checked()
    page.check(".player [data-single-keys]")
    page.focus("[data-part=speed]")
    page.keyboard.press("?")
    assert page.locator("dialog[open]").count() == 0


def test_a_marked_stretch_is_repeated_and_stands_in_the_address(page: Page) -> None:
    page.evaluate(f"{AUDIO}.pause(); {AUDIO}.currentTime = 20")
    page.click("[data-part=loop]")
    assert page.locator("[data-part=loop]").inner_text() == "Loop to here"
    page.evaluate(f"{AUDIO}.currentTime = 23")
    page.keyboard.press("r")
    wait_until(page, "location.hash === '#t=0:20,0:23'")
    page.evaluate(f"{AUDIO}.currentTime = 22.7")
    page.keyboard.press("k")
    wait_until(page, f"{NOW_S} > 20 && {NOW_S} < 22")
    assert page.locator(".wave .loop").is_visible()
    page.keyboard.press("r")
    assert not page.locator(".wave .loop").is_visible()


def test_the_place_in_the_address_is_where_the_sound_begins(page: Page) -> None:
    page.keyboard.press("k")
    page.evaluate(f"{AUDIO}.currentTime = 61.4")
    wait_until(page, "location.hash === '#t=1:01'")
    page.reload()
    page.click(".legs button")
    wait_until(page, f"{AUDIO} && {NOW_S} >= 61")


def test_a_gap_is_told_with_its_length_and_can_be_passed(page: Page) -> None:
    assert page.locator(".gaps li").all_inner_texts() == ["0:41–0:47 6 s"]
    note_seeks(page)
    page.click(".gaps button")
    wait_until(page, sought(47, 2))


def test_n33_nothing_leaves_by_way_of_the_player(page: Page) -> None:
    assert "nodownload" in page.locator("audio").get_attribute("controlsList")  # type: ignore[operator]
    assert page.locator("a[download], a[href*=audio]").count() == 0
    mark = page.locator(".watermark text").text_content()
    assert mark == "Anna Åström · 23.11.2026 at 14:00"


def test_a_check_is_shown_in_the_player(page: Page) -> None:
    page.click(".verify button")
    page.wait_for_selector(".verdict[role=status] .tag.good")
    assert "Unchanged since it was sealed" in page.locator(".verdict[role=status]").inner_text()


def test_silence_is_skipped(page: Page) -> None:
    note_seeks(page)
    page.evaluate(f"{AUDIO}.currentTime = 7.9")
    page.check("[data-part=skip]")
    wait_until(page, sought(11.75, 0.2))


def test_the_speed_changes_and_is_said(page: Page) -> None:
    page.select_option("[data-part=speed]", "1.75")
    assert page.evaluate(f"{AUDIO}.playbackRate") == 1.75
    assert page.locator("[data-part=live]").inner_text() == "1.75×"


def test_the_sound_stops_with_the_session_and_the_player_says_why(page: Page) -> None:
    page.context.clear_cookies()
    page.wait_for_selector("[data-part=trouble]:not([hidden])")
    assert "You have been signed out" in page.locator("[data-part=trouble]").inner_text()
    assert "sign in again" in page.locator("[data-part=trouble]").inner_text()
    assert page.evaluate(f"{AUDIO}.paused")


def test_n29_the_sound_stops_when_the_agent_leaves_the_managers_team(site: Site) -> None:
    page = site.sign_in("eeva.korhonen")
    page.locator("tr.call", has_text="1:01").locator("td.play a").click()
    page.select_option("[name=purpose]", "verify")
    page.fill("[name=reference]", "2026-118")
    page.click(".legs button")
    wait_until(page, f"{AUDIO} && {NOW_S} > 0.2")
    admin = site.sign_in("aino.laine")
    admin.goto(f"{site.address}/people/{person_id('oskar.lind').hex}/")
    admin.click("[aria-label='Take out: Team 3']")
    admin.click("button.grave")
    page.wait_for_selector("[data-part=trouble]:not([hidden])")
    trouble = page.locator("[data-part=trouble]").inner_text()
    assert "You may not hear this recording any more" in trouble
    assert "your right to it has ended. Go back to your calls." in trouble
    assert page.locator("[data-part=play]").is_disabled()
    page.keyboard.press("k")  # what had come already is not in the browser's memory either
    page.evaluate(f"void {AUDIO}.play().catch(() => 0)")
    assert page.evaluate(f"!{AUDIO}.hasAttribute('src') && {NOW_S} === 0")
    admin.select_option("#a-team", label="Team 3")
    admin.click("text=Put into the team")


def test_a_right_that_ended_in_a_pause_is_noticed_before_the_sound_goes_on(page: Page) -> None:
    page.keyboard.press("k")
    page.context.clear_cookies()
    page.evaluate("for (let each = 0; each < 10_000; each++) clearInterval(each)")  # that asks too
    page.keyboard.press("k")
    page.wait_for_selector("[data-part=trouble]:not([hidden])")
    assert page.evaluate(f"{AUDIO}.paused")


def test_a_manager_states_the_purpose_in_place_and_hears(site: Site) -> None:
    page = site.sign_in("mikko.makinen")
    page.click("td.play a >> nth=0")
    page.select_option("[name=purpose]", "verify")
    page.fill("[name=reference]", "0401234567")
    page.click(".legs button")
    page.wait_for_selector(".ask-form [role=alert]")
    assert page.locator("[name=purpose]").input_value() == "verify"
    page.fill("[name=reference]", "2026-118")
    page.click(".legs button")
    wait_until(page, f"{AUDIO} && {NOW_S} > 0.2")


def test_a_colleagues_call_is_not_there(site: Site) -> None:
    page = site.sign_in("anna.astrom")
    address = page.locator("td.when a").first.get_attribute("href")
    other = site.sign_in("sofia.holm")
    answer = other.goto(f"{site.address}{address}")
    assert answer is not None
    assert answer.status == 404
    assert "There is nothing here for you" in other.inner_text("h1")
