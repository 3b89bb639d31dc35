"""A disk that loses its power: what a program did to its files, and what is left at any moment.

Built from what strace saw of the program, so every write counts, SQLite's too. Names are durable
when their folder was synced, contents when their file was. What a file system may keep besides is
told by `Loss`: a real one keeps something between `SYNCED` and `ALL`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

ON_NAMES = ("rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "rmdir")
CALLS = (
    *("openat", "write", "pwrite64", "writev", "pwritev", "ftruncate", "lseek"),
    *("fsync", "fdatasync", "syncfs", *ON_NAMES),
)
WATCH = (
    *("strace", "-f", "--seccomp-bpf", "-y", "-xx", "-s", str(4 << 20)),
    *("-e", "trace=" + ",".join(CALLS), "-e", "signal=none"),
)
_LINE = re.compile(r"^(?P<pid>\d+) +(?P<call>\w+)\((?P<given>.*)\) += (?P<back>-?\d+)")
_BEGUN = re.compile(r"^(?P<pid>\d+) +(?P<said>\w+\(.*) <unfinished \.\.\.>$")
_RESUMED = re.compile(r"^(?P<pid>\d+) +<\.\.\. \w+ resumed>(?P<said>.*)$")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_FILE = re.compile(r"^(\d+)<([^>]*)>")
SHARED = "-shm"
"""SQLite's index of its log lies in shared memory and is made anew."""


class Loss(StrEnum):
    """`ALL`: nothing is lost, as after a kill. `SYNCED`: all that was not synced is. `NAMES`: names
    came to the disk, contents did not. `TORN`: half of the last write did."""

    ALL = "all"
    SYNCED = "synced"
    NAMES = "names"
    TORN = "torn"


@dataclass(frozen=True)
class Act:
    """One thing done to the disk; `data` is what was written, a mark's text, or a new name."""

    kind: str
    path: str
    at: int = 0
    data: bytes = b""


@dataclass
class File:
    content: bytearray = field(default_factory=bytearray)
    synced: bytes = b""
    torn: bytes = b""
    """As it is without the second half of the last write that was not synced."""


