"""Which requests of which peers have to prove a password, and what becomes of those that do not."""

from collections import Counter
from collections.abc import Callable

from vaiti.capture.orders import Peer
from vaiti.capture.session import reports
from vaiti.capture.session.peers import Peers
from vaiti.capture.sip.admission import Refusal
from vaiti.capture.sip.digest import Login, Nonces, Outcome, challenges, judge
from vaiti.capture.sip.flow import Flow
from vaiti.capture.sip.message import Request

OPEN = frozenset({"OPTIONS", "BYE", "INFO"})
"""OPTIONS changes nothing; senders ask by it who is up. The others need the tags of a dialog, which
only whoever proved the password and who listens on the way can know; OpenSIPS does not repeat a BYE
that is challenged, so that each of its calls would end by silence."""


class Proving:
    """Asked before a request is looked at; `report` is told a kind of report and a peer's name.

    `wrong` counts, by peer, what was refused for its credentials.
    """

    report: Callable[[str, str], None]

    def __init__(self, secret: str, peers: Peers) -> None:
        self.wrong: Counter[str] = Counter()
        self._nonces = Nonces(secret.encode())
        self._peers = peers

    def __call__(self, request: Request, flow: Flow, now: float) -> Refusal | None:
        peer = self._peers.of(flow)
        if peer is None or not peer.digest or request.method in OPEN:
            return None
        login = login_of(peer)
        outcome = judge(request, login, self._nonces, peer.name, now)
        if outcome is Outcome.PROVEN:
            return None
        if outcome is Outcome.WRONG:
            self.wrong[peer.name] += 1
            self.report(reports.WRONG_CREDENTIALS, peer.name)
        nonce = self._nonces.fresh(peer.name, now)
        headers = challenges(login, nonce, stale=outcome is Outcome.STALE)
        return Refusal(401, f"credentials_{outcome.name.lower()}", headers)


def login_of(peer: Peer) -> Login:
    hashes = {"SHA-256": peer.digest_sha256, "MD5": peer.digest_md5}
    return Login(peer.digest_user, {each: hashes[each] for each in peer.digest})
