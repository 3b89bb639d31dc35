"""Passkeys (WebAuthn): what the browser is asked, and whether its answer is right.

Every passkey must check its user (a finger, a face, a PIN), so that it is two factors by itself and
opens a session without a password. Attestation is not asked: the make of a key is not our business.
"""

import json
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from fido2.rpid import verify_rp_id
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from vaiti.people import book, factors, signin, throttle
from vaiti.people.book import PersonCard
from vaiti.people.dated import standing
from vaiti.people.factors import FactorError
from vaiti.people.models import Factor, FactorKind

MAX_RESPONSE = 20_000  # characters; a browser's answer has a few hundred
MAX_CREDENTIAL = 1023  # bytes, by the standard
REFUSED = "The passkey was not accepted. Try again."
State = dict[str, Any]


def ask_new(person: PersonCard, site: str) -> tuple[dict[str, Any], State]:
    """Options for making a passkey for `site` (a host name), and what to keep till it comes."""
    options, state = _server(site).register_begin(
        PublicKeyCredentialUserEntity(
            id=person.id.bytes, name=person.login, display_name=person.name
        ),
        _descriptors(person.id),
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _plain(options), state


def add(
    person_id: UUID, site: str, state: State, response: str, *, name: str, now: datetime
) -> UUID:
    """Enrols the passkey that the browser made. Raises FactorError."""
    try:
        made = _server(site).register_complete(state, _parsed(response))
    except (ValueError, TypeError, KeyError) as error:
        raise FactorError(REFUSED) from error
    data = made.credential_data
    if data is None or len(data.credential_id) > MAX_CREDENTIAL:
        raise FactorError(REFUSED)
    credential = websafe_encode(data.credential_id)
    if Factor.objects.filter(credential=credential).exists():
        raise FactorError("This passkey is enrolled already.")
    return factors.add(
        person_id,
        FactorKind.PASSKEY,
        name,
        now,
        credential=credential,
        public_key=websafe_encode(data),
        sign_count=made.counter,
    )


def ask(site: str, person_id: UUID | None = None) -> tuple[dict[str, Any], State]:
    """Options for showing a passkey: one of the person's, or whichever the browser has."""
    options, state = _server(site).authenticate_begin(
        _descriptors(person_id) if person_id else None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _plain(options), state


def sign_in(site: str, state: State, response: str, address: str, now: datetime) -> PersonCard:
    """Whose passkey has answered, with no password before it; throttled by address, and logged.

    Raises FactorError.
    """
    counts = throttle.counts_of_address(address)
    if not throttle.reserve(counts, now):
        raise FactorError("There were too many tries from here. Wait a quarter of an hour.")
    try:
        card = book.person(use(site, state, response, now), now)
    except FactorError:
        signin.log_refusal(signin.UNKNOWN, counts, "passkey", now)
        raise
    if card is None:
        raise FactorError(REFUSED)
    throttle.take_back(counts)
    return card


def use(site: str, state: State, response: str, now: datetime) -> UUID:
    """Whose passkey has answered. Raises FactorError, also for a leaver's and a copied one."""
    try:
        answer = AuthenticationResponse.from_dict(_parsed(response))
        credential = websafe_encode(answer.raw_id)
        row = Factor.objects.filter(standing(now, "person__active"), credential=credential).first()
        if row is None:
            raise FactorError("This passkey is not known here. Sign in with your password.")
        data = AttestedCredentialData(websafe_decode(row.public_key))
        _server(site).authenticate_complete(state, [data], answer)
    except FactorError:
        raise
    except (ValueError, TypeError, KeyError) as error:
        raise FactorError(REFUSED) from error
    count = answer.response.authenticator_data.counter
    if count <= row.sign_count and (count or row.sign_count):
        raise FactorError(REFUSED)  # an older count than the last one: a copy of the key
    Factor.objects.filter(id=row.id).update(sign_count=count, used_at=now)
    return row.person_id


def _server(site: str) -> Fido2Server:
    def own(origin: str) -> bool:
        """This very host: a neighbour under the same name is another site."""
        return verify_rp_id(site, origin) and urlsplit(origin).hostname == site

    return Fido2Server(PublicKeyCredentialRpEntity(id=site, name="Vaiti"), verify_origin=own)


def _descriptors(person_id: UUID) -> list[PublicKeyCredentialDescriptor]:
    known = Factor.objects.filter(person_id=person_id, kind=FactorKind.PASSKEY)
    return [
        PublicKeyCredentialDescriptor(
            type=PublicKeyCredentialType.PUBLIC_KEY, id=websafe_decode(credential)
        )
        for credential in known.values_list("credential", flat=True)
        if credential
    ]


def _plain(options: Any) -> dict[str, Any]:  # noqa: ANN401 - one of two classes of the library
    """As JSON would have it: bytes in base64url."""
    return dict(json.loads(json.dumps(dict(options["publicKey"]), default=dict)))


def _parsed(response: str) -> dict[str, Any]:
    if len(response) > MAX_RESPONSE:
        raise ValueError("the answer is too long")
    read = json.loads(response)
    if not isinstance(read, dict):
        raise TypeError("the answer is not an object")
    return read
