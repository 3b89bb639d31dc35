"""Walks a running demo as each role, in each language, by keyboard alone, and takes pictures.

    PYTHONPATH=src:tests python tests/browser/demo_walk.py http://127.0.0.1:8080 PICTURES [LOGIN …]

Nobody tells it which pages there are: it signs in, goes through the menu, and follows one link of
each kind that it meets. Every control is reached by Tab with an outline and in sight, every page
fits, has one heading and all of its words in one language. What does not hold is printed at the
end, and the exit is 1. It takes some ten minutes; CI does not run it.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from browser.looking import ARGUMENTS, CHROMIUM, FOCUS, NAMELESS, SMALL, fits

PASSWORD = "grey moon over ice"
LANGUAGES = ("en", "fi", "sv")
ROLES = {
    "anna.astrom": "agent",
    "mikko.makinen": "manager",
    "rita.niemi": "handler",
    "daniel.ek": "officer",
    "tuula.aho": "trainer",
    "aino.laine": "administrator",
    "arvid.sund": "auditor",
    "sven.dahl": "security",
    "karin.ek": "assigner",
    "lauri.saari": "newcomer",
}
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 320, "height": 640}
MOST_PAGES = 40  # of one person in one language
MOST_TABS = 400
PATIENCE = 120_000  # milliseconds; the machine may be busy
NOT_PAGES = re.compile(
    r"\.(json|pdf|py)$|^/proof/(verifier|key)|as=pdf|[?&](at|page|before|after)="
)
HREFS = """
(where) => [...document.querySelectorAll(where)]
  .filter((one) => one.checkVisibility() && one.tabIndex >= 0) // a picture's table has its links
  .map((one) => one.getAttribute("href"))
"""
LINKS, MENU = "main a[href^='/']", ".nav a"


@dataclass
class Walk:
    """One person in one language; `faults` are sentences, each with the page it is about."""

    page: Page
    address: str
    folder: Path
    name: str
    faults: list[str] = field(default_factory=list)
    met: set[str] = field(default_factory=set)

    def tab_to(self, href: str) -> bool:
        self.page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
        seen: set[int] = set()
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            at = self.page.evaluate(FOCUS)
            self.faults += [f"{self.page.url}: {one}: {at['where']}" for one in at["faults"]]
            if self.page.evaluate("h => document.activeElement.getAttribute('href') === h", href):
                return True
            place = self.page.evaluate(
                "[...document.querySelectorAll('*')].indexOf(document.activeElement)"
            )
            if place in seen:
                return False
            seen.add(place)
        return False

    def go(self, href: str) -> bool:
        if not self.tab_to(href):
            self.faults.append(f"{self.page.url}: Tab never comes to {href}")
            return False
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        return True

    def look(self) -> None:
        """A picture at both widths, and what a machine can see wrong with them."""
        kind = shape(self.page.url.removeprefix(self.address))
        name = f"{self.name}-{re.sub(r'[/?+]+', '_', kind).strip('_') or 'first'}"
        for size in (NARROW, WIDE):
            self.page.set_viewport_size(size)  # type: ignore[arg-type]
            self._check()
            narrow = "narrow-" if size is NARROW else ""
            self.page.screenshot(path=self.folder / f"{narrow}{name}.png", full_page=True)

    def _check(self) -> None:
        url = self.page.url
        if not fits(self.page):
            self.faults.append(f"{url}: is wider than the window")
        for what, script in (("too small", SMALL), ("without a name", NAMELESS)):
            self.faults += [f"{url}: {what}: {one}" for one in self.page.evaluate(script)]
        if self.page.locator("h1").count() != 1:
            self.faults.append(f"{url}: has not one h1")

    def all_pages(self) -> None:
        """The menu first, then one link of each shape from each page, as wide as it goes."""
        here = self.page.url.removeprefix(self.address)
        self.met.add(shape(here))
        self.look()
        waiting = [(here, href) for href in (*self._of(MENU), *self._of(LINKS), "/account/")]
        while waiting and len(self.met) < MOST_PAGES:
            source, href = waiting.pop(0)
            if shape(href) in self.met or NOT_PAGES.search(href):
                continue
            self.met.add(shape(href))
            if href not in self._of("a"):
                self.page.goto(self.address + source)  # back to where the link stands
            if self.go(href):
                self.met.add(shape(self.page.url.removeprefix(self.address)))
                self.look()
                at = self.page.url.removeprefix(self.address)
                waiting += [(at, one) for one in self._of(LINKS)]

    def _of(self, where: str) -> list[str]:
        found: list[str] = self.page.evaluate(HREFS, where)
        return found


def shape(href: str) -> str:
    """An address without what names one thing: one page of each kind is enough."""
    path, _, query = href.partition("#")[0].partition("?")
    path = re.sub(r"[0-9a-f]{32}", "N", path)
    path = re.sub(r"\d{4}-\d\d-\d\d", "D", path)
    names = sorted({one.partition("=")[0] for one in query.split("&") if one})
    return path + ("?" + "+".join(names) if names else "")


def sign_in(page: Page, address: str, login: str, language: str) -> None:
    page.goto(f"{address}/sign-in")
    page.keyboard.type(login)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == language:
            break
    page.keyboard.press("Enter")
    page.wait_for_selector(f"html[lang={language}]")


def walks(browser: Browser, address: str, folder: Path, logins: list[str]) -> Iterator[Walk]:
    for login in logins:
        for language in LANGUAGES:
            context = browser.new_context(viewport=WIDE, reduced_motion="reduce")  # type: ignore[arg-type]
            page = context.new_page()
            page.set_default_timeout(PATIENCE)
            walk = Walk(page, address, folder, f"{ROLES[login]}-{language}")
            page.on("pageerror", lambda error, walk=walk: walk.faults.append(str(error)))
            sign_in(page, address, login, language)
            walk.all_pages()
            context.close()
            yield walk


def say(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(address: str, pictures: str, *logins: str) -> int:
    folder, faults = Path(pictures), []
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for walk in walks(browser, address.rstrip("/"), folder, list(logins or ROLES)):
            say(f"{walk.name}: {len(walk.met)} kinds of pages, {len(walk.faults)} faults")
            faults += [f"{walk.name}: {one}" for one in dict.fromkeys(walk.faults)]
        browser.close()
    say(*faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
