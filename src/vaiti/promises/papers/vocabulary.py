"""The processing told in W3C's Data Privacy Vocabulary (DPV 2.2), as JSON-LD. Pure.

Programs of others read it: registers of processing, tools for impact assessments. Its context is in
the document, so that nothing has to be fetched to read it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from vaiti.notice.sentences import LANGUAGES, Controller
from vaiti.promises.papers.facts import Facts
from vaiti.promises.papers.words import said

CONTEXT = {
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "pd": "https://w3id.org/dpv/pd#",
    "dct": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
PURPOSES: Mapping[str, str] = {
    "verify": "dpv:CommunicationManagement",
    "rights": "dpv:DisputeManagement",
    "training": "dpv:ImproveExistingProductsAndServices",
    "security": "dpv:FraudPreventionAndDetection",
}
BASIS: Mapping[str, str] = {
    "legitimate_interest": "eu-gdpr:A6-1-f",
    "consent": "eu-gdpr:A6-1-a",
    "contract": "eu-gdpr:A6-1-b",
    "legal_obligation": "eu-gdpr:A6-1-c",
}
DATA: Mapping[str, str] = {
    "begins": "pd:CommunicationsMetadata",
    "ends": "pd:CommunicationsMetadata",
    "length": "pd:CommunicationsMetadata",
    "own_number": "pd:CommunicationsMetadata",
    "customer_number": "pd:TelephoneNumber",
    "agent": "pd:Name",
    "sound": "pd:VoiceCommunicationRecording",
}
RECIPIENTS: Mapping[str, str] = {
    "data_subject": "dpv:DataSubject",
    "authority": "dpv:Authority",
    "processor": "dpv:DataProcessor",
}
MEASURES: Mapping[str, str] = {
    "security.sealed_on_disk": "dpv:EncryptionAtRest",
    "access.named_persons": "dpv:AccessControlMethod",
    "audit.log_whole": "dpv:LoggingPolicy",
    "training.before_access": "dpv:DataProtectionTraining",
    "masking.database": "dpv:Deidentification",
}
RIGHTS = ("A13", "A15", "A16", "A17", "A18", "A20", "A21", "A77")
"""Those of a person; that to transfer is told as the notice tells it, whatever the basis."""


def as_jsonld(facts: Facts) -> dict[str, Any]:
    """One graph: the process, a process for each purpose, and who takes part."""
    return {"@context": CONTEXT, "@graph": list(_nodes(facts))}


def _nodes(facts: Facts) -> Iterator[dict[str, Any]]:
    wording, promised = facts.wording, facts.wording.promised
    yield {
        "@id": _id(facts, "process"),
        "@type": "dpv:Process",
        "dct:title": [_tongue("record", "title", language) for language in LANGUAGES],
        "dct:hasVersion": wording.version,
        "dpv:hasDataController": _ref(facts, "controller"),
        "dpv:hasJointDataControllers": [
            _ref(facts, f"joint-{at}") for at, _one in enumerate(wording.joint)
        ],
        "dpv:hasDataSubject": [{"@id": "dpv:Customer"}, {"@id": "dpv:Employee"}],
        "dpv:hasPersonalData": [{"@id": one} for one in sorted({DATA[x] for x in promised.fields})],
        "dpv:hasRecipient": [{"@id": RECIPIENTS[one]} for one in promised.recipients],
        "dpv:hasDataProcessor": [
            _ref(facts, f"processor-{at}") for at, _one in enumerate(facts.processors)
        ],
        "dpv:hasStorageCondition": _ref(facts, "storage"),
        "dpv:hasTechnicalOrganisationalMeasure": [
            _ref(facts, f"measure-{check}") for check in MEASURES
        ],
        "dpv:hasRight": [{"@id": f"eu-gdpr:{one}"} for one in RIGHTS],
        "dpv:hasNotice": _ref(facts, "notice"),
        "dpv:hasProcess": [_ref(facts, f"for-{one}") for one in promised.purposes],
    }
    yield from _purposes(facts)
    yield from _who(facts)
    yield from _how(facts)


def _purposes(facts: Facts) -> Iterator[dict[str, Any]]:
    promised = facts.wording.promised
    for one in promised.purposes:
        yield {
            "@id": _id(facts, f"for-{one}"),
            "@type": "dpv:Process",
            "dct:title": [_tongue("terms", f"purpose.{one}", language) for language in LANGUAGES],
            "dpv:hasPurpose": {"@id": PURPOSES[one]},
            "dpv:hasLegalBasis": {"@id": BASIS[promised.basis[one]]},
        }


def _who(facts: Facts) -> Iterator[dict[str, Any]]:
    wording = facts.wording
    controller = wording.controller
    yield {
        "@id": _id(facts, "controller"),
        "@type": "dpv:DataController",
        **_named(controller),
        "dpv:hasDataProtectionOfficer": _ref(facts, "officer"),
    }
    yield {
        "@id": _id(facts, "officer"),
        "@type": "dpv:DataProtectionOfficer",
        "dpv:hasContact": controller.privacy_contact,
    }
    for at, one in enumerate(wording.joint):
        yield {
            "@id": _id(facts, f"joint-{at}"),
            "@type": "dpv:JointDataControllers",
            "dpv:hasName": one.name,
            "dpv:hasIdentifier": one.business_id,
            "dpv:hasContact": one.contact,
        }
    for at, processor in enumerate(facts.processors):
        yield {
            "@id": _id(facts, f"processor-{at}"),
            "@type": "dpv:DataProcessor",
            "dpv:hasName": processor.name,
            "dpv:hasLocation": processor.country,
        }


def _named(controller: Controller) -> dict[str, str]:
    told = {
        "dpv:hasName": controller.name,
        "dpv:hasIdentifier": controller.business_id,
        "dpv:hasAddress": controller.postal_address,
        "dpv:hasContact": controller.email or controller.telephone,
    }
    return {key: value for key, value in told.items() if value}


def _how(facts: Facts) -> Iterator[dict[str, Any]]:
    promised = facts.wording.promised
    months = facts.shorter or promised.period_months
    yield {
        "@id": _id(facts, "storage"),
        "@type": "dpv:StorageCondition",
        "dpv:hasDuration": {"@value": f"P{months}M", "@type": "xsd:duration"},
        "dpv:hasLocation": [one.country for one in facts.places if one.country],
    }
    yield {
        "@id": _id(facts, "notice"),
        "@type": "dpv:PrivacyNotice",
        "dct:hasVersion": facts.wording.version,
        "dct:identifier": f"sha256:{facts.wording.sha256}",
    }
    for check, measure in MEASURES.items():
        look = facts.looks.get(check)
        told = "unknown" if look is None else "kept" if look.kept else "broken"
        yield {
            "@id": _id(facts, f"measure-{check}"),
            "@type": measure,
            "dct:identifier": check,
            "dct:description": told,
        }


def _id(facts: Facts, name: str) -> str:
    return f"urn:vaiti:{facts.wording.name}:{facts.wording.version}:{name}"


def _ref(facts: Facts, name: str) -> dict[str, str]:
    return {"@id": _id(facts, name)}


def _tongue(paper: str, key: str, language: str) -> dict[str, str]:
    return {"@value": said(paper, key)[language], "@language": language}
