"""Where answers and our own requests go (RFC 3261 section 18.2, RFC 3581)."""

from dataclasses import replace

from vaiti.capture.sip.flow import Address, Flow
from vaiti.capture.sip.grammar import SipError, Via, parse_uri

DEFAULT_PORT = 5060


def bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def answer_via(via: Via, flow: Flow) -> Via:
    """The top Via as the answer carries it: where the request really came from is written in."""
    params = dict(via.params)
    asked = "rport" in params
    if asked:
        params["rport"] = str(flow.remote.port)
    if asked or via.host != bracketed(flow.remote.host):
        params["received"] = flow.remote.host
    return Via(via.version, via.transport, via.host, via.port, params)


def answer_flow(via: Via, flow: Flow) -> Flow:
    """TCP: the same connection. UDP with rport: back to the source. UDP without: the port of Via.

    Some gateways send from a passing port, listen at another and say so in Via only.
    """
    if flow.transport != "udp" or "rport" in via.params:
        return flow
    return _with_port(flow, via.port or DEFAULT_PORT)


def request_flow(flow: Flow, next_hop: str) -> Flow:
    """Our request to `next_hop` (a URI): never to another host than the one that talks to us."""
    if flow.transport != "udp":
        return flow
    try:
        uri = parse_uri(next_hop)
    except SipError:
        return flow
    if uri.host != bracketed(flow.remote.host):
        return flow
    return _with_port(flow, uri.port or DEFAULT_PORT)


def _with_port(flow: Flow, port: int) -> Flow:
    if port == flow.remote.port:
        return flow
    return replace(flow, remote=Address(flow.remote.host, port))


def contact(flow: Flow) -> str:
    """Our Contact on this flow (RFC 7866 section 6.2: the recording server's feature tag)."""
    transport = "" if flow.transport == "udp" else f";transport={flow.transport}"
    host = bracketed(flow.local.host)
    return f"<sip:srs@{host}:{flow.local.port}{transport}>;+sip.srs"
