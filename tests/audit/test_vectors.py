"""The files that docs/audit-format.md gives to other readers stay readable."""

import json
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature

from audit import reader
from audit.reader import Unproven
from audit.witness import WitnessStand
from vaiti.audit import certificate
from vaiti.audit.certificate import as_text, from_text
from vaiti.audit.offline import verify_export

VECTORS = Path(__file__).parents[1] / "vectors" / "audit"
PUBLIC = (VECTORS / "checkpoint.pub").read_bytes()


def test_the_certificate_of_the_vectors_holds() -> None:
    text = (VECTORS / "certificate.json").read_text(encoding="utf-8")
    verdict = certificate.verify(from_text(text), PUBLIC)
    assert (verdict.ok, verdict.calls, verdict.whole) == (True, 2, True)
    assert as_text(from_text(text)) == text


def test_the_log_of_the_vectors_is_whole_and_the_certificates_checkpoint_is_of_it() -> None:
    text = (VECTORS / "certificate.json").read_text(encoding="utf-8")
    note = from_text(text).evidence.note
    report = verify_export(VECTORS / "log.jsonl", PUBLIC, [note])
    assert (report.ok, report.problems) == (True, ())


def test_a_reader_that_was_written_from_the_pages_alone_comes_to_the_same() -> None:
    source = Path(reader.__file__).read_text()
    assert "from vaiti" not in source and "import vaiti" not in source
    lines = (VECTORS / "log.jsonl").read_text(encoding="utf-8").splitlines()
    text = (VECTORS / "certificate.json").read_text(encoding="utf-8")
    kept = [json.loads(text)["note"]]
    assert reader.log(lines, PUBLIC, kept) == verify_export(VECTORS / "log.jsonl", PUBLIC).entries
    assert reader.certificate(text, PUBLIC) == (2, True)
    stand = WitnessStand("w.example", "of no matter", PUBLIC, 1_764_000_000)
    cosigned = kept[0] + stand.cosigned(kept[0].split("\n\n")[0] + "\n")
    assert reader.cosigned_at(cosigned, stand.key) == 1_764_000_000
    assert reader.checkpoint(cosigned, PUBLIC) == reader.checkpoint(kept[0], PUBLIC)


def test_that_reader_finds_what_was_changed() -> None:
    lines = (VECTORS / "log.jsonl").read_text(encoding="utf-8").splitlines()
    first = next(at for at, line in enumerate(lines) if '"seq"' in line)
    entry = json.loads(lines[first])
    for changed in (
        lines[:first] + lines[first + 1 :],
        [*lines[:first], json.dumps(entry | {"at_us": entry["at_us"] + 1}), *lines[first + 1 :]],
        [*lines[:first], json.dumps(entry | {"body": "{}"}), *lines[first + 1 :]],
        lines[:-1],
    ):
        with pytest.raises(Unproven):
            reader.log(changed, PUBLIC)
    text = (VECTORS / "certificate.json").read_text(encoding="utf-8")
    with pytest.raises(Unproven):
        reader.certificate(text.replace("due_us", "done_us", 1), PUBLIC)
    with pytest.raises((Unproven, InvalidSignature)):
        reader.certificate(text, bytes(range(32)))
