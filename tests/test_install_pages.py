"""The pages on which a workspace installs the bot, reads what it keeps, and learns to remove it."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape

import aiohttp
import pytest
from installing import begin, come_back, install, takes_installations
from running import Bot
from sqlalchemy import text
from test_page import CHROMIUM, QUIET

from bot.app import kept_by
from bot.playground import PretendSlack
from bot.render.pages import (
    ABILITIES,
    FAILURES,
    REFUSED,
    failed_page,
    installed_page,
    uninstall_page,
)
from bot.slack import SCOPES
from bot.store.privacy import NEVER, facts

PAGES = ("/slack/install", "/slack/uninstall", "/slack/privacy")

pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated")  # slack-sdk still uses it


@pytest.fixture
def way() -> str:
    return "http"


@pytest.fixture
async def bot(bot: Bot) -> Bot:
    await takes_installations(bot)
    return bot


def check_headers(response: aiohttp.ClientResponse) -> None:
    assert response.content_type == "text/html"
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    for directive in ("frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"):
        assert directive in policy
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    assert "Server" not in response.headers


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_is_whole_and_loads_nothing(
    bot: Bot, web: aiohttp.ClientSession, path: str
):
    async with web.get(bot.url + path) as response:
        assert response.status == 200
        check_headers(response)
        page = await response.text()
    assert page.startswith("<!DOCTYPE html>")
    assert not re.search(
        r"<(script|img|iframe|form|object|link [^>]*stylesheet)|@import|url\(", page
    )
    assert bot.settings.slack_client_secret not in page
    for other in PAGES:
        assert f'href="{other}"' in page


def test_the_page_says_of_every_scope_what_it_is_for():
    named = [scope for scopes in ABILITIES for scope in scopes]
    assert sorted(named) == sorted(SCOPES), "say in bot/render/pages.py what each scope is for"


async def test_the_pages_say_what_is_kept_and_what_is_deleted(bot: Bot, web: aiohttp.ClientSession):
    async with web.get(f"{bot.url}/slack/privacy") as response:
        privacy = await response.text()
    async with web.get(f"{bot.url}/slack/uninstall") as response:
        removal = await response.text()
    for table, what, how_long in facts():
        what = escape(what)
        assert f"{what}: <b>{how_long}</b>" in privacy
        assert (f"<li>{what}</li>" in removal) == (table != "slack_oauth_states")
    for never in NEVER:
        assert never in privacy
    assert "https://slack.com/apps/manage" in removal


async def test_the_page_says_how_long_the_settings_keep_it(bot: Bot, web: aiohttp.ClientSession):
    await bot.stop()
    bot.settings = replace(bot.settings, keep_answers_days=30, keep_records_days=90)
    await bot.start()
    async with web.get(f"{bot.url}/slack/privacy") as response:
        privacy = await response.text()
    for _, what, how_long in facts(kept=kept_by(bot.settings)):
        assert f"{escape(what)}: <b>{how_long}</b>" in privacy
    for usual in ("a week", "a year"):
        assert usual not in privacy


async def test_to_look_at_a_page_changes_nothing(slack: PretendSlack, bot: Bot):
    await install(bot)
    async with aiohttp.ClientSession() as web:
        for method in ("GET", "POST", "DELETE"):
            async with web.request(method, f"{bot.url}/slack/uninstall") as response:
                assert response.status == {"GET": 200, "POST": 405, "DELETE": 405}[method]
    [answer] = await slack.types("/smtp 421")
    assert answer


async def test_the_success_page_leads_back_to_slack(bot: Bot):
    status, page = await install(bot)
    assert status == 200
    assert "<h1>The SMTP bot is installed in Pretend Slack</h1>" in page
    link = "https://slack.com/app_redirect?app=A0SMTPBOT01&amp;team=T0PRETEND01"
    assert f'href="{link}"' in page
    assert "xox" not in page


def test_names_are_only_text():
    page = installed_page("<script>alert(1)</script>", 'A"><b>', "T'1")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert '"><b>' not in page
    page = uninstall_page([("table", "<img src=x>", "")])
    assert "<img" not in page


@pytest.mark.parametrize("reason", [*FAILURES, "", "<script>", "whatever Slack may say"])
def test_every_failure_is_one_sentence_and_a_way_to_begin_again(reason: str):
    page = failed_page(reason)
    [sentence] = re.findall(r"<p>(.*?)</p>", page)
    assert sentence == FAILURES.get(reason, REFUSED)
    assert sentence.count(".") == 1
    assert "<script" not in page
    assert '<a class="button" href="/slack/install">Begin again</a>' in page


async def test_who_presses_cancel_is_told_that_nothing_changed(
    slack: PretendSlack, bot: Bot, web: aiohttp.ClientSession
):
    state, cookie = await begin(bot, web)
    status, page = await come_back(bot, web, {"error": "access_denied", "state": state}, cookie)
    assert (status, FAILURES["access_denied"] in page) == (200, True)
    _, page = await come_back(bot, web, {"error": "<script>alert(1)</script>"}, cookie)
    assert REFUSED in page
    assert "<script" not in page
    assert slack.calls_to("oauth.v2.access") == []


async def test_a_made_up_state_or_another_browser_is_refused(
    slack: PretendSlack, bot: Bot, web: aiohttp.ClientSession
):
    state, cookie = await begin(bot, web)
    for back, cookies in (
        ({"state": "made-up"}, ""),
        ({"state": "made-up"}, cookie),
        ({"state": state}, ""),
        ({}, cookie),
    ):
        back = {"code": slack.grant_code(), **back}
        status, page = await come_back(bot, web, back, cookies)
        assert (status, FAILURES["invalid_browser"] in page) == (400, True)
        assert back["code"] not in page
    made_up = cookie.partition("=")[0] + "=made-up"
    back = {"code": slack.grant_code(), "state": "made-up"}
    status, page = await come_back(bot, web, back, made_up)
    assert (status, FAILURES["invalid_state"] in page) == (401, True)
    assert slack.calls_to("oauth.v2.access") == []


async def test_a_state_serves_once_and_not_for_ever(
    slack: PretendSlack, bot: Bot, web: aiohttp.ClientSession
):
    state, cookie = await begin(bot, web)
    async with bot.store.engine.begin() as connection:
        await connection.execute(
            text("UPDATE slack_oauth_states SET expire_at = '2026-01-01 00:00:00'")
        )
    back = {"code": slack.grant_code(), "state": state}
    status, page = await come_back(bot, web, back, cookie)
    assert (status, FAILURES["invalid_state"] in page) == (401, True)
    state, cookie = await begin(bot, web)
    back = {"code": slack.grant_code(), "state": state}
    assert (await come_back(bot, web, back, cookie))[0] == 200
    status, page = await come_back(bot, web, back, cookie)
    assert (status, FAILURES["invalid_state"] in page) == (401, True)
    async with bot.store.engine.connect() as connection:
        left = await connection.execute(text("SELECT count(*) FROM slack_oauth_states"))
        assert left.scalar() == 0, "the one that ran out is deleted when the next begins"


async def test_a_code_that_slack_does_not_take_is_no_installation(
    slack: PretendSlack, bot: Bot, web: aiohttp.ClientSession
):
    for code, reason in (("made-up", "invalid_code"), (None, "missing_code")):
        state, cookie = await begin(bot, web)
        back = {"state": state} | ({"code": code} if code else {})
        status, page = await come_back(bot, web, back, cookie)
        assert (status, FAILURES[reason] in page) == (401, True)
        assert "made-up" not in page


async def test_trouble_is_said_on_a_page_and_logged_without_code_or_token(
    slack: PretendSlack, bot: Bot, web: aiohttp.ClientSession
):
    state, cookie = await begin(bot, web)
    code = slack.grant_code()
    slack.faults.reset("oauth.v2.access", times=9)
    status, page = await come_back(bot, web, {"code": code, "state": state}, cookie)
    assert (status, FAILURES["trouble"] in page) == (503, True)
    [line] = bot.log
    assert line.startswith("bot: an installation failed: ")
    assert code not in line
    bot.log.clear()


@pytest.mark.parametrize(
    ("query", "kept"),
    [("T0PRETEND01", "&amp;team=T0PRETEND01"), ("T1%26scope%3Dadmin", None), ("%22%3E", None)],
)
async def test_a_link_may_choose_the_workspace_and_nothing_else(
    bot: Bot, web: aiohttp.ClientSession, query: str, kept: str | None
):
    async with web.get(f"{bot.url}/slack/install?team={query}") as response:
        page = await response.text()
    assert ("&amp;team=" in page) == bool(kept)
    assert "admin" not in re.findall(r'class="button" href="([^"]*)"', page)[0]
    if kept:
        assert kept in page


@pytest.mark.skipif(not CHROMIUM, reason="needs a browser: install the package chromium")
async def test_a_browser_shows_the_pages_without_complaint(bot: Bot):
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = await browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        for path in PAGES:
            await page.goto(bot.url + path)
            footer = page.locator("footer")
            assert await footer.evaluate("it => getComputedStyle(it).fontSize") == "14.4px"
        await page.goto(f"{bot.url}/slack/install")
        button = page.get_by_role("link", name="Go on to Slack")
        assert await button.evaluate("it => getComputedStyle(it).color") == "rgb(255, 255, 255)"
        await page.get_by_role("link", name="What it keeps, and for how long").click()
        assert await page.title() == "What the SMTP bot keeps"
        await browser.close()
    assert complaints == [], "the style is allowed by its hash"
