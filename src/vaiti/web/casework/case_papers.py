"""The mails and papers of a case on its page: read, fetched, and a scan added."""

from dataclasses import dataclass, field
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.access.doors import NotVisible
from vaiti.rights import papers
from vaiti.rights.errors import CaseRefused
from vaiti.rights.mail import looking
from vaiti.rights.mail.looking import MailCard
from vaiti.rights.papers import PaperCard, Sheet
from vaiti.web.http import uploads
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.wording import case_words
from vaiti.web.wording.case_words import word

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class PaperRow:
    """`gone`: it had malware, and only this line is left of it."""

    id: str
    title: str
    about: str
    gone: bool = False


@dataclass(frozen=True, slots=True)
class MailRow:
    at: str
    sender: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    papers: list[PaperRow]
    left_out: list[str]
    receipt: str


def shown(case_id: UUID, see: Moments) -> dict[str, object]:
    """Of a case that its reader has been let see."""
    kept = papers.of_case(case_id)
    return {
        "mails": [_mail(one, kept, see) for one in looking.of_case(case_id)],
        "papers": [_paper(one, see) for one in kept if one.mail is None],
        "most_mib": wired().papers.most_bytes // MIB,
    }


def _mail(one: MailCard, kept: tuple[PaperCard, ...], see: Moments) -> MailRow:
    return MailRow(
        see.day_and_time(one.arrived_at),
        one.sender,
        one.subject,
        one.text,
        [_paper(each, see) for each in kept if each.mail == one.id],
        [word(case_words.REFUSED, code) for code in one.left_out],
        see.day_and_time(one.receipt_at) if one.receipt_at else "",
    )


def _paper(one: PaperCard, see: Moments) -> PaperRow:
    if one.kind == papers.MALWARE:
        about = f"{word(case_words.REFUSED, 'paper_malware')} · {see.day(one.kept_at)}"
        return PaperRow(one.id.hex, _("Removed"), about, gone=True)
    size = f"{max(one.size, MIB // 10) / MIB:.1f} MiB"
    if one.scanned:
        looked = _("looked through for malware")
    elif wired().papers.scanner is not None:
        looked = _("waits for the scanner, and cannot be opened before")
    else:
        looked = _("not looked through for malware")
    return PaperRow(one.id.hex, one.kind.upper(), f"{size} · {looked} · {see.day(one.kept_at)}")


def sheet_of(request: SignedIn) -> Sheet | None:
    """The scan that came with a form, if one did. Raises CaseRefused."""
    given = request.FILES.get("scan")
    if not isinstance(given, UploadedFile):
        if int(request.META.get("CONTENT_LENGTH") or 0) > uploads.SCAN:
            raise CaseRefused("paper_size")
        return None
    rules = wired().papers
    return papers.looked_through(given.read(rules.most_bytes + 1), rules)


def add(request: SignedIn, case_id: UUID) -> None:
    """Raises NotVisible, Unprepared, CaseRefused."""
    sheet = sheet_of(request)
    if sheet is None:
        raise CaseRefused("paper_none")
    papers.add(request.person.id, case_id, sheet, request.moment)


@only("GET")
def paper(request: SignedIn, case_id: str, paper_id: str) -> HttpResponseBase:
    """Saved and not shown here: nothing of it runs in our pages."""
    found = (request.person.id, UUID(hex=case_id), UUID(hex=paper_id))
    try:
        kind, content = papers.open_paper(*found, wired().papers, request.moment)
    except CaseRefused as error:
        trouble = Trouble(_("Not opened"), case_words.refused(error.code))
        return render(
            request, "paper_waits.html", {"trouble": trouble, "case": case_id}, status=422
        )
    except NotVisible as error:
        raise Http404 from error
    answer = HttpResponse(content, content_type=kind)
    name = f"paper-{paper_id[:8]}.{kind.partition('/')[2]}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer
