"""The web process asked over the network, as anybody would ask it."""

import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException

from vaiti.promises.site import Site

PATIENCE = 10.0  # seconds
MOST = 4 << 20  # bytes


class Unanswered(Exception):
    """Nobody answers there."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: str


class _Here(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """A page that sends its reader elsewhere is not the page that was asked for."""


def ask(site: Site, path: str, language: str = "en") -> Answer:
    """What a stranger gets who asks for it in a language. Raises Unanswered."""
    if not site.web:
        raise Unanswered
    headers = {"Host": site.host, "Accept-Language": language}
    request = urllib.request.Request(site.web + path, headers=headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Here)
    try:
        with opener.open(request, timeout=PATIENCE) as answer:
            return Answer(answer.status, answer.read(MOST).decode("utf-8", "replace"))
    except urllib.error.HTTPError as error:
        return Answer(error.code, "")
    except (OSError, HTTPException) as error:
        raise Unanswered from error
