"""Spot SMTP errors in ordinary messages, and stay silent about everything else.

Speaking up for nothing is worse than missing an error, so a message must look like mail: a code
where servers put it, beside the words of mail; or, without a code, a whole known phrase of a server.
"""

from __future__ import annotations

import re

from bot.smtp.explain import Answer, Explainer
from bot.smtp.passage import clean
from bot.smtp.reading import read_codes
from bot.smtp.reasons import Reason

# A message without any of these is not about a mail error; almost all messages end here.
_SIGN = re.compile(
    r"""
      [45]\d\d[ \-,:;]{1,2}(?:b?['"])?[(\[\#]{0,2}[45]\.\d{1,2}\.\d     # 550 5.1.1, 550-5.7.26
    | (?<![\d.])[45]\.[0-7]\.\d                                   # 5.1.1
    | (?<![\d.])[45]\d\d(?!\d)                                    # 550
    | mail | smtp | recipient | bounc | user\ unknown | unknown\ user | undeliver | relay
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MAIL = re.compile(
    r"""
    \b(?: e-?mails? | mail | smtps?d? | mailbox(?:es)? | mailer | maillog | recipients? | senders? | bounc(?:e|es|ed|ing)
      | undeliver\w+ | delivery | relay(?:ing|ed)? | postfix | exim\d? | sendmail | dovecot | qmail | exchange
      | mailer-daemon | postmaster | dsn | ndr | rcpt | mail\ from | spf | dkim | dmarc | gmail | mx | spam
      | greylist\w* | blocklist\w* | dnsbl | rbl | authenticator | inbox | mta | sm-mta | courieresmtpd
    )\b | \b[\w.+-]{1,64}@[\w-]{1,63}\.\w | authenticat | client\ host | outlook\.com | \bhelo\b | ehlo
    """,
    re.VERBOSE | re.IGNORECASE,
)
# Whose numbers look like ours.
_NOT_MAIL = re.compile(
    r"""
      \bs?ftps?\b | \bHTTP/\d | \b(?:GET|POST|PUT|HEAD|DELETE)\ / | SIP/2 | \bsip:
    | PRIVMSG | :irc\. | \bPASV\b | \bRETR\b | \bSTOR\b | \bstatus\ ?code\b | \bhttps?\ (?:error|status|code|[45]\d\d)
    """,
    re.VERBOSE,
)


class Spotter:
    """Decides which messages hold errors worth an unasked answer."""

    def __init__(self, explainer: Explainer) -> None:
        self._explainer = explainer

    def spot(self, text: str) -> tuple[Answer, ...]:
        """The answers to the errors in a message, one per cause, best first; () is silence."""
        if not _SIGN.search(text):
            return ()
        cleaned = clean(text).strip()
        if not _looks_like_mail(cleaned):
            return ()
        answer = self._explainer.explain_error(cleaned)
        return (answer,) if _is_worth_it(answer) else ()


def _looks_like_mail(text: str) -> bool:
    codes = read_codes(text)
    if codes.paired and codes.reply and codes.reply > "399":
        return True
    if not _MAIL.search(text):
        return False
    return not _NOT_MAIL.search(text)


def _is_worth_it(answer: Answer) -> bool:
    if answer.entry is None or answer.reason in (Reason.NOT_AN_ERROR, Reason.FEEDBACK):
        return False
    best = answer.guesses[0].match
    codes = read_codes(answer.passage)
    if codes.paired and codes.reply and codes.reply > "399":
        return True
    if best is None or best.found is None:
        return False
    told = best.found.there
    if codes.enhanced and codes.enhanced[0] in "45":
        return told >= 5 or "dsn=" in answer.text
    if codes.led and codes.reply and codes.reply > "399":
        return told >= 6 and best.found.share > 0.8
    return told >= 14 and best.found.share > 0.9 and answer.confidence >= 0.6
