"""How SIP reaches a recorder: by sockets of its own, or through the front that it shares."""

from functools import partial

from vaiti.capture import sharing
from vaiti.capture.recorder.config import RecorderConfig
from vaiti.capture.recorder.ears import Ears
from vaiti.capture.recorder.link import Link, Room
from vaiti.capture.recorder.tcp import Holder
from vaiti.capture.recorder.tls import Tls
from vaiti.capture.recorder.transport import Transports
from vaiti.capture.session.room import belongings
from vaiti.capture.session.session import Session

Reached = Transports | Link


def new_session(config: RecorderConfig) -> Session:
    """Our tags tell whoever shares the address which dialogs are ours."""
    mark = sharing.mark(config.shared.number) if config.shared else ""
    return Session(config.recorder_id, None, config.media_hosts, codecs=config.codecs, mark=mark)


def transports_of(
    config: RecorderConfig, ears: Ears, room: Room, session: Session, holder: Holder
) -> Reached:
    if config.shared is None:
        return Transports(ears, Tls(config.tls) if config.tls else None, holder=holder)
    number, lasting = config.shared.number, config.keeper is not None
    has = partial(belongings, session)
    return Link(ears, config.shared.front, number, room, has, lasting=lasting)
