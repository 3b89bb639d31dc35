"""Checks of backups: nothing in them can be read, and none brings back what was destroyed since."""

import signal
import subprocess
import time
from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit

from vaiti.ops.outside import disk
from vaiti.ops.outside.access import sealed_key
from vaiti.ops.outside.fault import demand
from vaiti.ops.outside.recording import plain_id
from vaiti.ops.outside.world import VAITI, World, wait_for

BOOKS, KEYS, RESTORED = "books", "keys", "restored"
"""Folders of the workshop; the last one's name is its database's too."""
SETTINGS = """
[backup]
kind = "folder"
folder = "{workshop}/books"

[key_backup]
kind = "folder"
folder = "{workshop}/keys"
"""


def backed_up(world: World) -> str:
    """Register, keys and recordings are backed up by the command; number, id and key are sealed."""
    with (world.data / "vaiti.toml").open("a") as file:
        file.write(SETTINGS.format(workshop=world.workshop))
    world.vaiti("backup", "key", "--data", str(world.data), *recovery(world))
    began = time.monotonic()
    world.vaiti("backup", "make", "--data", str(world.data))
    took = time.monotonic() - began
    return f"{check_sealed(world):,} bytes in two places, after {took:.1f} s"


def check_sealed(world: World) -> int:
    secret = [
        world.plain.customer[:-3].encode(),
        world.plain.call.encode(),
        bytes.fromhex(world.plain.call),
        sealed_key(world),
    ]
    size = 0
    for place in (world.workshop / BOOKS, world.workshop / KEYS):
        files = [path for path in place.rglob("*") if path.is_file()]
        demand(bool(files), f"there is no backup in {place.name}")
        found = disk.find_stretches(place, secret)
        demand(not found, f"a backup can be read: {', '.join(map(str, found))}")
        size += sum(path.stat().st_size for path in files)
    demand(not list((world.data / "keys").glob("copy-*")), "a copy of the keys was left")
    return size


def recovery(world: World) -> list[str]:
    files = (world.workshop / "register.recovery", world.workshop / "keys.recovery")
    return ["--register-key", str(files[0]), "--keys-key", str(files[1])]


def destroyed_call_stays_gone(world: World) -> str:
    """A backup from before the destruction is restored, started, and cannot play the call."""
    back, began = restored(world, RESTORED, world.ahead), time.monotonic()
    check_gone(back)
    with (world.workshop / "restored.out").open("wb") as said:
        command = [*VAITI, "up", "--data", str(back.data)]
        process = subprocess.Popen(command, stdout=said, stderr=said, start_new_session=True)
    try:
        wait_for("the restored register does not come up", lambda: up(world, process))
        status = world.visitor(world.owner).get(f"/calls/{world.plain.call}/").status
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()
    demand(status == 404, f"the restored register answers for the call with {status}")
    return f"the call answers 404 after {time.monotonic() - began:.1f} s"


def restored(world: World, name: str, ahead: float) -> World:
    """The world as it comes back from the backups, by a clock so far ahead; not started yet."""
    back = replace(world, data=world.workshop / name, database_url=another_database(world, name))
    where = ["--database-url", back.database_url, "--demo-clock", f"{ahead:.0f}"]
    world.vaiti("restore", "--data", str(back.data), *recovery(world), *where)
    return back


def another_database(world: World, name: str) -> str:
    """An empty one beside the world's own, where that is PostgreSQL's."""
    if not world.database_url:
        return ""
    import psycopg
    from psycopg.sql import SQL, Identifier

    with psycopg.connect(world.database_url, autocommit=True) as server:
        server.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    parts = urlsplit(world.database_url)
    return urlunsplit(parts._replace(path=f"/{name}"))


def up(world: World, process: "subprocess.Popen[bytes]") -> bool:
    said = (world.workshop / "restored.out").read_text()
    demand(process.poll() is None, f"the restored register did not start: {said[-300:]}")
    return "up at" in said


def check_gone(back: World) -> None:
    """Of a world in which nobody has signed in yet."""
    call = back.plain.call
    left = {plain_id(row[0]) for row in back.rows("SELECT id FROM register_call")}
    demand(call not in left, "the call's row came back")
    kept = back.keys(f"SELECT count(*) FROM call WHERE call_id = '{call}'")
    demand(kept == [(0,)], "the call's key came back")
    demand(not list(back.data.rglob(back.object_path.name)), "the call's recording came back")
    masked = disk.find_stretches(back.data, [back.plain.customer[:-3].encode(), back.sealed_key])
    demand(not masked, f"number or key came back in {', '.join(map(str, masked))}")
    ((entries,),) = back.rows("SELECT count(*) FROM audit_leaf WHERE kind = 'ops:backup:made'")
    demand(entries > 0, "the log did not come back")
