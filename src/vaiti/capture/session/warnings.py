"""What each warning and each refusal means, and what the sender's administrator can do about it."""

from vaiti.capture import parties, policy, roles, sdes, sdp
from vaiti.capture.session import call, rejoining, reports, request, session
from vaiti.capture.siprec import body, metadata, xml

SENTENCES = {
    "recorded": "the call is recorded",
    "not_recorded": "nothing of the call is kept: somebody objected, or it is private",
    "waiting": "answered; recording starts when customer and agent are both in the session",
    # refusals and ends
    policy.UNLISTED_LINE: "no address names a listed line: list it, or let the sender name it",
    policy.LINE_NOT_RECORDED: "the line is listed as one that is not recorded",
    policy.DIRECTION_NOT_RECORDED: "the line is not recorded in this direction",
    policy.INTERNAL_CALL: "only sides of the company take part, so this is no customer's call",
    policy.CUSTOMER_LEFT: "the customer has left, or another one has come instead",
    policy.TRANSFERRED_OUTSIDE: "the call went to somebody whose part is not recorded",
    policy.ORDERS_EXPIRED: "the recorder's orders have expired: see why the worker is not running",
    reports.NO_ORDERS: "the recorder has no orders yet: start the worker",
    reports.CALLS_LIMIT: "as many calls as allowed are being recorded",
    reports.STOPPING: "the recorder is being stopped",
    reports.NO_MEMORY: "the recorder has little memory left: give it more memory or fewer calls",
    reports.STRANGER: "this address is no peer's: it gets no answer",
    reports.WRONG_CREDENTIALS: "user or password are not those of the peer's settings",
    reports.UNREADABLE: "the body or the description cannot be read",
    reports.NO_STREAM: "no stream can be recorded: offer G.711, over SRTP where the peer has to",
    reports.NO_SOCKETS: "no port was free for the streams",
    reports.NO_MEDIA: "not one packet of the customer's arrived",
    reports.NOT_ACKNOWLEDGED: "the sender never acknowledged our answer",
    reports.SLOW_DISK: "a write to the journal took about a second: calls are written later",
    reports.SILENCE: "the customer was silent for the set time",
    reports.TIMER_EXPIRED: "the sender did not refresh the session in time",
    reports.NEVER_ANSWERED: "nothing told in time that the call was answered (start_on)",
    reports.NOT_ANNOUNCED: "the call was answered, but nobody reported the announcement",
    reports.PARTIES_NEVER_TOLD: "customer and agent were never both in the session",
    # the SIP message
    "bare_lf": "lines end without a carriage return",
    "malformed_header_line": "a line among the headers is none; it is left out",
    "trailing_bytes": "bytes follow the body; they are ignored",
    "repeated_header": "a header that must stand once is repeated",
    "bad_max_forwards": "Max-Forwards is no number",
    "trailing_blank": "the first line ends in a blank",
    "garbled_require": "Require names something unreadable; it is ignored",
    "no_content_type": "the message has a body and does not say what it is",
    "no_from_tag": "From has no tag",
    "no_contact": "there is no Contact: it cannot be told where to send our BYE",
    "bad_session_expires": "Session-Expires is unreadable; there is no session timer",
    "session_timer_is_ours_to_refresh": "the sender leaves refreshing to us: we never do",
    # the body
    body.BOUNDARY_GUESSED: "the declared boundary is not the one used",
    body.CLOSING_BOUNDARY_MISSING: "the last part is not closed by its boundary",
    body.TYPE_GUESSED: "a part does not say what it is; its beginning does",
    body.PART_LENGTH_WRONG: "a part's Content-Length is wrong; it is ignored",
    body.PART_UNKNOWN: "a part is neither description nor metadata; it is ignored",
    body.PART_REPEATED: "a part comes twice; the first counts",
    body.PARTS_TOO_MANY: "there are too many parts; the first sixteen count",
    # the description
    sdp.LABEL_MISSING: "a stream has no label: whose voice it is has to be guessed",
    sdp.ADDRESS_UNUSABLE: "a stream names no usable address: the sender's own is expected",
    sdes.SUITE_UNKNOWN: "no SRTP suite of the offer can be opened (AES-256 in counter mode, RFC "
    "6188, is none of libsrtp's binding): offer AES_CM_128_HMAC_SHA1_80 or AEAD_AES_256_GCM",
    sdes.KEYS_UNMARKED: "several SRTP keys on one line without marks: offer one, or MKIs",
    sdes.PARAMETER_UNKNOWN: "an SRTP parameter that leaves packets open or unproven, or a key "
    "derivation rate: leave it out",
    sdes.KEY_UNREADABLE: "an SRTP key that cannot be read, or is not as long as its suite's",
    sdp.STREAM_REFUSED: "an audio stream is refused: no codec that is taken, or not as it should",
    sdp.KEY_IN_CLEAR: "the key of SRTP came over a transport that anybody can read: use TLS",
    # the metadata
    request.METADATA_UNREADABLE: "the metadata cannot be read; From and To are taken for the sides",
    parties.METADATA_MISSING: "there is no metadata; From and To are taken for the sides",
    metadata.NAMESPACE_UNKNOWN: "the metadata's namespace is none that is known",
    metadata.ROOT_UNKNOWN: "the metadata's root element is none that is known",
    metadata.MODE_MISSING: "the metadata has no datamode; it counts as complete",
    metadata.PARTICIPANTS_MISSING: "the metadata names no participant",
    metadata.PARTICIPANT_WITHOUT_ID: "a participant has no identifier and is left out",
    metadata.STREAM_WITHOUT_ID: "a stream has no identifier: nobody can be said to send it",
    metadata.ASSOCIATION_UNKNOWN: "an association names no participant and is left out",
    xml.ENCODING_WRONG: "the metadata is not in the encoding that it declares",
    xml.MENDED: "the metadata is no XML as it is: a bare ampersand, an entity or a character that "
    "XML does not know",
    xml.PREFIX_UNKNOWN: "the metadata has a prefix without a namespace",
    xml.BROKEN: "the metadata is no XML; its whole tags are read, and what is missing stands",
    xml.JUNK_AFTER_ROOT: "bytes follow the metadata's end; they are ignored",
    # how the sides were told apart
    policy.DIRECTION_BY_ORDER: "nothing says who called: the first one counts as the caller",
    roles.CUSTOMER_BY_ORDER: "nothing says who the customer is: the first stranger counts; say in "
    "roles_from what this sender's order means",
    roles.CUSTOMER_UNKNOWN: "nothing that roles_from names says who the customer is",
    roles.ROLES_BY_ORDER: "nothing says who sends which stream: their order is taken for it; say "
    "in roles_from what this sender's order means",
    roles.ROLES_UNKNOWN: "nothing that roles_from names says who sends which stream",
    # several sessions of one call
    session.SECOND_SESSION: "the call was sent a second time at once; one of the two was kept",
    session.ANOTHER_SESSION: "the call came in several sessions; they were put together",
    rejoining.REJOINED: "a session ended or was cut off, and the call went on in another one",
    # long calls
    call.HOLDS_JOINED: "there were more holds than are kept apart",
    call.PAUSES_JOINED: "there were more pauses than are kept apart",
    reports.PAUSE_TOO_LONG: "a pause reached its limit: recording went on by itself",
    reports.PAUSE_UNKNOWN: "what another recorder was told could not be read: nothing was kept",
    reports.PAUSE_ASSUMED: "another recorder was told of a call that may be this one: nothing was "
    "kept",
    call.LEGS_JOINED: "there were more agents' parts than are kept apart",
}
