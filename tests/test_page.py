"""The playground's page in a browser: with the real bot, and with one that shows all blocks."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, Locator, Page, async_playwright, expect
from running import Bot
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground import PretendSlack
from bot.slack import EVENTS, SCOPES, SHORTCUTS, STEPS
from bot.smtp.explain import Explainer

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((path for name in NAMES if (path := shutil.which(name))), None)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(
        CHROMIUM is None and "CI" not in os.environ,
        reason="needs a browser: install the package chromium",
    ),
]
Json = dict[str, Any]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    assert CHROMIUM, "CI must have a browser: .ci/run installs the package chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        await browser.close()


@asynccontextmanager
async def opened(browser: Browser, slack: PretendSlack, **how: Any) -> AsyncIterator[Page]:
    """The page in a fresh window. Nothing may go wrong in it, nothing be fetched from elsewhere."""
    context = await browser.new_context(**how)
    page = await context.new_page()
    page.set_default_timeout(5000)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: line.type == "error" and problems.append(line.text))
    page.on(
        "request",
        lambda request: request.url.startswith(slack.url) or problems.append(request.url),
    )
    await page.goto(slack.url)
    await expect(page.locator("#bot-status")).to_have_text("SMTP bot is connected")
    yield page
    await context.close()
    assert problems == []


def place(page: Page, name: str) -> Locator:
    """A channel or app in the sidebar."""
    return page.get_by_role("navigation").get_by_role("link", name=name)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def slack(
    explainer: Explainer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[PretendSlack]:
    """The pretend Slack with the real bot in it."""
    async with PretendSlack(
        events=EVENTS, scopes=SCOPES, shortcuts=SHORTCUTS, steps=STEPS
    ) as slack:
        bot = Bot(
            slack,
            "socket",
            explainer,
            f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('page')}/bot.sqlite3",
        )
        await bot.start()
        yield slack
        await bot.stop()
        assert slack.complaints == []


async def test_an_example_is_answered_in_a_thread_with_details_to_click(
    browser: Browser, slack: PretendSlack
) -> None:
    async with opened(browser, slack) as page:
        await page.get_by_role("button", name="Gmail refuses").click()
        thread = page.get_by_role("complementary", name="Thread")
        reply = thread.get_by_role("article", name="SMTP bot").first
        await expect(reply).to_contain_text("550 5.7.26")
        await expect(reply).to_contain_text("Permanent: sending it again unchanged will not help.")
        await expect(reply).to_contain_text("Who can act: the sender's admin.")
        await reply.get_by_role("button", name="Details").click()
        details = thread.locator("article.ephemeral")
        await expect(details.get_by_text("Only visible to you")).to_be_visible()
        await expect(details.locator("h3")).to_contain_text("550 5.7.26: ")
        assert await details.locator("ol li").count() > 1
        await expect(details.get_by_role("link", name="Source: ")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(thread).to_be_hidden()


async def test_a_command_is_typed_and_its_answer_shared(
    browser: Browser, slack: PretendSlack
) -> None:
    async with opened(browser, slack) as page:
        await place(page, "support").click()
        box = page.get_by_label("Message #support, or type /")
        await box.fill("/smtp 421")
        await box.press("Enter")
        answer = page.locator("article.ephemeral")
        await expect(answer.locator("h3")).to_contain_text("421: ")
        await expect(answer.get_by_text("Only visible to you")).to_be_visible()
        await answer.get_by_role("button", name="Share to channel").click()
        await expect(answer).to_have_count(0)
        shared = page.get_by_role("article", name="SMTP bot")
        await expect(shared).to_contain_text("@You shared an explanation:")
        await expect(shared.locator("h3")).to_contain_text("421: ")


async def test_what_comes_after_a_tall_answer_is_seen(
    browser: Browser, slack: PretendSlack
) -> None:
    async with opened(browser, slack) as page:
        await place(page, "support").click()
        box = page.get_by_label("Message #support, or type /")
        for asked, answered in [("5.x.x", "Codes 5.x.x"), ("421", "421: ")]:
            await box.fill(f"/smtp {asked}")
            await box.press("Enter")
            answer = page.locator("article.ephemeral").last
            await expect(answer.locator("h3")).to_contain_text(answered)
            await expect(answer.locator("h3")).to_be_in_viewport()


async def test_chatter_stays_unanswered_and_markup_stays_text(
    browser: Browser, slack: PretendSlack
) -> None:
    async with opened(browser, slack) as page:
        await place(page, "random").click()
        box = page.get_by_label("Message #random, or type /")
        await box.fill("Lunch in room 421?")
        await box.press("Shift+Enter")
        await box.press_sequentially("<img src=x onerror=alert(1)> & *stars*")
        await box.press("Enter")
        message = page.get_by_role("article", name="You")
        await expect(message).to_contain_text("<img src=x onerror=alert(1)> & *stars*")
        await slack.settled()
        await expect(page.get_by_role("article")).to_have_count(1)
        assert await page.locator("#messages img").count() == 0


async def test_a_message_is_edited_reacted_to_and_deleted(
    browser: Browser, slack: PretendSlack
) -> None:
    async with opened(browser, slack) as page:
        await place(page, "random").click()
        await page.get_by_label("Message #random, or type /").fill("frist")
        await page.keyboard.press("Enter")
        message = page.get_by_role("article").filter(has_text="frist")
        await message.hover()
        await message.get_by_role("button", name="Add a reaction").click()
        await page.get_by_role("menuitem", name="eyes").click()
        await expect(message.get_by_role("button", name="eyes, 1")).to_be_visible()
        await message.get_by_role("button", name="More actions").click()
        await page.get_by_role("menuitem", name="Edit message").click()
        await page.get_by_label("Edit message").fill("first")
        await page.keyboard.press("Enter")
        edited = page.get_by_role("article").filter(has_text="first")
        await expect(edited).to_contain_text("(edited)")
        await edited.hover()
        await edited.get_by_role("button", name="More actions").click()
        await page.keyboard.press("ArrowUp")  # round to the last item
        await page.keyboard.press("Enter")
        await expect(edited).to_have_count(0)


async def test_it_works_on_a_phone(browser: Browser, slack: PretendSlack) -> None:
    async with opened(browser, slack, **PHONE) as page:
        await page.get_by_role("button", name="Channels").tap()
        await place(page, "support").tap()
        await page.get_by_role("button", name="Full mailbox").tap()
        await page.get_by_role("button", name="1 reply").tap()
        thread = page.get_by_role("complementary", name="Thread")
        await expect(thread.get_by_role("article", name="SMTP bot")).to_be_visible()
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width == PHONE["viewport"]["width"]  # type: ignore[index]
        await page.get_by_role("button", name="Close thread").tap()
        await expect(thread).to_be_hidden()


async def test_a_suggested_prompt_is_answered_in_a_titled_thread(
    browser: Browser, slack: PretendSlack
) -> None:
    async with opened(browser, slack) as page:
        prompts = page.get_by_role("group", name="Ask about a mail error")
        await expect(prompts).to_be_hidden()
        await place(page, "SMTP bot").click()
        await prompts.get_by_role("button", name="Explain 550 5.7.26").click()
        thread = page.get_by_role("complementary", name="Thread")
        await expect(thread.get_by_role("article", name="SMTP bot")).to_contain_text("550 5.7.26: ")
        await expect(page.locator("#thread-place")).to_contain_text("550 5.7.26: ")
        question = page.locator("#messages").get_by_role("article", name="You at")
        await expect(question.get_by_role("button", name="1 reply 550 5.7.26: ")).to_be_visible()


async def test_a_workflow_step_is_run_and_shows_what_it_hands_on(
    browser: Browser, slack: PretendSlack
) -> None:
    async with opened(browser, slack) as page:
        await page.get_by_role("button", name="Run workflow step").click()
        dialog = page.get_by_role("dialog", name="Workflow step: Explain SMTP error")
        await dialog.get_by_role("button", name="Run").click()
        await expect(dialog).to_contain_text("The step is failed. The step Explain SMTP error was")
        await dialog.get_by_label("text").fill("552 5.2.2 Mailbox full")
        await dialog.get_by_role("button", name="Run").click()
        await expect(dialog).to_contain_text("The step is completed.")
        await expect(dialog.locator("dd").nth(3)).to_have_text("mailbox_full")
        await page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)


async def test_what_goes_wrong_is_said(browser: Browser, slack: PretendSlack) -> None:
    async with opened(browser, slack) as page:
        await page.get_by_label("Message #mail-ops, or type /").fill("/nonsense")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert").first).to_contain_text("not a command")
        await expect(page.get_by_label("Message #mail-ops, or type /")).to_have_value("/nonsense")


async def test_an_error_is_explained_from_the_menu_of_its_message(
    browser: Browser, slack: PretendSlack
) -> None:
    async with opened(browser, slack) as page:
        await place(page, "random").click()
        await page.get_by_label("Message #random, or type /").fill("552 5.2.2 Mailbox full")
        await page.keyboard.press("Enter")
        message = page.get_by_role("article").filter(has_text="552 5.2.2").first
        await message.hover()
        await message.get_by_role("button", name="More actions").click()
        await page.get_by_role("menuitem", name="Explain SMTP error").click()
        answer = page.locator("article.ephemeral")
        await expect(answer.get_by_text("Only visible to you")).to_be_visible()
        await expect(answer.locator("h3")).to_contain_text("552 5.2.2: ")
        await answer.get_by_role("button", name="Share in thread").click()
        await expect(answer).to_have_count(0)
        await page.get_by_role("button", name="1 reply").click()
        thread = page.get_by_role("complementary", name="Thread")
        shared = thread.get_by_role("article", name="SMTP bot")
        await expect(shared).to_contain_text("@You shared an explanation:")
        await expect(shared.locator("h3")).to_contain_text("552 5.2.2: ")


async def test_a_team_note_is_written_and_shown(browser: Browser, slack: PretendSlack) -> None:
    async with opened(browser, slack) as page:
        await place(page, "support").click()
        box = page.get_by_label("Message #support, or type /")
        await box.fill("/smtp 452")
        await box.press("Enter")
        answer = page.locator("article.ephemeral").filter(has_text="452: ").last
        await answer.get_by_role("button", name="Add note").click()
        form = page.get_by_role("dialog", name="Team note")
        await form.get_by_label("Note").fill("Runbook: https://wiki.example.com/452\nSay <!here>")
        await form.get_by_label("Locked: only admins may change it").check()
        await form.get_by_role("button", name="Save").click()
        await expect(form).to_be_hidden()
        told = page.locator("article.ephemeral").filter(has_text="Team note added, locked")
        await expect(told).to_be_visible()
        await box.fill("/smtp 452")
        await box.press("Enter")
        note = page.locator("article.ephemeral blockquote").last
        await expect(note).to_have_text("Runbook: https://wiki.example.com/452\nSay <!here>")
        await expect(note.get_by_role("link")).to_have_attribute(
            "href", "https://wiki.example.com/452"
        )
        await page.get_by_role("button", name="Edit note").last.click()
        await expect(form.get_by_label("Locked: only admins may change it")).to_be_checked()
        await expect(form.get_by_label("Note")).to_have_value(
            "Runbook: https://wiki.example.com/452\nSay <!here>"
        )
        await form.get_by_role("button", name="Cancel").click()
        await expect(form).to_be_hidden()


async def test_a_direct_message_is_answered(browser: Browser, slack: PretendSlack) -> None:
    async with opened(browser, slack) as page:
        await place(page, "SMTP bot").click()
        box = page.get_by_label("Message SMTP bot")
        await box.fill("what does 421 mean?")
        await box.press("Enter")
        answer = page.get_by_role("article", name="SMTP bot")
        await expect(answer.locator("h3")).to_contain_text("421: ")


async def test_home_is_searched_and_sets_the_mode_of_a_channel(
    browser: Browser, slack: PretendSlack
) -> None:
    async with opened(browser, slack) as page:
        await place(page, "SMTP bot").click()
        await page.get_by_role("tab", name="Home").click()
        home = page.get_by_role("region", name="Home")
        await expect(home).to_contain_text("I say what a mail error means")
        support = home.locator(".block-section").filter(has_text="#support")
        await support.get_by_role("combobox").select_option("quiet")
        await expect(home).to_contain_text("@You in #support: Home: quiet")
        await expect(home.locator("time").first).not_to_contain_text("UTC")
        search = home.get_by_label("Look up a mail error")
        await search.fill("552 5.2.2 Mailbox full")
        await search.press("Enter")
        await expect(home).to_contain_text("Who can act: the recipient.")
        await expect(search).to_have_value("552 5.2.2 Mailbox full")
        await expect(search).to_be_focused()
        await home.get_by_role("button", name="Details").click()
        card = page.get_by_role("dialog", name="What the error means")
        await expect(card.locator("h3")).to_contain_text("552 5.2.2: ")
        await page.keyboard.press("Escape")
        await expect(card).to_be_hidden()
        await support.get_by_role("combobox").select_option("thread")
        await expect(home).to_contain_text("@You in #support: Home: thread")
        await expect(home).to_contain_text("Who can act: the recipient.")
        await page.get_by_role("tab", name="Messages").click()
        await page.get_by_role("tab", name="Home").click()
        await expect(search).to_have_value("")
        await expect(support.get_by_role("combobox")).to_have_value("thread")


async def test_what_was_not_helpful_is_asked_in_a_form(
    browser: Browser, slack: PretendSlack
) -> None:
    async with opened(browser, slack) as page:
        await page.get_by_role("button", name="Postfix log line").click()
        thread = page.get_by_role("complementary", name="Thread")
        reply = thread.get_by_role("article", name="SMTP bot").first
        feedback = reply.locator(".feedback")
        await feedback.get_by_role("button", name="Helpful", exact=True).click()
        await expect(thread.get_by_text("Thanks, noted.")).to_be_visible()
        await feedback.get_by_role("button", name="Not helpful").click()
        form = page.get_by_role("dialog", name="Feedback")
        await form.get_by_label("What was it really?").select_option("Greylisting")
        await form.get_by_label("What was wrong with the answer?").select_option(index=1)
        await form.get_by_role("button", name="Send").click()
        await expect(form).to_contain_text("Thanks, noted.")
        await expect(form.get_by_role("combobox")).to_have_count(0)
        await form.get_by_role("button", name="Close").last.click()
        await expect(form).to_be_hidden()


async def test_a_log_is_shared_and_its_table_saved(browser: Browser, slack: PretendSlack) -> None:
    line = "Nov 20 09:12:4{0} mx1 postfix/smtp[1]: 4ABC{0}: to=<a@example.com>, said: {1}\n"
    replies = ["550 5.1.1 User unknown", "552 5.2.2 Mailbox full", "550 5.1.1 User unknown"]
    log = "".join(line.format(number, reply) for number, reply in enumerate(replies))
    async with opened(browser, slack) as page:
        await place(page, "SMTP bot").click()
        async with page.expect_file_chooser() as chooser:
            await page.get_by_role("button", name="Share files").first.click()
        file = FilePayload(name="mail.log", mimeType="text/plain", buffer=log.encode())
        await (await chooser.value).set_files(file)
        answer = page.get_by_role("article", name="SMTP bot").filter(has_text="mail errors,")
        await expect(answer.locator("h3")).to_have_text("3 mail errors, 2 causes")
        await expect(answer.locator("pre")).to_contain_text("67% 2 ▇▇▇")
        await answer.get_by_role("button", name="Full table as CSV").click()
        async with page.expect_download() as saved:
            await page.get_by_role("link", name="mail-errors.csv").click()
        table = await asyncio.to_thread(Path(await (await saved.value).path()).read_text)
        assert table.splitlines()[1].endswith(",550 5.1.1 (2),2,66.7%,example.com (2),1,3")


# A bot that shows every kind of block, a form and a Home tab


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(name: str) -> Json:
    return {"text": plain(name), "value": name}


def button(label: str, **more: Any) -> Json:
    return {"type": "button", "action_id": label, "text": plain(label), **more}


RICH = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [{"type": "text", "text": "bold", "style": {"bold": True}}],
        },
        {
            "type": "rich_text_list",
            "style": "ordered",
            "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "one step"}]}
            ],
        },
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "550 <b>"}]},
    ],
}
FEEDBACK = {
    "type": "feedback_buttons",
    "action_id": "feedback",
    "positive_button": {"text": plain("Helpful"), "value": "yes"},
    "negative_button": {"text": plain("Not helpful"), "value": "no"},
}
MENU = {"type": "overflow", "action_id": "menu", "options": [option("Mute here")]}
MODE = {"type": "static_select", "action_id": "mode", "options": [option("quiet"), option("off")]}
MARKUP = "*bold* `code` <https://example.com|a link> <javascript:alert(1)|no link> &lt;b&gt;"
BLOCKS = [
    {"type": "header", "text": plain("421 :no_entry:")},
    {"type": "section", "text": {"type": "mrkdwn", "text": MARKUP}, "accessory": MENU},
    {"type": "divider"},
    RICH,
    {"type": "context", "elements": [plain("small print")]},
    {"type": "actions", "elements": [button("Form", style="primary"), MODE]},
    {"type": "context_actions", "elements": [FEEDBACK]},
]
FORM = {
    "type": "modal",
    "callback_id": "form",
    "title": plain("Team note"),
    "submit": plain("Save"),
    "blocks": [
        {
            "type": "input",
            "block_id": "words",
            "label": plain("Words"),
            "element": {"type": "plain_text_input", "action_id": "text", "multiline": True},
        }
    ],
}


def show_bot(slack: PretendSlack, heard: list[Json]) -> AsyncApp:
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
    app = AsyncApp(signing_secret=slack.signing_secret, client=client)

    async def note(ack: Any, action: Json) -> None:
        await ack()
        heard.append(action)

    async def open_form(ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    async def take_form(ack: Any, view: Json) -> None:
        text = view["state"]["values"]["words"]["text"]["value"]
        if len(text) < 5:
            await ack(response_action="errors", errors={"words": "A little more, please."})
            return
        await ack()
        heard.append({"text": text})

    async def show_home(event: Json, client: AsyncWebClient) -> None:
        await client.views_publish(
            user_id=event["user"], view={"type": "home", "blocks": BLOCKS[:5]}
        )

    async def explain(ack: Any, respond: Any, shortcut: Json) -> None:
        await ack()
        await respond(text=f"About {shortcut['message']['text']}")

    for name in ("menu", "mode", "feedback"):
        app.action(name)(note)
    app.action("Form")(open_form)
    app.view("form")(take_form)
    app.event("app_home_opened")(show_home)
    app.shortcut("explain")(explain)
    return app


async def test_every_block_is_drawn_and_works(browser: Browser) -> None:
    heard: list[Json] = []
    shortcuts = {"explain": "Explain SMTP error"}
    async with PretendSlack(events={"app_home_opened"}, shortcuts=shortcuts) as slack:
        app = show_bot(slack, heard)
        handler = AsyncSocketModeHandler(app, slack.app_token, web_client=app.client)
        await handler.connect_async()
        await slack.connected()
        await app.client.chat_postMessage(channel="#mail-ops", text="421", blocks=BLOCKS)
        async with opened(browser, slack) as page:
            await all_blocks_work(page, slack, heard)
            await the_form_works(page, slack, heard)
            await a_shortcut_works(page, slack)
            await place(page, "SMTP bot").click()
            await page.get_by_role("tab", name="Home").click()
            await expect(page.locator("#home h3")).to_have_text("421 ⛔")
        await handler.close_async()


async def all_blocks_work(page: Page, slack: PretendSlack, heard: list[Json]) -> None:
    card = page.get_by_role("article", name="SMTP bot")
    await expect(card.locator("h3")).to_have_text("421 ⛔")
    await expect(card.locator(".block-section strong")).to_have_text("bold")
    await expect(card.get_by_role("link", name="a link")).to_have_attribute(
        "href", "https://example.com"
    )
    await expect(card.get_by_text("no link")).to_be_visible()
    await expect(card.get_by_role("link")).to_have_count(1)
    await expect(card.locator("ol li")).to_have_text("one step")
    await expect(card.locator("pre")).to_have_text("550 <b>")
    await card.get_by_role("button", name="More actions").first.click()
    await page.get_by_role("menuitem", name="Mute here").click()
    await slack.wait_for(lambda: len(heard) == 1)
    await card.get_by_role("combobox").select_option("quiet")
    await slack.wait_for(lambda: len(heard) == 2)
    await card.get_by_role("button", name="Not helpful").click()
    await slack.wait_for(lambda: len(heard) == 3)
    chosen = [action.get("value") or action["selected_option"]["value"] for action in heard]
    assert chosen == ["Mute here", "quiet", "no"]
    heard.clear()


async def the_form_works(page: Page, slack: PretendSlack, heard: list[Json]) -> None:
    await page.get_by_role("button", name="Form").click()
    form = page.get_by_role("dialog", name="Team note")
    await form.get_by_role("button", name="Save").click()
    await expect(form.get_by_text("This is a required field")).to_be_visible()
    await form.get_by_label("Words").fill("abc")
    await form.get_by_role("button", name="Save").click()
    await expect(form.get_by_text("A little more, please.")).to_be_visible()
    await form.get_by_label("Words").fill("our runbook")
    await form.get_by_role("button", name="Save").click()
    await expect(form).to_be_hidden()
    assert heard == [{"text": "our runbook"}]
    await page.get_by_role("button", name="Form").click()
    await expect(form).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(form).to_be_hidden()


async def a_shortcut_works(page: Page, slack: PretendSlack) -> None:
    card = page.get_by_role("article", name="SMTP bot")
    await card.hover()
    await card.get_by_role("toolbar").get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Explain SMTP error").click()
    await expect(page.locator("article.ephemeral")).to_contain_text("About 421")
