"""Build every part once and join them: the Bolt app, and the ways to run it."""

from __future__ import annotations

import asyncio
import datetime
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from http import HTTPStatus

import aiohttp
from slack_bolt.async_app import AsyncBoltContext
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError

from bot.doors import SocketDoor, WebDoor
from bot.logs import error_of
from bot.metrics import Metrics, new_metrics
from bot.oauth import add_pages, install_flow
from bot.observed import Arrival, Handing, Next, ObservedApp, ObservedCalls
from bot.playground import PretendSlack
from bot.settings import Settings
from bot.slack import ACTS, COMPOSES, EVENTS, SCOPES, SHORTCUTS, STEPS, register
from bot.slack.delivery import Deliverer, without_retries
from bot.slack.strangers import refuse_strangers
from bot.slack.work import Knowing
from bot.smtp.explain import Explainer
from bot.smtp.knowledge import load
from bot.smtp.spot import Spotter
from bot.store import Place, Store
from bot.store.engine import as_written, is_sqlite
from bot.store.files import in_the_way
from bot.store.jobs import CLAIM_SECONDS
from bot.store.sealing import WrongKeyError
from bot.store.tables import KEPT, Kept, kept
from bot.sweeping import sweeping
from bot.tokens import Installations
from bot.web import Check, Health, health_served, not_yet, served

RETRIES = 3  # of one Slack call: when rate limited, on a 5xx, on a broken connection
PLAYGROUND_HOST = "127.0.0.1"  # loopback only: the pretend Slack asks nobody for a password
# Told to stop we end within ten seconds: Slack waits so long for acknowledgements,
LAST_ACKS = 3
GRACE = 7  # and so long has the work in flight after that.


class StartError(RuntimeError):
    """Why the bot cannot start, in one sentence that says what to do."""


def build(
    settings: Settings, explainer: Explainer, store: Store, metrics: Metrics | None = None
) -> tuple[ObservedApp, Deliverer]:
    """The Bolt app with every listener, and who does what they write down; nothing runs yet."""
    metrics = metrics or new_metrics(explainer.knowledge)
    knowing = Knowing(explainer, Spotter(explainer), store)
    client = slack_client(settings, metrics)
    flow = install_flow(settings, store.engine, client) if settings.uses_oauth else None
    tokens = flow.tokens if flow else None
    app = ObservedApp(
        metrics,
        client=client,
        signing_secret=settings.slack_signing_secret,  # Bolt asks for it over HTTP only
        oauth_flow=flow,
        before_authorize=Handing(tokens.refuse_strangers) if tokens else None,
    )

    async def client_of(place: Place) -> AsyncWebClient:
        token = await tokens.token(place) if tokens else settings.slack_bot_token
        return without_retries(app.client, token, ObservedCalls(metrics))

    deliverer = Deliverer(knowing, client_of, COMPOSES, ACTS, metrics)

    async def hand_out(context: AsyncBoltContext, _: object, next_: Next) -> None:
        context["explainer"] = explainer
        context["spotter"] = knowing.spotter
        context["store"] = store
        context["deliverer"] = deliverer
        context["installations"] = app.installation_store
        await next_()

    if flow is None:
        app.middleware(Handing(refuse_strangers))
    app.middleware(Handing(hand_out))
    app.error(apologise)
    register(app)
    return app, deliverer


def slack_client(settings: Settings, metrics: Metrics) -> AsyncWebClient:
    """A Web API client that waits out rate limits and tries again after server errors."""
    return AsyncWebClient(
        token=None if settings.uses_oauth else settings.slack_bot_token,
        base_url=settings.slack_api_url,
        retry_handlers=[
            ObservedCalls(metrics),  # first: the SDK asks no more handlers once one tries again
            AsyncRateLimitErrorRetryHandler(max_retry_count=RETRIES),
            AsyncServerErrorRetryHandler(max_retry_count=RETRIES),
            AsyncConnectionErrorRetryHandler(max_retry_count=RETRIES),
        ],
    )


async def apologise(
    error: Exception, context: AsyncBoltContext, response: BoltResponse | None
) -> BoltResponse | None:
    """Log what went wrong by ids, never by text; tell the person who asked, if somebody did."""
    # Bolt forgets an acknowledgement when this handler ends before its runner has looked for it.
    await asyncio.sleep(2 * BOLT_LOOKS_EVERY)
    arrival: Arrival = context["arrival"]
    arrival.failed(error)
    if context.response_url and context.respond:
        with suppress(aiohttp.ClientError, TimeoutError):
            await context.respond(SORRY, response_type="ephemeral", replace_original=False)
    is_ours = not isinstance(error, SQLAlchemyError | OSError)
    if response is not None and (is_ours or context.response_url):
        # Not acknowledged yet. A fault of ours would be there the next time too; what the database
        # could not take is to be delivered once more. Of a command Slack would add its own words.
        return BoltResponse(status=HTTPStatus.OK)
    return None


