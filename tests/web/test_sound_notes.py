"""Whatever the recorder notes, raises or enters has a sentence in each language."""

import pytest
from django.test import Client
from django.utils import translation

from cast import Cast
from manifests import START
from vaiti.capture.recorder import recording
from vaiti.capture.session import reports, warnings
from vaiti.register import canaries, outages, silences
from vaiti.register.gaps import What
from vaiti.values.clock import to_micros
from vaiti.vault.manifest import Side
from vaiti.web import sound_notes
from vaiti.web.wording import gap_words, words
from web.conftest import SignIn
from web.world import World


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_every_kind_has_a_sentence_in_each_language(language: str) -> None:
    assert set(gap_words.KINDS) == {each.value for each in What}
    assert {each.value for each in canaries.Cause} <= set(gap_words.CAUSES)
    of_sound = {*silences.CAUSES, *silences.UNJUDGED}
    assert outages.REFUSALS | of_sound | {outages.DOWN} <= set(gap_words.CAUSES)
    assert set(reports.SENTENCES) <= set(words.ALARMS)
    assert set(sound_notes.SIDES) == {(s, c) for s in silences.SIDES for c in silences.CAUSES}
    noted = set(warnings.SENTENCES) | {recording.KEY_TONES, recording.UNCUT_TAIL}
    noted |= {recording.DISK_WAS_FULL}
    assert set(sound_notes.WARNINGS) <= noted
    texts = [
        *gap_words.KINDS.values(),
        *gap_words.CAUSES.values(),
        *sound_notes.SIDES.values(),
        *sound_notes.WARNINGS.values(),
    ]
    with translation.override(language):
        assert [text for text in texts if translation.gettext(text) == text] == []


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", ("Tones of keys", "The agent’s side is silent from beginning to end.")),
        ("fi", ("Painettujen näppäinten", "Asiakaspalvelijan puoli on alusta loppuun")),
        ("sv", ("Toner av tangenter", "Medarbetarens sida är tyst")),
    ],
)
def test_a_calls_page_says_what_was_noted_of_its_sound(
    world: World, cast: Cast, sign_in: SignIn, language: str, says: tuple[str, ...]
) -> None:
    first = to_micros(START)
    late = first + 50_000_000
    call = world.call(
        "anna.astrom",
        start=START,
        seconds=60,
        sides=(Side(0, late, late, 0, 0), Side(1, late, 0, 0, 0)),
        warnings=("key_tones_left_out", "bare_lf"),
    )
    client: Client = sign_in(cast.anna, language)
    shown = client.get(f"/calls/{call.hex}/").content.decode()
    for one in says:
        assert one in shown
    assert shown.count('<ul class="notes">') == 1
