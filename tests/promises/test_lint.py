"""Whether a notice is lawful is a verdict of its own: the D-list, and Articles 13 and 14."""

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest

from vaiti.notice import wording
from vaiti.notice.wordings import text_of
from vaiti.ops import cli
from vaiti.promises import lint
from vaiti.promises.lint import findings, findings_in

CORRECTED = Path(__file__).with_name("corrected.yaml")
D_LIST = {f"D-{number:02}" for number in range(1, 18)}
PASTED = """Posti Group Abp ansvarar för registret. Dataskyddsombud: tietosuoja@posti.example.
Grunden för behandlingen är Postis berättigade intresse. Inspelningarna sparas i sex månader från
samtalets slut. Därefter förstörs de automatiskt.

Man lyssnar på inspelningen på bolagets verksamhetsställe. Begäran kan göras hos Posti Ab eller
genom att skicka en undertecknad begäran."""


def items(name: str) -> list[tuple[str, str]]:
    text = CORRECTED.read_text() if name == "corrected" else text_of(name)  # type: ignore[arg-type]
    return [(one.item, one.sentence) for one in findings(wording.read(text))]


def test_the_reference_has_every_item_of_the_list_and_says_all_else_of_articles_13_and_14() -> None:
    apart = "13(2)(a)"  # for how long requests are kept, with their letters and mails
    assert {item for item, _ in items("reference")} == D_LIST | {apart}
    assert len(items("reference")) == 20  # D-06 is three things that are not said
    at = dict(items("reference"))
    assert (at["D-01"], at["D-07"], at["D-14"], at["D-17"]) == ("N-43", "N-21", "N-19", "N-44")
    assert at[apart] == "N-42" and apart not in dict(items("corrected"))
    assert at["D-03"] == ""


def test_the_corrected_version_has_no_finding() -> None:
    assert items("corrected") == []


@pytest.mark.parametrize("item", sorted(D_LIST))
def test_each_correction_is_needed(item: str) -> None:
    """With the reference's own sentence back, or without the new one, its finding is back."""
    text = CORRECTED.read_text()
    if item == "D-17":
        text = text.replace("{name}, {visiting_address}", "Reitti Palvelut Oy, {visiting_address}")
    found = re.search(rf"  - id: {item}\n.*?(?=\n  - id:|\Z)", text, re.DOTALL)
    if found:
        text = text.replace(found[0], "")
    else:
        back = {"D-01": "N-43", "D-04": "N-39", "D-05": "N-41", "D-11": "N-31", "D-12": "N-27"}
        name = back.get(item, "N-19")
        cut = re.compile(rf"  - id: {name}\n.*?(?=\n  - id:|\Z)", re.DOTALL)
        was = cut.search(text_of("reference"))
        assert was
        text = text if item == "D-17" else cut.sub(lambda _: was[0], text)
    assert [one.item for one in findings(wording.read(text))] == [item]


def test_l18_joint_controllers_of_the_file_are_asked_for_in_its_words() -> None:
    joint = """joint:
  - name: Reitti Palvelut Oy
    business_id: "1234567-1"
    contact: privacy@palvelut.example
    does: {sv: Svarar på telefon., fi: Vastaa puhelimeen., en: Answers the telephone.}
"""
    joined = CORRECTED.read_text().replace("headings:", f"{joint}headings:", 1)
    (found,) = findings(wording.read(joined))
    assert (found.item, found.sentence) == ("26(2)", "")
    assert "Reitti Palvelut Oy" in found.proposal["fi"]
    said = "\n".join(f"      {lang}: {text!r}" for lang, text in found.proposal.items())
    joined += f"\n  - id: J-01\n    kind: statement\n    text:\n{said}\n"
    assert findings(wording.read(joined)) == []


