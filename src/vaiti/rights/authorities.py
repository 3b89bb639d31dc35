"""The supervisory authorities of the European Economic Area, by country (N-48). Pure.

Each by the name that it gives itself; Finland's in each language, for it is named in every letter
of a Finnish controller.
"""

from typing import Final

NAMES: Final = {
    "AT": "Österreichische Datenschutzbehörde, dsb.gv.at",
    "BE": "Gegevensbeschermingsautoriteit / Autorité de protection des données, "
    "gegevensbeschermingsautoriteit.be",
    "BG": "Комисия за защита на личните данни, cpdp.bg",
    "CY": "Γραφείο Επιτρόπου Προστασίας Δεδομένων Προσωπικού Χαρακτήρα, dataprotection.gov.cy",
    "CZ": "Úřad pro ochranu osobních údajů, uoou.gov.cz",
    "DE": "Bundesbeauftragte für den Datenschutz und die Informationsfreiheit, bfdi.bund.de",
    "DK": "Datatilsynet, datatilsynet.dk",
    "EE": "Andmekaitse Inspektsioon, aki.ee",
    "ES": "Agencia Española de Protección de Datos, aepd.es",
    "FI": "Tietosuojavaltuutetun toimisto, tietosuoja.fi",
    "FR": "Commission nationale de l’informatique et des libertés, cnil.fr",
    "GR": "Αρχή Προστασίας Δεδομένων Προσωπικού Χαρακτήρα, dpa.gr",
    "HR": "Agencija za zaštitu osobnih podataka, azop.hr",
    "HU": "Nemzeti Adatvédelmi és Információszabadság Hatóság, naih.hu",
    "IE": "Data Protection Commission, dataprotection.ie",
    "IS": "Persónuvernd, personuvernd.is",
    "IT": "Garante per la protezione dei dati personali, garanteprivacy.it",
    "LI": "Datenschutzstelle, datenschutzstelle.li",
    "LT": "Valstybinė duomenų apsaugos inspekcija, vdai.lrv.lt",
    "LU": "Commission nationale pour la protection des données, cnpd.public.lu",
    "LV": "Datu valsts inspekcija, dvi.gov.lv",
    "MT": "Office of the Information and Data Protection Commissioner, idpc.org.mt",
    "NL": "Autoriteit Persoonsgegevens, autoriteitpersoonsgegevens.nl",
    "NO": "Datatilsynet, datatilsynet.no",
    "PL": "Urząd Ochrony Danych Osobowych, uodo.gov.pl",
    "PT": "Comissão Nacional de Proteção de Dados, cnpd.pt",
    "RO": "Autoritatea Națională de Supraveghere a Prelucrării Datelor cu Caracter Personal, "
    "dataprotection.ro",
    "SE": "Integritetsskyddsmyndigheten, imy.se",
    "SI": "Informacijski pooblaščenec, ip-rs.si",
    "SK": "Úrad na ochranu osobných údajov, dataprotection.gov.sk",
}
_OF_FINLAND: Final = {
    "sv": "Dataombudsmannens byrå, tietosuoja.fi",
    "en": "Office of the Data Protection Ombudsman (Finland), tietosuoja.fi",
}
COUNTRIES: Final = tuple(NAMES)


def told(person: str, controller: str, language: str) -> str:
    """The authority of the person's country and that of the controller's, each once."""
    found = [one for one in dict.fromkeys((person, controller)) if one in NAMES]
    return "; ".join(_name(one, language) for one in found) + "."


def _name(country: str, language: str) -> str:
    return _OF_FINLAND.get(language, NAMES["FI"]) if country == "FI" else NAMES[country]
