"""Who talks to whom, as far as one recording session says so. In memory only, never printed."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

from vaiti.capture import numbers
from vaiti.capture.sip.message import Headers, Request
from vaiti.capture.siprec.metadata import EVERY, Key, Metadata, NameId, Participant
from vaiti.values.personal import Personal

MAX_ADDRESSES = 16  # of one carrier
MAX_PARAMETERS = 32  # of one URI
UNIQUE = 16  # characters from which an identifier is taken to be one call's only
MAX_NAMED = 16  # headers that name the call
MAX_NAME = 256  # characters of such a name
METADATA_MISSING = "metadata_missing"

Addresses = tuple[Personal[str], ...]

_HEADERS = {
    "called-party": "P-Called-Party-ID",
    "diversion": "Diversion",
    "history-info": "History-Info",
    "asserted-identity": "P-Asserted-Identity",
}
_CISCO = "X-Cisco-Recording-Participant"
_MEDIA_INDEX = re.compile(r";\s*media-index\s*=\s*\"?([0-9 ,]{1,32})\"?", re.IGNORECASE)
_NEAR, _FAR = "x-nearend", "x-farend"
_NAMES_A_CALL = re.compile(
    r"(?:(?:call|session|conversation|interaction|correlation)[-_]?id|guid|uuid|ucid|refci|icid"
    r"|user-to-user|charging-vector)\Z",
    re.IGNORECASE,
)
_USUAL = frozenset(
    {
        *(
            "Via",
            "From",
            "To",
            "CSeq",
            "Contact",
            "Max-Forwards",
            "Content-Type",
            "Allow",
            "Accept",
        ),
        *("Supported", "Require", "User-Agent", "Session-Expires", "Min-SE", "Date"),
    }
)


@dataclass(frozen=True, slots=True)
class Parties:
    """`carriers` maps a carrier of docs/siprec.md to the addresses that it holds.

    `labels` are those of the streams that are recorded, in the order of the tracks; `indexes` are
    their m-lines.
    """

    metadata: Metadata
    carriers: Mapping[str, Addresses] = field(repr=False)
    labels: tuple[str, ...] = field(repr=False)
    indexes: tuple[int, ...] = ()

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
    """The parties as the headers name them, for senders that send no metadata at all."""
    return _named_by_cisco(request) or _built_into_a_telephone(request) or _from_and_to(request)


def _from_and_to(request: Request) -> Metadata:
    caller = _participant("from", request.sender.uri, calling=True)
    called = _participant("to", request.recipient.uri, calling=False)
    return _told(caller, called)


def _told(*participants: Participant, senders: Mapping[int, Key] | None = None) -> Metadata:
    return Metadata(
        complete=True,
        participants={each.id: each for each in participants},
        present=tuple(each.id for each in participants),
        senders=senders or {},
        warnings=(METADATA_MISSING,),
    )


def _named_by_cisco(request: Request) -> Metadata | None:
    """`X-Cisco-Recording-Participant: <sip:…>;media-index="0 2"`: who sends which m-lines."""
    found: list[Participant] = []
    senders: dict[int, Key] = {}
    for number, item in enumerate(request.headers.items(_CISCO)[:MAX_ADDRESSES]):
        address = _MEDIA_INDEX.sub("", item)
        participant = _participant(f"cisco {number}", address)
        found.append(participant)
        for listed in _MEDIA_INDEX.findall(item):
            senders |= dict.fromkeys(map(int, re.findall("[0-9]{1,2}", listed)), participant.id)
    return _told(*found, senders=senders) if found else None


def _built_into_a_telephone(request: Request) -> Metadata | None:
    """A telephone that sends each voice in a session of its own says in From which one it is."""
    said = _parameters(request.sender.uri)
    if not said.keys() & {_NEAR, _FAR}:
        return None
    near = _participant("near", said.get("x-nearendaddr") or request.sender.uri)
    far = _participant("far", said.get("x-farendaddr", ""))
    return _told(far, near, senders={EVERY: (near if _NEAR in said else far).id})


def ties(request: Request, metadata: Metadata) -> frozenset[Key]:
    """What other recording sessions of the same communication session carry, too.

    Only what is long enough to be nobody else's.
    """
    said = _parameters(request.sender.uri)
    found = [Key(f"session {each.reveal()}") for each in metadata.sessions if _unique(each)]
    if said.keys() & {_NEAR, _FAR} and said.get("x-refci"):
        found.append(Key(f"telephone {numbers.user_part(request.sender.uri)} {said['x-refci']}"))
    return frozenset(found)


def wider_ties(request: Request, metadata: Metadata) -> frozenset[Key]:
    """What the sessions of one call share when it moves on, as far as it is nobody else's."""
    found = [Key(f"group {each.reveal()}") for each in metadata.groups if _unique(each)]
    found += [Key(f"group {each}") for each in request.headers.all("X-UCID") if each]
    return frozenset(found)


def named(request: Request) -> frozenset[Key]:
    """Headers that seem to say which call this is, however short, with their names."""
    found = (
        Key(f"{name.lower()} {value[:MAX_NAME]}")
        for name, value in request.headers
        if name not in _USUAL and names_a_call(name) and value
    )
    return frozenset(islice(found, MAX_NAMED))


def names_a_call(name: str) -> bool:
    """Whether a header, or a part of extension data, is called as what tells calls apart."""
    return bool(_NAMES_A_CALL.search(name))


def _unique(key: Key) -> bool:
    return len(key.reveal()) >= UNIQUE


def _parameters(uri: str) -> dict[str, str]:
    """The parameters of a URI; of those that are met twice the first."""
    found: dict[str, str] = {}
    for each in uri.split(";")[1 : MAX_PARAMETERS + 1]:
        name, _, value = each.partition("=")
        found.setdefault(name.strip().lower(), value.strip())
    return found


def _header(headers: Headers, name: str) -> Addresses:
    return tuple(Personal(item) for item in headers.items(name)[:MAX_ADDRESSES])


def _participant(key: str, uri: str, *, calling: bool | None = None) -> Participant:
    name_id = NameId(Personal(uri), Personal(""))
    return Participant(Key(key), (name_id,), calling)
