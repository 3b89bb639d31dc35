"""Letters as they are spelt on the telephone, in the reader's language."""

from django.utils.translation import get_language

from vaiti.register.call_reference import LETTERS

_WORDS = {
    "fi": "Bertta Celsius Daavid Faarao Gideon Heikki Jussi Kalle Lauri Matti "
    "Niilo Paavo Risto Sakari Tyyne Vihtori Wiski Äksä Tseta",
    "sv": "Bertil Cesar David Filip Gustav Helge Johan Kalle Ludvig Martin "
    "Niklas Petter Rudolf Sigurd Tore Viktor Wilhelm Xerxes Zäta",
    "en": "Bravo Charlie Delta Foxtrot Golf Hotel Juliett Kilo Lima Mike "
    "November Papa Romeo Sierra Tango Victor Whiskey X-ray Zulu",
}
"""For the letters of call references, in their order."""


def spelt(reference: str) -> str:
    """Groups of words for groups of letters."""
    words = dict(zip(LETTERS, _WORDS.get(get_language() or "", _WORDS["en"]).split(), strict=True))
    return " · ".join(
        " ".join(words[one] for one in group) for group in reference.split("-") if group
    )
