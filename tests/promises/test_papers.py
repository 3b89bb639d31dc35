"""What follows from the notice: told in three languages, and otherwise when anything changes."""

import io
import json
import wave
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import rdflib
from rdflib.namespace import RDF

from cast import NOW, Cast
from retention.world import World
from vaiti.audit.kinds import Kind
from vaiti.audit.models import Leaf
from vaiti.due import alarms
from vaiti.notice.sentences import LANGUAGES, Joint
from vaiti.notice.wording import WordingRefused, read
from vaiti.notice.wordings import text_of
from vaiti.promises import exit_drill
from vaiti.promises.checks.table import CHECKS
from vaiti.promises.models import Change, Result
from vaiti.promises.papers import (
    announcements,
    approvals,
    assessment,
    dialogues,
    dpia,
    instructions,
    processors,
    record,
    staff,
    vocabulary,
    words,
    year,
)
from vaiti.promises.papers.dialogues import NotTalkedOver, Talk
from vaiti.promises.papers.facts import Facts, gather
from vaiti.promises.papers.index import PAPERS
from vaiti.promises.papers.sheet import Sheet, digest
from vaiti.values.ids import ObjectId
from vaiti.web.http.wiring import DataPlace

pytestmark = pytest.mark.django_db
BANK = read(text_of("helpdesk"))
PLACE = DataPlace("store", "Lager Ab", "SE", "DPA 1", "attested", well=True, at=NOW)
TERMS = Path(__file__).parent / "dpv-2.2.txt"


@pytest.fixture
def facts(cast: Cast) -> Facts:
    return replace(gather(NOW, [PLACE]), wording=BANK)


def entries(kind: Kind) -> list[dict[str, object]]:
    rows = Leaf.objects.filter(kind=kind).order_by("at", "id")
    return [dict(json.loads(row.body)["facts"]) for row in rows]


def text(sheet: Sheet) -> str:
    cells = (cell for part in sheet.parts for row in part.rows for cell in row)
    leads = (line for part in sheet.parts for line in (part.title, *part.lead, *part.header))
    return "\n".join((sheet.title, *sheet.lead, *leads, *cells))


