"""What the codes in an alarm's detail mean, for the page *State*. Translated where shown."""

from django.utils.translation import gettext_noop

from vaiti.web.wording import destruction_words

DATABASE = {
    "archive_undeclared": gettext_noop(
        "The database server archives its write-ahead log, in which deleted rows stand, and "
        "nothing says for how long."
    ),
    "slot_endless": gettext_noop(
        "A replication slot that nobody reads makes the database server keep its write-ahead log "
        "without end."
    ),
}
BUCKET = {
    "object_lock": gettext_noop("The bucket has an object lock, which forbids destruction."),
    "replicated": gettext_noop("The bucket is replicated: copies elsewhere outlive what dies."),
    "versions_kept": gettext_noop("The bucket keeps older versions for longer than it may."),
    "other_bytes": gettext_noop("The object store gives back other bytes than it was given."),
    "public": gettext_noop("Anybody can read the bucket without signing in."),
}
KEYS = {
    "keys_unavailable": gettext_noop("The key process does not answer. It is asked again."),
    "keys_refused": gettext_noop("The key process says no."),
    "keys_gone": gettext_noop("The key is there no more."),
    "keys_malformed": gettext_noop("The key process does not understand what it was asked."),
    "keys_unknown": gettext_noop("The key process does not know what it was asked for."),
    "keys_damaged": gettext_noop("What is sealed is damaged: the key does not open it."),
}
REMAINS = {
    **destruction_words.LEFT,
    **KEYS,
    "damaged": gettext_noop("The recording is not what was sealed."),
    "database": gettext_noop("The database did not answer. It is asked again."),
    "differs": gettext_noop("What was packed held other sound than the recording."),
    "grant_refused": gettext_noop("The program was given no grant for this work."),
    "opus_differs": gettext_noop("In Opus it would not have sounded as it was received."),
    "store": gettext_noop("The store does not answer. It is asked again."),
    "waiting": gettext_noop("It waits for its turn."),
    "withdrawn": gettext_noop("Its plan was taken back meanwhile."),
}
"""Why something is not destroyed, joined, silenced or packed yet."""
INTAKE = {
    **KEYS,
    "bad_call_id": gettext_noop("The call’s id is malformed."),
    "bad_intake_day": gettext_noop("The journal does not say from which day its key is."),
    "bad_manifest": gettext_noop("The recorder’s description of the call cannot be read."),
    "canary_unknown": gettext_noop("It came as a test call of our own, and none was placed."),
    "key_gone_before_intake": gettext_noop("Its key died before the call was in the book."),
    "lost": gettext_noop("The recorder died before it had written what is needed."),
    "manifest_of_another_call": gettext_noop("Its description is another call’s."),
    "negative_length": gettext_noop("The call, or a part of it, ends before it begins."),
    "no_notice": gettext_noop("No version of the notice was in force when the call began."),
    "not_gathered": gettext_noop("Store or journal failed. It is tried again."),
    "number_not_masked": gettext_noop("The customer’s number is not masked."),
    "object_differs": gettext_noop("What was gathered is not what the recorder described."),
    "segments_missing": gettext_noop("The journal lacks parts of the call."),
    "unlisted_line": gettext_noop(
        "The line was not registered, not recorded, or not in this direction, when it began."
    ),
}
CHANGED = {"other_bytes": gettext_noop("Its bytes are not those that were sealed.")}
WAYS_OUT = {
    "ahead": gettext_noop("The witness knows of a later checkpoint than this log has."),
    "not_cosigned": gettext_noop("The witness did not answer with its signature."),
    "private_address": gettext_noop(
        "Its name leads to an address that is not public, and not listed either."
    ),
}
MACHINES = {
    "sso": gettext_noop("the company’s sign-in"),
    "scim": "SCIM",
}
