"""Who may send calls: the peers of the settings file, when each was heard and refused last.

To look only: whoever may send calls is said on the machine itself, so that nobody opens the door to
another sender with a stolen session. The page has the commands for it.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vaiti.access.table import Besides, holders
from vaiti.due import alarms
from vaiti.due.alarms import Standing
from vaiti.people import feed
from vaiti.register import calls
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.peer_facts import PeerFacts, PeersUnreadable
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments, spoken_length
from vaiti.web.places import LINES, STATE, places_of
from vaiti.web.wording import peer_words, words

COMMANDS = (
    "./vaiti peer add --data … --name sbc-2 --address 10.0.0.5 --transport tls "
    "--certificate sbc.example --srtp required",
    "./vaiti peer change --data … --name sbc-2 --address 10.0.0.6",
    "./vaiti peer end --data … --name sbc-2",
)
ENTERS = holders(Besides.LINES)


@dataclass(frozen=True, slots=True)
class Row:
    """A peer in words. `refused` is empty where nothing of it was refused."""

    name: str
    addresses: list[str]
    door: list[str]
    starts: str
    agents: list[str]
    silence: str
    last: str
    refused: str


@only("GET")
def peers(request: SignedIn) -> HttpResponseBase:
    found = {LINES, STATE} & set(places_of(request.person.roles))
    if found != {LINES, STATE}:
        raise Http404
    see, trouble = Moments.at(request.moment), None
    told: tuple[PeerFacts, ...] = ()
    try:
        told = wired().peers()
    except PeersUnreadable as error:
        title = _("The settings file cannot be used as it is now: the peers before it stand")
        trouble = Trouble(title, str(error))
    last, refused = calls.last_by_peer(), alarms.newest(one.name for one in told)
    given = {
        "rows": [_row(one, see, last, refused) for one in told],
        "fed": _fed(see),
        "enters": bool(request.person.roles & ENTERS),
        "commands": COMMANDS,
        "trouble": trouble,
    }
    return render(request, "peers.html", given)


def _row(peer: PeerFacts, see: Moments, last: calls.LastCalls, refused: dict[str, Standing]) -> Row:
    return Row(
        name=peer.name,
        addresses=list(peer.addresses),
        door=_door(peer),
        starts=peer_words.start(peer.start_on),
        agents=[peer_words.source(code) for code in peer.agent_from],
        silence=spoken_length(timedelta(seconds=peer.silence_s)),
        last=_last(peer, see, last),
        refused=_refused(refused.get(peer.name), see),
    )


def _door(peer: PeerFacts) -> list[str]:
    told = [", ".join(one.upper() for one in peer.transports)]
    if peer.certified:
        count = {"count": peer.certified}
        told.append(
            ngettext("%(count)d certificate", "%(count)d certificates", peer.certified) % count
        )
    return [*told, peer_words.srtp(peer.srtp)]


def _last(peer: PeerFacts, see: Moments, last: calls.LastCalls) -> str:
    if peer.name in last.at:
        return see.day_and_time(last.at[peer.name])
    return _("none yet") if last.all else _("none of late")


def _refused(one: Standing | None, see: Moments) -> str:
    return f"{words.alarm(one.kind)} · {see.day_and_time(one.last_at)}" if one else ""


def _fed(see: Moments) -> str:
    """How old the agent feed is, which is one for all peers."""
    newest = feed.last_word()
    if newest is None:
        return _("The agent feed has said nothing yet.")
    return _("The agent feed spoke last on %(moment)s.") % {"moment": see.day_and_time(newest)}