def sound(seconds: float, rate: int = 8000) -> bytes:
    whole = io.BytesIO()
    with wave.open(whole, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(bytes(2 * int(seconds * rate)))
    return whole.getvalue()


def test_every_word_of_papers_stands_in_three_languages_and_no_brace_is_left(facts: Facts) -> None:
    for paper in PAPERS.values():
        told = {language: text(paper.make(facts, language)) for language in LANGUAGES}
        assert len(set(told.values())) == 3
        assert all("{" not in one for one in told.values())
    folder = Path(words.__file__).parent / "texts"
    for file in folder.glob("*.toml"):
        assert words.table(file.stem)
        for said in words.table(file.stem).values():
            assert all(said[language].strip() for language in LANGUAGES)


def test_l20_the_record_changes_with_the_notice_the_lines_and_the_places(facts: Facts) -> None:
    before = record.sheet(facts, "en")
    told = text(before)
    for said in (BANK.controller.name, "one month", "consent, Article 6(1)(a)", "Lager Ab"):
        assert said in told
    moved = replace(facts, places=[replace(PLACE, provider="Annat Ab", country="FI")])
    fewer = replace(facts, lines=facts.lines[:1])
    longer = replace(BANK, promised=replace(BANK.promised, period_months=2))
    others = (moved, fewer, replace(facts, wording=longer))
    assert len({digest([record.sheet(one, "en")]) for one in (facts, *others)}) == 4
    seen = replace(facts, looks={}, now=NOW + timedelta(days=3))
    assert digest([record.sheet(seen, "en")]) == digest([before])


def test_l23_a_measure_of_the_assessment_is_red_where_its_check_is(facts: Facts) -> None:
    every = [check for checks in dpia.RISKS.values() for check in checks]
    assert set(every) <= set(CHECKS) and set(record.MEASURES) <= set(CHECKS)
    told = {"since": NOW, "checked_at": NOW}
    for check in every:
        Result.objects.create(check_id=check, kept=check != "masking.logs", **told)
    sheet = dpia.sheet(gather(NOW), "sv")
    red = [
        row
        for part in sheet.parts[1:]
        for row, mark in zip(part.rows, part.marks, strict=True)
        if mark == "bad"
    ]
    assert [row[1:] for row in red] == [("masking.logs", "bruten")]
    assert f"{len(every) - 1} av {len(every)} åtgärder" in sheet.lead[1]


def test_d07_what_callers_hear_is_what_the_notice_says_and_an_old_sound_is_told(
    cast: Cast, facts: Facts
) -> None:
    line = facts.lines[0]
    said = announcements.words(BANK, "in", "sv")
    assert said.startswith(f"Välkommen till {BANK.controller.name}. Det här samtalet spelas in för")
    assert "en månad" in said and "utbilda" not in said  # that rests on consent, and is asked for
    assert "intern utbildning" in said
    longer = sound(8).replace(b"data", b"more" + bytes((0, 0, 0, 1)) + b"data")  # than the file
    for wrong in (b"", b"RIFF" + bytes(60), sound(1), sound(61), sound(30)[:-9], longer):
        with pytest.raises(announcements.SoundRefused):
            announcements.file(line, "sv", wrong, BANK, by=cast.dpo.id, now=NOW)
    announcements.file(line, "sv", sound(8), BANK, by=cast.dpo.id, now=NOW)
    (spoken,) = announcements.standing(BANK)
    assert (spoken.line, spoken.language, spoken.length_ms, spoken.current) == (
        *(line.number, "sv", 8000),
        True,
    )
    assert announcements.sound_of(line.number, "sv") == sound(8)
    longer = replace(BANK, promised=replace(BANK.promised, period_months=2))
    assert not announcements.standing(longer)[0].current
    assert [one["line"] for one in entries(Kind.PROMISES_ANNOUNCEMENT_FILED)] == [line.number]
    table = announcements.sheet(facts, "fi").parts[0]
    assert ("sanoo nämä sanat", "good") in [
        (row[-1], mark) for row, mark in zip(table.rows, table.marks, strict=True)
    ]


def test_l30_l35_no_line_is_recorded_before_the_dialogue_and_staff_read_what_stands(
    cast: Cast,
) -> None:
    with pytest.raises(NotTalkedOver):
        dialogues.require("service", recorded=True)
    dialogues.require("service", recorded=False)
    dialogues.require("test", recorded=True)
    before = digest(PAPERS[staff.NAME].every(gather(NOW)))
    assert "not been held" in text(staff.sheet(gather(NOW), "en"))
    for wrong in (Talk(date(2030, 1, 1), "a", "b", "c"), Talk(date(2026, 1, 1), "a", " ", "c")):
        with pytest.raises(dialogues.DialogueRefused):
            dialogues.record(wrong, by=cast.dpo.id, now=NOW)
    held = Talk(date(2026, 9, 1), "luottamushenkilöt", "Miksi tallennetaan.", "Sovittiin.")
    dialogues.record(held, by=cast.dpo.id, now=NOW)
    dialogues.require("service", recorded=True)
    facts = gather(NOW)
    assert "1.9.2026. Mukana: luottamushenkilöt." in text(staff.sheet(facts, "fi"))
    told = digest(PAPERS[staff.NAME].every(facts))
    assert told != before
    for _time in range(2):
        staff.acknowledge(cast.anna.id, "2026-1", told, NOW)
    assert staff.read_at(cast.anna.id, told) == NOW
    assert staff.reading(told, NOW).read == 1 and staff.reading(before, NOW).read == 0
    assert len(entries(Kind.PROMISES_STAFF_NOTICE_READ)) == 1
    assert entries(Kind.PROMISES_DIALOGUE_RECORDED) == [{"day": "2026-09-01"}]


def test_l19_a_contract_lacks_what_it_lacks_and_leaving_is_tried_on_the_real_store(
    cast: Cast, tmp_path: Path
) -> None:
    draft = processors.Draft("Lager Ab", "SE", "Store", "DPA 1", date(2026, 1, 1), "abcdefg")
    for wrong in (
        replace(draft, country="US"),
        replace(draft, name=" "),
        replace(draft, contract_on=date(2030, 1, 1)),
    ):
        with pytest.raises(processors.ProcessorRefused):
            processors.file(wrong, by=cast.dpo.id, allowed={"SE", "FI"}, now=NOW)
    missing = "".join(PAPERS["processors"].make(gather(NOW, [PLACE]), "en").parts[-1].lead)
    assert "Lager Ab" in missing
    processors.file(draft, by=cast.dpo.id, allowed={"SE", "FI"}, now=NOW)
    assert processors.standing()[0].lacking == ("h",)
    world = World(tmp_path, NOW)
    try:
        world.kept(NOW - timedelta(hours=1))
        assert exit_drill.drill(world.store) == exit_drill.Drilled(1, 0)
        plain = ObjectId("ab" * 16)
        path = world.store.path(plain)
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(b"RIFF" + b"speech that anybody hears " * 200)
        found = exit_drill.drill(world.store)
        assert found == exit_drill.Drilled(2, 1)
    finally:
        world.close()
    processors.note_drill("Lager Ab", "store", looked_at=2, wrong=1, by=None, now=NOW)
    told = text(PAPERS["processors"].make(gather(NOW), "en"))
    assert "of 2 objects that the processor has, 1 could be read" in told
    assert entries(Kind.PROMISES_EXIT_DRILLED)[0]["strange"] == 1
    processors.end("Lager Ab", by=cast.dpo.id, now=NOW + timedelta(seconds=1))
    assert processors.standing() == []
    with pytest.raises(processors.ProcessorRefused):
        processors.end("Lager Ab", by=cast.dpo.id, now=NOW)


def test_l19_what_a_processor_is_told_is_on_record_and_whom_it_newly_uses_is_an_alarm(
    cast: Cast,
) -> None:
    draft = processors.Draft(
        *("Lager Ab", "SE", "Store", "DPA 1", date(2026, 1, 1), "abcdefgh"), further="Disk Oy"
    )
    told = instructions.Told("Lager Ab", "Delete the\nold bucket.", date(2026, 11, 1))
    with pytest.raises(processors.ProcessorRefused):
        instructions.give(told, by=cast.dpo.id, now=NOW)
    given = {"by": cast.dpo.id, "allowed": {"SE"}}
    processors.file(draft, **given, now=NOW - timedelta(hours=2))
    for wrong in (replace(told, text=" "), replace(told, given_on=date(2030, 1, 1))):
        with pytest.raises(processors.ProcessorRefused):
            instructions.give(wrong, by=cast.dpo.id, now=NOW)
    instructions.give(told, by=cast.dpo.id, now=NOW)
    assert "Instructed on 1.11.2026: Delete the old bucket." in text(
        PAPERS["processors"].make(gather(NOW), "en")
    )
    assert entries(Kind.PROMISES_PROCESSOR_INSTRUCTED) == [
        {"name": "Lager Ab", "day": "2026-11-01"}
    ]
    assert alarms.standing() == []
    more = replace(draft, further="disk oy; Nät Ab\nFiber Ab")
    processors.file(more, **given, now=NOW - timedelta(hours=1))
    processors.file(more, **given, now=NOW)
    (alarm,) = alarms.standing()
    assert (alarm.kind, alarm.key, alarm.event) == (processors.ALARM, "Lager Ab", True)
    assert (alarm.detail, alarm.count) == ("Nät Ab, Fiber Ab", 1)


def test_l23_nothing_further_begins_on_an_assessment_of_another_processing(
    cast: Cast, facts: Facts
) -> None:
    assessment.require_current(facts)  # nobody has approved one: the doctor says so
    assert assessment.approved(facts) is None
    every = PAPERS[dpia.NAME].every(facts)
    approvals.approve(every, "1", digest(every), by=cast.dpo.id, now=NOW)
    broken = replace(facts, looks={}, now=NOW + timedelta(days=9))
    assert assessment.approved(broken) is True
    longer = replace(BANK, promised=replace(BANK.promised, period_months=2))
    with pytest.raises(assessment.StaleAssessment, match="vaiti paper approve dpia"):
        assessment.require_current(replace(facts, wording=longer))


def test_l18_who_decides_together_stands_in_the_file_and_in_what_people_see(facts: Facts) -> None:
    added = """joint:
  - name: Reitti Palvelut Oy
    business_id: "1234567-1"
    contact: privacy@palvelut.example
    does: {sv: Svarar på telefon., fi: Vastaa puhelimeen., en: Answers the telephone.}
"""
    joined = read(text_of("reference").replace("headings:", added + "\nheadings:", 1))
    assert joined.joint == (
        Joint(
            *("Reitti Palvelut Oy", "1234567-1", "privacy@palvelut.example"),
            {
                "sv": "Svarar på telefon.",
                "fi": "Vastaa puhelimeen.",
                "en": "Answers the telephone.",
            },
        ),
    )
    told = text(PAPERS["joint"].make(replace(facts, wording=joined), "fi"))
    assert "Vastaa: Vastaa puhelimeen." in told
    assert "ainoa" in text(PAPERS["joint"].make(facts, "fi"))
    with pytest.raises(WordingRefused, match="joint"):
        read(
            text_of("reference").replace(
                "headings:", added.replace("567-1", "567-2") + "\nheadings:", 1
            )
        )


def test_an_approval_is_of_what_was_seen_and_ends_when_it_says_otherwise(
    cast: Cast, facts: Facts
) -> None:
    paper = PAPERS[record.NAME]
    every = paper.every(facts)
    with pytest.raises(approvals.Changed):
        approvals.approve(every, "1", "0" * 64, by=cast.dpo.id, now=NOW)
    approvals.approve(every, "1", digest(every), by=cast.dpo.id, now=NOW)
    found = approvals.standing(every)
    assert found is not None and found.current
    fewer = approvals.standing(paper.every(replace(facts, lines=())))
    assert fewer is not None and not fewer.current
    assert entries(Kind.PROMISES_PAPER_APPROVED) == [
        {"what": "record", "version": "1", "sha256": digest(every)}
    ]


def test_the_year_counts_what_was_broken_for_how_long_and_in_which_month(cast: Cast) -> None:
    hour = timedelta(hours=1)
    begins = NOW - 30 * hour
    for at, state in ((begins, "kept"), (begins + hour, "broken"), (begins + 3 * hour, "kept")):
        Change.objects.create(sentence="N-18", state=state, at=at)
    Change.objects.create(sentence="N-19", state="broken", at=NOW - hour / 2)
    found = year.broken_within(NOW - 300 * hour, NOW)
    assert found == {"N-18": year.Broken(1, 2), "N-19": year.Broken(1, 1)}
    assert year.broken_within(NOW - hour / 4, NOW) == {"N-19": year.Broken(1, 1)}
    facts = gather(NOW)
    sheet = year.sheet(facts, NOW.year, "en")
    assert "2 sentences were broken at least once" in text(sheet)
    months = next(one.bars for one in sheet.parts if one.bars and "broken" in one.title)
    assert months is not None and len(months.labels) == NOW.month
    assert months.counts[-1] == 2 and sum(months.counts) == 2


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")
def test_the_processing_in_the_vocabulary_of_w3c_uses_its_terms_as_they_are_meant(
    cast: Cast, facts: Facts
) -> None:
    """Read as JSON-LD by another's program, and held against the list of all terms."""
    draft = processors.Draft("Lager Ab", "SE", "Store", "DPA 1", date(2026, 1, 1), "abc")
    processors.file(draft, by=cast.dpo.id, allowed={"SE"}, now=NOW)
    facts = replace(facts, processors=processors.standing())
    graph = rdflib.Graph()
    graph.parse(data=json.dumps(vocabulary.as_jsonld(facts)), format="json-ld")
    properties, terms = known_terms()
    used = {str(node) for triple in graph for node in triple if "w3id.org/dpv" in str(node)}
    assert used <= properties | terms
    assert {str(one) for one in graph.predicates() if "w3id.org" in str(one)} <= properties
    assert {str(one) for one in graph.objects(None, RDF.type)} <= terms
    dpv = rdflib.Namespace("https://w3id.org/dpv#")
    legal = "https://w3id.org/dpv/legal/eu/gdpr#"
    grounds = {
        str(graph.value(one, dpv.hasLegalBasis)).removeprefix(legal)
        for one in graph.subjects(dpv.hasPurpose, None)
    }
    assert grounds == {"A6-1-a", "A6-1-b"}
    assert len(set(graph.subjects(dpv.hasPurpose, None))) == len(BANK.promised.purposes)
    assert len(set(graph.subjects(RDF.type, dpv.DataController))) == 1
    duration = graph.value(None, dpv.hasDuration)
    assert duration is None or str(duration) == "P1M"
    assert {str(one) for one in graph.objects(None, dpv.hasDuration)} == {"P1M"}
    referred = {str(one) for one in graph.objects() if str(one).startswith("urn:vaiti:")}
    assert referred <= {str(one) for one in graph.subjects()}


def known_terms() -> tuple[set[str], set[str]]:
    found: dict[str, set[str]] = {"properties": set(), "terms": set()}
    base, kind = "", "terms"
    for line in TERMS.read_text().splitlines():
        if line.startswith("["):
            base, kind = line.strip("[]").split()
        elif line and not line.startswith("#"):
            found[kind] |= {f"{base}{name}" for name in line.split()}
    return found["properties"], found["terms"]
