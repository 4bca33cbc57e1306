"""Export what the bot could not explain as drafts of new entries: `python -m bot unknown`."""

from __future__ import annotations

from bot.app import asking_database, kept_by, opened
from bot.render.drafts import HEAD, draft
from bot.render.text import printable
from bot.settings import Settings

MOST = 50  # drafts at a time; who has filled these in asks again


async def drafts(settings: Settings, team: str | None) -> str:
    """The drafts as TOML, or one sentence when there is nothing to draft.

    Raises StartError when the database cannot be used.
    """
    with asking_database(settings.database_url):
        async with opened(settings.database_url, retention=kept_by(settings)) as store:
            unknown = store.unknown
            found = await (unknown.lately(team, MOST) if team else unknown.everywhere(MOST))
    if not found:
        where = f" in the workspace {printable(team)}" if team else ""
        return f"Nobody{where} has asked lately about an error that the bot could not explain."
    entries = [
        draft(number, each.masked, each.count, each.at.date())
        for number, each in enumerate(found, 1)
    ]
    return "\n".join([HEAD, *entries])
