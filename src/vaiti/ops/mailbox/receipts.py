"""What the sender of a request is told at once: number and day, and nothing of any call."""

TEXTS = {
    "fi": (
        "Pyyntösi on saapunut: {number}",
        "Hei,\n\npyyntösi saapui {arrived}. Sen numero on {number}, ja saat vastauksen viimeistään "
        "{due}.\n\nSinun ei tarvitse allekirjoittaa mitään eikä lähettää kopiota henkilöllisyys"
        "todistuksesta. Kirjoita tämä numero otsikkoon, jos vastaat tähän viestiin. Älä lähetä "
        "sähköpostilla mitään, minkä ei pidä joutua muiden käsiin; tallenteita emme lähetä "
        "sähköpostilla.\n\n{controller}\n",
    ),
    "sv": (
        "Din begäran har kommit: {number}",
        "Hej,\n\ndin begäran kom {arrived}. Den har numret {number}, och du får svar senast {due}."
        "\n\nDu behöver inte underteckna något och inte skicka en kopia av en identitetshandling. "
        "Skriv numret i rubriken om du svarar på det här meddelandet. Skicka inget med e-post som "
        "andra inte får se; inspelningar skickar vi aldrig med e-post.\n\n{controller}\n",
    ),
    "en": (
        "Your request has come: {number}",
        "Hello,\n\nyour request came on {arrived}. Its number is {number}, and you have an answer "
        "on {due} at the latest.\n\nYou need not sign anything, and need not send a copy of an "
        "identity document. Write this number in the subject if you answer this mail. Send nothing "
        "by e-mail that others must not see; we never send recordings by e-mail."
        "\n\n{controller}\n",
    ),
}
CANARY = (
    "Vaiti test {word}",
    "This is a test of whether requests that people mail to this address arrive. Nobody need do "
    "anything.\nTällä viestillä kokeillaan, tulevatko tähän osoitteeseen lähetetyt pyynnöt "
    "perille. Kenenkään ei tarvitse tehdä mitään.\nDet här meddelandet prövar om "
    "förfrågningar till den här adressen kommer fram. Ingen behöver göra något.\n",
)
