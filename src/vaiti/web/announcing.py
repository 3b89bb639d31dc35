"""The sounds of announcements: filed by line and language, and given to whoever plays them."""

from dataclasses import dataclass
from urllib.parse import quote

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vaiti.promises.papers import announcements as verbs
from vaiti.promises.papers.announcements import SoundRefused, Spoken
from vaiti.promises.papers.facts import Facts
from vaiti.web.documents import LANGUAGES, facts_of, require_signer, see
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments

HERE = "/promises/announcements/"
REFUSALS = (
    gettext_noop("The file is larger than 2 MB."),
    gettext_noop("The file is no WAV with plain samples (PCM)."),
    gettext_noop("An announcement lasts from 2 to 60 seconds."),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A line in a language: its words, and the sound of them, if there is one."""

    line: str
    label: str
    language: str
    tongue: str
    words: str
    address: str
    mark: str
    mood: str
    at: str


@only("GET", "POST")
def announcements(request: SignedIn) -> HttpResponseBase:
    """A POST files a sound; `?line=…&language=…` is the sound, to be played."""
    if request.method == "POST":
        return _file(request)
    signs = see(request)
    if "line" in request.GET:
        found = verbs.sound_of(request.GET["line"], request.GET.get("language", ""))
        if found is None:
            raise Http404
        return HttpResponse(found, "audio/wav")
    return _page(request, facts_of(request), signs=signs)


def _file(request: SignedIn) -> HttpResponseBase:
    require_signer(request)
    facts, form = facts_of(request), request.POST
    line = next((one for one in facts.lines if one.number == form.get("line")), None)
    language, sent = form.get("language", ""), request.FILES.get("sound")
    if line is None or language not in dict(LANGUAGES):
        trouble = Trouble(_("The sound was not filed"), _("Choose a line that is recorded."))
        return _page(request, facts, signs=True, trouble=trouble)
    content = sent.read() if sent else b""
    who, now = request.person.id, request.moment
    try:
        verbs.file(line, language, content, facts.wording, by=who, now=now)
    except SoundRefused as error:
        trouble = Trouble(_("The sound was not filed"), _(str(error)))
        return _page(request, facts, signs=True, trouble=trouble)
    return HttpResponseRedirect(HERE)


def _page(
    request: SignedIn, facts: Facts, *, signs: bool, trouble: Trouble | None = None
) -> HttpResponse:
    see_at, here = Moments.at(request.moment), request.language
    spoken = {(one.line, one.language): one for one in verbs.standing(facts.wording)}
    rows = [
        _row(line.number, line.said(here), language, spoken.get((line.number, language[0])), facts)
        for line in facts.lines
        if line.inbound
        for language in LANGUAGES
    ]
    given = {"rows": rows, "signs": signs, "trouble": trouble, "today": see_at.today}
    return render(request, "announcements.html", given, status=422 if trouble else 200)


def _row(
    number: str, label: str, language: tuple[str, str], found: Spoken | None, facts: Facts
) -> Row:
    code, tongue = language
    mark, mood = _("no sound yet"), "warn"
    if found:
        current = found.current
        mark, mood = (_("says these words"), "good") if current else (_("older words"), "warn")
    return Row(
        line=number,
        label=label,
        language=code,
        tongue=tongue,
        words=verbs.words(facts.wording, verbs.IN, code),
        address=f"{HERE}?line={quote(number)}&language={code}" if found else "",
        mark=mark,
        mood=mood,
        at=f"{found.length_ms / 1000:.0f} s" if found else "",
    )
