"""Whether test calls can be placed in this deployment, and the peer that they come as."""

from ipaddress import ip_address

from vaiti.capture.orders import Peer
from vaiti.ops.settings import Settings
from vaiti.register.canary_names import DEVICE, PEER

HEADER = "X-Vaiti-Canary"
"""Says that the announcement was made, on lines that wait for one; of no other peer."""
PLAIN = ("tcp", "udp")  # who is not there is known at once over TCP
ANY = {4: "127.0.0.1", 6: "::1"}


def obstacle(settings: Settings) -> str:
    """Why none is placed, as a sentence that says what to change; empty when they are."""
    if not settings.canary.minutes:
        return "minutes in [canary] is 0"
    if not transports(settings):
        return "the recorder takes calls over TLS only; add tcp to transports in [recorder]"
    ours, theirs = ip_address(settings.canary.address), ip_address(host_of(settings))
    if ours.version != theirs.version:
        return f"address in [canary] is IPv{ours.version} and the recorder IPv{theirs.version}"
    return ""


def transports(settings: Settings) -> tuple[str, ...]:
    return tuple(each for each in PLAIN if each in settings.recorder.transports)


def host_of(settings: Settings) -> str:
    """Where the recorder is called on this machine."""
    host = ip_address(settings.recorder.host)
    return ANY[host.version] if host.is_unspecified else str(host)


def as_peer(settings: Settings) -> tuple[Peer, ...]:
    """The peer of the test calls, if there are any; the first of all, so that it is found first."""
    if obstacle(settings):
        return ()
    width = ip_address(settings.canary.address).max_prefixlen
    return (
        Peer(
            PEER,
            (f"{settings.canary.address}/{width}",),
            transports=transports(settings),
            agent_pattern=DEVICE,
            silence_s=10.0,
            state_header=HEADER,
        ),
    )
