"""Loading a course on its page: what it says is shown first, and a bad one is told exactly."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cast import NOW, Cast
from vaiti.audit.models import Leaf
from vaiti.ops.first.training import COURSE
from vaiti.people import readiness, training
from vaiti.people.models import CourseVersion, SectionPass
from web.conftest import SignIn
from web.world import World

PAGE = "/training/course/"
TEXT = COURSE.read_text()


@pytest.fixture
def aino(world: World, cast: Cast, sign_in: SignIn) -> Client:
    return sign_in(cast.administrator)


def test_n31_a_course_is_shown_whole_and_loaded_only_then(aino: Client) -> None:
    file = SimpleUploadedFile("course.toml", TEXT.encode())
    shown = aino.post(PAGE, {"file": file, "old": "keep"})
    page = shown.content.decode()
    assert (shown.status_code, CourseVersion.objects.count()) == (200, 0)
    title = training.read_course(training_table()).title
    assert f"<h1>{title['en']}</h1>" in page
    # the menu, and a part for each language
    assert page.count("<details") == 1 + 3 and "Use of the system" in page
    assert "What was passed before counts until its own end." in page
    answer = aino.post(PAGE, {"text": TEXT, "old": "keep", "sure": "1"})
    assert "The course was loaded." in aino.get(answer["Location"]).content.decode()
    entry = Leaf.objects.get(kind="people:course:loaded")
    given = training.given_course()
    assert given is not None and entry.subject == given.id.hex
    again = aino.post(PAGE, {"text": TEXT, "old": "keep"})
    assert (again.status_code, "loaded already" in again.content.decode()) == (422, True)


def training_table() -> dict[str, object]:
    import tomllib

    return tomllib.loads(TEXT)


def test_n32_who_passed_the_old_version_passes_it_again_by_a_day(aino: Client, cast: Cast) -> None:
    given = {"text": TEXT, "old": "again", "day": "31.12.2026"}
    page = aino.post(PAGE, given).content.decode()
    count = SectionPass.objects.count()
    assert f"{count} passed sections count only until 31.12.2026" in page
    assert readiness.readiness(cast.anna.id, NOW + timedelta(days=200)).trained
    aino.post(PAGE, given | {"sure": "1"})
    assert readiness.readiness(cast.anna.id, NOW + timedelta(days=38)).trained
    assert not readiness.readiness(cast.anna.id, NOW + timedelta(days=39)).trained
    assert "to be passed again by" in aino.get(PAGE).content.decode()


def without(pattern: str, by: str = "") -> str:
    changed, count = re.subn(pattern, by, TEXT, count=1)
    assert count == 1
    return changed


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"text": ""}, "Choose a file, or paste the text"),
        ({"text": "course = ]"}, "This is not TOML: look at line 1, column 10."),
        ({"text": without("right = true\n")}, "Section 1, question 1 has exactly one answer"),
        ({"text": without("version = ", "verson = ")}, "has the unknown key verson"),
        ({"text": TEXT, "old": "again", "day": "31.2.2027"}, "Write a day like"),
        ({"text": TEXT, "old": "again", "day": "1.11.2026"}, "retrain_by is over"),
    ],
)
def test_a_bad_course_is_told_where_it_is_wrong_and_its_text_stays(
    aino: Client, given: dict[str, str], said: str
) -> None:
    answer = aino.post(PAGE, {"old": "keep"} | given)
    page = answer.content.decode().replace("&#x27;", "'")
    assert answer.status_code == 422
    assert said.casefold() in page.casefold()
    assert given["text"][:20] in page
    assert CourseVersion.objects.count() == 0


def test_n20_no_sound_gets_in_as_a_course(aino: Client, cast: Cast, sign_in: SignIn) -> None:
    wave = b"RIFF\xff\xff\xff\xffWAVEfmt " + bytes(range(256)) * 40
    for content in (wave, wave * 60, b"#" * 3_000_000):
        file = SimpleUploadedFile("call.wav", content)
        answer = aino.post(PAGE, {"file": file, "old": "keep"})
        assert answer.status_code == 422
    for who in (cast.trainer, cast.dpo, cast.mikko):
        assert sign_in(who).post(PAGE, {"text": TEXT, "old": "keep"}).status_code == 404
