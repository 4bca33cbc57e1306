"""Take README's picture anew, from the playground with the real bot: `make screenshot`."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import async_playwright
from running import Bot
from test_page import CHROMIUM, QUIET

from bot.playground import PretendSlack
from bot.slack import EVENTS, SCOPES, SHORTCUTS, STEPS
from bot.smtp.explain import Explainer
from bot.smtp.knowledge import load

PICTURE = Path(__file__).parents[1] / "docs" / "screenshot.png"
WINDOW = {"viewport": {"width": 1200, "height": 765}, "color_scheme": "light"}


async def take(picture: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with PretendSlack(
            events=EVENTS, scopes=SCOPES, shortcuts=SHORTCUTS, steps=STEPS
        ) as slack:
            bot = Bot(
                slack, "socket", Explainer(load()), f"sqlite+aiosqlite:///{folder}/bot.sqlite3"
            )
            await bot.start()
            await shoot(slack, picture)
            await bot.stop()


async def shoot(slack: PretendSlack, picture: Path) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = await browser.new_page(**WINDOW)
        await page.goto(slack.url)
        await page.get_by_role("button", name="Gmail refuses").click()
        thread = page.get_by_role("complementary", name="Thread")
        await thread.get_by_role("button", name="Details").click()
        card = thread.locator("article.ephemeral")
        await card.wait_for()
        await card.scroll_into_view_if_needed()
        await page.mouse.move(5, 5)
        await page.screenshot(path=picture)
        await browser.close()


asyncio.run(take(Path(sys.argv[1]) if sys.argv[1:] else PICTURE))
