"""Evidence from elsewhere: whole or not at all, with every wrong row told and none repeated."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cast import NOW, SINCE, Cast
from vaiti.audit.models import Leaf
from vaiti.people import secrecy, training
from vaiti.people.evidence import EvidenceRefused, Imported, import_training, import_undertakings
from vaiti.people.expiry import Term
from vaiti.people.models import SectionPass, TrainingRecord, Undertaking
from vaiti.people.readiness import overview, readiness

TERM = Term(12, ZoneInfo("Europe/Helsinki"))
BY = "system:test"
HEAD = "login,course,section,passed on,source\n"
USE = "sofia.holm,intro,use_of_system,2026-10-01,HR 17\n"
SECRETS = "sofia.holm,intro,secrets_and_customer_data,1.11.2026,HR 17\n"


@pytest.fixture
def untrained(cast: Cast) -> Cast:
    training.withdraw(cast.sofia.id, by=BY, now=SINCE)
    return cast


def take(text: str) -> Imported:
    return import_training(text, TERM, by=BY, now=NOW)


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(EvidenceRefused) as refused:
        take(text)
    return refused.value.problems


def test_n31_imported_sections_give_a_record_as_long_as_the_shorter(untrained: Cast) -> None:
    assert take(HEAD + USE + SECRETS) == Imported(2, 0)
    ready = readiness(untrained.sofia.id, NOW)
    assert ready.trained_until == datetime(2027, 10, 1, 21, tzinfo=UTC)
    assert take(HEAD + USE + SECRETS) == Imported(0, 2)
    assert TrainingRecord.objects.filter(person=untrained.sofia).count() == 2


def test_semicolons_a_byte_order_mark_and_any_order_of_columns_are_read(untrained: Cast) -> None:
    text = "\ufeffSource;Login;Passed_on;Section;Course;Version\r\nHR;Sofia.Holm;1.11.2026;"
    assert take(text + "use_of_system;intro;3\r\n\r\n") == Imported(1, 0)
    assert SectionPass.objects.get(course="intro").version == "3"


def test_n31_every_wrong_row_is_told_by_its_line_and_nothing_is_entered(untrained: Cast) -> None:
    before = (SectionPass.objects.count(), Leaf.objects.count())
    told = problems(
        HEAD
        + USE
        + "nobody.here,intro,use_of_system,2026-10-01,HR\n"
        + "sofia.holm,intro,use,2026-10-01,HR\n"
        + "sofia.holm,intro,use_of_system,2026-13-01,HR\n"
        + "sofia.holm,intro,use_of_system,2026-12-01,HR\n"
        + "sofia.holm,intro,use_of_system,2025-10-01,HR\n"
        + "sofia.holm,intro,use_of_system,2026-10-01,\n"
        + "sofia.holm\n"
    )
    assert [one.split(":")[0] for one in told] == [f"row {number}" for number in range(3, 10)]
    for sentence, part in zip(
        told,
        ("nobody", "section", "2026-11-23", "future", "expired", "source", "is written"),
        strict=True,
    ):
        assert part in sentence
        assert "sofia" not in sentence
        assert "nobody.here" not in sentence
    assert (SectionPass.objects.count(), Leaf.objects.count()) == before


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "names these columns"),
        ("login,course\nx,y\n", "names these columns"),
        (HEAD.replace("source", "source,score") + USE, "names these columns"),
        (HEAD, "from 1 to"),
        (HEAD + 'sofia.holm,"intro,use_of_system\n', "not a table"),
    ],
)
def test_what_is_no_such_table_is_refused(cast: Cast, text: str, sentence: str) -> None:
    (told,) = problems(text)
    assert sentence in told


def test_n32_evidence_from_before_a_new_instruction_has_its_deadline(untrained: Cast) -> None:
    import tomllib
    from datetime import date

    from vaiti.ops.first.training import COURSE

    table = tomllib.loads(COURSE.read_text()) | {"retrain_by": date(2026, 12, 31)}
    training.load_course(table, TERM, by=BY, now=NOW)
    take(HEAD + USE + SECRETS)
    ready = readiness(untrained.sofia.id, NOW)
    assert ready.trained_until == TERM.midnight_after(date(2026, 12, 31))


def test_n34_an_undertaking_signed_on_paper_is_imported(cast: Cast) -> None:
    secrecy.withdraw(cast.sofia.id, by=BY, now=SINCE)
    assert not readiness(cast.sofia.id, NOW).sworn
    text = "login;version;signed on;source\nsofia.holm;0;2.1.2026;binder 4\n"
    assert import_undertakings(text, TERM, by=BY, now=NOW) == Imported(1, 0)
    assert import_undertakings(text, TERM, by=BY, now=NOW) == Imported(0, 1)
    assert readiness(cast.sofia.id, NOW).sworn
    with pytest.raises(EvidenceRefused) as refused:
        import_undertakings(text.replace(";0;", ";7;"), TERM, by=BY, now=NOW)
    assert refused.value.problems == ("row 2: there is no undertaking of this version",)


def test_the_overview_has_everybody_asked_for_who_is_here(untrained: Cast) -> None:
    ids = [untrained.sofia.id, untrained.anna.id]
    anna, sofia = overview(ids, NOW)
    assert (anna.name, anna.ready.trained, anna.ready.sworn) == ("Anna Åström", True, True)
    assert (sofia.name, sofia.ready.trained, sofia.ready.sworn) == ("Sofia Holm", False, True)
    assert Undertaking.objects.count() == 14
