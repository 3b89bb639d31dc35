"""`vaiti peer change|end`: one block of the settings file changes, the rest stays as written."""

import tomllib

import pytest

from vaiti.ops import peer_blocks
from vaiti.ops.sections.reading import WeakSettings

TEXT = """# ours
[register]
company = "A" # not a [[peer]]

[[peer]]
# the old one
name = "sbc"
addresses = [
  "10.0.0.5",
  "10.0.0.6",
]
srtp = "allowed"

[[peer]] # the new one
name = "sbc-2"
addresses = ["10.0.0.7"]

[recorder]
port = 5060
"""


def test_a_peer_is_taken_out_with_its_comments_and_nothing_else() -> None:
    assert peer_blocks.without(TEXT, "sbc") == TEXT.replace(
        TEXT[TEXT.index("\n[[peer]]\n") : TEXT.index("\n[[peer]] # the")], ""
    )
    left = tomllib.loads(peer_blocks.without(TEXT, "sbc-2"))
    assert [peer["name"] for peer in left["peer"]] == ["sbc"]
    assert left["recorder"] == {"port": 5060}


def test_what_is_named_changes_and_what_is_not_stays() -> None:
    text = peer_blocks.changed(TEXT, "sbc", {"addresses": '["10.0.0.9"]', "start_on": '"state"'})
    first, second = tomllib.loads(text)["peer"]
    assert first == {
        "name": "sbc",
        "addresses": ["10.0.0.9"],
        "srtp": "allowed",
        "start_on": "state",
    }
    assert second == {"name": "sbc-2", "addresses": ["10.0.0.7"]}
    assert "# the old one\n" in text
    assert text.endswith("\n[recorder]\nport = 5060\n")


@pytest.mark.parametrize("name", ["", "none", "A"])
def test_a_peer_that_is_not_there_is_a_sentence(name: str) -> None:
    with pytest.raises(WeakSettings, match="has this name"):
        peer_blocks.without(TEXT, name)
