"""A real browser before a real server."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import APIResponse, Browser, Page, sync_playwright

from browser.looking import ARGUMENTS, CHROMIUM
from browser.site import PASSWORD, ROOT
from cast import NOW
from live_recorder import LiveRecorder
from vaiti.ops.quiet_ports import free_port
from vault.keyworld import keys_of, start_keys, wait_for
from web.house import House


@dataclass
class Site:
    """`complaints` are what browsers wrote to their consoles, and errors of the scripts."""

    address: str
    browser: Browser
    complaints: list[str]

    def page(self, **options: object) -> Page:
        context = self.browser.new_context(**{"locale": "en-GB", **options})  # type: ignore[arg-type]
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda said: self._note(said.type, said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def _note(self, kind: str, text: str) -> None:
        # an answer of 4xx is written to the console by the browser itself, and is meant
        if kind in {"error", "warning"} and "Failed to load resource" not in text:
            self.complaints.append(text)

    def sign_in(self, login: str, language: str = "en", **options: object) -> Page:
        """The first page after the door. The door's forms are sent and not drawn: how people fill
        them in is tried in test_sign_in, and by keyboard in test_roles and test_keyboard."""
        page = self.page(**options)
        at = "/sign-in"
        sent = {"login": login, "password": PASSWORD}
        door = page.request.get(self.address + at)
        come = page.request.post(self.address + at, form=sent | {TOKEN: token_of(door)})
        told = {"language": language, "next": urlsplit(come.url).path, TOKEN: token_of(come)}
        assert told["next"] != at, "the door stays shut"
        page.request.post(f"{self.address}/language", form=told, max_redirects=0)
        page.goto(come.url)
        assert page.get_attribute("html", "lang") == language
        return page


SignIn = Callable[..., Page]
TOKEN = "csrfmiddlewaretoken"


def token_of(answer: APIResponse) -> str:
    found = re.search(f'name="{TOKEN}" value="([^"]+)"', answer.text())
    assert found, f"{answer.url} answered {answer.status}"
    return found[1]


@pytest.fixture(scope="session")
def site_folder() -> Iterator[Path]:
    if not CHROMIUM:
        pytest.skip("needs the Debian package chromium")
    folder = Path(tempfile.mkdtemp(prefix="vaiti-site-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def served(site_folder: Path) -> Iterator[str]:
    folder = site_folder
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}"}
    site = str(Path(__file__).with_name("site.py"))
    subprocess.run([sys.executable, site, "fill", str(folder)], check=True, env=environment)
    keys = start_keys(keys_of(folder, NOW))
    house = House(NOW.timestamp())
    house.start()
    house.claims = {"preferred_username": "mikko.makinen"}
    recorder = LiveRecorder(folder / "control.sock", NOW)
    recorder.start()
    recorder.call("leila.virtanen")
    port = free_port(0, (socket.SOCK_STREAM,))
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1"]
    command += ["--blocking-threads", "4", "--host", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(
        [*command, "browser.site:application"],
        env=environment | {"VAITI_SITE": str(folder), "VAITI_HOUSE": house.issuer},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for(lambda: answers(port), 120)
    yield f"http://127.0.0.1:{port}"
    house.stop()
    recorder.stop()
    for process in (server, keys):
        process.terminate()
        process.wait(60)


def wait_until(page: Page, condition: str, seconds: float = 60) -> None:
    """Asks from outside: the policy forbids Playwright's own waiting, which evaluates text."""
    for _ in range(int(seconds / 0.05)):
        if page.evaluate(f"Boolean({condition})"):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"it never came true: {condition}")


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def browser(served: str) -> Iterator[Browser]:
    """Closed after each module: as long as the driver lives, an event loop runs in this thread."""
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def site(served: str, browser: Browser) -> Iterator[Site]:
    made = Site(served, browser, [])
    yield made
    for context in browser.contexts:
        context.close()
    assert made.complaints == []
