"""Opening a recording, its sound, its lanes, and whether it may go on."""

from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.access import doors
from vaiti.access.doors import (
    CallView,
    LegView,
    ListeningEnded,
    Need,
    NotVisible,
    Refused,
    Unprepared,
)
from vaiti.due import alarms
from vaiti.playback.decoding import NoDecoder, unplayable
from vaiti.playback.lanes import Lanes, picture
from vaiti.playback.listen import CHANNELS, NoSuchRange, Tampered, rendered
from vaiti.playback.listen import listen as hear
from vaiti.register import codecs, pictures
from vaiti.vault.grant import GrantRefused, Opening
from vaiti.vault.keyclient import KeysRefused, KeysUnavailable
from vaiti.vault.store import StoreError
from vaiti.web.calls import call_page, leg_part, see_call, seen_in, without_sound
from vaiti.web.drawing import draw
from vaiti.web.http import errors
from vaiti.web.http.errors import Trouble, Unready, trouble, unready_trouble
from vaiti.web.http.methods import only
from vaiti.web.http.origins import address_of
from vaiti.web.http.ranges import Wanted, parse_range
from vaiti.web.http.request import SignedIn, is_fragment
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.player import Player, player_of

CLOSED = (KeysUnavailable, KeysRefused, GrantRefused, StoreError, Tampered, NoDecoder)
"""What keeps a recording closed although the person may hear it."""

FINAL = frozenset({"missing", "damaged"})
HEADER_BYTES = 44
SECOND_BYTES = 8000 * 2 * 2  # of PCM16 in two channels


@only("POST")
def listen(request: SignedIn, call_id: str) -> HttpResponseBase:
    """Opens one leg. A script gets the player; a browser without scripts is sent to its page."""
    view = see_call(request, call_id)
    part = _part(view, request.POST.get("leg", ""))
    if not view.call.sound:
        return _unopened(request, call_id, without_sound())
    if unplayable(codecs.of_call(view.call.id)):
        return _unopened(request, call_id, trouble("decoder"))
    try:
        opening = doors.open_recording(
            request.person.id,
            part.leg.id,
            purpose=request.POST.get("purpose", ""),
            reference=request.POST.get("reference", "").strip(),
            session=request.session.session_key or "",
            now=request.moment,
            seed=wired().grant_seed,
            country=wired().country_of(address_of(request)),
        )
    except Unprepared as error:
        raise Unready(error.needs) from error
    except Refused as refused:
        return _ask(request, view, part, refused)
    except NotVisible as error:
        raise Http404 from error
    if not is_fragment(request):
        response = HttpResponse(status=303)
        response.headers["Location"] = f"/calls/{call_id}/listening/{opening.listening_id}"
        return response
    player = player_for(request, view, opening, docked="docked" in request.POST)
    return render(request, "_player.html", {"player": player})


def _unopened(request: SignedIn, call_id: str, why: Trouble) -> HttpResponse:
    """Nothing can be heard, so nothing is opened and no listening is logged."""
    if is_fragment(request):
        return render(request, "_trouble.html", {"trouble": why})
    return call_page(request, call_id)


def _part(view: CallView, leg_id: str) -> LegView:
    for part in view.legs:
        if str(part.leg.id) == leg_id:
            return part
    raise Http404


def _ask(request: SignedIn, view: CallView, part: LegView, refused: Refused) -> HttpResponse:
    """The form again, with what is missing said beside it."""
    leg = leg_part(
        part,
        seen_in(view, request.moment),
        purpose=request.POST.get("purpose", ""),
        reference=request.POST.get("reference", "")[:80],
        trouble=_missing(refused),
        may_ask=refused.needs == (Need.APPROVAL,),
    )
    if is_fragment(request):
        response = render(request, "_listen.html", {"leg": leg}, status=422)
        response.headers["HX-Retarget"] = f"#listen-{leg.id}"
        response.headers["HX-Reswap"] = "outerHTML"
        return response
    return call_page(request, view.call.id.hex, asked=leg)


def _missing(refused: Refused) -> Trouble:
    title = _("The recording was not opened")
    if Need.PURPOSE in refused.needs:
        return Trouble(title, _("Choose the purpose for which you listen."))
    if Need.REFERENCE in refused.needs:
        return Trouble(
            title,
            _(
                "Give a reference of 3 to 40 letters and digits, such as 2026-118. It may not "
                "look like a telephone number."
            ),
        )
    if Need.OTHER_PURPOSE in refused.needs:
        return Trouble(title, _("Somebody has objected to this purpose. Choose another one."))
    if Need.BALANCING in refused.needs:
        return Trouble(
            title,
            _(
                "Training with calls on this line is suspended: the balancing of interests was to "
                "be reviewed, or speaks against it. The data protection officer files the next one."
            ),
        )
    if refused.needs == (Need.APPROVAL,):
        return Trouble(title, _("For this purpose a second person approves first: ask here."))
    return Trouble(title, _("This purpose needs the approval of a second person."))


@only("GET")
def listening(request: SignedIn, call_id: str, listening_id: str) -> HttpResponseBase:
    """The call page with its player, for browsers without scripts and for a reload."""
    try:
        opening = _resume(request, call_id, listening_id)
    except ListeningEnded:
        return call_page(request, call_id, trouble=_ended())
    view = see_call(request, call_id)
    return call_page(request, call_id, player=player_for(request, view, opening))


