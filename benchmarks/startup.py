"""How long the bot takes to start, and how much memory it then holds."""

from __future__ import annotations

import subprocess
import sys
from statistics import median

from benchmarks.clock import MS, ROUNDS, core_seconds, wall_seconds
from benchmarks.figures import Figure
from bot.smtp.explain import Explainer
from bot.smtp.knowledge import Knowledge, load

KB_IN_MB = 1024
BYTES_IN_KB = 1024

_LOADED = (
    "from bot.smtp.explain import Explainer; from bot.smtp.knowledge import load; "
    "from bot.smtp.spot import Spotter; spotter = Spotter(Explainer(load()))"
)
# Linux starts a process with its parent's peak as its own, so a small parent must ask.
_PEAK_OF_CHILD = (
    "import resource, subprocess, sys; "
    "subprocess.run([sys.executable, '-c', sys.argv[1]], check=True); "
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
)


def figures(knowledge: Knowledge) -> list[Figure]:
    """Start-up times (milliseconds) and memory of fresh processes."""
    loading = median(core_seconds(load) for _ in range(ROUNDS))
    building = median(core_seconds(lambda: Explainer(knowledge)) for _ in range(ROUNDS))
    process = median(wall_seconds(_explain_421) for _ in range(ROUNDS))
    return [
        Figure(f"knowledge loaded ({len(knowledge):,} entries)", loading * MS, "ms"),
        Figure("Explainer built", building * MS, "ms"),
        Figure("python -m bot explain 421", process * MS, "ms"),
        Figure("memory with both", _peak_memory(_LOADED), "MB"),
        Figure(
            "memory with Slack's libraries too", _peak_memory(f"{_LOADED}; import bot.app"), "MB"
        ),
    ]


def _explain_421() -> None:
    command = [sys.executable, "-m", "bot", "explain", "421"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _peak_memory(code: str) -> float:
    """The most memory (MB, resident) that a process held while it ran the code."""
    command = [sys.executable, "-c", _PEAK_OF_CHILD, code]
    peak = int(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    in_kb = peak / BYTES_IN_KB if sys.platform == "darwin" else peak  # macOS counts bytes
    return in_kb / KB_IN_MB
