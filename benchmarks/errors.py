"""Mail errors as people paste them: the knowledge's own examples inside logs, reports, notices."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.smtp.knowledge import Knowledge

BARE = 0.3  # share of texts that are the server's words alone, as in tickets and in chat
_REPLY = re.compile(r"(?P<code>[245]\d\d)[ -](?:(?P<enhanced>[245]\.\d{1,3}\.\d{1,3}) )?")
_NAMES = ("anna", "ben.okoro", "carla", "d.ivanov", "erin", "farid", "grace.lee", "hugo")
_HOSTS = ("mx1.example.net", "mail.example.org", "aspmx.example.net", "in-7.mx.example.com")
_HEX = "0123456789ABCDEF"


@dataclass(frozen=True, slots=True)
class Scene:
    """One reply and who was talking; `line` is the reply joined to one line."""

    reply: str
    to: str
    host: str
    ip: str
    queue_id: str
    second: int

    @property
    def line(self) -> str:
        return " ".join(self.reply.split())

    @property
    def code(self) -> str:
        return self.reply[:3]

    @property
    def status(self) -> str:
        """The enhanced code, or the one that says nothing but the class."""
        found = _REPLY.match(self.reply)
        return (found and found["enhanced"]) or f"{self.code[0]}.0.0"

    @property
    def clock(self) -> str:
        return f"{self.second // 3600:02}:{self.second // 60 % 60:02}:{self.second % 60:02}"


def pasted(knowledge: Knowledge, seed: int) -> list[str]:
    """One text for each entry: its example, bare or in one of the wrappers, shuffled."""
    chance = random.Random(seed)
    texts = [_wrapped(entry.example, WRAPPERS, chance) for entry in knowledge]
    chance.shuffle(texts)
    return texts


def notices(knowledge: Knowledge, seed: int) -> list[str]:
    """A whole notice for each entry whose example is a server's refusal, shuffled."""
    chance = random.Random(seed)
    refusals = [entry.example for entry in knowledge if _REPLY.match(entry.example)]
    chance.shuffle(refusals)
    return [notice(scene(reply, chance)) for reply in refusals if reply[0] in "45"]


def _wrapped(
    example: str, wrappers: Sequence[Callable[[Scene], str]], chance: random.Random
) -> str:
    """The example in a random wrapper; alone when it is no reply, as an exception is none."""
    if not _REPLY.match(example) or chance.random() < BARE:
        return example
    return chance.choice(wrappers)(scene(example, chance))


def scene(reply: str, chance: random.Random) -> Scene:
    """A reply, with who was talking drawn by lot."""
    return Scene(
        reply=reply,
        to=f"{chance.choice(_NAMES)}@example.com",
        host=chance.choice(_HOSTS),
        ip=f"192.0.2.{chance.randrange(1, 255)}",
        queue_id="".join(chance.choices(_HEX, k=10)),
        second=chance.randrange(24 * 3600),
    )


def postfix(s: Scene) -> str:
    status = "deferred" if s.code[0] == "4" else "bounced"
    return (
        f"Nov 20 {s.clock} relay postfix/smtp[{s.second + 1000}]: {s.queue_id}: to=<{s.to}>, "
        f"relay={s.host}[{s.ip}]:25, delay=1.4, delays=0.1/0.01/0.6/0.7, dsn={s.status}, "
        f"status={status} (host {s.host}[{s.ip}] said: {s.line} (in reply to RCPT TO command))"
    )


def exim(s: Scene) -> str:
    sign = "==" if s.code[0] == "4" else "**"
    return (
        f"2026-11-20 {s.clock} 1sAbCd-{s.queue_id[:6]}-2X {sign} {s.to} R=dnslookup "
        f"T=remote_smtp H={s.host} [{s.ip}]: SMTP error from remote mail server after "
        f"RCPT TO:<{s.to}>: {s.line}"
    )


def smtplib_exception(s: Scene) -> str:
    return (
        "Traceback (most recent call last):\n"
        '  File "/srv/app/mailer.py", line 88, in deliver\n'
        "    server.send_message(message)\n"
        f"smtplib.SMTPRecipientsRefused: {{'{s.to}': ({s.code}, {s.line[4:].encode()!r})}}"
    )


def dsn(s: Scene) -> str:
    action = "delayed" if s.code[0] == "4" else "failed"
    folded = s.reply.replace("\n", "\n    ")
    return (
        f"Final-Recipient: rfc822; {s.to}\nAction: {action}\nStatus: {s.status}\n"
        f"Remote-MTA: dns; {s.host}\nDiagnostic-Code: smtp; {folded}"
    )


def service_json(s: Scene) -> str:
    event = {
        "event": "deferred" if s.code[0] == "4" else "bounce",
        "email": s.to,
        "timestamp": 1795132800 + s.second,
        "ip": s.ip,
        "status": s.status,
        "reason": s.reply,
        "message_id": f"{s.queue_id.lower()}.filter-6f.{s.second}",
    }
    return json.dumps(event)


def asked(s: Scene) -> str:
    return f"Anyone seen this before? Mail to {s.to} fails since {s.clock[:5]}:\n> {s.line}"


def notice(s: Scene) -> str:
    """A whole notice as Postfix sends it: words for people, the report, the returned headers."""
    boundary = f"{s.queue_id}.{s.second}/relay.example.org"
    return f"""\
Return-Path: <>
Received: by relay.example.org (Postfix) id {s.queue_id}; Fri, 20 Nov 2026 {s.clock} +0000 (UTC)
Date: Fri, 20 Nov 2026 {s.clock} +0000 (UTC)
From: MAILER-DAEMON@relay.example.org (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: reports@example.org
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
    boundary="{boundary}"

This is a MIME-encapsulated message.

--{boundary}
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host relay.example.org.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

For further assistance, please send mail to postmaster.

If you do so, please include this problem report. You can
delete your own text from the attached returned message.

                   The mail system

<{s.to}>: host {s.host}[{s.ip}] said: {s.reply}
    (in reply to RCPT TO command)

--{boundary}
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example.org
X-Postfix-Queue-ID: {s.queue_id}
Arrival-Date: Fri, 20 Nov 2026 {s.clock} +0000 (UTC)

{dsn(s)}

--{boundary}
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Received: from app-3.example.org (app-3.example.org [198.51.100.17])
    by relay.example.org (Postfix) with ESMTPS id {s.queue_id}
    for <{s.to}>; Fri, 20 Nov 2026 {s.clock} +0000 (UTC)
DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=nov; h=From:To:Subject:Date;
    bh={s.queue_id * 4}=; b={s.queue_id * 12}=
From: Weekly report <reports@example.org>
To: {s.to}
Subject: Numbers of week {s.second % 52 + 1}
Message-ID: <{s.queue_id.lower()}@app-3.example.org>

--{boundary}--
"""


WRAPPERS = (postfix, exim, smtplib_exception, dsn, service_json, asked)
