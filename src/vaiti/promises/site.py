"""What of a deployment live checks look at: folders, addresses, and what the settings declare."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from vaiti.notice.sentences import Wording
from vaiti.vault.store import Store


@dataclass(frozen=True, slots=True)
class Site:
    """`web` is the address of this machine's own web process, asked as `host`. `needed` are the
    places that the settings use, `declared` the country of each that they name. `mailbox` is the
    folder into which requests are mailed, `mailed` that there is any mailbox at all. `moved`: how
    far `now` is ahead of the clock by which files are written. `paths` are the addresses of pages
    and operations. `networks` is the table by which people are let in, where there is one;
    `beside` the files in which recorders of other folders say how they are."""

    folder: Path
    wording: Wording
    store: Store
    journal: Path
    keystore: Path
    keys_socket: Path
    web: str = ""
    host: str = "localhost"
    country: str = "FI"
    needed: tuple[str, ...] = ()
    declared: Mapping[str, str] = field(default_factory=dict)
    mailbox: Path | None = None
    mailed: bool = False
    moved: timedelta = timedelta()
    paths: Sequence[str] = ()
    networks: Path | None = None
    beside: Sequence[Path] = ()

    @property
    def run(self) -> Path:
        return self.folder / "run"
