"""What a test call is to do, and what came of it."""

from dataclasses import dataclass

from vaiti.ops.phone.digest import Login


class PhoneError(Exception):
    """The call cannot be placed; the text says why."""


@dataclass(frozen=True, slots=True)
class Identity:
    """For a call over TLS: PEM files of the phone's certificate with its key, and of the authority
    that signed the recorder's."""

    certificate: str
    key: str
    authority: str


@dataclass(frozen=True, slots=True)
class CallPlan:
    """One call. Times are seconds after the answer.

    `direction` is in or out as the company sees it. `hold` is from and to, and with `hold_sound`
    the voices go on meanwhile, as music does. In `pause`, from and to, recording is said to be
    paused, and the voices go on. `transfer` is the moment and the device that takes over.
    With `srtp` the media is SRTP (RFC 3711). Without `bye` the phone falls silent and hangs up on
    nobody. `login` is given where the recorder asks for it. `source` is the address that it calls
    from, empty for whichever leads there; `headers` are lines added to each INVITE.
    """

    host: str
    port: int
    customer: str
    line: str
    agent: str
    direction: str = "in"
    transport: str = "udp"
    seconds: float = 10.0
    hold: tuple[float, float] | None = None
    hold_sound: bool = False
    pause: tuple[float, float] | None = None
    transfer: tuple[float, str] | None = None
    bye: bool = True
    linger: float = 0.0
    identity: Identity | None = None
    srtp: bool = False
    login: Login | None = None
    source: str = ""
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """`status` is the final SIP status of the INVITE, 0 if none came. Instants in seconds UTC."""

    status: int
    reason: str
    call_id: str
    answered_at: float = 0.0
    ended_at: float = 0.0
    ended_by: str = "refused"
    packets: tuple[int, int] = (0, 0)
    bye_status: int = 0
