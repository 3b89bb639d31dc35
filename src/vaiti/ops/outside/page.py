"""Reads the pages as a browser without scripts would."""

import html
import http.client
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from vaiti.ops.outside.fault import Fault, demand

FIRST_PASSWORD = "/account/first-password"
SECOND_STEP = "/sign-in/second"
DOORS = ("/sign-in", SECOND_STEP, FIRST_PASSWORD, "/account/password")
"""Whoever stands there is not in yet; elsewhere a 403 is the page of somebody untrained."""
MOST_STEPS = 4
"""Redirections that are followed one after the other."""
PATIENCE = 60.0
"""Seconds for one answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def words(self) -> str:
        """What a reader is told by the main part of the page, without its marks."""
        main = self.text.partition("<main")[2] or self.text
        return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", main)).split())

    @property
    def page(self) -> "Page":
        return Page(self.text)

    @property
    def sounds(self) -> list[str]:
        """The addresses of sound on the page, the shortest first."""
        return sorted((one for one in Page(self.text).addresses if "/audio/" in one), key=len)


@dataclass(slots=True)
class Form:
    """One form of a page: where it goes, and what its fields hold."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Row:
    """One call of the list. `cells` are the texts from left to right; `direction` is in or out."""

    call: str
    direction: str = ""
    cells: list[str] = field(default_factory=list)

    def says(self, text: str) -> bool:
        return any(text in cell for cell in self.cells)


class Page(HTMLParser):
    """What a page holds: forms, the rows of the list of calls, addresses, how many table rows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.rows: list[Row] = []
        self.addresses: set[str] = set()
        self.entries = 0
        self.in_cell = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.addresses |= {value for value in given.values() if value.startswith("/")}
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
        elif tag == "input" and self.forms and given.get("name"):
            self.forms[-1].fields[given["name"]] = given.get("value", "")
        elif tag == "tr":
            self.in_cell = False
            self.entries += 1
            if given.get("data-call"):
                self.rows.append(Row(given["data-call"]))
        elif tag == "td" and self.rows:
            self.rows[-1].cells.append("")
            self.in_cell = True
        elif self.in_cell and given.get("class", "").startswith("way "):
            self.rows[-1].direction = given["class"].split()[1]

    def handle_endtag(self, tag: str) -> None:
        if tag == "td":
            self.in_cell = False

    def handle_data(self, data: str) -> None:
        if self.in_cell:
            self.rows[-1].cells[-1] = " ".join((self.rows[-1].cells[-1] + data).split())

    def form(self, action: str) -> Form:
        """The form that goes to this address. Raises Fault."""
        for found in self.forms:
            if found.action == action:
                return found
        raise Fault(f"the page has no form to {action}")


class Visitor:
    """One browser: its cookies, the pages it is shown, and `at`: the address it stands at."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.cookies: dict[str, str] = {}
        self.at = ""
        self.token = ""

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> Answer:
        client = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE)
        sent = {"Accept-Language": "en", **headers}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            client.request(method, path, body or None, sent)
            response = client.getresponse()
            answer = Answer(
                response.status,
                {name.lower(): value for name, value in response.getheaders()},
                response.read(),
            )
        except (OSError, http.client.HTTPException) as error:
            raise Fault(f"no answer to {method} {path}") from error
        finally:
            client.close()
        self.at = path
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                self.cookies |= {key: one.value for key, one in SimpleCookie(value).items()}
        return answer

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def page(self, path: str) -> Page:
        """The page; anything but success is a Fault."""
        answer = self.get(path)
        demand(answer.status == 200, f"{path} answered {answer.status}")
        return Page(answer.text)

    def submit(self, form: Form, **fields: str | tuple[str, ...]) -> Answer:
        """Sends the form with these fields filled in, and goes where that leads.

        A field of which several are chosen has them all.
        """
        sent = urlencode({**form.fields, **fields}, doseq=True)
        answer = self.ask("POST", form.action, sent)
        for _ in range(MOST_STEPS):
            if answer.status not in (302, 303):
                break
            answer = self.get(answer.headers["location"])
        return answer

    def post(self, path: str, **fields: str) -> Answer:
        """Sends fields for which no form was shown, as somebody would who tries; goes nowhere."""
        if not self.token:  # one token counts for all forms of a session
            form = self.page("/account/").form("/language")
            self.token = form.fields["csrfmiddlewaretoken"]
        return self.ask("POST", path, urlencode({"csrfmiddlewaretoken": self.token, **fields}))

    def give_password(self, login: str, password: str) -> Answer:
        form = self.page("/sign-in").form("/sign-in")
        return self.submit(form, login=login, password=password)

    def sign_in(self, login: str, password: str, code: Callable[[], str] | None = None) -> str:
        """The password that counts from now on: one that somebody else made must be changed.

        `code` is asked for where a second step is.
        """
        answer = self.give_password(login, password)
        if self.at == SECOND_STEP and code is not None:
            answer = self.submit(Page(answer.text).form(SECOND_STEP), code=code())
        if self.at == FIRST_PASSWORD:
            form, own = Page(answer.text).form("/account/password"), f"{password} of my own"
            answer, password = self.submit(form, present=password, wanted=own, again=own), own
        inside = answer.status == 200 or (answer.status == 403 and self.at not in DOORS)
        demand(inside, f"signing in as {login} answered {answer.status}")
        return password

    def read_english(self) -> None:
        """The one switch for the language, which stands on every page."""
        answer = self.submit(self.page("/account/").form("/language"), language="en")
        demand(answer.status == 200, f"the switch to English answered {answer.status}")

    def fetch(self, path: str) -> bytes:
        """A long answer in the stretches that the server gives, put together."""
        content = b""
        total = 1
        while len(content) < total:
            answer = self.get(path, Range=f"bytes={len(content)}-")
            demand(answer.status == 206, f"{path} answered {answer.status} to a range")
            total = int(answer.headers["content-range"].rpartition("/")[2])
            demand(0 < len(answer.body) <= 1 << 20, "a reply is longer than 1 MiB, or empty")
            content += answer.body
        return content
