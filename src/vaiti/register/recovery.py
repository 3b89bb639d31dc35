"""Makes the manifest of a call whose recorder died: its newest draft, carried to the end. Pure."""

from dataclasses import replace

from vaiti.vault.manifest import AgentLeg, Manifest, Pause, Span


def recovered(draft: Manifest, ended_us: int, segments: int, finished: bool) -> Manifest:
    """The draft as a manifest of what was found. `ended_us` is when the recorder last wrote.

    What was going on when the draft was written (legs, holds, pauses) is taken to have gone on
    until then.
    `sha256` is left for when the object has been gathered.
    """
    end = max(draft.ended_us, ended_us)
    return replace(
        draft,
        state="recovered",
        ended_by="recovered",
        ended_us=end,
        legs=tuple(_carried_leg(leg, draft.ended_us, end) for leg in draft.legs),
        holds=tuple(_carried_hold(hold, draft.ended_us, end) for hold in draft.holds),
        pauses=tuple(_carried_pause(each, draft.ended_us, end) for each in draft.pauses),
        segments=segments,
        finished=finished,
        sha256="",
    )


def _carried_leg(leg: AgentLeg, drafted_us: int, end_us: int) -> AgentLeg:
    return replace(leg, to_us=end_us) if leg.to_us >= drafted_us else leg


def _carried_pause(pause: Pause, drafted_us: int, end_us: int) -> Pause:
    return replace(pause, to_us=end_us) if pause.to_us >= drafted_us else pause


def _carried_hold(hold: Span, drafted_us: int, end_us: int) -> Span:
    return replace(hold, to_us=end_us) if hold.to_us >= drafted_us else hold
