"""What the settings file says of those who may send calls."""

from collections.abc import Sequence
from ipaddress import ip_network

from vaiti.capture.orders import MAX_PEERS, OrdersRefused, Peer, check_peer


def peers_fault(peers: Sequence[Peer]) -> str | None:
    """A sentence that says what to change, or None."""
    names = [peer.name for peer in peers]
    if len(names) > MAX_PEERS:
        return f"there are {len(names)} peers; list at most {MAX_PEERS}, or a network"
    for peer in peers:
        where = f"the [[peer]] {peer.name}"
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
