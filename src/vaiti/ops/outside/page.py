"""Reads the pages as a browser without scripts would."""

import http.client
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from vaiti.ops.outside.fault import Fault, demand

FIRST_PASSWORD = "/account/first-password"
PATIENCE = 20.0
"""Seconds for one answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


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
    """One browser: its cookies, and the pages it is shown."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.cookies: dict[str, str] = {}

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

    def submit(self, form: Form, **fields: str) -> Answer:
        """Sends the form with these fields filled in; follows one redirection."""
        answer = self.ask("POST", form.action, urlencode({**form.fields, **fields}))
        if answer.status in (302, 303):
            return self.get(answer.headers["location"])
        return answer

    def sign_in(self, login: str, password: str) -> str:
        """The password that counts from now on: one that somebody else made must be changed."""
        form = self.page("/sign-in").form("/sign-in")
        answer = self.submit(form, login=login, password=password)
        if answer.headers.get("location") == FIRST_PASSWORD:
            form, own = self.page(FIRST_PASSWORD).form("/account/password"), f"{password} of my own"
            answer, password = self.submit(form, present=password, wanted=own, again=own), own
            if answer.status == 302:  # the first page leads on to that of the person's role
                answer = self.get(answer.headers["location"])
        demand(answer.status == 200, f"signing in as {login} answered {answer.status}")
        return password

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
