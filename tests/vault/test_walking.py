"""A folder is looked through as it stands, links and hidden names too, and nothing is held."""

from pathlib import Path

from vaiti.vault.walking import below


def test_all_below_is_given_once_and_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "ab" / ".hidden").mkdir(parents=True)
    for name in ("ab/one", "ab/.hidden/two"):
        (tmp_path / name).touch()
    (tmp_path / "link").symlink_to(tmp_path / "ab")
    found = sorted(path.relative_to(tmp_path).as_posix() for path in below(tmp_path))
    assert found == ["ab", "ab/.hidden", "ab/.hidden/two", "ab/one", "link"]
    assert list(below(tmp_path / "absent")) == []
