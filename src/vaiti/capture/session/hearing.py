"""What a later message of a recording session says, and what becomes of its call: rows of the
session's table.

One session may carry call after call (RFC 7866: a persistent session): when the customer has left,
the call ends then, and the session waits, or goes on, with the next one. Only the tracks' sockets,
ports and keys are the same. Pure.
"""

from dataclasses import replace

from vaiti.capture.events import Allocate, End, Forget
from vaiti.capture.orders import Peer
from vaiti.capture.parties import carriers, named, ties, wider_ties
from vaiti.capture.policy import CUSTOMER_LEFT, INTERNAL_CALL, Policy, Record, Refuse, Verdict, Wait
from vaiti.capture.session.branch import Branch
from vaiti.capture.session.call import Call, State
from vaiti.capture.session.lifecycle import ANSWERED_WITHIN_S, Lifecycle
from vaiti.capture.session.request import Said, Unreadable, read
from vaiti.capture.session.signs import signs
from vaiti.capture.sip.incoming import Incoming
from vaiti.capture.sip.message import Request
from vaiti.capture.siprec.merging import merge
from vaiti.capture.siprec.metadata import Metadata
from vaiti.values.ids import new_call_id
from vaiti.values.masked import withheld


def offered(lives: Lifecycle, call: Call, incoming: Incoming | None, now: float) -> None:
    """A re-INVITE or UPDATE with any mix of description, metadata, both or nothing."""
    assert incoming is not None and incoming.request is not None
    try:
        said = read(incoming.request, call.peer.srtp, lives.taken(call.record))
    except Unreadable as error:
        lives.endpoint.answer(incoming.handle, error.status, now=now)
        return
    branch = call.at
    branch.pending = incoming.handle
    branch.bare = said.sdp is None and incoming.kind == "update"
    standing = _heard_of(lives, call, said, incoming.request, now)
    if standing is None:
        return
    lives.take_signs(standing, signs(incoming.request, said, call.peer.state_header), now)
    missing = standing.at.streams.missing()
    if missing:
        lives.out.append(Allocate(standing.id, missing, standing.at.streams.host))
    else:
        lives.answer_pending(standing, None, now)


def acknowledged(lives: Lifecycle, call: Call, incoming: Incoming | None, now: float) -> None:
    """An ACK carries the answer to what we offered in our 2xx."""
    assert incoming is not None and incoming.request is not None
    try:
        said = read(incoming.request, call.peer.srtp, lives.taken(call.record))
    except Unreadable:
        lives.dismiss(call, None, now)
        return
    unanswered = call.at.streams.remote is None
    if unanswered and (said.sdp is None or not said.sdp.acceptable):
        lives.dismiss(call, None, now)
    elif said.sdp is not None:
        standing = _heard_of(lives, call, said, incoming.request, now)
        if standing is not None:
            lives.bring_up(standing, now)


def _heard_of(
    lives: Lifecycle, call: Call, said: Said, request: Request, now: float
) -> Call | None:
    """Takes over description and metadata, and judges the call anew; the session's call then."""
    branch, before = call.at, call.at.metadata
    call.warn(said.warnings)
    if said.metadata is not None:
        branch.metadata = merge(branch.metadata, said.metadata)
    if said.sdp is not None:
        branch.streams.take_on(said.sdp)
    if call.succeeds and call.record is None:
        _address(call, said.metadata, request)
    assert lives.policy is not None
    verdict = _judged(lives.policy, call, now)
    if isinstance(verdict, Refuse) and verdict.reason == CUSTOMER_LEFT:
        if _goes_on_elsewhere(lives, call, before, now):
            return None
        if _all_stay(call):
            call = _next_call(lives, call, said.metadata, request, now)
            verdict = _judged(lives.policy, call, now)
    if isinstance(verdict, Record):
        call.learn(verdict)
    elif isinstance(verdict, Refuse):
        _refused(lives, call, verdict, now)
    return lives.of(branch.dialog)


def _judged(policy: Policy, call: Call, now: float) -> Verdict:
    standing = call.at.record or call.record
    if standing is not None:
        verdict = policy.review(call.at.parties(), call.peer, standing)
        late = call.succeeds and call.at.record is None and isinstance(verdict, Refuse)
        return Wait() if late else verdict  # it speaks of the call before
    if call.succeeds and not call.at.metadata.present:
        return Wait()  # between two calls
    verdict = policy.decide(call.at.parties(), call.peer, now)
    if call.succeeds and isinstance(verdict, Record) and not _customer_came(call.peer, verdict):
        return Wait()
    return verdict


