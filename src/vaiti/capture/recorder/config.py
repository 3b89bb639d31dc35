"""What the recorder is told when it starts. What may change later stands in its orders."""

from dataclasses import dataclass, field
from pathlib import Path

from vaiti.capture.binding import Ports
from vaiti.capture.recorder.tls import TlsFiles
from vaiti.values.clock import Clock


@dataclass(frozen=True, slots=True)
class Listen:
    """Where SIP is received: `transport` is udp, tcp or tls, `host` a literal IP address."""

    transport: str
    host: str
    port: int

    def told(self) -> str:
        return f"{self.transport}:{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Shared:
    """Which of several recorders under one SIP address this is, and the front's socket."""

    number: int
    front: Path


@dataclass(frozen=True, slots=True)
class Ring:
    """A packet ring of `size` bytes on a network interface: docs/ring.md."""

    interface: str
    size: int


@dataclass(frozen=True, slots=True)
class FrontConfig:
    """What the front is told when it starts, for `recorders` behind its `socket`. `keeper`: as of a
    recorder; without one connections end with the process."""

    recorders: int
    socket: Path
    orders: Path
    orders_public: Path
    state: Path
    listen: tuple[Listen, ...]
    clock: Clock
    tls: TlsFiles | None = None
    keeper: Path | None = None


@dataclass(frozen=True, slots=True)
class RecorderConfig:
    """`media_hosts` are literal addresses for RTP, one a family at most; `receive_buffer` in bytes,
    0 for the system's own size (on Linux 5 seconds of one stream); `tls` is needed for that
    transport; `codecs` are taken besides G.711; `control` is the local socket of docs/control.md,
    None for none; `keeper` that of docs/keeper.md, without which calls end with the process.
    Where the SIP address is `shared`, the front listens, and not this process; with a `ring`, the
    one media host is an IPv4 address, `rtp_ports` have bounds."""

    recorder_id: str
    journal: Path
    orders: Path
    orders_public: Path
    state: Path
    listen: tuple[Listen, ...]
    media_hosts: tuple[str, ...]
    clock: Clock
    rtp_ports: Ports = field(default_factory=Ports)
    receive_buffer: int = 0
    tls: TlsFiles | None = None
    control: Path | None = None
    keeper: Path | None = None
    codecs: frozenset[str] = frozenset()
    shared: Shared | None = None
    ring: Ring | None = None
