"""What is measured of the bot: instruments for Prometheus, made once and handed around."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector

from bot.smtp.knowledge import Knowledge

# Slack waits three seconds for an acknowledgement.
ACK_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3)
# An answer goes to Slack and back; after rate limits and outages it may come minutes later.
ANSWER_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Surface(StrEnum):
    """Where an answer was given."""

    COMMAND = "command"
    MENTION = "mention"
    DIRECT = "direct"
    SPOTTED = "spotted"
    MARK = "mark"  # the reaction on a message, which says: I know this one
    MAGNIFIER = "magnifier"  # to who adds the same reaction
    SHORTCUT = "shortcut"
    DETAILS = "details"
    SHARE = "share"
    STEP = "step"  # of a workflow


@dataclass(frozen=True, slots=True)
class Metrics:
    """The instruments, each with its own kind of labels; `registry` holds them all."""

    registry: CollectorRegistry
    events: Counter
    answers: Counter
    silences: Counter
    failures: Counter
    refusals: Counter
    acknowledge_seconds: Histogram
    answer_seconds: Histogram
    slack_errors: Counter
    rate_limits: Counter
    queue_length: Gauge
    queue_age: Gauge
    ready: Gauge
    knowledge_entries: Gauge
    knowledge_phrases: Gauge
    build: Info


def new_metrics(knowledge: Knowledge) -> Metrics:
    """Instruments on a registry of their own, so that two bots in one process do not mix."""
    registry = CollectorRegistry()

    def counter(name: str, told: str, *labels: str) -> Counter:
        return Counter(f"smtp_bot_{name}", told, labels, registry=registry)

    def gauge(name: str, told: str, *labels: str) -> Gauge:
        return Gauge(f"smtp_bot_{name}", told, labels, registry=registry)

    def seconds(name: str, told: str, label: str, buckets: tuple[float, ...]) -> Histogram:
        told = f"{told}, in seconds"
        return Histogram(
            f"smtp_bot_{name}_seconds", told, [label], registry=registry, buckets=buckets
        )

    ProcessCollector(registry=registry)
    build = Info("smtp_bot_build", "Which bot this is", registry=registry)
    build.info({"version": _version(), "python": platform.python_version()})
    metrics = Metrics(
        registry=registry,
        events=counter("events", "What Slack told the bot", "type"),
        answers=counter("answers", "Answers given", "surface"),
        silences=counter("silences", "Messages not answered", "reason"),
        failures=counter("failures", "Work that ended in an error of ours", "error"),
        refusals=counter("refusals", "Requests that were refused", "reason"),
        acknowledge_seconds=seconds("acknowledge", "Until Slack had its OK", "type", ACK_BUCKETS),
        answer_seconds=seconds("answer", "Until the answer stood", "surface", ANSWER_BUCKETS),
        slack_errors=counter("slack_errors", "Calls Slack refused or lost", "method", "error"),
        rate_limits=counter("rate_limits", "Calls Slack asked to repeat later", "method"),
        queue_length=gauge("queue_length", "Answers waiting to be sent"),
        queue_age=gauge("queue_age_seconds", "For how long the oldest of them has waited"),
        ready=gauge("ready", "Whether a part is ready, as /readyz says", "part"),
        knowledge_entries=gauge("knowledge_entries", "Causes known"),
        knowledge_phrases=gauge("knowledge_phrases", "Phrases of servers known"),
        build=build,
    )
    for surface in Surface:
        metrics.answers.labels(surface)  # zero is an answer, too: a series begins before it grows
    metrics.knowledge_entries.set(len(knowledge))
    metrics.knowledge_phrases.set(sum(len(entry.phrases) for entry in knowledge))
    return metrics


def _version() -> str:
    """Which version of the bot this is; "unknown" where only what it needs is installed."""
    try:
        return version("smtp-bot")
    except PackageNotFoundError:
        return "unknown"
