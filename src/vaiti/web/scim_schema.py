"""What the SCIM server says of itself: its abilities, its kinds of resources, their attributes."""

from typing import Any

from vaiti.people.scim_document import CORE, ENTERPRISE, GROUP

META = "urn:ietf:params:scim:schemas:core:2.0"
CONFIG = f"{META}:ServiceProviderConfig"
RESOURCE_TYPE = f"{META}:ResourceType"
SCHEMA = f"{META}:Schema"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
MOST = 200  # resources in one answer


def config(base: str) -> dict[str, Any]:
    return {
        "schemas": [CONFIG],
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": MOST},
        "changePassword": {"supported": False},
        "sort": {"supported": False},
        "etag": {"supported": False},
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "A token made by: vaiti scim token",
                "primary": True,
            }
        ],
        "meta": _meta("ServiceProviderConfig", f"{base}/ServiceProviderConfig"),
    }


def resource_types(base: str) -> list[dict[str, Any]]:
    return [
        {
            "schemas": [RESOURCE_TYPE],
            "id": "User",
            "name": "User",
            "endpoint": "/Users",
            "description": "A named person",
            "schema": CORE,
            "schemaExtensions": [{"schema": ENTERPRISE, "required": False}],
            "meta": _meta("ResourceType", f"{base}/ResourceTypes/User"),
        },
        {
            "schemas": [RESOURCE_TYPE],
            "id": "Group",
            "name": "Group",
            "endpoint": "/Groups",
            "description": "People to whom the settings may give a role",
            "schema": GROUP,
            "meta": _meta("ResourceType", f"{base}/ResourceTypes/Group"),
        },
    ]


def schemas(base: str) -> list[dict[str, Any]]:
    user = [
        _text("userName", "The login; unique for ever", required=True, uniqueness="server"),
        _text("displayName", "First name and surname", required=True),
        _text("preferredLanguage", "Of the pages: sv, fi or en"),
        {**_text("active", "Whether the person is here"), "type": "boolean"},
    ]
    value = _text("value", "The id of the manager", exact=True)
    reference = {
        **_text("$ref", "The address of the manager", exact=True),
        "type": "reference",
        "referenceTypes": ["User"],
    }
    manager = {
        **_text("manager", "To whom the person reports"),
        "type": "complex",
        "subAttributes": [value, reference],
    }
    return [
        _schema(base, GROUP, "Group", _group()),
        _schema(base, CORE, "User", user),
        _schema(base, ENTERPRISE, "EnterpriseUser", [manager]),
    ]


def _group() -> list[dict[str, Any]]:
    person = {
        **_text("$ref", "The address of the person", exact=True),
        "type": "reference",
        "referenceTypes": ["User"],
        "mutability": "immutable",
    }
    value = {**_text("value", "The id of a person", exact=True), "mutability": "immutable"}
    members = {
        **_text("members", "Who is in the group"),
        "type": "complex",
        "multiValued": True,
        "subAttributes": [value, person],
    }
    return [_text("displayName", "The name of the group", required=True), members]


def _schema(base: str, name: str, title: str, attributes: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "schemas": [SCHEMA],
        "id": name,
        "name": title,
        "description": title,
        "attributes": attributes,
        "meta": _meta("Schema", f"{base}/Schemas/{name}"),
    }


def _text(
    name: str,
    description: str,
    *,
    required: bool = False,
    exact: bool = False,
    uniqueness: str = "none",
) -> dict[str, Any]:
    return {
        "name": name,
        "type": "string",
        "multiValued": False,
        "description": description,
        "required": required,
        "caseExact": exact,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": uniqueness,
    }


def _meta(kind: str, location: str) -> dict[str, str]:
    return {"resourceType": kind, "location": location}
