"""Makes the translation catalogues of `vaiti.web`: no gettext program is needed.

`python tests/web/catalogues.py` brings the .po files up to date with the sources, keeping what is
translated, and compiles the .mo files that the program reads. test_translations.py fails when
somebody forgot.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
from django.utils.translation.template import templatize

WEB = Path(__file__).resolve().parents[2] / "src" / "vaiti" / "web"
LOCALE = WEB / "locale"
LANGUAGES = ("fi", "sv")
SINGLE = {"_", "gettext", "gettext_noop", "gettext_lazy"}
PLURAL = {"ngettext": "nplurals=2; plural=(n != 1);"}
_CALL = re.compile(
    r"\bgettext\((u?r?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"))\)|_\((u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"))\)"
)

Message = tuple[str, str]
"""The text, and its plural form or nothing."""


def messages() -> dict[Message, list[str]]:
    """Every text that the room says, with the files that say it."""
    found: dict[Message, list[str]] = {}
    for file in sorted([*WEB.rglob("*.py"), *WEB.rglob("templates/**/*.html")]):
        read = from_python if file.suffix == ".py" else from_template
        name = file.relative_to(WEB).as_posix()
        for message in read(file.read_text()):
            places = found.setdefault(message, [])
            if name not in places:
                places.append(name)
    return found


def from_python(source: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        texts = [one.value for one in node.args if isinstance(one, ast.Constant)]
        if node.func.id in SINGLE and texts:
            yield str(texts[0]), ""
        elif node.func.id in PLURAL:
            yield str(texts[0]), str(texts[1])


def from_template(source: str) -> Iterator[Message]:
    for match in _CALL.finditer(templatize(source)):
        yield ast.literal_eval((match[1] or match[2]).removeprefix("u")), ""


def catalogue(language: str) -> polib.POFile:
    """The stored translations, arranged anew along the texts of the sources."""
    path = LOCALE / language / "LC_MESSAGES" / "django.po"
    known = {one.msgid: one for one in polib.pofile(str(path))} if path.exists() else {}
    fresh = polib.POFile(wrapwidth=100)
    fresh.metadata = {
        "Project-Id-Version": "vaiti",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": PLURAL["ngettext"],
    }
    for (text, plural), places in sorted(messages().items()):
        fresh.append(_entry(text, plural, places, known.get(text)))
    return fresh


def _entry(
    text: str, plural: str, places: list[str], before: polib.POEntry | None
) -> polib.POEntry:
    entry = polib.POEntry(msgid=text, occurrences=[(place, "") for place in places])
    if "%(" in text:
        entry.flags = ["python-format"]
    if plural:
        entry.msgid_plural = plural
        entry.msgstr_plural = dict(before.msgstr_plural) if before else {0: "", 1: ""}
    elif before:
        entry.msgstr = before.msgstr
    return entry


def write() -> None:
    for language in LANGUAGES:
        fresh = catalogue(language)
        folder = LOCALE / language / "LC_MESSAGES"
        folder.mkdir(parents=True, exist_ok=True)
        fresh.save(str(folder / "django.po"))
        fresh.save_as_mofile(str(folder / "django.mo"))


if __name__ == "__main__":
    write()
