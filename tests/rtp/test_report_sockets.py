"""The ports of senders' reports: one question for all of them, and a bound for each."""

import os
import socket

from vaiti.capture.report_sockets import MOST_REPORTS, ReportSockets


def bound() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    sock.setblocking(False)
    return sock


def test_what_came_is_told_with_its_stream_and_a_flood_waits() -> None:
    quiet, flooded = bound(), bound()
    reports = ReportSockets()
    reports.add(3, quiet)
    reports.add(5, flooded)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for number in range(MOST_REPORTS + 2):
            sender.sendto(bytes([number]), flooded.getsockname())
        sender.sendto(b"quiet", quiet.getsockname())
    told = list(reports.waiting())
    assert (3, b"quiet", "127.0.0.1") in told
    assert [data[0] for slot, data, _ in told if slot == 5] == list(range(MOST_REPORTS))
    assert [data[0] for _, data, _ in reports.waiting()] == [MOST_REPORTS, MOST_REPORTS + 1]
    assert reports.close(3)
    assert reports.close(5)


def test_a_closed_one_is_not_told_of_though_the_keeper_holds_it() -> None:
    sock, reports = bound(), ReportSockets()
    address, held = sock.getsockname(), os.dup(sock.fileno())
    reports.add(3, sock)
    assert reports.close(3)
    assert not reports.close(3)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"late", address)
    assert list(reports.waiting()) == []
    os.close(held)
