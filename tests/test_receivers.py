"""Whose mail an error is about: as a set for answers, as one domain for digests."""

from __future__ import annotations

import pytest

from bot.smtp.receivers import receiving_domain, receiving_domains


@pytest.mark.parametrize(
    "text",
    [
        "postfix/smtp[1]: A1: to=<bob@example.com>, relay=mx.example.net[192.0.2.1]:25",
        "postfix/smtp[1]: A1: to=<bob@Example.COM.>, orig_to=<root@example.net>, relay=none",
        "from=<alice@example.net> to=bob@example.com",
        "NOQUEUE: reject: RCPT from x: from=<alice@example.net> to=<bob@example.com> proto=ESMTP",
        "RCPT TO:<bob@example.com>",
        "550 5.1.1 <bob@example.com>: Recipient address rejected: User unknown",
        "550-<bob@example.com> is not here",
        "Final-Recipient: rfc822; bob@example.com",
        "Original-Recipient: rfc822;all@example.net\nFinal-Recipient: rfc822; bob@example.com",
        "<bob@example.com>:\nSorry, no mailbox here by that name. (#5.1.1)",
        "mail from <alice@example.net> to <bob@example.com> failed",
        "1abCDe-000123-45 ** bob@example.com R=dnslookup T=remote_smtp: 550 No such user",
        "1abCDe-000123-45 == bob@example.com R=dnslookup T=remote_smtp defer (-44): 451 Later",
    ],
)
def test_the_recipient_tells_the_domain(text: str):
    assert receiving_domain(text) == "example.com"
    assert receiving_domains(text) == {"example.com"}


@pytest.mark.parametrize("text", ["", "from=<alice@example.net>", "ask bob@example.com", "to=<a@>"])
def test_what_names_no_recipient_tells_nothing(text: str):
    assert receiving_domain(text) == ""
    assert receiving_domains(text) == set()


def test_a_digest_falls_back_on_the_host_that_was_asked():
    text = "A1: to=<undisclosed>, relay=mx.example.com[192.0.2.1]:25, status=deferred"
    assert receiving_domain(text) == "mx.example.com"