class Disk:
    """`begin` is what lay there, durably, before the first act."""

    def __init__(self, begin: dict[str, bytes], folders: set[str]) -> None:
        self.names = {path: File(bytearray(data), data, data) for path, data in begin.items()}
        self.durable = dict(self.names)
        self.folders, self.durable_folders = set(folders), set(folders)

    def do(self, act: Act) -> None:
        getattr(self, f"_{act.kind}")(act)

    def left(self, loss: Loss) -> tuple[dict[str, bytes], set[str]]:
        """Files and folders that are there when the power comes back."""
        synced = loss is Loss.SYNCED
        names = self.durable if synced else self.names
        kept = {path: _content(file, loss) for path, file in names.items()}
        return kept, self.durable_folders if synced else self.folders

    def _open(self, act: Act) -> None:
        if act.path not in self.names and act.path not in self.folders:
            self.names[act.path] = File()

    def _write(self, act: Act) -> None:
        file = self.names[act.path]
        half = bytearray(file.content)
        _put(half, act.at, act.data[: len(act.data) // 2])
        _put(file.content, act.at, act.data)
        file.torn = bytes(half)

    def _cut(self, act: Act) -> None:
        file = self.names[act.path]
        file.torn = bytes(file.content)
        del file.content[act.at :]
        file.content.extend(bytes(act.at - len(file.content)))

    def _rename(self, act: Act) -> None:
        new = act.data.decode()
        if act.path not in self.folders:
            self.names[new] = self.names.pop(act.path)
            return
        moved = {path: _moved(path, act.path, new) for path in (*self.names, *self.folders)}
        self.names = {moved[path]: file for path, file in self.names.items()}
        self.folders = {moved[path] for path in self.folders}

    def _unlink(self, act: Act) -> None:
        self.names.pop(act.path, None)

    def _mkdir(self, act: Act) -> None:
        self.folders.add(act.path)

    def _rmdir(self, act: Act) -> None:
        self.folders.discard(act.path)

    def _sync(self, act: Act) -> None:
        if act.path in self.folders:
            self._sync_folder(act.path)
        elif act.path in self.names:
            file = self.names[act.path]
            file.synced = file.torn = bytes(file.content)

    def _whole(self, _: Act) -> None:
        """All that was written anywhere, as syncfs has it: one file system holds the folder."""
        for file in self.names.values():
            file.synced = file.torn = bytes(file.content)
        self.durable, self.durable_folders = dict(self.names), set(self.folders)

    def _sync_folder(self, folder: str) -> None:
        inside = {path for path in (*self.names, *self.durable) if _parent(path) == folder}
        for path in inside:
            if path in self.names:
                self.durable[path] = self.names[path]
            else:
                del self.durable[path]
        below = {each for each in self.folders | self.durable_folders if _parent(each) == folder}
        self.durable_folders = (self.durable_folders - below) | (self.folders & below)
        self._follow_renamed()

    def _follow_renamed(self) -> None:
        """What lay durably in a folder goes with its new name."""
        now = {id(file): path for path, file in self.names.items()}
        lost = [path for path in self.durable if _parent(path) not in self.durable_folders]
        for path in lost:
            file = self.durable.pop(path)
            if new := now.get(id(file)):
                self.durable[new] = file


def _content(file: File, loss: Loss) -> bytes:
    if loss is Loss.ALL:
        return bytes(file.content)
    return file.torn if loss is Loss.TORN else file.synced


def _put(content: bytearray, at: int, data: bytes) -> None:
    content.extend(bytes(max(0, at - len(content))))
    content[at : at + len(data)] = data


def _moved(path: str, old: str, new: str) -> str:
    below = path == old or path.startswith(old + "/")
    return new + path[len(old) :] if below else path


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def acts(trace: Path, folder: Path, marks: Path) -> Iterator[Act]:
    """What was done in `folder`, in order; what was written to `marks` is of the kind `mark`."""
    reader = _Reader(str(folder), str(marks))
    begun: dict[str, str] = {}
    with trace.open() as lines:
        for text in lines:
            line = text.rstrip("\n")
            if found := _BEGUN.match(line):
                begun[found["pid"]] = f"{found['pid']} {found['said']}"
                continue
            if found := _RESUMED.match(line):
                line = begun.pop(found["pid"]) + found["said"]
            if (found := _LINE.match(line)) and int(found["back"]) >= 0:
                yield from reader.read(found["call"], found["given"], int(found["back"]))


@dataclass(frozen=True)
class _Call:
    """A call to the system: its file, the texts and the last number given, its answer."""

    name: str
    path: str
    number: str
    texts: list[bytes]
    last: int
    back: int
    given: str


class _Reader:
    """Knows where each open file stands."""

    def __init__(self, folder: str, marks: str) -> None:
        self._folder, self._marks = folder, marks
        self._at: dict[tuple[str, str], int] = {}

    def read(self, name: str, given: str, back: int) -> Iterator[Act]:
        path, number = _file_of(given) or ("", "")
        texts = [bytes.fromhex(each.replace("\\x", "")) for each in _TEXT.findall(given)]
        call = _Call(name, path, number, texts, _last_number(given), back, given)
        if name == "openat":
            yield from self._opened(call, texts[0].decode())
        elif name in ON_NAMES:
            yield from self._on_names(call)
        elif path == self._marks:
            yield Act("mark", path, data=b"".join(texts))
        elif self._ours(path):
            yield from self._on_file(call)

    def _opened(self, call: _Call, path: str) -> Iterator[Act]:
        self._at[path, str(call.back)] = 0
        if self._ours(path) and "O_CREAT" in call.given:
            yield Act("open", path)
            if "O_TRUNC" in call.given:
                yield Act("cut", path)

    def _on_file(self, call: _Call) -> Iterator[Act]:
        where, data = (call.path, call.number), b"".join(call.texts)[: call.back]
        if call.name == "lseek":
            self._at[where] = call.back
        elif call.name in ("fsync", "fdatasync"):
            yield Act("sync", call.path)
        elif call.name == "syncfs":
            yield Act("whole", call.path)
        elif call.name == "ftruncate":
            yield Act("cut", call.path, call.last)
        elif call.name in ("pwrite64", "pwritev"):
            yield Act("write", call.path, call.last, data)
        elif call.name in ("write", "writev"):
            at = self._at.get(where, 0)
            self._at[where] = at + call.back
            yield Act("write", call.path, at, data)

    def _on_names(self, call: _Call) -> Iterator[Act]:
        named = [each.decode() for each in call.texts]
        if not self._ours(named[0]):
            return
        if call.name.startswith("rename"):
            yield Act("rename", named[0], data=named[1].encode())
        elif call.name == "rmdir" or "AT_REMOVEDIR" in call.given:
            yield Act("rmdir", named[0])
        else:
            yield Act("mkdir" if call.name == "mkdir" else "unlink", named[0])

    def _ours(self, path: str) -> bool:
        inside = path == self._folder or path.startswith(self._folder + "/")
        return inside and not path.endswith(SHARED)


def _file_of(given: str) -> tuple[str, str] | None:
    found = _FILE.match(given)
    if found is None:
        return None
    path = found[2]
    if path.startswith("\\x"):
        path = bytes.fromhex(path.replace("\\x", "")).decode()
    return path, found[1]


def _last_number(given: str) -> int:
    found = re.search(r", (\d+)$", given)
    return int(found[1]) if found else 0
