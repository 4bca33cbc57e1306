"""The few pages that admins see in a browser: installing the bot, what it keeps, removing it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from urllib.parse import urlencode

INSTALL, UNINSTALL, PRIVACY = "/slack/install", "/slack/uninstall", "/slack/privacy"
MANAGE = "https://slack.com/apps/manage"
OPEN = "https://slack.com/app_redirect"

# What the bot will be able to do, and why, for every scope it asks for.
ABILITIES = {
    ("commands",): "answer <code>/smtp</code>, and the shortcut in the menu of a message",
    ("chat:write",): "post its answers, where it was invited or is asked",
    ("app_mentions:read", "im:history", "assistant:write"): "read what people write to it: "
    "mentions, direct messages, questions in Slack's agent view",
    ("channels:history", "groups:history", "mpim:history"): "read the messages of channels and "
    "conversations it was invited to, to find mail errors in them",
    ("files:read", "files:write"): "read logs and bounces in files, when it is asked about them, "
    "and hand out what it counted as a table",
    ("reactions:read", "reactions:write"): "mark a message with a magnifier instead of answering, "
    "and see who asks for the answer by the same reaction",
    ("channels:read", "groups:read", "im:read", "mpim:read"): "know in which channels it is, who "
    "invited it, and which of them other organisations share",
    ("users:read",): "know who is an admin, and the names of those who wrote team notes",
}

# Why an installation failed, by Slack's and Bolt's words for it.
FAILURES = {
    "access_denied": "Slack says that the installation was cancelled; nothing was changed.",
    "invalid_browser": "The installation was begun in another browser, or too long ago.",
    "invalid_state": "The installation was begun too long ago, or is finished already.",
    "missing_code": "Slack sent you back without the code that finishes an installation.",
    "invalid_code": "Slack did not accept the code that finishes the installation.",
    "invalid_team_for_non_distributed_app": "The bot is not open to other workspaces yet; whoever "
    "runs it can switch on Manage Distribution in Slack's app settings.",
    "trouble": "Slack or the bot's database could not be reached just now; it is logged.",
}
REFUSED = "Slack refused the installation; nothing was changed."

STYLE = """
:root { color-scheme: light dark; }
body {
  margin: 0 auto; max-width: 38rem; padding: 3rem 1.25rem;
  font: 1rem/1.55 system-ui, sans-serif; color: #1d1c1d; background: #fff;
}
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
ul, ol { padding-left: 1.25rem; margin: .5rem 0; }
li { margin: .3rem 0; }
code { font-size: .95em; }
a { color: #1264a3; }
a.button {
  display: inline-block; margin: 1.5rem 0 .5rem; padding: .6rem 1.1rem; border-radius: .4rem;
  background: #22443a; color: #fff; font-weight: 600; text-decoration: none;
}
a:focus-visible { outline: 3px solid #1264a3; outline-offset: 2px; }
footer { margin-top: 2.5rem; font-size: .9rem; color: #616061; }
@media (prefers-color-scheme: dark) {
  body { color: #e8e8e8; background: #1a1d21; }
  a { color: #6cb3e8; }
  a.button { background: #3f7d6a; color: #fff; }
  footer { color: #ababad; }
}
"""
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
# Nothing but the page itself and its own style; in no frame, kept nowhere, telling nobody.
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_DIGEST}'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

Fact = tuple[str, str, str]  # of a table: its name, what it holds, for how long


def install_page(link: str) -> str:
    """What the bot will be able to do and why, and a button that leads to Slack by this link."""
    return _page(
        "Install the SMTP bot in Slack",
        "<p>It says what a mail error means and what to do now: to <code>/smtp</code>, when it is "
        "asked, and in channels it is invited to.</p>"
        "<h2>It will be able to</h2>"
        f"{_list(ABILITIES.values())}"
        "<p>It reads only channels that somebody invites it to, and keeps no message text. "
        f"{_link(PRIVACY, 'What it keeps, and for how long')}.</p>"
        f"{_button(link, 'Go on to Slack')}"
        "<p>Slack asks you to choose a workspace and to agree. Some workspaces want an admin to "
        "approve apps.</p>",
    )


def installed_page(name: str, app_id: str, team_id: str) -> str:
    """The bot is in the workspace, or the organisation, of this name."""
    where = f"{OPEN}?{urlencode({'app': app_id} | ({'team': team_id} if team_id else {}))}"
    return _page(
        f"The SMTP bot is installed in {name}" if name else "The SMTP bot is installed",
        "<p>Three things to try first:</p><ul>"
        "<li><code>/smtp 421</code>, in any channel</li>"
        "<li><code>/invite @SMTP bot</code>, where it should explain mail errors</li>"
        "<li><code>/smtp privacy</code>, to see what it keeps</li></ul>"
        f"{_button(where, 'Open it in Slack')}",
    )


def failed_page(reason: str) -> str:
    """Why the bot was not installed, in one sentence, and how to begin again."""
    return _page(
        "The SMTP bot was not installed",
        f"<p>{FAILURES.get(reason, REFUSED)}</p>{_button(INSTALL, 'Begin again')}",
    )


def uninstall_page(facts: Iterable[Fact]) -> str:
    """How to remove the bot, and what is deleted then."""
    return _page(
        "Remove the SMTP bot from Slack",
        "<p>To silence it in one channel, type <code>/smtp here off</code> there. To remove it "
        "from the whole workspace:</p><ol>"
        f"<li>Open {_link(MANAGE, 'Manage apps')} of your workspace in Slack.</li>"
        "<li>Choose <b>SMTP bot</b>, then <b>Configuration</b>.</li>"
        "<li>Press <b>Remove App</b> and confirm. Only Slack can do this, and only for people who "
        "may manage apps.</li></ol>"
        "<h2>At once, all that is kept for the workspace is deleted</h2>"
        f"{_list(escape(what) for _, what, _ in facts)}"
        "<p>An organisation that installed the bot as a whole removes it in its own admin pages; "
        "then all of this goes for all of its workspaces. Answers posted in Slack stay there, as "
        "other messages do.</p>",
    )


def privacy_page(facts: Iterable[Fact], never: Iterable[str]) -> str:
    """What is kept, for how long, and what never is."""
    kept = (f"{escape(what)}: <b>{escape(how_long)}</b>" for _, what, how_long in facts)
    return _page(
        "What the SMTP bot keeps",
        "<p>The bot reads messages to find mail errors in them, answers, and forgets them. It asks "
        "no other service than Slack. This is all it keeps, and for how long:</p>"
        f"{_list(kept)}<p>It never keeps {escape(', '.join(never))}; of people it knows only "
        f"Slack's ids. {_link(UNINSTALL, 'Removing it')} deletes all that is kept for a workspace."
        "</p>",
    )


def _page(title: str, body: str) -> str:
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="icon" href="data:,">'
        f"<style>{STYLE}</style></head><body><main><h1>{escape(title)}</h1>{body}</main><footer>"
        f"{_link(INSTALL, 'Install')} · {_link(PRIVACY, 'Privacy')} · {_link(UNINSTALL, 'Remove')}"
        "</footer></body></html>\n"
    )


def _list(items: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"


def _link(where: str, words: str) -> str:
    return f'<a href="{escape(where)}">{words}</a>'


def _button(where: str, words: str) -> str:
    return f'<a class="button" href="{escape(where)}">{words}</a>'