def test_another_organisation_is_judged_by_its_own_settings() -> None:
    """One month, consent and a contract: nothing of D-03, D-05 or D-09 is asked of it."""
    found = {item for item, _ in items("helpdesk")}
    assert found == {"D-06", "D-14", "D-16", "13(1)(c)", "13(2)(a)", "13(2)(b)"}
    ground = next(one for one in findings(wording.read(text_of("helpdesk"))) if one.item[0] == "1")
    assert "the contract with you, your consent" in ground.proposal["en"]


def test_each_point_of_articles_13_and_14_is_answered_at_its_sentences() -> None:
    reference, helpdesk = (
        {(one.article, one.asks["en"]): one for one in lint.answered(wording.read(text_of(name)))}
        for name in ("reference", "helpdesk")
    )
    assert len(reference) == 19
    assert "N-48" in reference["13(2)(d)", "The right to complain"].sentences
    assert "N-18" in reference["13(2)(a)", "How long"].sentences
    assert reference["13(1)(d)", "Which legitimate interests"].sentences == ()
    assert not helpdesk["13(1)(d)", "Which legitimate interests"].applies
    assert helpdesk["13(2)(c)", "That consent can be withdrawn"].sentences == ("H-12",)
    corrected = lint.answered(wording.read(CORRECTED.read_text()))
    assert all(one.sentences for one in corrected if one.applies)


def test_every_finding_has_a_source_and_words_in_three_languages() -> None:
    for one in lint._items():
        assert one["source"]
        assert set(one["problem"]) == set(one["proposal"]) == {"sv", "fi", "en"}
        assert all(text.endswith(".") for text in one["proposal"].values())
    found = findings(wording.read(text_of("reference")))
    assert "Reitti Posti Oyj" in next(one for one in found if one.item == "D-15").proposal["en"]


def test_a_pasted_text_is_pointed_at_and_nothing_is_invented() -> None:
    sentences = lint.split(PASTED)
    assert len(sentences) == 7
    assert lint.guess_language(PASTED) == "sv"
    found = {one.item: one for one in findings_in(PASTED, "sv")}
    assert found["D-01"].sentence == "6"
    assert found["D-02"].sentence == found["D-17"].sentence == "7"
    assert found["D-14"].sentence == "5"
    assert "D-05" not in found  # what needs the settings is not looked at
    assert "D-08" not in found
    assert "[…]" in found["D-17"].proposal["sv"]
    assert findings_in("", "sv") == []


def test_what_a_text_says_of_its_own_grounds_is_seen_without_its_settings() -> None:
    """Two purposes and one interest, consent that is only withdrawn, and a name for a group."""
    said = """Anna Oyj records calls to verify what was agreed. They also serve training of staff.
The ground is our legitimate interest. Where processing rests on consent, it can be withdrawn.
Nothing is given to anyone outside Anna. The data in the register come from the calls."""
    found = {one.item: one.sentence for one in findings_in(said, "en")}
    assert (found["D-05"], found["D-08"], found["D-15"]) == ("4", "3", "5")
    assert "14(2)(f)" not in found
    named = said.replace("outside Anna", "outside the European Union")
    asked = named.replace("consent, it", "consent that you give, it")
    assert "D-15" not in {one.item for one in findings_in(asked, "en")}


def test_the_command_tells_and_its_status_says_whether_anything_was_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = tmp_path / "reference.yaml"
    reference.write_text(text_of("reference"))
    assert cli.main(["notice", "lint", str(reference), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert not told["ok"]
    assert told["findings"][0]["item"] == "D-01"
    assert cli.main(["notice", "lint", str(CORRECTED), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"ok": True, "findings": []}
    assert cli.main(["notice", "lint", str(reference), "--language", "fi"]) == 1
    assert "jäljennöksen" in capsys.readouterr().out
    broken = tmp_path / "notice.yaml"
    broken.write_text("notice: x")
    assert cli.main(["notice", "lint", str(broken)]) == 2
    assert "version is missing" in capsys.readouterr().err


def test_the_rules_are_of_this_room() -> None:
    assert files("vaiti.promises").joinpath("lint.toml").is_file()
