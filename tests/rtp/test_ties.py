"""Ties: what of a sender's reports is kept of a call, and what they may not do."""

from hypothesis import given
from hypothesis import strategies as st

from audio.streams import START, entries, stream
from rtp.reports import farewell, name, report
from vaiti.audio.track import RunHead
from vaiti.capture.rtp.rtcp import parse
from vaiti.capture.rtp.ties import MOST, Ties
from vaiti.values.streams import Tie

CLOCKS = {(0, 8): 8000, (1, 8): 8000}
SLOW = 40_000  # microseconds that the second track's packets take longer
SECOND = 1_000_000


class Talk:
    """Both tracks, second by second; the sender's wall clock is wrong by `wrong_us`."""

    def __init__(self, wrong_us: int = 0) -> None:
        self.ties = Ties(CLOCKS)
        self.wrong_us = wrong_us
        self.second = 0

    def second_of(self, track: int, *, late_us: int = 0, ssrc: int = 7) -> None:
        at_us = START + self.second * SECOND
        packets = stream([b"\xd5" * 8] * 50, at_us=at_us, ts=self.second * 8000, track=track)
        head = RunHead(track, 8, ssrc + track, at_us + late_us, 8).encode(50)
        self.ties.take(head, memoryview(entries(packets)), at_us + late_us + 980_000)

    def say(self, track: int, *, cname: bytes = b"sbc", ssrc: int = 7) -> None:
        sent_us = START + self.second * SECOND + self.wrong_us
        said = report(ssrc + track, sent_us, self.second * 8000) + name(ssrc + track, cname)
        self.ties.hear(track, parse(said))

    def talk(self, seconds: int, cnames: tuple[bytes, bytes] = (b"sbc", b"sbc")) -> None:
        for _ in range(seconds):
            for track in (0, 1):
                if self.second % 5 == 0:
                    self.say(track, cname=cnames[track])
                self.second_of(track, late_us=SLOW * track)
            self.second += 1

    def of(self) -> tuple[Tie, ...]:
        return self.ties.of(START + self.second * SECOND + SECOND)


@given(st.integers(-(10**15), 10**15))
def test_n12_ties_tell_which_track_came_later_whatever_the_senders_clock_says(wrong: int) -> None:
    talk = Talk(wrong)
    talk.talk(12)
    ties = talk.of()
    assert [tie.track for tie in ties] == [0, 0, 0, 1, 1, 1]
    assert len({tie.source for tie in ties}) == 1
    for one, other in zip(ties[:3], ties[3:], strict=True):
        assert abs(one.sent_us - other.sent_us) <= 1
        assert other.at_us - one.at_us == SLOW
        assert one.at_us == START + (one.ts // 8000) * SECOND


def test_tracks_of_two_senders_share_no_clock() -> None:
    talk = Talk()
    talk.talk(6, (b"one", b"two"))
    assert len({tie.source for tie in talk.of()}) == 2


def test_a_sender_that_names_itself_nowhere_shares_no_clock() -> None:
    talk = Talk()
    talk.ties.hear(0, parse(report(7, START, 0)))
    talk.ties.hear(1, parse(report(8, START, 0)))
    for track in (0, 1):
        talk.second_of(track)
    assert [tie.source for tie in talk.of()] == [0, 1]


def test_a_clock_that_was_set_is_another_clock_and_a_stream_that_stood_still_is_not() -> None:
    talk = Talk()
    talk.talk(10)
    talk.wrong_us = 2 * SECOND
    talk.talk(10)
    assert [tie.source for tie in talk.of()] == [0, 0, 1, 1] * 2
    held = Talk()
    held.talk(10)
    for _ in range(30):  # a hold: the sender's timestamp stands still, its clock does not
        held.second += 1
    held.ties.hear(0, parse(report(7, START + 40 * SECOND, 10 * 8000) + name(7, b"sbc")))
    at_us = START + 40 * SECOND
    packets = stream([b"\xd5" * 8] * 50, at_us=at_us, ts=10 * 8000)
    held.ties.take(
        RunHead(0, 8, 7, at_us, 8).encode(50), memoryview(entries(packets)), at_us + 980_000
    )
    assert {tie.source for tie in held.of()} == {0}


def test_a_long_call_has_few_ties_and_none_from_before_its_first_packet() -> None:
    talk = Talk()
    talk.say(0)
    talk.second += 5
    talk.say(1)
    assert talk.of() == ()
    talk.talk(1800)
    ties = talk.of()
    for track in (0, 1):
        mine = [tie for tie in ties if tie.track == track]
        assert MOST // 2 <= len(mine) <= MOST
        assert mine[-1].at_us - mine[0].at_us > 1500 * SECOND


def test_a_farewell_ends_the_relation_and_not_the_call() -> None:
    talk = Talk()
    talk.talk(1)
    for track in (0, 1):
        talk.ties.hear(track, parse(farewell(7 + track)))
    for _ in range(4):
        talk.second_of(0)
        talk.second += 1
    assert len(talk.of()) == 2


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2**52), st.integers(0, 2**32 - 1))))
def test_no_report_does_more_than_be_kept(said: list[tuple[int, int, int]]) -> None:
    talk = Talk()
    for track, sent_us, ts in said:
        talk.ties.hear(track, parse(report(7 + track, sent_us, ts)))
        talk.second_of(track)
        talk.second += 1
    assert len(talk.of()) <= 2 * MOST
