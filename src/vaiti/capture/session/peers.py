"""Whose messages are looked at: configured peers only; everybody else gets no answer at all."""

from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from vaiti.capture.orders import Peer
from vaiti.capture.sip.flow import Flow

MOST_KNOWN = 1_024  # hosts: border controllers are few, and are asked for with every message
STRANGERS_REPORTED_S = 60.0  # at most one report of strangers in so many seconds


class Peers:
    """The peers of the orders by their addresses. `strangers` counts the messages of others."""

    def __init__(self) -> None:
        self.strangers = 0
        self._networks: list[tuple[IPv4Network | IPv6Network, Peer]] = []
        self._known: dict[str, tuple[Peer, ...]] = {}
        self._reported_at = float("-inf")

    def follow(self, peers: Sequence[Peer]) -> None:
        self._networks = [
            (ip_network(address), peer) for peer in peers for address in peer.addresses
        ]
        self._known.clear()

    def of(self, flow: Flow) -> Peer | None:
        """The peer that the flow comes from, if it may use that transport and proves its name."""
        return next((peer for peer in self._at(flow) if _may_use(peer, flow)), None)

    def expects(self, flow: Flow) -> bool:
        """Whether anybody at this address may use this transport, whatever is proven later."""
        return any(flow.transport in peer.transports for peer in self._at(flow))

    def _at(self, flow: Flow) -> tuple[Peer, ...]:
        host = flow.remote.host
        known = self._known.get(host)
        if known is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            known = self._known[host] = self._found(host)
        return known

    def _found(self, host: str) -> tuple[Peer, ...]:
        try:
            address = _address(host)
        except ValueError:
            return ()
        return tuple(peer for network, peer in self._networks if address in network)

    def turn_away(self, now: float) -> bool:
        """Counts a stranger's message; whether it is time to report strangers (again)."""
        self.strangers += 1
        if now - self._reported_at < STRANGERS_REPORTED_S:
            return False
        self._reported_at = now
        return True


def _address(host: str) -> IPv4Address | IPv6Address:
    address = ip_address(host)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _may_use(peer: Peer, flow: Flow) -> bool:
    if flow.transport not in peer.transports:
        return False
    return flow.transport != "tls" or not set(peer.certificates).isdisjoint(flow.proven)
