"""Recording metadata as RFC 7865 draws it, by plain text templates."""

import base64
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.sax.saxutils import quoteattr


def identity() -> str:
    """A UUID-like identifier in base64, as RFC 7865 section 6.10 wants it."""
    return base64.b64encode(secrets.token_bytes(16)).decode()


@dataclass(slots=True)
class Party:
    """A participant: `addresses` are its nameIDs, `left` the instant it went, if it did."""

    addresses: tuple[str, ...]
    joined: datetime
    left: datetime | None = None
    participant: str = field(default_factory=identity)


@dataclass(slots=True)
class Recording:
    """What the metadata of one recording session says; `agents` in the order they took part."""

    customer: Party
    agents: list[Party]
    direction: str = "in"
    session: str = field(default_factory=identity)
    streams: tuple[str, str] = field(default_factory=lambda: (identity(), identity()))

    def document(self) -> str:
        """The complete metadata; label 1 is the agent's stream, label 2 the customer's."""
        parties = [self.customer, *self.agents]
        body = "".join(
            (
                session_element(self.session),
                *(participant(party) for party in parties),
                *(
                    f'<stream stream_id="{stream}" session_id="{self.session}">'
                    f"<label>{label}</label></stream>\n"
                    for label, stream in enumerate(self.streams, start=1)
                ),
                *(session_association(party, self.session) for party in parties),
                *(self.stream_association(party) for party in parties if party.left is None),
                extension(self.direction),
            )
        )
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            "<recording xmlns='urn:ietf:params:xml:ns:recording:1'>\n"
            f"<datamode>complete</datamode>\n{body}</recording>\n"
        )

    def stream_association(self, party: Party) -> str:
        agents, customers = self.streams
        sent, heard = (customers, agents) if party is self.customer else (agents, customers)
        return (
            f'<participantstreamassoc participant_id="{party.participant}">'
            f"<send>{sent}</send><recv>{heard}</recv></participantstreamassoc>\n"
        )


def session_element(session: str) -> str:
    return f'<session session_id="{session}"><sipSessionID>{session}</sipSessionID></session>\n'


def extension(direction: str) -> str:
    """RFC 7865 has no word for who called whom; recording clients say it in extension data."""
    word = "outbound" if direction == "out" else "inbound"
    return (
        f'<extensiondata><direction xmlns="urn:vaiti:phone:1">{word}</direction></extensiondata>\n'
    )


def participant(party: Party) -> str:
    names = "".join(f"<nameID aor={quoteattr(address)}/>" for address in party.addresses)
    return f'<participant participant_id="{party.participant}">{names}</participant>\n'


def session_association(party: Party, session: str) -> str:
    left = f"<disassociate-time>{stamp(party.left)}</disassociate-time>" if party.left else ""
    return (
        f'<participantsessionassoc participant_id="{party.participant}" session_id="{session}">'
        f"<associate-time>{stamp(party.joined)}</associate-time>{left}</participantsessionassoc>\n"
    )


def stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
