"""What ops hands to this room before the first request: the clock, the keys, the store."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from vaiti.access.live import Recorder
from vaiti.people.feed_hook import HookShape
from vaiti.people.recertify import INTERVAL
from vaiti.people.scim_document import ScimRules
from vaiti.people.seats import FeedRules
from vaiti.people.sessions import SignInRules
from vaiti.register.matching import Rules
from vaiti.register.reconciling import SETTLE
from vaiti.register.silences import Limits
from vaiti.retention.certificates import Issuer
from vaiti.rights.breaches.rules import BreachRules
from vaiti.rights.code_rules import CodeRules
from vaiti.rights.papers import PaperRules
from vaiti.rights.policy import CaseRules
from vaiti.values.clock import Clock
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.store import Store
from vaiti.web.http.peer_facts import Peers, none
from vaiti.web.http.recorder import RecorderClient
from vaiti.web.http.sso_client import House


class NotWired(RuntimeError):
    """A request came before ops had installed the wiring."""


@dataclass(frozen=True, slots=True)
class DataPlace:
    """Where something of the register lies, as declared; `state`: how it is known, since `at`."""

    role: str
    provider: str
    country: str
    contract: str
    state: str
    well: bool
    at: datetime | None


def nowhere(now: datetime) -> Sequence[DataPlace]:
    return ()


def let_in(address: str) -> str | None:
    return None


def somewhere(address: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Wiring:
    """`grant_seed` is the Ed25519 seed (32 bytes) that signs grants; `region` (ISO 3166) reads
    customers' numbers that are typed without a country code. `behind_proxy`: a proxy of the
    controller's names the client's address in X-Forwarded-For. `houses` sign people in besides
    us (docs/sign-in.md). `training_months` is how long a passed section of the course counts.
    `agent_hooks` say how contact centres' webhooks write. Managers confirm their teams within
    `recertify`. Call records are compared by `matching`, once a call is over for `settle`. A side
    is not heard by `silences`. `recorder` answers about calls in progress.
    `issuer` stands on certificates; `log_public` is the key that signs the log's checkpoints.
    `dialler_told`: a webhook is told of customers who want no more calls. `worker` is the file in
    which the worker says that it works, `recorders` those of several recorders, by
    name.
    `peers` are those who may send calls. `places` says where
    data lies, `country_refused` for which country an address is refused, if it is, and `country_of`
    where it is, as far as a table says. `rights`:
    the rules of people's requests, `breaches` and `papers` those
    of breaches of personal data and of scans and attachments; `strong` is where those
    people may show who they are, at one of the `levels`, and `codes` says how they prove a number.
    `journal` is the folder of what recorders
    write, to be asked for calls."""

    clock: Clock
    keys: KeyClient
    store: Store
    grant_seed: bytes = field(repr=False)
    region: str = "FI"
    sign_in: SignInRules = field(default_factory=SignInRules)
    behind_proxy: bool = False
    houses: tuple[House, ...] = ()
    training_months: int = 12
    scim: ScimRules = field(default_factory=ScimRules)
    recertify: timedelta = INTERVAL
    agent_feed: FeedRules = field(default_factory=FeedRules)
    agent_hooks: tuple[HookShape, ...] = ()
    matching: Rules = field(default_factory=Rules)
    settle: timedelta = SETTLE
    silences: Limits = field(default_factory=Limits)
    recorder: Recorder = field(default_factory=RecorderClient)
    dialler_told: bool = False
    issuer: Issuer = field(default_factory=lambda: Issuer("", ""))
    log_public: bytes = b""
    worker: Path | None = None
    recorders: Mapping[str, Path] = field(default_factory=dict)
    journal: Path | None = None
    peers: Peers = none
    places: Callable[[datetime], Sequence[DataPlace]] = nowhere
    country_refused: Callable[[str], str | None] = let_in
    country_of: Callable[[str], str] = somewhere
    rights: CaseRules = field(default_factory=CaseRules)
    breaches: BreachRules = field(default_factory=BreachRules)
    strong: House | None = None
    levels: tuple[str, ...] = ()
    papers: PaperRules = field(default_factory=PaperRules)
    codes: CodeRules = field(default_factory=CodeRules)


_installed: list[Wiring] = []


def install(wiring: Wiring) -> None:
    """Replaces what was installed before."""
    _installed[:] = [wiring]


def wired() -> Wiring:
    """Raises NotWired."""
    if not _installed:
        raise NotWired("install a Wiring before the first request")
    return _installed[0]
