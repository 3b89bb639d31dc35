"""The files that docs/audit-format.md gives to other readers stay readable."""

from pathlib import Path

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
