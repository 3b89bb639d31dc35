"""Scenarios for SIPp, a peer that we did not write: a recording client, message by message."""

from capture_pure.scripted import agent, customer, metadata

SDP = """v=0
o=sipp 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000
a=label:1
a={mode}
m=audio [media_port+2] RTP/AVP 8
a=rtpmap:8 PCMA/8000
a=label:2
a={mode}
"""
TOLD = "application/rs-metadata+xml"


def scenario(*steps: str) -> str:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="recording client">\n'
    return head + "\n".join(steps) + "\n</scenario>\n"


def request(
    method: str, cseq: int, body: str = "", kind: str = "", *, dialog: bool = True, extra: str = ""
) -> str:
    """One request; `dialog` when it stands in one. An ACK has the CSeq of what it acknowledges."""
    target = "[next_url]" if dialog else "sip:srs@[remote_ip]:[remote_port]"
    lines = [
        f"{method} {target} SIP/2.0",
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
        "From: <sip:src@[local_ip]:[local_port]>;tag=[call_number]",
        f"To: <sip:srs@[remote_ip]:[remote_port]>{'[peer_tag_param]' if dialog else ''}",
        "Call-ID: [call_id]",
        f"CSeq: {cseq} {method}",
        "Contact: <sip:src@[local_ip]:[local_port];transport=[transport]>;+sip.src",
        "Max-Forwards: 70",
        *([extra] if extra else []),
        *([f"Content-Type: {kind}"] if kind else []),
        "Content-Length: [len]",
    ]
    again = "" if method == "ACK" else ' retrans="500"'
    return f"<send{again}><![CDATA[\n" + "\n".join([*lines, "", body]) + "\n]]></send>"


def offer(mode: str, device: str, line: str) -> tuple[str, str]:
    told = metadata([customer(), agent(device, line=line)])
    parts = [("application/sdp", SDP.format(mode=mode)), (TOLD, told)]
    body = "".join(f"--sipp\nContent-Type: {kind}\n\n{text}\n" for kind, text in parts)
    return body + "--sipp--\n", "multipart/mixed;boundary=sipp"


def answered(status: int, *, ringing: bool = False, auth: bool = False) -> str:
    provisional = '<recv response="100" optional="true"/>\n' if ringing else ""
    more = ' auth="true"' if auth else ""
    return f'{provisional}<recv response="{status}"{more} rrs="true"/>'


def pause(milliseconds: int) -> str:
    return f'<pause milliseconds="{milliseconds}"/>'


def sound(file: str) -> str:
    return f'<nop><action><exec rtp_stream="{file},-1,8,PCMA/8000"/></action></nop>'


def whole_call(line: str, file: str) -> str:
    """OPTIONS, a call with sound, a hold, the end of the hold, another agent, BYE."""
    told = metadata([customer(), agent("2002", line=line)])
    return scenario(
        request("OPTIONS", 1, dialog=False),
        answered(200),
        request("INVITE", 2, *offer("sendonly", "2001", line), dialog=False),
        answered(200, ringing=True),
        request("ACK", 2),
        sound(file),
        pause(600),
        request("INVITE", 3, *offer("inactive", "2001", line)),
        answered(200, ringing=True),
        request("ACK", 3),
        pause(200),
        request("INVITE", 4, *offer("sendonly", "2001", line)),
        answered(200, ringing=True),
        request("ACK", 4),
        request("UPDATE", 5, told, TOLD),
        answered(200),
        pause(300),
        request("BYE", 6),
        answered(200),
    )


def signed_in(line: str, user: str, password: str) -> str:
    """A call that is challenged, and proves its password by SIPp's own means."""
    credentials = f"[authentication username={user} password={password}]"
    body, kind = offer("sendonly", "2001", line)
    return scenario(
        request("INVITE", 1, body, kind, dialog=False),
        answered(401, ringing=True, auth=True),
        request("ACK", 1, dialog=False),
        request("INVITE", 2, body, kind, dialog=False, extra=credentials),
        answered(200, ringing=True),
        request("ACK", 2),
        pause(200),
        request("BYE", 3),
        answered(200),
    )
