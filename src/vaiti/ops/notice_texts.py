"""The first version of the notice, short, in the three languages: what callers must be told."""

TEXTS = {
    "sv": (
        "{controller} spelar in samtalen till och från kundtjänsten och telefonförsäljningen. "
        "Inspelningen börjar när samtalet besvaras och slutar när det avslutas. "
        "Inspelningarna används för att verifiera samtalets innehåll, för kundens och bolagets "
        "rättsskydd, för utbildning av personalen och för säkerheten; inte för något annat. "
        "De tre sista siffrorna i kundens nummer döljs. När lagringstiden har gått ut förstörs "
        "inspelningen automatiskt. Dataskyddsombud: {contact}."
    ),
    "fi": (
        "{controller} tallentaa asiakaspalvelun ja puhelinmyynnin puhelut. Tallennus alkaa, kun "
        "puheluun vastataan, ja päättyy, kun puhelu päättyy. Tallenteita käytetään puhelun "
        "sisällön todentamiseen, asiakkaan ja yhtiön oikeusturvaan, henkilöstön koulutukseen ja "
        "turvallisuuteen; ei muuhun. Asiakkaan numeron kolme viimeistä numeroa peitetään. "
        "Säilytysajan päätyttyä tallenne tuhotaan automaattisesti. Tietosuojavastaava: {contact}."
    ),
    "en": (
        "{controller} records calls to and from customer service and telephone sales. Recording "
        "begins when the call is answered and ends when the call ends. Recordings are used to "
        "verify what was said, to protect the rights of the customer and the company, to train "
        "staff, and for security; for nothing else. The last three digits of the customer's "
        "number are hidden. When the time of storage is over, the recording is destroyed "
        "automatically. Data protection officer: {contact}."
    ),
}


def first_texts(controller: str, contact: str) -> dict[str, str]:
    """The texts by language."""
    return {
        language: text.format(controller=controller, contact=contact)
        for language, text in TEXTS.items()
    }
