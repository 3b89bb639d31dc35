"""Files that are handed in: forms with files, a table of networks, an announcement, a course."""

import io
import tempfile
import tomllib
import wave
from importlib.resources import files
from ipaddress import ip_address
from pathlib import Path

from django.core.exceptions import SuspiciousOperation, TooManyFilesSent
from django.core.handlers.wsgi import WSGIRequest
from django.http.multipartparser import MultiPartParserError

from fuzzing.files import TOML
from fuzzing.targets import Feed, Target, each, refused
from vaiti.ops.networks import UNKNOWN, Countries
from vaiti.ops.sections.reading import WeakSettings
from vaiti.people.course_text import CourseError, read_course
from vaiti.promises.papers import announcements
from vaiti.rights import papers
from vaiti.web.http.uploads import SMALL

KIND = "multipart/form-data; boundary=b"
FORM = b"".join(
    b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % (name, more, content)
    for name, more, content in (
        (b"csrfmiddlewaretoken", b"", b"a" * 64),
        (b"about", b"", "Ein Päckchen".encode()),
        (
            b"scan",
            b'; filename="a.pdf"\r\nContent-Type: application/pdf',
            b"%PDF-1.7\n" + bytes(90),
        ),
    )
)
FORMS = [FORM + b"--b--\r\n", FORM * 2 + b"--b--\r\n"]
HEADS = (
    *(b"--b", b"--b--", b"\r\n", b"\r\n\r\n", b"; ", b'"', b"filename*=utf-8''%00", b"name="),
    *(b"Content-Transfer-Encoding: base64\r\n", b"Content-Type: text/plain; charset=utf-16\r\n"),
    *(b"Content-Disposition: form-data", b"\x00", b"\xff"),
)
NETWORKS = b"# network,country\n85.76.0.0/16,FI\n2001:db8::/32,SE\n85.76.128.0/17,NO\n"
ASKED = [ip_address(text) for text in ("85.76.1.1", "85.76.200.1", "2001:db8::1", "8.8.8.8")]


def upload_form() -> Feed:
    """As a page has it, through our own handler of uploads."""

    def feed(data: bytes) -> bool:
        told = {"REQUEST_METHOD": "POST", "PATH_INFO": "/people/lists/", "CONTENT_TYPE": KIND}
        body = {"CONTENT_LENGTH": str(len(data)), "wsgi.input": io.BytesIO(data)}
        request = WSGIRequest({**told, **body, "SERVER_NAME": "a", "SERVER_PORT": "1"})
        try:
            fields, sent = request.POST, request.FILES
        except (MultiPartParserError, SuspiciousOperation, TooManyFilesSent) as error:
            return refused(type(error), error)
        contents = [one.read() for name in sent for one in sent.getlist(name)]
        assert sum(map(len, contents)) <= min(len(data), SMALL), "no more than was sent"
        assert not any(hasattr(one, "temporary_file_path") for one in sent.values())
        assert {papers.kind_of(one) for one in contents} <= {"", *papers._BEGINS}
        return bool(fields) and bool(sent)

    return feed


def network_table() -> Feed:
    folder = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    path = folder / "networks.csv"

    def feed(data: bytes) -> bool:
        path.write_bytes(data)
        try:
            table = Countries(path, "refuse")
        except WeakSettings as error:
            return refused(WeakSettings, error)
        found = [table.country(one) for one in ASKED]
        lines = data.decode().split(",")
        assert all(one == UNKNOWN or len(lines) > 1 for one in found), "a country out of nothing"
        return found[0] != UNKNOWN

    return feed


def spoken() -> list[bytes]:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(100)
        file.writeframes(bytes(300))
    return [made.getvalue()]


def announcement() -> Feed:
    def feed(data: bytes) -> bool:
        try:
            length = announcements._length_ms(data)
        except announcements.SoundRefused as error:
            return refused(announcements.SoundRefused, error)
        assert announcements.SHORTEST_MS <= length <= announcements.LONGEST_MS
        return True

    return feed


def courses() -> list[bytes]:
    return [files("vaiti.ops.first").joinpath("course.toml").read_bytes()]


def course() -> Feed:
    def feed(data: bytes) -> bool:
        try:
            read_course(tomllib.loads(data.decode("utf-8", "replace").replace("\r\n", "\n")))
        except tomllib.TOMLDecodeError as error:
            return refused(tomllib.TOMLDecodeError, error)
        except CourseError as error:
            return refused(CourseError, error)
        return True

    return feed


TARGETS = (
    Target(
        "upload form",
        "a form with files holds no more than was sent, in memory, or is refused as a whole",
        *(lambda: FORMS, HEADS, each(upload_form)),
        weight=4,
    ),
    Target(
        "network table",
        "any file is networks with their countries, or WeakSettings with the line",
        *(lambda: [NETWORKS], (b"\n", b",", b"/", b'"', b"::", b"0/0", b"\x00", b"\xff", b"#")),
        each(network_table),
        weight=4,
    ),
    Target(
        "announcement",
        "any file is a sound of 2 to 60 seconds, or SoundRefused",
        *(spoken, (b"RIFF", b"WAVE", b"fmt ", b"data", b"\x00\x00", b"\xff\xff\xff\xff")),
        each(announcement),
        weight=8,
    ),
    Target(
        "course",
        "any text is a course, or refused by place and sentence",
        *(courses, TOML, each(course)),
    ),
)
