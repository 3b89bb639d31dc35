"""The log for a collector: over real sockets and in a file, without gaps after a break."""

import json
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import transaction

from authority import Authority
from cast import NOW, Cast
from ops.receiver import CollectorStand
from vaiti.audit import following, log
from vaiti.audit.checkpoint import Signer
from vaiti.audit.kinds import Kind
from vaiti.audit.sequencer import sequence
from vaiti.ops.feeds.collector import Collector
from vaiti.ops.sections.feeds import AuditFeed, feed_fault

pytestmark = pytest.mark.django_db
Made = Callable[[AuditFeed], Collector]
SIGNER = Signer("vaiti/test", bytes(32))


@pytest.fixture
def stand() -> Iterator[CollectorStand]:
    made = CollectorStand()
    yield made
    made.close()


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    """Makes collectors, and closes them however the test ends."""
    with ExitStack() as stack:
        yield lambda feed: stack.enter_context(closing(Collector(feed, tmp_path, "rec-1")))


def happen(count: int, **facts: str) -> None:
    with transaction.atomic():
        for _ in range(count):
            log.append(Kind.CALL_FACTS_CORRECTED, actor="a" * 32, facts=facts, now=NOW)
    sequence(NOW, SIGNER)


def frames(stream: bytes) -> list[bytes]:
    """The messages of RFC 6587's counted frames; each must be whole."""
    found = []
    while stream:
        count, _space, rest = stream.partition(b" ")
        found.append(rest[: int(count)])
        assert len(found[-1]) == int(count)
        stream = rest[int(count) :]
    return found


def places(lines: list[bytes]) -> list[int]:
    return [json.loads(line)["place"] for line in lines]


def test_lines_of_json_are_resumed_after_a_break_and_none_is_missing(
    cast: Cast, stand: CollectorStand, made: Made
) -> None:
    collector = made(AuditFeed(to=f"tcp://127.0.0.1:{stand.port}"))
    assert collector.step(NOW) == 0
    happen(250)
    assert collector.step(NOW) == 250
    stand.wait_until(bool)
    stand.hang_up()
    happen(30)
    collector.step(NOW)  # at this moment or at the next it is seen that nobody listens
    happen(1)
    collector.step(NOW)
    last = following.newest()
    came = b'{"place":%d,' % last
    received = stand.wait_until(lambda all: came in all and all.endswith(b"\n"))
    whole = [line for line in received.split(b"\n") if line.endswith(b"}")]
    known = {json.loads(line)["place"] for line in whole if line.startswith(b"{")}
    assert known >= set(range(250, last + 1)) and following.place("audit_feed", NOW) == last


def test_a_collector_that_is_away_is_an_error_and_costs_nothing(
    cast: Cast, stand: CollectorStand, made: Made
) -> None:
    collector = made(AuditFeed(to=f"tcp://127.0.0.1:{stand.port}"))
    collector.step(NOW)
    collector.close()
    stand.close()
    happen(3)
    with pytest.raises(OSError, match="refused"):
        collector.step(NOW)
    again = CollectorStand(stand.port)
    assert collector.step(NOW) == 3
    received = again.wait_until(lambda all: all.endswith(b"\n"))
    assert places(received.splitlines())[:1] == [0]
    again.close()


def test_syslog_over_tls_has_counted_frames_and_no_personal_data(
    cast: Cast, tmp_path: Path, made: Made
) -> None:
    certificate, key, _ = Authority(tmp_path).issue("localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    stand = CollectorStand(context=context)
    to, authority = f"tls://localhost:{stand.port}", str(tmp_path / "authority.crt")
    collector = made(AuditFeed(to, "syslog", authority))
    collector.step(NOW)
    happen(2, what="agent", before="Anna Åström", after="Leila Virtanen")
    collector.step(NOW)
    (first, _second) = frames(_settled(stand))
    told = first.decode("ascii")
    assert re.fullmatch(
        r"<110>1 2026-11-23T12:00:00Z rec-1 vaiti - call:facts:corrected "
        r'\[vaiti@32473 place="0" id="[0-9a-f]{32}" actor="a{32}" subject=""\] \{"what":"agent"\}',
        told,
    ), told
    stand.close()
    stranger = made(AuditFeed(to, "syslog"))
    with pytest.raises(OSError, match=r"refused|CERTIFICATE"):
        stranger.step(NOW)


def _settled(stand: CollectorStand) -> bytes:
    """Both messages."""
    return stand.wait_until(lambda all: all.count(b"<110>1") == 2 and all.endswith(b"}"))


def test_a_file_is_its_owners_alone_and_goes_on_after_a_restart(
    cast: Cast, tmp_path: Path, made: Made
) -> None:
    feed = AuditFeed(to="audit.jsonl")
    made(feed).step(NOW)
    happen(3)
    assert made(feed).step(NOW) == 3
    happen(2)
    assert made(feed).step(NOW) == 2
    path = tmp_path / "audit.jsonl"
    assert places(path.read_bytes().splitlines()) == [0, 1, 2, 3, 4]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"format": "cef"}, "json or syslog"),
        ({"to": "tcp://siem.example:514"}, "clear text"),
        ({"to": "udp://127.0.0.1:514"}, "tls://host:port"),
        ({"to": "tls://siem.example"}, "tls://host:port"),
        ({"to": "tls://siem.example:x"}, "tls://host:port"),
        ({"to": "tls://siem.example:6514"}, ""),
        ({"to": ""}, ""),
        ({"to": "audit.jsonl"}, ""),
    ],
)
def test_a_weak_feed_is_refused_with_a_sentence(changes: dict[str, str], sentence: str) -> None:
    fault = feed_fault(replace(AuditFeed(), **changes))
    assert sentence in fault and bool(fault) == bool(sentence)
