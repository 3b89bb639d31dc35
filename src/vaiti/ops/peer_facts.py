"""The peers of the settings file, as the room web is told of them."""

from pathlib import Path

from vaiti.ops.settings import WeakSettings, load_settings
from vaiti.web.http.peer_facts import PeerFacts, Peers, PeersUnreadable


def peers_of(folder: Path) -> Peers:
    """Reads the file at each look: what stands there is what the worker follows."""

    def read() -> tuple[PeerFacts, ...]:
        try:
            peers = load_settings(folder).peers
        except WeakSettings as error:
            raise PeersUnreadable(str(error)) from error
        return tuple(
            PeerFacts(
                name=one.name,
                addresses=one.addresses,
                transports=one.transports,
                certified=len(one.certificates),
                srtp=one.srtp,
                start_on=one.start_on,
                agent_from=one.agent_from,
                silence_s=one.silence_s,
            )
            for one in peers
        )

    return read
