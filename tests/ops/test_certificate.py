"""The doctor says how long the recorder's certificate is still good."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from authority import Authority
from vaiti.ops.examination import look_at_certificate
from vaiti.ops.finding import FAIL, OK, WARN
from vaiti.ops.settings import Settings, read_settings

CONTROLLER = {"name": "Posti", "business_id": "1-2", "privacy_contact": "a@example.fi"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    authority = Authority(tmp_path)
    certificate, key, _ = authority.issue("recorder", days=30)
    told = {
        "transports": ["udp", "tls"],
        "tls_certificate": certificate.name,
        "tls_key": key.name,
        "tls_peers": authority.path.name,
    }
    return read_settings({"controller": CONTROLLER, "recorder": told}, tmp_path)


@pytest.mark.parametrize(
    ("days", "verdict", "words"),
    [(0, OK, "29 days"), (20, WARN, "ends in 9 days"), (31, FAIL, "has ended")],
)
def test_the_end_of_a_certificate_is_said_in_time(
    settings: Settings, days: int, verdict: str, words: str
) -> None:
    now = datetime.now(UTC) + timedelta(days=days)
    [finding] = look_at_certificate(settings, now)
    assert finding.verdict == verdict
    assert words in finding.says


def test_without_tls_nothing_is_said(settings: Settings) -> None:
    plain = replace(settings, recorder=replace(settings.recorder, transports=("udp",)))
    assert list(look_at_certificate(plain, datetime.now(UTC))) == []
