"""The report of a period says what the rows and the log say, counted here once more by hand."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cast import NOW, Cast
from manifests import enter
from vaiti.access import samples
from vaiti.access.reporting import note_made
from vaiti.audit.checkpoint import Signer
from vaiti.audit.models import Checkpoint, Leaf
from vaiti.audit.sequencer import sequence
from vaiti.promises.period import GROUPS, of_period
from vaiti.register import calls
from vaiti.register.sampling import Drawn
from vaiti.retention.models import Tombstone
from vaiti.web.period import as_file, fault
from vaiti.web.spans import cut
from web.conftest import SignIn
from web.world import World

HELSINKI = ZoneInfo("Europe/Helsinki")
TODAY = date(2026, 11, 23)
ROW = re.compile(r"<td[^>]*>([^<]*)</td><td[^>]*>([^<]*)</td></tr>")
SIGNER = Signer("vaiti/test", bytes(range(32)))


def spans(first: date = TODAY, last: date = TODAY) -> list[tuple[datetime, datetime]]:
    return [(one.begins, one.ends) for one in cut(first, last, HELSINKI)[1]]


def happen(world: World, cast: Cast, sign_in: SignIn) -> None:
    """Calls, listenings, a refusal, a sample, and two destroyed, one of them late."""
    call = world.call("anna.astrom", seconds=2)
    enter("leila.virtanen")
    enter("hot.desk")
    for client, reference in ((sign_in(cast.anna), ""), (sign_in(cast.mikko), "CASE-1")):
        leg = calls.legs(call)[0].id
        given = {"leg": leg, "purpose": "verify", "reference": reference}
        assert client.post(f"/calls/{call.hex}/listen", given).status_code == 303
    assert sign_in(cast.oskar).get(f"/calls/{call.hex}/").status_code == 404
    samples.draw(cast.auditor.id, Drawn(NOW - timedelta(days=1), NOW), 1, NOW)
    for hours, number in ((1, "1"), (30, "2")):
        Tombstone.objects.create(
            call=number * 32,
            object_id=number * 32,
            due_at=NOW - timedelta(hours=hours),
            done_at=NOW,
            method="key",
            audit_leaf="3" * 32,
        )


def test_every_figure_is_what_the_log_and_the_rows_hold(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    happen(world, cast, sign_in)
    found = of_period(spans())
    begins, ends = spans()[0][0], spans()[-1][1]
    for kinds in GROUPS.values():
        for kind in kinds:
            by_hand = [one for one in Leaf.objects.all() if one.kind == kind]
            inside = [one for one in by_hand if begins <= one.at < ends]
            assert next(g[kind] for g in found.counts.values() if kind in g) == len(inside)
    assert found.counts["calls"]["call:recording:taken_in"] == sum(found.taken_in) == 3
    assert found.listenings == (("own_leg", "verify", 1), ("subordinate_leg", "verify", 1))
    assert found.counts["listening"]["access:call:refused"] == 1
    assert {"access:emergency:opened", "register:gap:found"} < {
        kind for group in ("emergencies", "gaps") for kind in found.counts[group]
    }
    assert (found.lateness.destroyed, found.lateness.late) == (2, 1)
    assert found.lateness.most == timedelta(hours=30)
    assert (found.unassigned.unknown, found.unassigned.every) == (1, 3)
    assert found.ready.trained == found.ready.people > 9
    assert all(
        count == 0 for count in of_period(spans(date(2026, 1, 1), date(2026, 1, 31))).taken_in
    )


def test_n23_the_making_is_logged_and_only_for_auditor_and_officer(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    happen(world, cast, sign_in)
    yesterday = "?from=21.11.2026&to=22.11.2026"
    for person in (cast.auditor, cast.dpo):
        client = sign_in(person)
        assert "No report yet" in client.get("/report/").content.decode()
        assert not Leaf.objects.filter(kind="access:report:made", actor=person.id.hex).exists()
        assert (
            "Report of 21.11.2026–22.11.2026" in client.get(f"/report/{yesterday}").content.decode()
        )
        Leaf.objects.get(kind="access:report:made", actor=person.id.hex)
    paper = sign_in(cast.dpo, "fi").get(f"/report/{yesterday}&as=pdf")
    assert paper["Content-Disposition"].endswith('filename="report-2026-11-21-2026-11-22.pdf"')
    assert paper.content.startswith(b"%PDF-1.7")
    for person in (cast.mikko, cast.anna, cast.administrator, cast.security_lead):
        assert sign_in(person).get(f"/report/{yesterday}&as=pdf").status_code == 404


def test_n27_an_auditor_makes_none_after_their_time(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    from vaiti.access.errors import NotVisible
    from vaiti.access.reporting import note_report

    gone = NOW + timedelta(days=4_000)
    with pytest.raises(NotVisible):
        note_report(cast.trainer.id, NOW, NOW, NOW)
    note_report(cast.auditor.id, NOW, NOW, NOW)
    with pytest.raises(NotVisible):
        note_report(cast.auditor.id, NOW, NOW, gone)


@pytest.mark.parametrize(
    "typed", ["?from=23.11.2026&to=23.11.2026", "?from=x&to=22.11.2026", "?from=22.11.2026"]
)
def test_what_is_no_period_is_told(world: World, cast: Cast, sign_in: SignIn, typed: str) -> None:
    answer = sign_in(cast.auditor).get(f"/report/{typed}")
    assert answer.status_code == 422
    assert 'class="wrong"' in answer.content.decode()
    assert not Leaf.objects.filter(kind="access:report:made").exists()


def test_a_report_is_of_days_that_are_over_and_of_a_year_at_most() -> None:
    assert fault(TODAY, TODAY, TODAY)
    assert fault(date(2025, 1, 1), date(2026, 1, 2), TODAY)
    assert fault(date(2026, 2, 1), date(2026, 1, 2), TODAY)
    assert not fault(date(2025, 11, 22), date(2026, 11, 22), TODAY)


def test_n34_the_file_names_nobody_and_is_the_same_again(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    happen(world, cast, sign_in)
    made = {language: as_file(TODAY, TODAY, HELSINKI, language) for language in ("en", "fi", "sv")}
    assert made["en"] == as_file(TODAY, TODAY, HELSINKI, "en")
    for name in ("Anna", "Mikko", "Leila", "CASE-1", "+358", "script", "http"):
        assert not any(name in text.split("</style>")[1] for text in made.values()), name
    rows = dict(ROW.findall(made["en"]))
    assert rows["Recording taken in"] == "3"
    assert rows["The longest time from due to proven gone"] == "30 hours"
    assert 'lang="fi"' in made["fi"]
    assert "Kuuntelut ja epäämiset" in made["fi"]
    assert "Lyssningar och nekanden" in made["sv"]


def test_n04_the_log_at_both_ends_is_proven_to_be_one(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    begins = spans()[0][0]
    early_on = begins - timedelta(hours=1)
    for number in range(3):
        note_made(f"system:{number}", begins, begins, early_on)
    sequence(early_on, SIGNER)
    early = Checkpoint.objects.get()
    happen(world, cast, sign_in)
    sequence(NOW, SIGNER)
    found = of_period(spans()).log
    assert found.first_size == early.size > 0
    assert found.last_size == Leaf.objects.count()
    assert found.grown
    Checkpoint.objects.filter(size=early.size).update(root=bytes(32))
    assert not of_period(spans()).log.grown