BOLT_LOOKS_EVERY = 0.01  # seconds; slack_bolt/listener/asyncio_runner.py
SORRY = "Something went wrong on my side; it is logged. Trying again in a minute may help."


@asynccontextmanager
async def serving_http(app: ObservedApp, settings: Settings, health: Health) -> AsyncIterator[str]:
    """Serve Slack's requests while inside; gives the address. The bot's health is served here,
    too, unless it has a port of its own."""
    application = WebDoor(app, settings.port, settings.slack_signing_secret).web_app
    if app.oauth_flow:
        add_pages(application, kept_by(settings))
    if settings.health_port is None:
        health.add_routes(application)
    async with served(application, settings.host, settings.port, grace=LAST_ACKS) as address:
        yield address


@asynccontextmanager
async def connected_by_socket(app: ObservedApp, settings: Settings) -> AsyncIterator[Check]:
    """Be connected to Slack by Socket Mode while inside; gives what tells whether we still are."""
    handler = SocketDoor(app, settings.slack_app_token)
    try:
        # Asked for here, as connect_async would ask again and again when the token is wrong.
        with asking_slack("SLACK_APP_TOKEN", settings):
            handler.client.wss_uri = await handler.client.issue_new_wss_url()
        await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt says no types here
        yield handler.client.is_connected
    finally:
        await finish_work(HEARING, LAST_ACKS)  # else their acknowledgements find no socket
        await handler.close_async()  # type: ignore[no-untyped-call]  # Bolt says no types here


async def finish_work(coroutine: str, seconds: float) -> None:
    """Let what is at work in these coroutines finish, for a while."""
    at_work = [task for task in asyncio.all_tasks() if coroutine in str(task.get_coro())]
    if at_work:
        await asyncio.wait(at_work, timeout=seconds)


async def seal_tokens(app: ObservedApp) -> None:
    """Encrypt the tokens in the database under the newest key. Raises StartError."""
    if isinstance(app.installation_store, Installations):
        try:
            await app.installation_store.seal_anew()
        except WrongKeyError as mistake:
            raise StartError(str(mistake)) from mistake


@asynccontextmanager
async def delivering(deliverer: Deliverer) -> AsyncIterator[Deliverer]:
    """Work on what was written down while inside; at the end, finish what is at hand."""
    deliverer.start()
    try:
        yield deliverer
    finally:
        await asyncio.gather(deliverer.stop(GRACE), finish_work(LISTENER, GRACE))


# The coroutines in which Bolt runs each listener, and slack-sdk hears each event of a socket.
LISTENER, HEARING = "run_ack_function_asynchronously", "run_message_listeners"


async def run(settings: Settings, say: Callable[[str], None]) -> None:
    """Run until SIGTERM or Ctrl-C: on Slack when there are tokens, in the playground otherwise."""
    for name in READ_BY_BOLT:
        os.environ.pop(name, None)
    loop, this = asyncio.get_running_loop(), asyncio.current_task()
    assert this is not None
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, this.cancel)
    with suppress(asyncio.CancelledError):
        async with AsyncExitStack() as parts:
            await _start(settings, say, parts)
            try:
                await asyncio.Event().wait()
            finally:
                say("Stopping.")


# Bolt would read these once more, in its own way: a client id alone switches it to OAuth.
READ_BY_BOLT = (
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_VERIFICATION_TOKEN",
    "SLACK_CLIENT_ID",
    "SLACK_CLIENT_SECRET",
    "SLACK_SCOPES",
    "SLACK_USER_SCOPES",
    "SLACK_REDIRECT_URI",
)


