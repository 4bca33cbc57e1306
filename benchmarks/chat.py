"""Harmless channel messages: no mail error in any of them, though some look like one."""

from __future__ import annotations

import random

USUAL = 0.02  # share of near misses; spotting then costs what it does on public channels
ALL = 1.0
SENTENCES = (1, 1, 1, 2, 3)  # a message, by chance: about 100 characters, as people write

_PLAIN = (
    "morning all, {name} here, in the office until {clock}",
    "lgtm, merging once the build is green",
    "can someone with access to {thing} have a look at what {name} wrote above? no hurry",
    "thanks {name}, that was it :tada:",
    "I moved the retro to {day} {clock}, tell me if that clashes with anything on your side",
    "who is on call this weekend? I am happy to swap {day} against next week if that helps",
    "<@U0{hex}> did you see <https://example.org/{thing}/{small}|this>? looks like our case",
    "the new {thing} page is live, have a click through it and write down whatever feels odd",
    "not sure I follow: is the {thing} supposed to wait for the other one, or do both run at once?",
    "sorry, was at lunch. Reading up now",
    ":coffee: anyone?",
    "deploy of {thing} done, {small} minutes, no complaints so far",
    "we could also just ask the customer what they expect to see there before we build anything",
    "reminder: please put your holidays into the calendar by {day}, {name} plans the rota then",
    "the flaky test in {thing} failed again, third time this week. I will pin the clock in it",
    "I think the docs are wrong there, the option was renamed in spring and nobody told the wiki",
    "ok so after two hours of reading: it was the cache. It is always the cache.",
    "+1",
    "could you paste the command you ran? with the output, if it is not too long",
    "```\nfor row in {thing}.rows():\n    print(row.name)\n```\nthis prints nothing, any ideas?",
    "nice write-up! two questions: how do we roll it back, and who gets woken up if it goes wrong "
    "at night? I would rather not find out on {day}",
    "the kids are ill so I am half here today, write if something burns",
    "standup: yesterday {thing}, today more {thing}, nothing in the way",
    "we had {small} people at the meetup, pizza ran out, otherwise very nice evening :pizza:",
    "does anybody remember why {thing} needs its own database? {name} asks and I have no idea",
    "happy birthday {name}!! :cake:",
    "fwiw I would split this into two: first the rename, nothing else, and then the change in "
    "behaviour, so that whoever reviews it does not have to hold both in the head at once",
    "mine works again after a restart, no idea what that was",
)
_NEAR_MISSES = (
    "lunch in room {code}?",
    "the import skipped {code} rows, the other {big} are in",
    "build #{code} is red on main, looks like {thing} again",
    "PR {code} needs a second pair of eyes, it touches {thing}",
    "we have {code} open tickets, {small} of them older than a month",
    "HTTP {code} from the {thing} API since {clock}, their status page is all green of course",
    "getting a {code} error when I open {thing} in the browser, reload helps",
    'GET /api/{thing}/{big} HTTP/1.1" {code} {big} "-" "curl/8.{small}.0"',
    "nginx says {code} upstream timed out for {thing}, raising the limit to {small}s",
    "my postcode is {big}, house {code}, second bell from the top",
    "flight {code} is late, I land at {clock} and come straight to the office",
    "we upgraded node to v{version}, {thing} builds {small} seconds faster",
    "pin it to {version} until the fix is out, {version} is broken on python {version}",
    "see section {version} of the handbook, the part about expenses",
    "{ip} and 10.5.1.{small} cannot see each other since the firewall change",
    "port {port} is taken on my machine, what listens there for you?",
    "open port {port} to {ip} please, ticket {big}",
    "which port does the mail server use, 25, 465 or 587? 465 works for me but the docs say 587",
    "set SMTP_PORT={port} and SMTP_HOST=mail.example.org in your .env, the rest has defaults",
    "I will mail you the contract, {name}, look into your inbox around {clock}",
    "please email {name}@example.com about the invoice, I am not the right person for it",
    "{small} unread emails after one week off, that is a record",
    "the newsletter goes to {big} recipients on {day}, last check of the links please",
    "can we switch the alerts from e-mail to this channel? nobody reads that mailbox any more",
    "the bounce rate of the landing page went from {small} % to {small} %, sessions are at {big}",
    "should we relay the question to {name}? the {thing} team knows more about it",
    "relay {small} in the switch cabinet clicks like mad, somebody should replace it",
    "the office 365 licences run out on {day}, we have {code} seats",
    "spam filter training is on {day} at {clock}, bring one funny example",
    "delivery of the new laptops: {code} of {big} arrived, the rest comes on {day}",
    "process {code} eats {small} GB, can I kill it?",
    "exit code {small}, then it hangs: {thing}[{code}]: waiting for lock held by {big}",
    "File \"/srv/{thing}/main.py\", line {code}, in run: KeyError: '{name}'",
    "530 Login incorrect from the old FTP box, is the password of {name} still the same?",
    "SIP/2.0 486 Busy Here, then {code} on the second try, the phone in {thing} is still dead",
    ":irc.example.net {code} {name} #{thing} :You're not channel operator",
    "that will be ${code} a month, or {big} a year if we pay at once",
    "p95 is {code} ms, p99 {big} ms, after the index on {thing} it should be half of that",
    "call me at +49 30 {big} {code} if the alarm goes off again",
    "rate limited by the registry again, {code} pulls in {small} hours",
    "certificate of mail.example.org runs until {day}, renewal is set up, nothing to do",
    "who owns the sender address of the {thing} reports? I would like to rename it",
    "disk of {ip} is at {small} %, that is {code} GB left, enough until {day}",
)
_NAMES = ("anna", "ben", "carla", "dmitri", "erin", "farid", "grace", "hugo", "ines", "jonas")
_THINGS = ("billing", "search", "checkout", "frontend", "reports", "importer", "wiki", "backup")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "2026-12-01", "the 15th")
_PORTS = (25, 80, 443, 465, 587, 993, 3306, 5432, 8080)
_CODES = (
    *(250, 401, 404, 418, 420, 421, 429, 432, 441, 449, 450, 451, 452, 471),
    *(500, 501, 502, 503, 504, 510, 512, 523, 530, 541, 550, 551, 552, 553, 554),
)


def messages(count: int, seed: int, near_misses: float = USUAL) -> list[str]:
    """So many messages, a share of them near misses; the same for the same seed."""
    chance = random.Random(seed)
    return [_message(chance.random() < near_misses, chance) for _ in range(count)]


def _message(is_near_miss: bool, chance: random.Random) -> str:
    templates = chance.sample(_PLAIN, chance.choice(SENTENCES))
    if is_near_miss:
        templates[0] = chance.choice(_NEAR_MISSES)
    return " ".join(_filled(template, chance) for template in templates)


def _filled(template: str, chance: random.Random) -> str:
    version = ".".join(str(chance.randrange(1, 9)) for _ in range(3))
    return template.format(
        name=chance.choice(_NAMES),
        thing=chance.choice(_THINGS),
        day=chance.choice(_DAYS),
        clock=f"{chance.randrange(24)}:{chance.randrange(60):02}",
        code=chance.choice(_CODES),
        port=chance.choice(_PORTS),
        version=version,
        ip=f"192.0.2.{chance.randrange(1, 255)}",
        small=chance.randrange(2, 100),
        big=chance.randrange(1_000, 99_999),
        hex=f"{chance.randrange(16**8):08X}",
    )
