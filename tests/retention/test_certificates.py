"""A certificate of a real destruction, verified by the exported verifier alone."""

import ast
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from cast import Cast
from retention.test_orders import ordered, work
from retention.world import DUE, World
from vaiti.audit import certificate
from vaiti.audit.certificate import Certificate, Verdict, as_text, body_text, from_text
from vaiti.audit.checkpoint import Signer
from vaiti.audit.evidence import EvidenceError
from vaiti.audit.exporting import export
from vaiti.audit.sequencer import sequence
from vaiti.audit.verifier import NAME, verifier
from vaiti.register.models import Call
from vaiti.retention import certificates
from vaiti.retention.certificates import Issuer, NotIssued, NotSigned
from vaiti.values.ids import as_uuid

pytestmark = pytest.mark.django_db(transaction=True)

SIGNER = Signer("vaiti/test", bytes(range(32)))
ISSUER = Issuer("Posti Group Abp", "1531864-4")
BY = "system:test"


@pytest.fixture
def destroyed(world: World) -> Certificate:
    """Two calls of one day destroyed, one of another day kept; the day has ended."""
    first, second = world.kept(), world.kept()
    world.kept(world.now + timedelta(days=3))
    day = Call.objects.get(id=as_uuid(first.call_id)).destruction_day
    world.sweep(world.now + DUE - timedelta(days=2))
    facts = certificates.of_day(day)
    assert {one.call for one in facts.calls} == {first.call_id, second.call_id}
    assert (facts.open, facts.late, bool(facts.ended)) == (0, 2, True)
    with pytest.raises(NotIssued):
        certificates.issued(facts, ISSUER)
    certificates.issue(facts, ISSUER, by=BY, now=world.now)
    with pytest.raises(NotSigned):
        certificates.issued(facts, ISSUER)
    sequence(world.now, SIGNER)
    return certificates.issued(facts, ISSUER)


def judged(found: Certificate) -> Verdict:
    return certificate.verify(found, SIGNER.public)


def test_n19_a_certificate_holds_and_is_the_same_each_time(
    world: World, destroyed: Certificate
) -> None:
    verdict = judged(from_text(as_text(destroyed)))
    assert (verdict.ok, verdict.calls, verdict.whole, verdict.problems) == (True, 2, True, ())
    (ended,) = certificates.days()
    assert (ended.calls, ended.ended_at) == (2, world.now)
    again = certificates.issued(certificates.of_day(ended.day), ISSUER)
    assert again.body == destroyed.body
    with pytest.raises(NotIssued):  # under another name nothing was issued
        certificates.issued(certificates.of_day(ended.day), replace(ISSUER, name="Other"))


def test_n19_listed_calls_have_a_certificate_that_names_what_is_left(world: World) -> None:
    gone, left = world.kept(), world.kept(world.now + timedelta(days=3))
    world.sweep(world.now + DUE - timedelta(days=2))
    listed = [as_uuid(gone.call_id), as_uuid(left.call_id)]
    facts = certificates.of_calls(listed)
    certificates.issue(facts, ISSUER, by=BY, now=world.now)
    sequence(world.now, SIGNER)
    found = certificates.issued(certificates.of_calls(listed[::-1]), ISSUER)
    verdict = judged(found)
    assert (verdict.ok, verdict.calls, verdict.whole) == (True, 1, False)
    assert json.loads(found.body)["missing"] == [left.call_id]


Change = Callable[[dict[str, Any], dict[str, Any]], object]
"""Of the file's fields and those of its body."""


def first_call(body: dict[str, Any]) -> dict[str, Any]:
    call: dict[str, Any] = body["calls"][0]
    return call


def destroyed_entry(fields: dict[str, Any]) -> dict[str, Any]:
    return next(one for one in fields["entries"] if one["kind"] == "retention:call:destroyed")


CHANGES: dict[str, tuple[Change, str]] = {
    "a call more": (
        lambda fields, body: body["calls"].append({**first_call(body), "call": "0" * 32}),
        "not say that this certificate was issued",
    ),
    "another due instant": (
        lambda fields, body: first_call(body).update(due_us=1),
        "says otherwise when call",
    ),
    "another instant of proof": (
        lambda fields, body: first_call(body).update(done_us=1),
        "says otherwise when call",
    ),
    "another content": (
        lambda fields, body: destroyed_entry(fields).update(body="{}"),
        "is not what was committed to",
    ),
    "another kind": (
        lambda fields, body: destroyed_entry(fields).update(kind="access:call:seen"),
        "do not lead to the root",
    ),
    "another place": (
        lambda fields, body: destroyed_entry(fields).update(seq=0),
        "neither entry|do not lead to the root|two entries",
    ),
    "an entry hidden": (
        lambda fields, body: fields["entries"].remove(destroyed_entry(fields)),
        "neither entry",
    ),
    "a range less": (lambda fields, body: fields["ranges"].pop(), "neither entry"),
    "the whole tree as one range": (
        lambda fields, body: fields.update(
            ranges=[[0, size_of(fields), fields["note"].split("\n")[2]]]
        ),
        "that the root does not rest on",
    ),
    "another signature": (
        lambda fields, body: fields.update(note=Signer("vaiti/test", bytes(32)).sign(9, bytes(32))),
        "does not carry a valid signature",
    ),
}


def size_of(fields: dict[str, Any]) -> int:
    return int(fields["note"].split("\n")[1])


