"""One track's stream: whose packets are kept, and by which name the others are dropped."""

from vaiti.capture.rtp.drops import Drop
from vaiti.capture.rtp.stream import (
    CONFIRM,
    MAX_EPOCHS,
    WINDOW,
    Packet,
    Stream,
    host_of,
)

PEER = host_of("192.0.2.7")
CODECS = {8: ("PCMA", 8000), 0: ("PCMU", 8000)}
T0 = 1_790_000_000_000_000


def stream() -> Stream:
    made = Stream(0, from_us=T0)
    made.expect(PEER, CODECS, {101: "telephone-event"}, True)
    return made


def packet(seq: int, ssrc: int = 1, pt: int = 8, port: int = 4000) -> Packet:
    return Packet(
        pt, ssrc, seq & 0xFFFF, seq * 160 & 0xFFFFFFFF, T0 + seq, port, bytes([seq & 255])
    )


def kept(made: Stream, *packets: Packet) -> list[tuple[int, int]]:
    """SSRC and sequence number of what is kept."""
    return [(each.ssrc, each.seq) for given in packets for each in made.take(given)]


def test_packets_in_order_are_kept_across_the_wrap_of_the_sequence() -> None:
    made = stream()
    sent = [packet(seq) for seq in range(65530, 65545)]
    assert kept(made, *sent) == [(1, seq & 0xFFFF) for seq in range(65530, 65545)]
    assert made.drops == {}
    assert len(made.epochs) == 1


def test_a_duplicate_is_dropped_and_a_late_packet_kept_once() -> None:
    made = stream()
    assert kept(made, *map(packet, (10, 11, 13, 12, 12, 13, 14, 9))) == [
        (1, seq) for seq in (10, 11, 13, 12, 14, 9)
    ]
    assert made.drops == {Drop.DUPLICATE: 2}


def test_a_packet_behind_the_window_is_too_old() -> None:
    made = stream()
    assert kept(made, packet(500), packet(500 - WINDOW), packet(501)) == [(1, 500), (1, 501)]
    assert made.drops == {Drop.TOO_OLD: 1}


def test_a_stray_ssrc_is_dropped_and_never_displaces_the_stream() -> None:
    made = stream()
    mixed = [packet(seq, ssrc) for seq in range(20) for ssrc in (1, 2)]
    assert kept(made, *mixed) == [(1, seq) for seq in range(20)]
    made.close()
    assert made.drops == {Drop.WRONG_SSRC: 20}


def test_e20_a_new_ssrc_that_goes_on_alone_loses_no_packet_and_opens_an_epoch() -> None:
    made = stream()
    assert kept(made, packet(1), packet(2)) == [(1, 1), (1, 2)]
    first = [packet(seq, 9) for seq in range(300, 300 + CONFIRM)]
    assert kept(made, *first[:-1]) == []
    assert kept(made, first[-1], packet(300 + CONFIRM, 9)) == [
        (9, seq) for seq in range(300, 301 + CONFIRM)
    ]
    assert [(each.ssrc, each.first_seq) for each in made.epochs] == [(1, 1), (9, 300)]
    assert made.epochs[1].first_us == T0 + 300
    assert made.drops == {}


def test_packets_of_a_new_ssrc_out_of_order_do_not_confirm_it() -> None:
    made = stream()
    kept(made, packet(1))
    assert kept(made, packet(5, 9), packet(9, 9), packet(30, 9)) == []
    made.close()
    assert made.drops == {Drop.WRONG_SSRC: 3}


def test_a_sender_that_restarts_its_sequence_is_followed() -> None:
    made = stream()
    kept(made, packet(1000))
    assert kept(made, *map(packet, range(3, 8))) == [(1, seq) for seq in range(3, 8)]
    assert kept(made, packet(30_000)) == []
    made.close()
    assert made.drops == {Drop.SEQUENCE_JUMP: 1}
    assert len(made.epochs) == 2


def test_n17_n30_key_presses_are_dropped_by_name_and_leave_no_gap() -> None:
    made = stream()
    sent = [packet(1), packet(2), packet(3, pt=101), packet(4, pt=101), packet(5)]
    assert kept(made, *sent) == [(1, 1), (1, 2), (1, 5)]
    assert made.drops == {Drop.DTMF: 2}
    assert kept(made, packet(3)) == []
    assert made.drops == {Drop.DTMF: 2, Drop.DUPLICATE: 1}


def test_a_payload_type_that_was_not_agreed_is_dropped() -> None:
    made = stream()
    assert kept(made, packet(1, pt=18), packet(2)) == [(1, 2)]
    assert made.drops == {Drop.WRONG_PAYLOAD_TYPE: 1}


def test_a_change_of_codec_opens_one_epoch_for_each() -> None:
    made = stream()
    kept(made, packet(1), packet(2, pt=0), packet(3), packet(4, pt=0))
    assert [(each.pt, each.codec, each.first_seq) for each in made.epochs] == [
        (8, "PCMA", 1),
        (0, "PCMU", 2),
    ]


def test_e30_the_sender_may_move_to_another_port_of_its_host() -> None:
    made = stream()
    assert kept(made, packet(1), packet(2, port=5000)) == [(1, 1), (1, 2)]
    assert made.port == 5000


def test_another_expected_host_makes_the_stream_begin_anew() -> None:
    made = stream()
    kept(made, packet(1))
    made.expect(host_of("192.0.2.8"), CODECS, {}, True)
    assert not made.latched
    assert kept(made, packet(77, ssrc=5)) == [(5, 77)]


def test_time_and_hold_and_disk_are_named() -> None:
    made = stream()
    assert made.gate(T0 - 1) is Drop.BEFORE_ANSWER
    assert made.gate(T0) is Drop.KEPT
    made.active = False
    assert made.gate(T0) is Drop.ON_HOLD
    made.active, made.disk_full = True, True
    assert made.gate(T0) is Drop.DISK_FULL
    made.until_us = T0 + 5
    assert made.gate(T0 + 6) is Drop.AFTER_END


def test_a_sender_of_ever_new_ssrcs_has_a_bound() -> None:
    made = stream()
    for ssrc in range(2 * MAX_EPOCHS):
        kept(made, *(packet(seq, ssrc) for seq in range(CONFIRM)))
    assert len(made.epochs) == MAX_EPOCHS
    assert made.drops[Drop.TOO_MANY_SOURCES] == CONFIRM * MAX_EPOCHS


def test_addresses_of_both_families_are_told_apart_and_mapped_ones_are_ipv4() -> None:
    assert host_of("::ffff:192.0.2.7") == host_of("192.0.2.7")
    assert host_of("2001:db8::1") == (0x20010DB800000000, 1)
