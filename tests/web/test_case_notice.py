"""What a person is told and refused follows the notice under which the call began (N-03, N-10)."""

import hashlib

import pytest
from django.test import Client

from cast import Cast
from vaiti.notice.models import NoticeVersion
from vaiti.notice.wordings import text_of
from vaiti.rights import letters
from vaiti.rights.letter_models import LetterRow
from web.case_desk import call, do, open_case, searched, send, text, write
from web.conftest import SignIn
from web.world import World

pytestmark = pytest.mark.django_db(transaction=True)
RESTS, INTEREST = "rests neither on consent", "does not rest on a legitimate interest"
REASON = {"outcome": "refused", "words": "The facts of this very call."}


def tell(cast: Cast, wording: str) -> None:
    """The notice of the calls is this file."""
    file = text_of(wording)
    told = {"wording": file, "wording_sha256": hashlib.sha256(file.encode()).hexdigest()}
    NoticeVersion.objects.filter(version=cast.notice.version).update(**told)


def informed(handler: Client, cast: Cast, world: World) -> tuple[dict[str, str], str]:
    """The letter of information about one call by element, and the page of its case."""
    mine = call(world, 3)
    case = open_case(handler, "portability", "objection", "information")
    searched(handler, case, mine)
    page = text(handler.get(f"/cases/{case.id.hex}/"))
    for right, ground in (("portability", "no_consent"), ("objection", "compelling")):
        given = REASON | {"point": f"{right}:{mine.hex}", "ground": ground}
        fits = (RESTS in page) if right == "portability" else (INTEREST not in page)
        assert do(handler, case, "decide", **given) == (302 if fits else 422), right
    letter = write(handler, case, "information")
    parts = dict(LetterRow.objects.get(id=letter).parts)
    send(handler, case, letter)
    return parts, page


def test_n10_d04_with_a_legitimate_interest_there_is_no_portability_but_an_objection(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    tell(cast, "reference")
    parts, page = informed(sign_in(cast.rights_handler), cast, world)
    assert RESTS in page and INTEREST not in page
    (line,) = parts["purposes"].splitlines()[1:]
    assert line.count("; ") == 3 and line.endswith(": our legitimate interest, Article 6(1)(f)")
    assert "object" in parts and "withdraw" not in parts


def test_n10_n41_with_contract_and_consent_there_is_portability_and_no_objection(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    tell(cast, "helpdesk")
    parts, page = informed(sign_in(cast.rights_handler), cast, world)
    assert RESTS not in page and INTEREST in page
    lines = parts["purposes"].splitlines()[1:]
    assert [line.rpartition(", ")[2] for line in lines] == ["Article 6(1)(b)", "Article 6(1)(a)"]
    assert "withdraw" in parts and "object" not in parts
    assert set(letters.texts("sv")) == set(letters.texts("fi"))