def test_n19_no_change_of_a_certificate_passes(destroyed: Certificate) -> None:
    for name, (change, says) in CHANGES.items():
        fields = json.loads(as_text(destroyed))
        body = json.loads(fields["body"])
        change(fields, body)
        fields["body"] = body_text(body)
        verdict = judged(from_text(json.dumps(fields)))
        assert not verdict.ok, name
        assert any(matches(says, one) for one in verdict.problems), (name, verdict.problems)


def matches(says: str, problem: str) -> bool:
    return any(one in problem for one in says.split("|"))


def test_a_day_with_a_call_left_out_is_not_whole(world: World, destroyed: Certificate) -> None:
    """Whoever issues a certificate of fewer calls than the day had is told by the log's count."""
    (ended,) = certificates.days()
    facts = certificates.of_day(ended.day)
    fewer = replace(facts, calls=facts.calls[:1])
    certificates.issue(fewer, ISSUER, by=BY, now=world.now + timedelta(seconds=1))
    sequence(world.now, SIGNER)
    verdict = judged(certificates.issued(fewer, ISSUER))
    assert not verdict.ok
    assert "the log counts 2 calls" in verdict.problems[0]


def test_n38_the_certificate_of_an_order_names_it_and_the_log_bears_it_out(
    world: World, cast: Cast
) -> None:
    first, second = world.kept(), world.kept()
    order = ordered(world, cast, first, second)
    assert certificates.of_order(order) is None  # it is not done
    assert work(world) == 1
    facts = certificates.of_order(order)
    assert facts is not None
    certificates.issue(facts, ISSUER, by=BY, now=world.now)
    sequence(world.now, SIGNER)
    found = certificates.issued(facts, ISSUER)
    said = json.loads(found.body)["order"]
    assert (said["id"], said["reason"], said["reference"]) == (order.hex, "erasure", "R-2026/17")
    assert (judged(found).ok, judged(found).calls) == (True, 2)
    for change, says in (
        ({"reference": "R-2026/18"}, "which order this was"),
        ({"leaf": facts.calls[0].leaf}, "that the order was carried out"),
    ):
        body = json.loads(found.body)
        body["order"] |= change
        forged = replace(found, body=body_text(body))
        assert any(says in one for one in judged(forged).problems)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format":"vaiti-certificate/1"}', "\x00" * 9])
def test_what_is_no_certificate_is_refused(text: str) -> None:
    with pytest.raises(EvidenceError):
        from_text(text)


def run(pyz: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(pyz), *map(str, arguments)]
    return subprocess.run(command, cwd=pyz.parent, capture_output=True, text=True, check=False)


def test_n19_the_exported_verifier_alone_verifies_certificate_and_log(
    world: World, destroyed: Certificate, tmp_path: Path
) -> None:
    apart = tmp_path / "auditor"
    apart.mkdir()
    pyz, key = apart / NAME, apart / "checkpoint.pub"
    pyz.write_bytes(verifier())
    key.write_bytes(SIGNER.public)
    good, bad, log = apart / "day.json", apart / "forged.json", apart / "log.jsonl"
    good.write_text(as_text(destroyed))
    bad.write_text(as_text(destroyed).replace('\\"open\\":0', '\\"open\\":1'))
    export(log)
    kept = apart / "kept"
    kept.write_text(destroyed.evidence.note)
    told = run(pyz, "certificate", good, "--key", key, "--checkpoint", kept)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "holds: 2 calls destroyed" in told.stdout
    assert "all calls of that day" in told.stdout
    assert run(pyz, "certificate", bad, "--key", key).returncode == 1
    assert run(pyz, "certificate", log, "--key", key).returncode == 2
    whole = run(pyz, "log", log, "--key", key, "--checkpoint", kept)
    assert (whole.returncode, "The log is whole" in whole.stdout) == (0, True)
    log.write_text(log.read_text().replace("retention:day:ended", "retention:day:begun"))
    assert run(pyz, "log", log, "--key", key).returncode == 1


def test_the_verifier_needs_the_standard_library_and_cryptography_only() -> None:
    assert verifier() == verifier()
    with zipfile.ZipFile(io.BytesIO(verifier())) as archive:
        own = {name[:-3].replace("/", ".").removesuffix(".__init__") for name in archive.namelist()}
        for name in archive.namelist():
            for module in imported(archive.read(name).decode()):
                top = module.split(".")[0]
                known = module in own or top == "cryptography" or top in sys.stdlib_module_names
                assert known, (name, module)


def imported(text: str) -> Iterable[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module:
            both = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from both if node.module in ("vaiti.audit", "vaiti") else [node.module]
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_many_calls_scattered_in_the_log_have_one_short_proof(world: World) -> None:
    """The ranges between the entries are few, however long the log is."""
    calls = [world.kept() for _ in range(3)]
    world.sweep(world.now + DUE)
    sequence(world.now, SIGNER)
    found = certificates.of_calls([as_uuid(one.call_id) for one in calls])
    ids = [UUID(hex=one.leaf) for one in found.calls]
    from vaiti.audit.evidence import check
    from vaiti.audit.proofs import evidence

    for some in (ids, ids[:1], ids[::-1]):
        shown = evidence(some)
        assert check(shown, SIGNER.public).size > len(some)
        assert len(shown.ranges) < 5 * len(some) + 5
