"""Who talks to whom, as far as one recording session says so. In memory only, never printed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from vaiti.capture.sip.message import Headers, Request
from vaiti.capture.siprec.metadata import Key, Metadata, NameId, Participant
from vaiti.values.personal import Personal

MAX_ADDRESSES = 16  # of one carrier
METADATA_MISSING = "metadata_missing"

Addresses = tuple[Personal[str], ...]

_HEADERS = {
    "called-party": "P-Called-Party-ID",
    "diversion": "Diversion",
    "history-info": "History-Info",
    "asserted-identity": "P-Asserted-Identity",
}


@dataclass(frozen=True, slots=True)
class Parties:
    """`carriers` maps a carrier of docs/siprec.md to the addresses that it holds.

    `labels` are those of the streams that are recorded, in the order of the m-lines.
    """

    metadata: Metadata
    carriers: Mapping[str, Addresses] = field(repr=False)
    labels: tuple[str, ...] = field(repr=False)

    def present(self) -> tuple[Participant, ...]:
        """The participants in the session now, in the order met; all when none is said to be."""
        known = self.metadata.participants
        here = tuple(known[key] for key in self.metadata.present if key in known)
        return here or tuple(known.values())


def carriers(request: Request, agent_headers: Iterable[str] = ()) -> dict[str, Addresses]:
    """The addresses in the request's own headers, by carrier; `agent` has an agent's ids."""
    found = {name: _header(request.headers, header) for name, header in _HEADERS.items()}
    found["to"] = (Personal(request.recipient.uri),)
    found["request-uri"] = (Personal(request.uri),)
    found["from"] = (Personal(request.sender.uri),)
    found["agent"] = tuple(
        each for header in agent_headers for each in _header(request.headers, header)
    )
    return found


def without_metadata(request: Request) -> Metadata:
    """Two participants made of From and To, for senders that send no metadata at all."""
    caller = _participant("from", request.sender.uri, calling=True)
    called = _participant("to", request.recipient.uri, calling=False)
    return Metadata(
        complete=True,
        participants={caller.id: caller, called.id: called},
        present=(caller.id, called.id),
        warnings=(METADATA_MISSING,),
    )


def _header(headers: Headers, name: str) -> Addresses:
    return tuple(Personal(item) for item in headers.items(name)[:MAX_ADDRESSES])


def _participant(key: str, uri: str, *, calling: bool) -> Participant:
    name_id = NameId(Personal(uri), Personal(""))
    return Participant(Key(key), (name_id,), calling)
