"""Every kind of entry there is, as `scope:subject:act`. What is not listed cannot be logged.

The act is in the past tense when it has happened, in the `-ing` form when it is announced before
something that cannot be undone.
"""

from enum import StrEnum


class Kind(StrEnum):
    """Kept in alphabetical order."""

    ACCESS_CALL_REFUSED = "access:call:refused"
    ACCESS_CALL_SEEN = "access:call:seen"
    ACCESS_CALLS_LISTED = "access:calls:listed"
    ACCESS_LISTENING_HEARD = "access:listening:heard"
    ACCESS_LISTENING_OPENED = "access:listening:opened"
    ACCESS_LISTENING_REFUSED = "access:listening:refused"
    ACCESS_LISTENING_RESUMED = "access:listening:resumed"
    ACCESS_LOG_READ = "access:log:read"
    AUDIT_CONTENT_REMOVED = "audit:content:removed"
    CALL_RECORDING_DROPPED = "call:recording:dropped"
    CALL_RECORDING_TAKEN_IN = "call:recording:taken_in"
    NOTICE_LINE_CHANGED = "notice:line:changed"
    NOTICE_LINE_LISTED = "notice:line:listed"
    NOTICE_VERSION_PUBLISHED = "notice:version:published"
    OPS_REGISTER_CREATED = "ops:register:created"
    OPS_SETTINGS_CHANGED = "ops:settings:changed"
    PEOPLE_DEVICE_ASSIGNED = "people:device:assigned"
    PEOPLE_MEMBERSHIP_CHANGED = "people:membership:changed"
    PEOPLE_PASSWORD_CHANGED = "people:password:changed"
    PEOPLE_PERSON_CHANGED = "people:person:changed"
    PEOPLE_PERSON_CREATED = "people:person:created"
    PEOPLE_ROLE_ENDED = "people:role:ended"
    PEOPLE_ROLE_GRANTED = "people:role:granted"
    PEOPLE_SESSION_CLOSED = "people:session:closed"
    PEOPLE_SESSION_OPENED = "people:session:opened"
    PEOPLE_SESSION_REFUSED = "people:session:refused"
    RETENTION_CALL_DESTROYED = "retention:call:destroyed"
    RETENTION_CALL_DESTROYING = "retention:call:destroying"
    RETENTION_CALL_REPLAYED = "retention:call:replayed"
    RETENTION_DAY_ENDED = "retention:day:ended"
    RETENTION_INTAKE_KEY_DESTROYED = "retention:intake_key:destroyed"
    RETENTION_JOURNAL_REMOVED = "retention:journal:removed"
    RETENTION_LINE_WITHDRAWN = "retention:line:withdrawn"
    RETENTION_PLAN_MADE = "retention:plan:made"