async def _start(settings: Settings, say: Callable[[str], None], parts: AsyncExitStack) -> None:
    explainer = Explainer(load())
    if not settings.has_slack:
        settings = await parts.enter_async_context(_playground(settings, say))
    with asking_database(settings.database_url):
        store = await parts.enter_async_context(
            opened(settings.database_url, settings.claim_seconds, kept_by(settings))
        )
    metrics = new_metrics(explainer.knowledge)
    app, deliverer = build(settings, explainer, store, metrics)
    await seal_tokens(app)
    health = Health(metrics, {"database": store.is_reachable}, store.jobs.waiting)
    if settings.uses_socket:
        health.checks["slack"] = not_yet
    if settings.health_port is not None:
        await _serve_health(health, settings, settings.health_port, say, parts)
    if not settings.uses_oauth:
        with asking_slack("SLACK_BOT_TOKEN", settings):
            team = (await app.client.auth_test())["team"]
    await parts.enter_async_context(delivering(deliverer))
    if settings.uses_socket:
        health.checks["slack"] = await parts.enter_async_context(connected_by_socket(app, settings))
        parts.callback(health.drain)
        say(f"Connected to {team} by Socket Mode. Ctrl-C stops.")
        return
    try:
        address = await parts.enter_async_context(serving_http(app, settings, health))
    except OSError as trouble:
        raise port_error("PORT", settings.host, settings.port, trouble) from trouble
    parts.callback(health.drain)
    say(f"Waiting for Slack at {address}/slack/events. Ctrl-C stops.")
    if settings.uses_oauth:
        say("Workspaces install the bot at /slack/install of its public address.")


async def _serve_health(
    health: Health, settings: Settings, port: int, say: Callable[[str], None], parts: AsyncExitStack
) -> None:
    try:
        address = await parts.enter_async_context(health_served(health, settings.host, port))
    except OSError as trouble:
        raise port_error("HEALTH_PORT", settings.host, port, trouble) from trouble
    say(f"Health and metrics at {address}.")


def kept_by(settings: Settings) -> Kept:
    """How long the settings want rows to be kept."""
    return kept(
        answers=datetime.timedelta(days=settings.keep_answers_days),
        records=datetime.timedelta(days=settings.keep_records_days),
    )


@asynccontextmanager
async def opened(
    database_url: str, claim_seconds: float = CLAIM_SECONDS, retention: Kept = KEPT
) -> AsyncIterator[Store]:
    """The store, open and swept daily while inside."""
    store = Store(database_url, claim_seconds, retention)
    try:
        await store.open()
        async with sweeping(store):
            yield store
    finally:
        await store.close()


@contextmanager
def asking_database(database_url: str) -> Iterator[None]:
    """Say in one sentence what is wrong when the database cannot be used."""
    if obstacle := in_the_way(database_url):
        raise database_error(database_url, obstacle)
    try:
        yield
    except (SQLAlchemyError, OSError) as trouble:
        reason = str(getattr(trouble, "orig", None) or trouble).strip().replace("\n", " ")
        raise database_error(database_url, reason) from trouble


def database_error(database_url: str, reason: str) -> StartError:
    """One sentence for a database that cannot be used."""
    hint = (
        "the folder should exist, and the bot be allowed to write there."
        if is_sqlite(database_url)
        else "the server should run, and let this user in and create tables."
    )
    return StartError(
        f'DATABASE_URL, "{as_written(database_url)}", cannot be used ({reason}): {hint}'
    )


@contextmanager
def asking_slack(setting: str, settings: Settings) -> Iterator[None]:
    """Say in one sentence what is wrong when Slack refuses a setting or cannot be reached."""
    try:
        yield
    except SlackApiError as refusal:
        raise StartError(
            f"Slack does not accept {setting} ({error_of(refusal)}); "
            "README.md says where to find it."
        ) from refusal
    except (aiohttp.ClientError, TimeoutError) as trouble:
        raise StartError(
            f"Slack cannot be reached at {settings.slack_api_url} ({trouble})."
        ) from trouble


def port_error(setting: str, host: str, port: int, trouble: OSError) -> StartError:
    """One sentence for a port that cannot be listened on."""
    reason = os.strerror(trouble.errno) if trouble.errno else str(trouble)
    return StartError(f"Port {port} on {host} cannot be used ({reason}); set {setting} to another.")


@asynccontextmanager
async def _playground(settings: Settings, say: Callable[[str], None]) -> AsyncIterator[Settings]:
    """Start the pretend Slack; gives the settings under which the unchanged bot talks to it."""
    port = settings.playground_port
    try:
        slack = await PretendSlack.start(
            host=PLAYGROUND_HOST,
            port=port,
            events=EVENTS,
            scopes=SCOPES,
            shortcuts=SHORTCUTS,
            steps=STEPS,
        )
    except OSError as trouble:
        raise port_error("PLAYGROUND_PORT", PLAYGROUND_HOST, port, trouble) from trouble
    say(f"No Slack tokens are set, so here is a pretend Slack to try the bot in: {slack.url}")
    say("For real Slack set SLACK_BOT_TOKEN and SLACK_APP_TOKEN in .env; README.md says how.")
    try:
        yield replace(
            settings,
            slack_bot_token=slack.bot_token,
            slack_app_token=slack.app_token,
            slack_api_url=slack.api_url,
        )
    finally:
        await slack.close()
