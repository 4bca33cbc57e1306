"""The pretend Slack behaves as Slack does, seen by a small Bolt app over both of its ways."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground import Message, PretendSlack, typed

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def button(label: str, **more: Any) -> Json:
    return {"type": "button", "action_id": label.lower(), "text": plain(label), **more}


CARD = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "*what it means*"}},
    {"type": "actions", "elements": [button("Share", value="421"), button("Form")]},
]
FORM = {
    "type": "modal",
    "callback_id": "note",
    "title": plain("Note"),
    "submit": plain("Save"),
    "notify_on_close": True,
    "blocks": [
        {
            "type": "input",
            "block_id": "words",
            "label": plain("Words"),
            "element": {"type": "plain_text_input", "action_id": "text"},
        },
        {
            "type": "input",
            "block_id": "kind",
            "label": plain("Kind"),
            "element": {
                "type": "static_select",
                "action_id": "choice",
                "options": [{"text": plain(name), "value": name} for name in ("soft", "hard")],
            },
        },
    ],
}
HOME = {"type": "home", "blocks": [{"type": "actions", "elements": [button("Refresh")]}]}


class Bot:
    """Answers messages with "error" in their thread, and everything else people can do."""

    def __init__(self, slack: PretendSlack) -> None:
        self.client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
        self.app = AsyncApp(signing_secret=slack.signing_secret, client=self.client)
        self.seen: list[Json] = []
        self.app.middleware(self.look)
        self.app.event("message")(self.on_message)
        for event in ("app_mention", "reaction_added", "member_joined_channel"):
            self.app.event(event)(self.nothing)
        self.app.event("app_home_opened")(self.on_home)
        self.app.command("/smtp")(self.on_command)
        self.app.shortcut("explain")(self.on_shortcut)
        self.app.action("share")(self.on_share)
        self.app.action("form")(self.on_form)
        self.app.action("refresh")(self.on_refresh)
        self.app.view("note")(self.on_submit)
        self.app.view_closed("note")(self.on_close)

    def events(self, kind: str) -> list[Json]:
        return [b["event"] for b in self.seen if b.get("event", {}).get("type") == kind]

    async def look(self, body: Json, next: Any) -> None:
        self.seen.append(body)
        await next()

    async def nothing(self) -> None:
        pass

    async def on_message(self, event: Json, client: AsyncWebClient) -> None:
        if "error" in event.get("text", "") and "subtype" not in event:
            await client.chat_postMessage(
                channel=event["channel"], text="Explained.", blocks=CARD, thread_ts=event["ts"]
            )

    async def on_command(self, ack: Any, command: Json) -> None:
        await ack(text=f"{command['text']} means", blocks=CARD)

    async def on_shortcut(self, ack: Any, shortcut: Json, respond: Any) -> None:
        await ack()
        await respond(text=f"about: {shortcut['message']['text']}")

    async def on_share(self, ack: Any, respond: Any, action: Json) -> None:
        await ack()
        await respond(
            text=f"shared {action['value']}", response_type="in_channel", delete_original=True
        )

    async def on_form(self, ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    async def on_refresh(self, ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        blocks = [{"type": "section", "text": plain("fresh")}]
        await client.views_publish(
            user_id=body["user"]["id"], view={"type": "home", "blocks": blocks}
        )

    async def on_home(self, event: Json, client: AsyncWebClient) -> None:
        await client.views_publish(user_id=event["user"], view=HOME)

    async def on_submit(self, ack: Any, view: Json) -> None:
        words = view["state"]["values"]["words"]["text"]["value"]
        if words == "?":
            await ack(response_action="errors", errors={"words": "Say something."})
        elif words == "more":
            await ack(response_action="push", view=FORM | {"callback_id": "other"})
        elif words == "changed":
            await ack(response_action="update", view=FORM | {"title": plain("Changed")})
        else:
            await ack()

    async def on_close(self, ack: Any) -> None:
        await ack()

    async def connect(self, slack: PretendSlack) -> AsyncSocketModeHandler:
        handler = AsyncSocketModeHandler(
            self.app, slack.app_token, web_client=self.client, ping_interval=0.2
        )
        await handler.connect_async()
        await slack.connected()
        return handler


@pytest.fixture
async def slack() -> AsyncIterator[PretendSlack]:
    async with PretendSlack() as slack:
        yield slack


@pytest.fixture
def client(slack: PretendSlack) -> AsyncWebClient:
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)


@pytest.fixture
async def socket_bot(slack: PretendSlack) -> AsyncIterator[Bot]:
    bot = Bot(slack)
    handler = await bot.connect(slack)
    yield bot
    await handler.close_async()


@pytest.fixture
async def http_bot(slack: PretendSlack) -> AsyncIterator[Bot]:
    bot = Bot(slack)
    runner = web.AppRunner(bot.app.web_app("/slack/events"))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.deliver_to(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
    yield bot
    await runner.cleanup()


@pytest.fixture(params=["socket_bot", "http_bot"])
def bot(request: pytest.FixtureRequest) -> Bot:
    """The same bot, once by Socket Mode and once by HTTP."""
    bot: Bot = request.getfixturevalue(request.param)
    return bot


# People write


async def test_an_error_is_answered_in_its_thread(slack: PretendSlack, bot: Bot) -> None:
    message = await slack.says("an error")
    assert [m.thread_ts for m in slack.replies] == [message.ts]
    assert slack.complaints == []
    assert slack.delivery.unacknowledged == []


async def test_chatter_gets_no_answer(slack: PretendSlack, bot: Bot) -> None:
    await slack.says("Lunch in room 421?")
    assert slack.replies == []
    assert bot.events("message")


async def test_what_people_type_is_escaped_and_linked(slack: PretendSlack, bot: Bot) -> None:
    await slack.says(
        "<ann@example.com>: host mx.example.net said: 550 & see https://a.example/x?b=1."
    )
    assert bot.events("message")[0]["text"] == (
        "&lt;<mailto:ann@example.com|ann@example.com>&gt;:"
        " host <http://mx.example.net|mx.example.net> said: 550 &amp; see <https://a.example/x?b=1>."
    )


@given(st.text(max_size=300))
def test_linking_loses_nothing(text: str) -> None:
    parts = typed.pieces(text, lambda kind, name: "U0SOMEONE" if kind == "user" else None)
    assert "".join(piece.text for piece in parts) == text


@pytest.mark.parametrize("piece", ["a", "a.", "@", "a@b.", "http://", "-.com", "#x "])
def test_linking_a_long_paste_takes_no_time(piece: str) -> None:
    started = time.perf_counter()
    typed.as_mrkdwn(piece * (40_000 // len(piece)), lambda kind, name: None)
    assert time.perf_counter() - started < 2


async def test_rich_text_comes_with_the_text(slack: PretendSlack, bot: Bot) -> None:
    await slack.says("look:\n```550 <x>```")
    [block] = bot.events("message")[0]["blocks"]
    assert [part["type"] for part in block["elements"]] == [
        "rich_text_section",
        "rich_text_preformatted",
    ]
    assert block["elements"][1]["elements"] == [{"type": "text", "text": "550 <x>"}]


async def test_a_mention_arrives_twice(slack: PretendSlack, bot: Bot) -> None:
    await slack.says("@smtpbot what is 421?")
    [mention], [message] = bot.events("app_mention"), bot.events("message")
    assert mention["ts"] == message["ts"]
    assert mention["text"] == f"<@{slack.bot_user_id}> what is 421?"


async def test_a_direct_message_is_no_mention(slack: PretendSlack, bot: Bot) -> None:
    await slack.says("@smtpbot an error", "@smtpbot")
    assert bot.events("app_mention") == []
    assert bot.events("message")[0]["channel_type"] == "im"


async def test_where_the_bot_is_no_member_it_hears_nothing(slack: PretendSlack, bot: Bot) -> None:
    await slack.says("an error", "#random")
    assert bot.seen == []


async def test_alerts_come_as_bots_send_them(slack: PretendSlack, bot: Bot) -> None:
    await slack.says(bot="Nagios", attachments=[{"text": "mail queue error"}])
    event = bot.events("message")[0]
    assert (event["subtype"], event["username"], event["text"]) == ("bot_message", "Nagios", "")
    assert event["attachments"][0]["fallback"] == "mail queue error"


async def test_the_bots_own_message_comes_back_and_bolt_drops_it(
    slack: PretendSlack, bot: Bot
) -> None:
    await slack.says("an error")
    sent = [e.payload["event"] for e in slack.delivery.sent]
    assert [event.get("bot_id") for event in sent] == [None, "B0SMTPBOT01"]
    assert len(slack.replies) == 1


async def test_an_edit_tells_before_and_after(slack: PretendSlack, bot: Bot) -> None:
    message = await slack.says("421")
    await slack.people.edit(message, "422")
    await slack.settled()
    event = bot.events("message")[-1]
    assert event["subtype"] == "message_changed"
    assert (event["previous_message"]["text"], event["message"]["text"]) == ("421", "422")


async def test_deleting_a_thread_leaves_a_tombstone(slack: PretendSlack, bot: Bot) -> None:
    message = await slack.says("an error")
    await slack.people.delete(message)
    await slack.settled()
    event = bot.events("message")[-1]
    assert (event["subtype"], event["message"]["subtype"]) == ("message_changed", "tombstone")


async def test_deleting_a_lone_message_is_a_deletion(slack: PretendSlack, bot: Bot) -> None:
    message = await slack.says("oops")
    await slack.people.delete(message)
    await slack.settled()
    event = bot.events("message")[-1]
    assert (event["subtype"], event["deleted_ts"]) == ("message_deleted", message.ts)


async def test_a_file_can_be_downloaded_with_the_token(
    slack: PretendSlack, bot: Bot, client: AsyncWebClient
) -> None:
    await slack.says("the log", files=[("mail.log", "550 5.7.26\n")])
    event = bot.events("message")[0]
    assert event["subtype"] == "file_share"
    url = event["files"][0]["url_private_download"]
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as refused:
            assert refused.content_type == "text/html"
        headers = {"Authorization": f"Bearer {slack.bot_token}"}
        async with session.get(url, headers=headers) as response:
            assert await response.text() == "550 5.7.26\n"
    info = await client.files_info(file=event["files"][0]["id"])
    assert info["file"]["preview"] == "550 5.7.26"


async def test_an_invitation_and_a_reaction_are_told(slack: PretendSlack, bot: Bot) -> None:
    await slack.people.invite("#random")
    message = await slack.says("hello", "#random")
    await slack.people.react(message, "eyes", user="colleague")
    await slack.settled()
    assert bot.events("member_joined_channel")[0]["inviter"] == "U0YOU000001"
    # The join message is by the bot itself: Slack sends it, Bolt drops it.
    assert "channel_join" in [e.payload["event"].get("subtype") for e in slack.delivery.sent]
    assert [event["text"] for event in bot.events("message")] == ["hello"]
    assert bot.events("reaction_added")[0]["item"]["ts"] == message.ts
    await slack.people.remove("#random")
    await slack.says("anyone?", "#random")
    assert len(bot.events("message")) == 1


# Commands, clicks and forms


async def test_a_command_is_answered_in_its_acknowledgement(slack: PretendSlack, bot: Bot) -> None:
    [answer] = await slack.types("/smtp 421 <x>")
    assert (answer.text, answer.ephemeral_for) == ("421 <x> means", "U0YOU000001")
    assert slack.calls_to("response_url") == []


async def test_an_ephemeral_answer_is_shared(slack: PretendSlack, bot: Bot) -> None:
    await slack.types("/smtp 421")
    await slack.clicks("Share")
    assert slack.whispers == []
    assert [m.text for m in slack.replies] == ["shared 421"]
    click = bot.seen[-1]
    assert click["container"]["is_ephemeral"]
    assert "message" not in click


async def test_a_shortcut_carries_the_message(slack: PretendSlack, bot: Bot) -> None:
    message = await slack.says("mailbox full")
    await slack.people.shortcut(message, "explain")
    await slack.settled()
    [answer] = slack.whispers
    assert answer.text == "about: mailbox full"


async def test_an_unknown_command_is_refused_by_slack_itself(slack: PretendSlack) -> None:
    with pytest.raises(LookupError, match="not a command"):
        await slack.types("/nonsense")


async def test_a_form_is_filled_in(slack: PretendSlack, bot: Bot) -> None:
    await slack.types("/smtp 421")
    await slack.clicks("Form")
    assert await slack.submits({"choice": "hard"}) == {"words": "This is a required field"}
    assert bot.seen[-1]["type"] == "block_actions"  # Slack's form itself asks for the missing one
    assert await slack.submits({"text": "?", "choice": "hard"}) == {"words": "Say something."}
    assert await slack.submits({"text": "runbook", "choice": "hard"}) == {}
    assert slack.modal() is None
    values = bot.seen[-1]["view"]["state"]["values"]
    assert values["words"] == {"text": {"type": "plain_text_input", "value": "runbook"}}
    assert values["kind"]["choice"]["selected_option"]["value"] == "hard"


async def test_a_submission_may_change_or_stack_forms(slack: PretendSlack, bot: Bot) -> None:
    await slack.types("/smtp 421")
    await slack.clicks("Form")
    await slack.submits({"text": "changed", "choice": "soft"})
    assert slack.modal().content["title"]["text"] == "Changed"  # type: ignore[union-attr]
    await slack.submits({"text": "more", "choice": "soft"})
    assert len(slack.workspace.modals["U0YOU000001"]) == 2


async def test_closing_a_form_is_told(slack: PretendSlack, bot: Bot) -> None:
    await slack.types("/smtp 421")
    await slack.clicks("Form")
    await slack.people.close()
    assert bot.seen[-1]["type"] == "view_closed"
    assert slack.modal() is None


async def test_home_is_published_and_its_button_works(slack: PretendSlack, bot: Bot) -> None:
    await slack.people.open_home()
    await slack.settled()
    await slack.clicks("Refresh")
    assert slack.home().blocks[0]["text"]["text"] == "fresh"  # type: ignore[union-attr]


async def test_a_trigger_opens_one_form_within_three_seconds(client: AsyncWebClient) -> None:
    now = 1_800_000_000.0
    async with PretendSlack(clock=lambda: now) as slack:
        client.base_url = slack.api_url
        trigger = slack.core.tickets.trigger("U0YOU000001")
        await client.views_open(trigger_id=trigger, view=FORM)
        assert await refusal(client.views_open(trigger_id=trigger, view=FORM)) == (
            "exchanged_trigger_id"
        )
        late = slack.core.tickets.trigger("U0YOU000001")
        now += 3.5
        assert await refusal(client.views_open(trigger_id=late, view=FORM)) == "expired_trigger_id"


async def test_a_response_url_works_five_times(slack: PretendSlack) -> None:
    ticket = slack.core.tickets.response("U0YOU000001", slack.workspace.channel("#support").id)
    async with aiohttp.ClientSession() as session:
        answers = [await session.post(ticket.url, json={"text": str(n)}) for n in range(6)]
        assert [answer.status for answer in answers] == [200] * 5 + [404]
        assert (await answers[-1].json())["error"] == "used_url"
    assert [m.text for m in slack.whispers] == list("01234")


# Delivery


async def test_silence_after_a_command_is_a_complaint(slack: PretendSlack) -> None:
    slack.delivery.ack_seconds = 0.01
    with pytest.raises(Exception, match="timeout"):
        await slack.types("/smtp 421")
    assert slack.complaints == ["/smtp was not acknowledged: timeout"]


async def test_an_event_nobody_listens_to_is_sent_again(slack: PretendSlack) -> None:
    """Bolt answers it with 404: three more times at once, then after minutes."""
    slack.delivery.retry_delays = (0.0, 0.0, 0.0)
    app = AsyncApp(
        signing_secret=slack.signing_secret,
        client=AsyncWebClient(token=slack.bot_token, base_url=slack.api_url),
    )
    runner = web.AppRunner(app.web_app())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.deliver_to(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
    await slack.says("an error")
    await runner.cleanup()
    [envelope] = slack.delivery.unacknowledged
    assert (envelope.attempts, envelope.failures[0]) == (4, "http_error")


async def test_a_wrong_signature_is_refused_by_bolt(slack: PretendSlack, http_bot: Bot) -> None:
    slack.delivery.retry_delays = ()
    assert slack.delivery.transport is not None
    slack.delivery.transport.signing_secret = "wrong"  # type: ignore[attr-defined]
    await slack.says("an error")
    assert slack.delivery.unacknowledged
    assert slack.replies == []


async def test_a_redelivered_event_says_so(slack: PretendSlack, bot: Bot) -> None:
    headers: list[str] = []

    async def look(request: Any, next: Any) -> None:
        headers.extend(request.headers.get("x-slack-retry-num", ["none"]))
        await next()

    bot.app.middleware(look)
    await slack.says("hello")
    slack.delivery.redeliver()
    await slack.settled()
    assert len({body["event_id"] for body in bot.seen}) == 1
    # Socket Mode counts its first delivery as attempt 0; HTTP sends no header with it.
    assert headers in (["0", "1"], ["none", "1"])


async def test_every_event_may_come_twice(slack: PretendSlack, bot: Bot) -> None:
    slack.delivery.copies = 2
    await slack.says("an error")
    assert len(slack.replies) == 2  # this bot does not look for duplicates


@pytest.mark.parametrize("how", ["refreshed", "closed", "cut"])
async def test_a_lost_socket_comes_back(slack: PretendSlack, socket_bot: Bot, how: str) -> None:
    [before] = slack.sockets.sockets
    if how == "refreshed":
        await slack.sockets.disconnect()
    else:
        await slack.sockets.drop(abruptly=how == "cut")
    await slack.wait_for(lambda: slack.sockets.sockets and slack.sockets.sockets[0] is not before)
    await slack.says("an error")
    assert len(slack.replies) == 1


async def test_what_was_under_way_on_a_lost_socket_comes_again(
    slack: PretendSlack, socket_bot: Bot
) -> None:
    slack.faults.hold("auth.test")  # Bolt asks who it is before it acknowledges anything
    await slack.people.say("an error")
    await slack.wait_for(lambda: slack.calls_to("auth.test"))
    await slack.sockets.drop()
    slack.faults.clear()
    await slack.settled()
    assert slack.delivery.sent[0].attempts == 2


# The Web API fails on purpose


async def refusal(call: Any) -> str:
    """The error a call is refused with."""
    with pytest.raises(SlackApiError) as refused:
        await call
    return str(refused.value.response["error"])


async def test_a_rate_limit_says_how_long(slack: PretendSlack, client: AsyncWebClient) -> None:
    slack.faults.rate_limit("chat.postMessage", retry_after=7)
    with pytest.raises(SlackApiError) as limited:
        await client.chat_postMessage(channel="#support", text="hi")
    assert limited.value.response.headers["Retry-After"] == "7"
    await client.chat_postMessage(channel="#support", text="hi")
    assert [call.status for call in slack.calls] == [429, 200]


async def test_a_server_error_may_come_after_the_deed(
    slack: PretendSlack, client: AsyncWebClient
) -> None:
    slack.faults.server_error("chat.postMessage", although_done=True)
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel="#support", text="hi")
    assert [m.text for m in slack.replies] == ["hi"]


async def test_a_connection_breaks(slack: PretendSlack, client: AsyncWebClient) -> None:
    client.retry_handlers.clear()  # the SDK would try a broken connection again
    slack.faults.reset()
    with pytest.raises(aiohttp.ClientError):
        await client.auth_test()
    await client.auth_test()


async def test_a_call_hangs_until_it_is_released(
    slack: PretendSlack, client: AsyncWebClient
) -> None:
    fault = slack.faults.hold("auth.test")
    call = asyncio.create_task(client.auth_test())
    await slack.wait_for(lambda: slack.calls)
    assert not call.done()
    fault.release()
    assert (await call)["user_id"] == slack.bot_user_id


async def test_an_error_is_answered_on_demand(slack: PretendSlack, client: AsyncWebClient) -> None:
    slack.faults.error("chat.postMessage", "is_archived", times=2)
    for _ in range(2):
        assert await refusal(client.chat_postMessage(channel="#support", text="x")) == "is_archived"
    await client.chat_postMessage(channel="#support", text="x")


# The Web API refuses what Slack refuses


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ({"channel": "#random", "text": "x"}, "not_in_channel"),
        ({"channel": "#support", "text": ""}, "no_text"),
        ({"channel": "#support", "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": "#support", "blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
        ({"channel": "#support", "blocks": [{"type": "fancy"}]}, "invalid_blocks"),
        (
            {"channel": "#support", "blocks": [{"type": "header", "text": plain("")}]},
            "invalid_blocks",
        ),
        ({"channel": "#support", "blocks": [CARD[1] | {"block_id": "x"}] * 2}, "invalid_blocks"),
        (
            {"channel": "#support", "blocks": [{"type": "actions", "elements": [button("A")] * 2}]},
            "invalid_blocks",
        ),
        (
            {"channel": "#support", "blocks": [CARD[0] | {"colour": "red"}]},
            "invalid_blocks",
        ),
    ],
)
async def test_bad_messages_are_refused(
    client: AsyncWebClient, arguments: Json, error: str
) -> None:
    assert await refusal(client.api_call("chat.postMessage", json=arguments)) == error


async def test_good_blocks_of_every_kind_are_taken(client: AsyncWebClient) -> None:
    option = {"text": plain("One"), "value": "1"}
    rich = {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "text", "text": "bold", "style": {"bold": True}},
                    {"type": "link", "url": "https://example.com", "text": "link"},
                    {"type": "emoji", "name": "no_entry"},
                ],
            },
            {
                "type": "rich_text_list",
                "style": "ordered",
                "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": "one"}]}
                ],
            },
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "550"}]},
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "said"}]},
        ],
    }
    feedback = {
        "type": "feedback_buttons",
        "action_id": "feedback",
        "positive_button": {"text": plain("Helpful"), "value": "yes"},
        "negative_button": {"text": plain("Not helpful"), "value": "no"},
    }
    overflow = {"type": "overflow", "action_id": "menu", "options": [option]}
    select = {"type": "static_select", "action_id": "pick", "options": [option]}
    blocks = [
        {"type": "header", "text": plain("421")},
        {"type": "section", "fields": [plain("a"), {"type": "mrkdwn", "text": "*b*"}]},
        {"type": "section", "text": plain("text"), "accessory": overflow},
        {"type": "divider"},
        rich,
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "_small_"}]},
        {"type": "actions", "elements": [button("Go", style="primary"), select]},
        {"type": "context_actions", "elements": [feedback]},
    ]
    await client.chat_postMessage(channel="#support", text="421", blocks=blocks)


async def test_a_workspace_may_refuse_new_blocks(
    slack: PretendSlack, client: AsyncWebClient
) -> None:
    slack.faults.refuse_blocks("divider")
    blocks = [{"type": "divider"}]
    assert await refusal(client.chat_postMessage(channel="#support", text="x", blocks=blocks)) == (
        "invalid_blocks"
    )


TOO_LONG = {"type": "plain_text_input", "max_length": 5, "initial_value": "x" * 6}
NO_OPTION = {"text": plain("b"), "value": "b"}
NOT_THERE = {
    "type": "checkboxes",
    "options": [{"text": plain("a"), "value": "a"}],
    "initial_options": [NO_OPTION],
}


async def test_bad_views_are_refused(slack: PretendSlack, client: AsyncWebClient) -> None:
    for spoilt in (
        {"title": plain("x" * 25)},
        {"submit": None},
        {"private_metadata": "x" * 3001},
        {"blocks": [FORM["blocks"][0] | {"element": TOO_LONG}]},
        {"blocks": [FORM["blocks"][0] | {"element": NOT_THERE}]},
        {"blocks": [FORM["blocks"][0] | {"element": NOT_THERE | {"initial_options": []}}]},
    ):
        view = {key: value for key, value in (FORM | spoilt).items() if value is not None}
        trigger = slack.core.tickets.trigger("U0YOU000001")
        assert await refusal(client.views_open(trigger_id=trigger, view=view)) == (
            "invalid_arguments"
        )


async def test_tokens_are_looked_at(slack: PretendSlack, client: AsyncWebClient) -> None:
    def as_(token: str) -> AsyncWebClient:
        return AsyncWebClient(token=token, base_url=slack.api_url)

    assert await refusal(as_("").auth_test()) == "not_authed"
    assert await refusal(as_("xoxb-other").auth_test()) == "invalid_auth"
    assert await refusal(as_(slack.app_token).auth_test()) == "not_allowed_token_type"
    assert await refusal(client.apps_connections_open(app_token=slack.bot_token)) == (
        "not_allowed_token_type"
    )
    assert await refusal(client.api_call("made.up")) == "unknown_method"
    await slack.people.uninstall()
    assert await refusal(client.auth_test()) == "invalid_auth"


async def test_scopes_are_looked_at(client: AsyncWebClient) -> None:
    async with PretendSlack(scopes={"commands"}) as slack:
        client.base_url = slack.api_url
        assert await refusal(client.chat_postMessage(channel="#support", text="x")) == (
            "missing_scope"
        )


async def test_each_kind_of_conversation_has_a_scope_of_its_own(client: AsyncWebClient) -> None:
    async with PretendSlack(scopes={"channels:read"}) as slack:
        client.base_url = slack.api_url
        assert (await client.conversations_info(channel="#support"))["ok"]
        direct = slack.workspace.channel("@smtpbot").id
        assert await refusal(client.conversations_info(channel=direct)) == "missing_scope"


# Each method, as slack-sdk calls it


async def test_messages_are_posted_changed_and_deleted(
    slack: PretendSlack, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="#support", text="one", blocks=CARD)
    place = {"channel": posted["channel"], "ts": posted["ts"]}
    await client.chat_update(**place, text="two")
    [message] = slack.replies
    assert (message.text, len(message.blocks)) == ("two", 2)
    reply = await client.chat_postMessage(
        channel=posted["channel"], text="reply", thread_ts=posted["ts"]
    )
    link = await client.chat_getPermalink(channel=posted["channel"], message_ts=reply["ts"])
    assert f"thread_ts={posted['ts']}" in link["permalink"]
    await client.chat_delete(channel=posted["channel"], ts=reply["ts"])
    await client.chat_delete(**place)
    assert slack.replies == []
    assert await refusal(client.chat_update(**place, text="x")) == "message_not_found"


async def test_others_messages_are_not_the_bots_to_change(
    slack: PretendSlack, client: AsyncWebClient, socket_bot: Bot
) -> None:
    message = await slack.says("mine", "#support")
    place = {"channel": message.channel, "ts": message.ts}
    assert await refusal(client.chat_update(**place, text="x")) == "cant_update_message"
    assert await refusal(client.chat_delete(**place)) == "cant_delete_message"


async def test_an_ephemeral_message_is_in_no_history(
    slack: PretendSlack, client: AsyncWebClient
) -> None:
    channel = slack.workspace.channel("#support")
    posted = await client.chat_postEphemeral(channel=channel.id, user="U0YOU000001", text="psst")
    assert [m.text for m in slack.whispers] == ["psst"]
    history = await client.conversations_history(channel=channel.id)
    assert history["messages"] == []
    place = {"channel": channel.id, "ts": posted["message_ts"]}
    assert await refusal(client.chat_update(**place, text="x")) == "message_not_found"
    assert await refusal(
        client.chat_postEphemeral(channel=channel.id, user="U0NOBODY", text="x")
    ) == ("user_not_in_channel")


async def test_history_and_threads_are_read(
    slack: PretendSlack, client: AsyncWebClient, socket_bot: Bot
) -> None:
    first = await slack.says("first", "#support")
    await slack.says("second", "#support")
    await slack.says("below", "#support", thread_ts=first.ts)
    history = await client.conversations_history(channel=first.channel, limit=1)
    assert [m["text"] for m in history["messages"]] == ["second"]
    older = await client.conversations_history(
        channel=first.channel, cursor=history["response_metadata"]["next_cursor"]
    )
    assert [m["reply_count"] for m in older["messages"]] == [1]
    replies = await client.conversations_replies(channel=first.channel, ts=first.ts)
    assert [m["text"] for m in replies["messages"]] == ["first", "below"]
    assert await refusal(client.conversations_replies(channel=first.channel, ts="1.1")) == (
        "thread_not_found"
    )


async def test_channels_and_people_are_looked_up(
    slack: PretendSlack, client: AsyncWebClient
) -> None:
    listed = await client.conversations_list()
    assert [c["name"] for c in listed["channels"]] == ["mail-ops", "support", "random"]
    mine = await client.users_conversations(types="public_channel,im")
    assert len(mine["channels"]) == 3
    assert all("is_member" not in channel for channel in mine["channels"]), "as in Slack"
    random = slack.workspace.channel("#random").id
    assert not (await client.conversations_info(channel=random))["channel"]["is_member"]
    await client.conversations_join(channel=random)
    assert slack.bot_user_id in (await client.conversations_members(channel=random))["members"]
    opened = await client.conversations_open(users="U0COLLEAGUE")
    assert slack.workspace.channel(opened["channel"]["id"]).kind == "im"
    assert (await client.users_info(user="U0COLLEAGUE"))["user"]["name"] == "colleague"
    assert (await client.bots_info(bot="B0SMTPBOT01"))["bot"]["name"] == "SMTP bot"
    assert (await client.team_info())["team"]["domain"] == "pretend"
    assert (await client.auth_test())["bot_id"] == "B0SMTPBOT01"
    assert (await client.api_test(foo="bar"))["args"]["foo"] == "bar"


async def test_reactions_come_and_go(
    slack: PretendSlack, client: AsyncWebClient, socket_bot: Bot
) -> None:
    message = await slack.says("hm", "#support")
    place = {"channel": message.channel, "timestamp": message.ts, "name": "mag"}
    await client.reactions_add(**place)
    assert await refusal(client.reactions_add(**place)) == "already_reacted"
    got = await client.reactions_get(channel=message.channel, timestamp=message.ts)
    assert got["message"]["reactions"] == [
        {"name": "mag", "users": [slack.bot_user_id], "count": 1}
    ]
    await client.reactions_remove(**place)
    assert await refusal(client.reactions_remove(**place)) == "no_reaction"


async def test_a_file_without_the_scope_is_a_sign_in_page(slack: PretendSlack, bot: Bot) -> None:
    await slack.says("the log", files=[("mail.log", "550 5.7.26\n")])
    slack.core.scopes = ["chat:write"]
    url = bot.events("message")[0]["files"][0]["url_private_download"]
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        assert response.content_type == "text/html"
    slack.core.signs_in_elsewhere = True
    async with (
        aiohttp.ClientSession() as session,
        session.get(url, headers=headers, allow_redirects=False) as response,
    ):
        assert response.status == 302
        assert response.headers["Location"].endswith(f"/?redir={quote(urlsplit(url).path, '')}")


async def test_a_file_of_another_organisation_shows_itself_only_when_asked_about(
    slack: PretendSlack, bot: Bot, client: AsyncWebClient
) -> None:
    await slack.says("the log", files=[("mail.log", "550 5.7.26\n")], foreign_files=True)
    [file] = bot.events("message")[0]["files"]
    assert (file["mode"], file["file_access"]) == ("file_access", "check_file_info")
    assert "url_private" not in file
    found = (await client.files_info(file=file["id"]))["file"]
    assert (found["name"], found["file_access"]) == ("mail.log", "visible")


async def test_the_page_shares_and_saves_files(slack: PretendSlack, bot: Bot) -> None:
    content = {"mail.log": b"550\n", "bounce.eml": b"From: a\n", "cat.png": b"\x89PNG"}
    files = [{"name": n, "base64": base64.b64encode(c).decode()} for n, c in content.items()]
    body = {"text": "", "channel": "#mail-ops", "files": files}
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{slack.url}/page/say", json=body) as response:
            assert (await response.json())["ok"]
        shared = list(slack.workspace.files.values())
        assert [file.is_snippet for file in shared] == [True, False, False]
        for file in shared:
            async with session.get(f"{slack.url}/page/file/{file.id}") as response:
                assert await response.read() == content[file.name]
                assert response.headers["Content-Disposition"].startswith("attachment")
        async with session.get(f"{slack.url}/page/file/F0") as response:
            assert response.status == 404


async def test_a_file_is_uploaded_in_three_steps(
    slack: PretendSlack, client: AsyncWebClient
) -> None:
    await client.files_upload_v2(
        channel=slack.workspace.channel("#support").id,
        filename="table.csv",
        content="code,count\n421,3\n",
        title="Table",
        initial_comment="Here it is.",
    )
    [message] = slack.replies
    assert message.text == "Here it is."
    assert message.files[0].content == b"code,count\n421,3\n"


async def test_views_are_opened_pushed_and_updated(
    slack: PretendSlack, client: AsyncWebClient
) -> None:
    you = "U0YOU000001"
    opened = await client.views_open(trigger_id=slack.core.tickets.trigger(you), view=FORM)
    view_id, seen = opened["view"]["id"], opened["view"]["hash"]
    await client.views_update(view_id=view_id, hash=seen, view=FORM | {"title": plain("New")})
    assert await refusal(client.views_update(view_id=view_id, hash=seen, view=FORM)) == (
        "hash_conflict"
    )
    pushed = await client.views_push(trigger_id=slack.core.tickets.trigger(you), view=FORM)
    assert pushed["view"]["previous_view_id"] == view_id
    assert await refusal(client.views_update(view_id="V0NONE", view=FORM)) == "not_found"


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated")  # slack-sdk still uses it
async def test_a_code_buys_a_token_once(slack: PretendSlack) -> None:
    code = slack.grant_code()
    client = AsyncWebClient(base_url=slack.api_url)
    secrets = {"client_id": slack.client_id, "client_secret": slack.client_secret}
    answer = await client.oauth_v2_access(code=code, **secrets)
    assert answer["access_token"] == slack.bot_token
    assert await refusal(client.oauth_v2_access(code=code, **secrets)) == "invalid_code"


# Only for this machine


async def test_a_foreign_page_gets_nothing(slack: PretendSlack) -> None:
    foreign = [
        {"Host": "rebound.example"},
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ]
    async with aiohttp.ClientSession() as session:
        for headers in foreign:
            async with session.get(slack.url, headers=headers) as response:
                assert response.status == 403
        form = {"text": "hi", "channel": "#support"}
        async with session.post(f"{slack.url}/page/say", data=form) as response:
            assert response.status == 415


async def test_it_stays_on_this_machine() -> None:
    with pytest.raises(ValueError, match="stays on this machine"):
        PretendSlack(host="0.0.0.0")


async def test_a_taken_port_is_an_error(slack: PretendSlack) -> None:
    with pytest.raises(OSError, match="in use"):
        await PretendSlack.start(port=slack.port)


async def test_replies_can_be_waited_for(slack: PretendSlack, socket_bot: Bot) -> None:
    asked = await slack.people.say("an error")

    def is_answer(message: Message) -> bool:
        return message.thread_ts == asked.ts

    assert (await slack.reply(is_answer)).text == "Explained."
    with pytest.raises(TimeoutError, match="a reply"):
        await slack.reply(lambda m: m.text == "never", seconds=0.01)
