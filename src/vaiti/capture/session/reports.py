"""What the session reports for alarms and counters: a name and a sentence without personal data."""

from vaiti.capture import policy

STRANGER = "stranger"
WRONG_CREDENTIALS = "wrong_credentials"
NO_ORDERS = "no_orders"
ORDERS_EXPIRED = policy.ORDERS_EXPIRED
CALLS_LIMIT = "calls_limit"
STOPPING = "stopping"
OVERLOADED = "overloaded"
NO_MEMORY = "no_memory"
SLOW_DISK = "slow_disk"
UNREADABLE = "unreadable_request"
NO_STREAM = "no_acceptable_stream"
NO_SOCKETS = "no_sockets"
NO_MEDIA = "no_media"
NOT_ACKNOWLEDGED = "not_acknowledged"
SILENCE = "silence"
TIMER_EXPIRED = "session_timer_expired"
PARTIES_NEVER_TOLD = "parties_never_told"
PAUSE_TOO_LONG = "pause_too_long"
PAUSE_UNKNOWN = "pause_unknown"
PAUSE_ASSUMED = "pause_assumed"
NEVER_ANSWERED = "never_answered"
NOT_ANNOUNCED = "not_announced"

SENTENCES = {
    policy.UNLISTED_LINE: "a call on a line that is not listed was refused: nothing is recorded",
    policy.LINE_NOT_RECORDED: "a call on a line that is not recorded was refused",
    policy.DIRECTION_NOT_RECORDED: "a call in a direction that is not recorded was refused",
    policy.INTERNAL_CALL: "a call within the company was refused: there is no customer in it",
    policy.TRANSFERRED_OUTSIDE: "a call went to somebody outside the company: recording ended",
    ORDERS_EXPIRED: "the orders have expired: calls are answered 503; see the worker",
    STRANGER: "messages came from addresses that are no peer's, and were not answered",
    WRONG_CREDENTIALS: "a peer sent a wrong user or password: its request was refused",
    NO_ORDERS: "there are no orders to follow: calls are answered 503; see the worker",
    CALLS_LIMIT: "as many calls as limits.calls allows: further ones are answered 503",
    OVERLOADED: "the machine does not keep up with its calls: further ones are answered 503",
    NO_MEMORY: "the recorder has little memory left: further calls are answered 503",
    SLOW_DISK: "a write to the journal took about a second: calls are kept and written later",
    STOPPING: "the recorder is stopping: further calls are answered 503",
    UNREADABLE: "a peer sent a body that cannot be read: its call was refused",
    NO_STREAM: "a peer offered no stream that can be recorded: its call was refused",
    NO_SOCKETS: "no sockets could be bound for a call: it was answered 503",
    NO_MEDIA: "a recorded call carried no packet from the customer",
    NOT_ACKNOWLEDGED: "a peer never acknowledged our answer: its call was ended",
    SILENCE: "a call ended by the customer's silence: its BYE may have been lost",
    TIMER_EXPIRED: "a peer did not refresh its session: the call was ended",
    PAUSE_TOO_LONG: "a pause was not ended by anybody: recording went on when its time was over",
    PAUSE_UNKNOWN: "what another recorder was told of a call cannot be read: nothing of it is kept",
    PAUSE_ASSUMED: "a call may be one that was paused or objected to before: it is not recorded",
    NEVER_ANSWERED: "a session was never answered as its peer's start_on asks: nothing was kept",
    NOT_ANNOUNCED: "a call was answered but never announced, as its line asks: nothing was kept",
    PARTIES_NEVER_TOLD: "a peer never said who takes part: its session was ended unrecorded",
}
