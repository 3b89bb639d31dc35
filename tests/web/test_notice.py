"""The notice as anybody reads it, and the next version as those who answer for it sign it."""

from datetime import timedelta

import pytest
from django.test import Client

from cast import NOW, Cast
from vaiti.audit.models import Leaf
from vaiti.notice import proposals, versions
from vaiti.notice.wording import change, read
from vaiti.notice.wordings import text_of
from web.conftest import SignIn
from web.tagged import tagged
from web.world import World

HERE = "/notice/versions/"
SINCE = NOW + timedelta(days=1)


def published() -> None:
    """The bank's notice, in force since just now."""
    versions.publish_file(text_of("helpdesk"), valid_from=NOW, by="system:test", now=NOW)


def next_one() -> str:
    text = text_of("helpdesk").replace("The recordings are used for nothing", "They serve nothing")
    return change(text, {"version": "2", "states.period_months": "2", "states.zone": "UTC"})


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", ("Privacy notice", "for one month from", 'lang="en"')),
        ("fi", ("Tietosuojaseloste", "säilytetään yhden kuukauden", 'lang="fi"')),
        ("sv", ("Dataskyddsbeskrivning", "finns i en månad", 'lang="sv"')),
    ],
)
def test_n35_anybody_reads_the_notice_in_force_in_three_languages(
    world: World, cast: Cast, language: str, says: tuple[str, ...]
) -> None:
    published()
    shown = Client(HTTP_ACCEPT_LANGUAGE=language).get("/notice/")
    assert shown.status_code == 200
    page = shown.content.decode()
    assert all(one in page for one in says)
    before = Client().get(f"/notice/of/{cast.notice.version}/")
    assert "Calls are recorded." in before.content.decode()
    assert Client().get("/notice/of/none/").status_code == 404


JOINT = """joint:
  - name: Reitti Palvelut Oy
    business_id: "1234567-1"
    contact: privacy@palvelut.example
    does: {sv: Svarar på telefon., fi: Vastaa puhelimeen., en: Answers the telephone.}
"""


def test_l18_anybody_reads_what_joint_controllers_arranged_from_a_link_of_the_notice(
    world: World,
) -> None:
    anybody = Client(HTTP_ACCEPT_LANGUAGE="sv")
    assert anybody.get("/notice/joint/").status_code == 404
    assert "/notice/joint/" not in anybody.get("/notice/").content.decode()
    joined = text_of("helpdesk").replace("headings:", f"{JOINT}headings:", 1)
    versions.publish_file(joined, valid_from=NOW, by="system:test", now=NOW)
    assert '<a href="/notice/joint/">' in anybody.get("/notice/").content.decode()
    for language, does in (("sv", "Svarar på"), ("fi", "Vastaa puhelimeen."), ("en", "Answers")):
        page = Client(HTTP_ACCEPT_LANGUAGE=language).get("/notice/joint/").content.decode()
        assert "Reitti Palvelut Oy" in page and "privacy@palvelut.example" in page and does in page
        paper = tagged(anybody.get(f"/notice/joint/{language}.pdf").content)
        assert paper.language == language and does in paper.text
        notice = tagged(anybody.get(f"/notice/of/1/{language}.pdf").content)
        assert does in notice.text
    assert anybody.get("/notice/joint/de.pdf").status_code == 404


def test_n03_a_version_holds_when_two_people_have_signed_it_and_from_its_day_on(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    published()
    proposals.propose(next_one(), valid_from=SINCE, by=cast.administrator.id.hex, now=NOW)
    officer, administrator = sign_in(cast.dpo), sign_in(cast.administrator)
    page = officer.get(HERE).content.decode()
    assert "<del>The recordings are used for nothing else.</del>" in page
    assert "<ins>They serve nothing else.</ins>" in page
    assert "period_months" in page
    wanted = {"version": "2", "act": "sign"}
    assert "Sign version 2?" in officer.post(HERE, wanted).content.decode()
    assert officer.post(HERE, wanted | {"sure": "1"}).status_code == 302
    again = officer.post(HERE, wanted | {"sure": "1"})
    assert again.status_code == 422  # nobody signs twice
    assert [one.version for one in versions.archive()][-1] == "1"
    assert administrator.post(HERE, wanted | {"sure": "1"}).status_code == 302
    last = versions.archive()[-1]
    assert (last.version, last.valid_from, last.retention_months) == ("2", SINCE, 2)
    in_force = versions.in_force(SINCE - timedelta(seconds=1))
    assert in_force is not None
    assert in_force.version == "1"
    kinds = [one.kind for one in Leaf.objects.filter(kind__startswith="notice:version:")]
    assert sorted(kinds) == [
        "notice:version:proposed",
        "notice:version:published",
        "notice:version:published",
        "notice:version:signed",
        "notice:version:signed",
    ]


def test_n03_who_answers_for_nothing_signs_nothing_and_a_version_can_be_taken_back(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    published()
    proposals.propose(next_one(), valid_from=SINCE, by="system:test", now=NOW)
    auditor = sign_in(cast.auditor)
    assert auditor.get(HERE).status_code == 404  # this notice names no auditor
    assert auditor.post(HERE, {"version": "2", "act": "sign", "sure": "1"}).status_code == 404
    assert sign_in(cast.mikko).get(HERE).status_code == 404
    back = sign_in(cast.dpo).post(HERE, {"version": "2", "act": "withdraw"})
    assert back.status_code == 302
    assert proposals.waiting() is None
    assert [one.version for one in versions.archive()][-1] == "1"


@pytest.mark.django_db
def test_n03_a_version_cannot_begin_today_or_end_who_could_sign_the_next(cast: Cast) -> None:
    with pytest.raises(versions.NoticeError, match="still to come"):
        proposals.propose(next_one(), valid_from=NOW, by="system:test", now=NOW)
    alone = next_one().replace("administrator, dpo, rights_handler", "dpo, rights_handler")
    with pytest.raises(versions.NoticeError, match="nobody could sign"):
        proposals.propose(alone, valid_from=SINCE, by="system:test", now=NOW)
    proposals.propose(next_one(), valid_from=SINCE, by="system:test", now=NOW)
    both = frozenset({"dpo", "administrator"})
    assert not proposals.sign("2", person="a", roles=both, now=NOW)
    with pytest.raises(proposals.NotWaiting):
        proposals.sign("2", person="a", roles=both, now=NOW)
    with pytest.raises(versions.NoticeError, match="its day has come"):
        proposals.sign("2", person="b", roles=both, now=SINCE)
    assert proposals.sign("2", person="b", roles=both, now=NOW)
    assert read(versions.archive()[-1].file).version == "2"
