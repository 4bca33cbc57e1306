"""`python -m fuzzing [TARGET …]`: every target in a process of its own, then `slow`."""

from __future__ import annotations

import argparse
import importlib
import re
import subprocess
import sys
import time
from pathlib import Path

SECONDS = 120  # for each target
LONGEST_INPUT = 8_192  # bytes; a byte can stand for a fragment repeated
MEMORY = 2_048  # MB that a target may take
TOO_LONG = 20  # seconds for one input, instrumented and on a busy machine; `slow` looks closer
FOUND = Path(".fuzzing")  # what was found and what led there; not in the repository
TARGETS = tuple(sorted(p.stem for p in (Path(__file__).parent / "targets").glob("[a-z]*.py")))
SLOW = "slow"
STATS = ("number_of_executed_units", "peak_rss_mb")  # as libFuzzer calls them


def main() -> int:
    """Run what was asked for; 1 when anything was found."""
    options = _options()
    if options.here:
        _fuzz(options.targets[0], options.seconds)
        return 0
    wanted = options.targets or [*TARGETS, SLOW]
    is_fine = [_look(target, options.seconds) for target in wanted]
    return 0 if all(is_fine) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m fuzzing", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join([*TARGETS, SLOW]))
    parser.add_argument("--seconds", type=int, default=SECONDS, help="for each target")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _look(target: str, seconds: int) -> bool:
    """Run one target; says what came of it."""
    if target == SLOW:
        return _look_for_slow(seconds)
    began = time.monotonic()
    command = [sys.executable, "-m", "fuzzing", target, "--seconds", str(seconds), "--here"]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    (FOUND / f"{target}.txt").write_text(done.stdout + done.stderr)
    runs, peak = (re.findall(rf"{stat}:\s+(\d+)", done.stderr) for stat in STATS)
    told = f"{int(runs[0]):,} inputs, {peak[0]} MB" if runs and peak else "ended early"
    result = "nothing found" if done.returncode == 0 else f"FOUND, see {FOUND / target}.txt"
    print(f"{target}: {told}, {time.monotonic() - began:.0f} s: {result}", flush=True)
    return done.returncode == 0


def _fuzz(target: str, seconds: int) -> None:
    """Fuzz in this process, with the bot instrumented."""
    import atheris

    with atheris.instrument_imports(include=["bot"]):
        module = importlib.import_module(f"fuzzing.targets.{target}")
    corpus = FOUND / "corpus" / target
    corpus.mkdir(parents=True, exist_ok=True)
    arguments = [
        *(sys.argv[0], str(corpus), f"-max_total_time={seconds}", f"-max_len={LONGEST_INPUT}"),
        *(f"-timeout={TOO_LONG}", f"-rss_limit_mb={MEMORY}", "-print_final_stats=1"),
        f"-artifact_prefix={FOUND}/{target}-",
    ]
    atheris.Setup(arguments, module.build())
    atheris.Fuzz()


def _look_for_slow(seconds: int) -> bool:
    from fuzzing import slow
    from fuzzing.material import explainer

    worst = 0.0
    for work in slow.works(explainer()):
        for found in slow.search(work, seconds)[:3]:
            worst = max(worst, found.seconds)
            print(f"{work.name}: {found.seconds * 1000:.1f} ms for {found.shape}", flush=True)
    return worst <= slow.SLOW


if __name__ == "__main__":
    FOUND.mkdir(exist_ok=True)
    sys.exit(main())
