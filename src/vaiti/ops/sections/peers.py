"""What the settings file says of those who may send calls."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from ipaddress import ip_network
from pathlib import Path

from vaiti.capture.order_checks import check_peer
from vaiti.capture.orders import MAX_PEERS, OrdersRefused, Peer
from vaiti.capture.sip.digest import password_hash
from vaiti.ops.sections.canary import PEER
from vaiti.ops.sections.reading import WeakSettings

LEAST_PASSWORD = 16  # characters: whoever hears a digest may try passwords at leisure


@dataclass(frozen=True, slots=True)
class ListedPeer(Peer):
    """As written in the settings file: `digest_password_file` is a file in `secrets/`."""

    digest_password_file: str = ""

    def known_by_hashes(self, secrets: Path) -> Peer:
        """The peer as the recorder is told of it: without the password. Raises WeakSettings."""
        told = Peer(**{item.name: getattr(self, item.name) for item in fields(Peer)})
        if not self.digest_password_file:
            return told
        try:
            password = password_in(secrets / self.digest_password_file)
        except WeakSettings as error:
            raise WeakSettings(f"the [[peer]] {self.name}: {error}") from error
        user = self.digest_user
        return replace(
            told,
            digest_sha256=password_hash("SHA-256", user, password),
            digest_md5=password_hash("MD5", user, password) if "MD5" in self.digest else "",
        )


def password_in(path: Path) -> str:
    """Raises WeakSettings for a file that is not there, short, or open to others."""
    try:
        open_to_others = path.stat().st_mode & 0o077
        password = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise WeakSettings(
            f"there is no file {path.name} in secrets/; write the sender's password into it"
        ) from error
    if open_to_others:
        raise WeakSettings(f"others can read secrets/{path.name}; give it the mode 0600")
    if len(password) < LEAST_PASSWORD:
        raise WeakSettings(
            f"the password in secrets/{path.name} has at least {LEAST_PASSWORD} characters"
        )
    return password


def peers_fault(peers: Sequence[Peer]) -> str | None:
    """A sentence that says what to change, or None."""
    names = [peer.name for peer in peers]
    if len(names) > MAX_PEERS:
        return f"there are {len(names)} peers; list at most {MAX_PEERS}, or a network"
    for peer in peers:
        where = f"the [[peer]] {peer.name}"
        if peer.name == PEER:
            return f"{where} has the name of our own test calls; give it another"
        if names.count(peer.name) > 1:
            return f"{where} is there twice; give each a name of its own"
        try:
            check_peer(peer)
        except OrdersRefused as error:
            return f"{where}: {error}"
        if not peer.addresses:
            return f"{where} lists no addresses; write those it sends from"
        if any(ip_network(address).prefixlen == 0 for address in peer.addresses):
            return f"{where} lets the whole world send calls; list its own addresses"
    return None
