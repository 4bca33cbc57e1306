"""The table of loads: what is lost or said twice, how long all takes, and what it costs."""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager

from databases import Postgres, programs, serving
from rich.console import Console

from benchmarks import growth, losses, stack, waits
from benchmarks.figures import table


def report(console: Console) -> None:
    """Measure and print; takes some minutes."""
    console.print("Measuring; this takes some five minutes.", style="dim")
    with _postgres() as postgres:
        # One after the other: each needs the machine for itself.
        sections = {
            "Whole Bolt stack, one process": asyncio.run(stack.figures()),
            "Waiting": asyncio.run(waits.figures(postgres)),
            "Memory of one process": asyncio.run(growth.figures()),
            f"{losses.MESSAGES:,} messages under kills": asyncio.run(losses.figures(postgres)),
        }
    caption = (
        f"The bot in processes of its own, the pretend Slack in this one. {os.cpu_count()} cores "
        f"for all of them, Python {platform.python_version()}."
    )
    console.print(table("Load", sections, caption))


@contextmanager
def _postgres() -> Iterator[Postgres | None]:
    installed = programs()
    if installed is None:
        yield None
        return
    with serving(installed) as server:
        yield server
