"""See whether a Bolt app in this event loop is still at work."""

from __future__ import annotations

import asyncio

# Bolt runs listeners, and slack-sdk handles each envelope, in tasks of these coroutines. Tasks
# that live as long as the connection (receiving, pinging) have other names.
AT_WORK = (
    "run_message_listeners",
    "run_ack_function_asynchronously",
    "to_runnable_function",
    "Deliverer.deliver",  # our own, which does what listeners wrote down
)


def bolt_is_busy() -> bool:
    """Whether one of its tasks is not done. A bot in another process is never seen here."""
    return any(_is_work(task) for task in asyncio.all_tasks() if not task.done())


def _is_work(task: asyncio.Task[object]) -> bool:
    coroutine = task.get_coro()
    name = getattr(coroutine, "__qualname__", "")
    code = getattr(coroutine, "cr_code", None)
    if any(word in name for word in AT_WORK):
        return True
    return code is not None and "slack_bolt" in code.co_filename and "listener" in code.co_filename
