"""Several recorder processes and the front that shares one SIP address among them."""

import json
import signal
import socket
from datetime import UTC, datetime
from pathlib import Path

from nursery import Begun
from recorder.world import KEPT, NURSERY, World, keeper
from vaiti.ops.quiet_ports import free_port

PROGRAM = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from vaiti.capture.recorder.config import FrontConfig, Listen, RecorderConfig, Shared
data, port, of, number = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
listen = (Listen("udp", "127.0.0.1", port), Listen("tcp", "127.0.0.1", port))
ahead = timedelta(seconds=float(sys.argv[5]))
clock = lambda: datetime.now(UTC) + ahead
orders, public, socket = data / "orders.json", data / "orders.pub", data / "front.sock"
if number == 0:
    from vaiti.capture.recorder.front import main
    state, keeper = data / "front.json", data / "0" / "keeper.sock"
    sys.exit(main(
        FrontConfig(of, socket, orders, public, state, listen, clock, keeper=keeper)
    ))
from vaiti.capture.recorder.starting import main
sys.exit(main(RecorderConfig(
    recorder_id="recorder-1",
    journal=data / "journal",
    orders=orders,
    orders_public=public,
    state=data / f"recorder-{number}.json",
    listen=listen,
    media_hosts=("127.0.0.1",),
    clock=clock,
    shared=Shared(number, socket),
    keeper=data / str(number) / "keeper.sock" if len(sys.argv) > 6 else None,
)))
"""
FRONT = 0


class SharedWorld(World):
    """As `World`; the process of number 0 is the front, which has a keeper, the others are
    recorders, each with one where they are to be `kept`. Their clock stands at `now` as this is
    made."""

    def __init__(self, folder: Path, recorders: int, now: datetime, *, kept: bool = KEPT) -> None:
        super().__init__(folder)
        self.kept = kept
        self.ahead = now - datetime.now(UTC)
        self.recorders = recorders
        self.shared_port = free_port(0, (socket.SOCK_DGRAM, socket.SOCK_STREAM))
        self.processes: dict[int, Begun] = {}
        self.keepers: list[Begun] = []

    def start(self) -> None:
        for number in range(self.recorders + 1):
            self.begin(number)
        self.wait_for(lambda: self.told(FRONT).get("recorders") == [1, 2])

    def begin(self, number: int) -> None:
        numbers = (self.shared_port, self.recorders, number, self.ahead.total_seconds())
        given: list[object] = [self.folder, *numbers]
        if self.kept or number == FRONT:
            self.keep(number)
            given += ["kept"]
        process = self.processes[number] = NURSERY.begin(PROGRAM, given)
        self.wait_for(lambda: self.told(number).get("pid") == process.pid)

    def keep(self, number: int) -> None:
        """A keeper for the process of this number."""
        folder = self.folder / str(number)
        if not folder.exists():
            folder.mkdir()
            self.keepers.append(keeper(folder))

    def told(self, number: int) -> dict[str, object]:
        name = f"recorder-{number}.json" if number else "front.json"
        try:
            found: dict[str, object] = json.loads((self.folder / name).read_text())
        except FileNotFoundError:
            return {}
        return found

    def port(self, transport: str = "udp") -> int:
        return self.shared_port

    def murder(self, number: int) -> None:
        self.processes[number].kill()
        self.processes[number].wait()

    def leave(self) -> list[int]:
        """SIGTERM for all, as the supervisor does it; the exit statuses."""
        found = []
        for number in sorted(self.processes, reverse=True):
            self.processes[number].send_signal(signal.SIGTERM)
            found.append(self.processes[number].wait(60))
        return found

    def end(self) -> None:
        for process in (*self.processes.values(), *self.keepers):
            process.kill()
            process.wait()