def _customer_came(peer: Peer, record: Record) -> bool:
    """Without a pattern for devices: whom an agent goes on talking to may be a colleague, where
    the number has as many digits as the agent's own."""
    number = record.customer
    if record.customer_key is None:
        return False
    if peer.agent_pattern or number == withheld() or number.text.startswith("+"):
        return True
    sizes = {len(device) for device in record.devices if device.isdecimal()}
    return bool(sizes) and len(number.text) not in sizes


def _refused(lives: Lifecycle, call: Call, verdict: Refuse, now: float) -> None:
    if call.succeeds and call.record is None:
        if len(call.at.metadata.present) > 1:
            lives.report(verdict.reason, call.peer.name)
        return  # the session goes on: its next call may be one that is recorded
    if verdict.reason != CUSTOMER_LEFT:
        lives.report(verdict.reason, call.peer.name)
    if verdict.reason == INTERNAL_CALL and _no_customer(call):
        lives.drop(call, now)  # agents consulted each other, which was not told at first
    else:
        happening = "customer_left" if verdict.reason == CUSTOMER_LEFT else "out_of_scope"
        lives.fire(call, happening, now)


def _no_customer(call: Call) -> bool:
    """Whether nobody but agents has ever been in the call."""
    known = call.record
    return call.state is State.RECORDING and known is not None and known.customer_key is None


# The next call of the same session


def _goes_on_elsewhere(lives: Lifecycle, call: Call, before: Metadata, now: float) -> bool:
    """The customer has left this session and is in another one of the same call: a transfer. Not
    where both carry one communication session: then the other is about to say the same."""
    here, policy = call.at, lives.policy
    assert policy is not None
    still = any(
        isinstance(policy.review(each.parties(), call.peer, each.record), Record)
        for each in call.living()
        if each is not here
        and each.record is not None
        and set(before.sessions).isdisjoint(each.metadata.sessions)
    )
    if not still or not lives.goes_on(call, now):
        return False
    lives.endpoint.bye(here.dialog, now)
    return True


def _all_stay(call: Call) -> bool:
    """What is sent twice, or of which a session is over, ends with all its sessions instead."""
    over = any(each.over for each in call.branches)
    return not over and not call.has_spare and call.spare_of is None


def _next_call(
    lives: Lifecycle, call: Call, told: Metadata | None, request: Request, now: float
) -> Call:
    """Ends the call, and lets a new one wait for its customer where it was."""
    now_us = round(now * 1_000_000)
    others = [_as_new(each) for each in call.branches if each is not call.at]
    heir = Call(
        id=new_call_id(),
        peer=call.peer,
        at=_as_new(call.at),
        state=State.ANSWERED,
        counted_us=now_us,
        wait_until=now + ANSWERED_WITHIN_S,
        state_told=call.state_told,
        succeeds=True,
    )
    heir.branches += others
    _address(heir, told, request)
    lives.out += lives.words.fade(call, now_us)
    if call.state is State.RECORDING:
        ended_us = max(now_us, call.began_us)  # should the clock have been set back meanwhile
        facts = lives.manifest(call, ended_us, ended_by="released", state="complete")
        lives.out.append(End(call.id, facts, heir.id))
    else:
        lives.out.append(Forget(call.id, heir=heir.id))
    lives.remove(call)
    lives.succeed(heir)
    lives.wait_on(heir, None, now)
    return heir


def _as_new(branch: Branch) -> Branch:
    """The session without what was known of the call before."""
    branch.streams.expect_anew()
    gone = replace(branch.metadata, called=(), clues=(), calling=(), direction="", extensions=())
    return replace(branch, record=None, metadata=gone)


def _address(call: Call, told: Metadata | None, request: Request) -> None:
    """Whose the call is says the message that brings it, not the one that opened the session."""
    call.at.carriers = carriers(request, call.peer.agent_headers)
    call.named = named(request)
    if told is not None:
        call.close_ties = ties(request, told)
        call.ties = call.close_ties | wider_ties(request, told)