def _resume(request: SignedIn, call_id: str, listening_id: str) -> Opening:
    """Decides anew whether the sound may go on. Raises Http404, Unready and ListeningEnded."""
    try:
        opening = doors.resume(
            request.person.id,
            UUID(hex=listening_id),
            session=request.session.session_key or "",
            now=request.moment,
            seed=wired().grant_seed,
        )
    except NotVisible as error:
        raise Http404 from error
    except Unprepared as error:
        raise Unready(error.needs) from error
    if opening.grant.call_id != call_id:
        raise Http404
    return opening


def _ended() -> Trouble:
    return Trouble(
        _("This listening has ended"),
        _("It had rested for some minutes. Press Listen to open the recording again."),
    )


def player_for(
    request: SignedIn, view: CallView, opening: Opening, *, docked: bool = False
) -> Player:
    heard = (opening.grant.from_us, opening.grant.to_us)
    for part in view.legs:
        if (part.leg.from_us, part.leg.to_us) == heard:
            see = seen_in(view, request.moment)
            return player_of(part, opening.listening_id, request.person.name, see, docked=docked)
    raise Http404


@only("GET")
def audio(request: SignedIn, call_id: str, listening_id: str) -> HttpResponseBase:
    """At most 1 MiB of sound a request; the right to it is decided at each (N-33)."""
    channel = request.GET.get("channel", "both")
    if channel not in CHANNELS:
        return errors.show(request, "bad")
    opening = alive(request, call_id, listening_id)
    wanted = parse_range(request.headers.get("Range"))
    try:
        reply = hear(opening, channel, wanted, wired().keys, wired().store)
    except NoSuchRange as error:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{error.total}"})
    except CLOSED as error:
        return errors.show(request, fault(opening, error, request.moment))
    doors.heard(opening, (reply.from_us, reply.to_us), len(reply.body), request.moment)
    span = f"bytes {reply.start}-{reply.end}/{reply.total}"
    headers = {"Content-Range": span, "Accept-Ranges": "bytes"}
    return HttpResponse(reply.body, status=206, content_type="audio/wav", headers=headers)


def alive(request: SignedIn, call_id: str, listening_id: str) -> Opening:
    """For sound and lanes an ended listening is nothing at all: the player asks for its status."""
    try:
        return _resume(request, call_id, listening_id)
    except (ListeningEnded, Unready) as error:
        raise Http404 from error


def fault(opening: Opening, error: Exception, now: datetime) -> str:
    """Which sentence of `errors` says why the recording stays closed."""
    if isinstance(error, KeysRefused) and error.code == "gone":
        return "missing"
    if isinstance(error, NoDecoder):
        return "decoder"
    if isinstance(error, StoreError):
        return "store"
    if isinstance(error, Tampered):
        alarms.raise_alarm("recording_damaged", opening.grant.call_id, str(error), now, event=True)
        return "damaged"
    return "keys"


@only("GET")
def lanes(request: SignedIn, call_id: str, listening_id: str) -> HttpResponseBase:
    """The two lanes as a picture, asked for apart so that the sound need not wait."""
    try:
        opening = alive(request, call_id, listening_id)
        found = picture_of(opening)
    except (Http404, *CLOSED):
        return render(request, "_no_lanes.html")
    at = Moments.at(request.moment).day_and_time(request.moment)
    given = {"lanes": draw(found, listening_id), "watermark": f"{request.person.name} · {at}"}
    return render(request, "_lanes.html", given)


def picture_of(opening: Opening) -> Lanes:
    """From what the register keeps; made, and kept, at the first look."""
    grant = opening.grant
    leg = (UUID(hex=grant.call_id), grant.from_us, grant.to_us)
    found = picture(opening, pictures.kept(*leg), wired().keys, wired().store)
    if found.sealed:
        pictures.keep(*leg, found.sealed)
    return found.lanes


@only("GET")
def status(request: SignedIn, call_id: str, listening_id: str) -> HttpResponseBase:
    """Whether the sound may go on, and if not, why and what to do.

    With `at`, a second of the recording, a little of its sound is opened as well: the player asks
    so when the sound failed it.
    """
    try:
        opening = _resume(request, call_id, listening_id)
    except ListeningEnded:
        return _stopped(_ended(), final=True)
    except Unready:
        return _stopped(unready_trouble(), final=True)
    except Http404:
        return _stopped(_gone(), final=True)
    try:
        rendered(opening, "both", _second(request.GET.get("at", "")), wired().keys, wired().store)
    except CLOSED as error:
        name = fault(opening, error, request.moment)
        gone = name == "missing"
        return _stopped(_gone() if gone else trouble(name), final=name in FINAL)
    except NoSuchRange:
        pass  # behind the end nothing can be damaged
    return JsonResponse({"alive": True})


def _second(text: str) -> Wanted:
    """The bytes of one second of both lanes; of the header when no second is named."""
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        return Wanted(0, HEADER_BYTES - 1)
    first = HEADER_BYTES + int(text) * SECOND_BYTES
    return Wanted(first, first + SECOND_BYTES - 1)


def _gone() -> Trouble:
    return Trouble(
        _("You may not hear this recording any more"),
        _("It has been destroyed, or your right to it has ended. Go back to your calls."),
    )


def _stopped(why: Trouble, *, final: bool) -> HttpResponse:
    answer = {"alive": False, "title": why.title, "advice": why.advice, "final": final}
    return JsonResponse(answer)
