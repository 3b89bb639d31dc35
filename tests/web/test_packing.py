"""Pages are packed, sound is not, and a first visit stays light."""

import gzip
import re
from collections.abc import Callable

import pytest
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.test import Client

from cast import Cast
from vaiti.register.calls import PAGE
from web.conftest import SignIn
from web.world import World

MOST = 150_000  # bytes of a first visit with all that it loads, unpacked; packed a third of it
PACKED = {"Accept-Encoding": "br, gzip"}
LOADED = re.compile(r'(?:href|src)="(/static/[^"]+)"')
IMPORTED = re.compile(r'(?:from|import) "\./([^"]+)"')


def body(response: HttpResponseBase) -> bytes:
    assert isinstance(response, HttpResponse | FileResponse)
    found = bytes(response.getvalue())
    closers: list[Callable[[], None]] = vars(response)["_resource_closers"]
    for close in closers:  # of files, which the test's client leaves open
        close()
    return found


def visit(client: Client, address: str, headers: dict[str, str]) -> dict[str, bytes]:
    """The page and everything that it loads, as they came over the wire."""
    found, waiting = dict[str, bytes](), [address]
    while waiting:
        address = waiting.pop()
        if address in found:
            continue
        response = client.get(address, headers=headers)
        assert response.status_code == 200
        found[address] = content = body(response)
        packed = response.headers.get("Content-Encoding") == "gzip"
        text = (gzip.decompress(content) if packed else content).decode()
        waiting += LOADED.findall(text)
        waiting += [address.rpartition("/")[0] + "/" + one for one in IMPORTED.findall(text)]
    return found


def test_a_first_visit_to_a_full_list_is_light_packed_or_not(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    for _ in range(PAGE + 1):
        world.call("anna.astrom", customer="+4915112345***")
    client = sign_in(cast.anna)
    plain = visit(client, "/calls/", {})
    assert len(plain) > 6
    assert sum(map(len, plain.values())) < MOST
    packed = visit(client, "/calls/", PACKED)
    assert packed.keys() == plain.keys()
    assert sum(map(len, packed.values())) < MOST / 3
    for address, content in packed.items():
        if address.startswith("/static/") and content[:2] == b"\x1f\x8b":
            assert gzip.decompress(content) == plain[address]


def test_what_is_packed_says_so_and_is_kept_from_caches(world: World, client: Client) -> None:
    for address in ("/sign-in", "/static/vaiti/vaiti.css"):
        response = client.get(address, headers=PACKED)
        assert response.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in response.headers["Vary"]
        assert int(response.headers["Content-Length"]) == len(body(response))
        plain = client.get(address)
        assert len(body(plain)) > len(body(response))
        assert "Content-Encoding" not in plain.headers
        assert "Accept-Encoding" in plain.headers["Vary"]
    assert client.head("/sign-in", headers=PACKED).headers.get("Content-Encoding") is None


def test_the_length_of_a_packed_page_is_not_the_same_twice(world: World, client: Client) -> None:
    lengths = {len(body(client.get("/sign-in", headers=PACKED))) for _ in range(12)}
    assert len(lengths) > 3


@pytest.mark.parametrize("part", ["", "bytes=0-99"])
def test_sound_is_never_packed(world: World, cast: Cast, sign_in: SignIn, part: str) -> None:
    call = world.call("anna.astrom", seconds=2)
    client = sign_in(cast.anna)
    page = client.get(f"/calls/{call.hex}/").content.decode()
    leg = re.search(r'name="leg" value="(\d+)"', page)
    assert leg
    opened = client.post(f"/calls/{call.hex}/listen", {"leg": leg[1]})
    listening = opened.headers["Location"].rpartition("/")[2]
    headers = PACKED | ({"Range": part} if part else {})
    sound = client.get(f"/calls/{call.hex}/audio/{listening}?channel=both", headers=headers)
    assert sound.headers["Content-Type"].startswith("audio/")
    assert "Content-Encoding" not in sound.headers
