"""The picture: who speaks when, where nobody does, where nothing was kept."""

from audio.streams import START, Packet, stream
from playback.studio import Studio
from vaiti.playback.lanes import BINS, Lanes, picture
from vaiti.vault.grant import Opening

LOUD, QUIET = bytes([0xAA, 0x2A]) * 80, bytes([0xD5, 0x55]) * 80


def turns(seconds: list[tuple[int, bool]], **where: int) -> list[Packet]:
    return stream(
        [LOUD if loud else QUIET for length, loud in seconds for _ in range(length * 50)], **where
    )


def lanes(studio: Studio, opening: Opening) -> Lanes:
    return picture(studio.again(opening), b"", studio.client, studio.store).lanes


def test_lanes_show_who_speaks_when(studio: Studio) -> None:
    customer = turns([(2, True), (8, False)])
    agent = turns([(5, False), (1, True), (4, False)], track=1, ssrc=2)
    kept = studio.keep(customer + agent)
    found = lanes(studio, studio.open(kept))
    assert found.seconds == 10
    assert [peak > 0.9 for peak in found.customer] == [True] * 40 + [False] * 160
    assert [peak > 0.9 for peak in found.agent] == [False] * 100 + [True] * 20 + [False] * 80
    assert found.silences == [(2.0, 5.0), (6.0, 10.0)]
    assert found.gaps == []


def test_long_recordings_have_as_many_peaks_as_fit(studio: Studio) -> None:
    kept = studio.keep(turns([(299, False), (1, True)]))
    found = lanes(studio, studio.open(kept, 0, 300))
    assert len(found.customer) == len(found.agent) == BINS
    assert found.customer[-1] > 0.9
    assert max(found.customer[:-10]) < 0.01


def test_n28_the_picture_shows_the_stretch_of_the_grant_alone(studio: Studio) -> None:
    kept = studio.keep(
        turns([(2, True), (8, False)]),
        holds=[
            (START - 9_000_000, START + 4_000_000),
            (START + 5_000_000, START + 6_000_000),
            (START + 9_000_000, START + 99_000_000),
        ],
    )
    found = lanes(studio, studio.open(kept, 3, 8))
    assert (found.seconds, max(found.customer)) == (5, found.customer[0])
    assert max(found.customer) < 0.01
    assert found.gaps == [(0.0, 1.0), (2.0, 3.0)]
    assert found.silences == [(0.0, 5.0)]


def test_an_empty_stretch_has_an_empty_picture(studio: Studio) -> None:
    kept = studio.keep(turns([(1, True)]))
    found = lanes(studio, studio.open(kept, 5, 5))
    assert (found.seconds, found.agent, found.customer, found.silences) == (0, [], [], [])


def test_what_was_kept_is_the_same_picture_and_nothing_is_sealed_again(studio: Studio) -> None:
    spoken = turns([(2, True), (8, False), (1, True)])
    opening = studio.open(
        studio.keep(spoken, holds=[(START + 3_000_000, START + 4_000_000)]), 0, 11
    )
    made = picture(studio.again(opening), b"", studio.client, studio.store)
    again = picture(studio.again(opening), made.sealed, studio.client, studio.store)
    assert again.lanes == made.lanes
    assert (again.sealed, made.sealed[:1]) != (made.sealed, b"")
    assert again.sealed == b""


def test_n28_a_picture_of_another_stretch_or_call_or_a_changed_one_is_made_anew(
    studio: Studio,
) -> None:
    kept = studio.keep(turns([(2, True), (8, False)]))
    other = studio.keep(turns([(10, True)]))
    whole = picture(studio.open(kept, 0, 10), b"", studio.client, studio.store)
    changed = whole.sealed[:-1] + bytes([whole.sealed[-1] ^ 1])
    for opening, sealed in (
        (studio.open(kept, 3, 8), whole.sealed),
        (studio.open(other, 0, 10), whole.sealed),
        (studio.open(kept, 0, 10), changed),
    ):
        fresh = picture(studio.again(opening), b"", studio.client, studio.store)
        found = picture(studio.again(opening), sealed, studio.client, studio.store)
        assert found.lanes == fresh.lanes
        assert found.sealed
