"""Answers without a transaction: each copy of a request gets the same one (RFC 3261 8.2.7)."""

import hashlib
from collections.abc import Iterable

from vaiti.capture.sip.flow import Flow, Send
from vaiti.capture.sip.message import Outline, Request
from vaiti.capture.sip.replies import reply
from vaiti.capture.sip.routing import answer_flow

Asked = Request | Outline


class Stateless:
    """`secret` keeps the To tags from being foretold; `mark` is what they begin with."""

    def __init__(self, secret: str, mark: str = "") -> None:
        self._mark = mark
        self._secret = secret.encode()[: hashlib.blake2s.MAX_KEY_SIZE]

    def tag(self, asked: Asked) -> str:
        text = f"{asked.via.encode()} {asked.headers.get('Call-ID')}"
        data = text.encode("utf-8", "surrogateescape")
        return self._mark + hashlib.blake2s(data, key=self._secret, digest_size=8).hexdigest()

    def reply(
        self, asked: Asked, status: int, flow: Flow, extra: Iterable[tuple[str, str]] = ()
    ) -> Send:
        """The answer and where it goes; `flow` is the one the request came on."""
        tag = self.tag(asked)
        data = reply(asked.headers, asked.via, flow, status, to_tag=tag, extra=extra)
        return Send(answer_flow(asked.via, flow), data)
