"""A measured number beside what it should be, and tables of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich import box
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a table. `value` is None where there was nothing to measure."""

    what: str
    value: float | None
    unit: str = ""
    digits: int = 0
    at_least: float | None = None
    at_most: float | None = None

    @property
    def measured(self) -> str:
        return (
            "not told" if self.value is None else f"{self._said(self.value)} {self.unit}".rstrip()
        )

    @property
    def aim(self) -> str:
        """What it should be, with a word where it is not."""
        if self.at_least is not None:
            aim, reached = f"≥ {self._said(self.at_least)}", _or_less(self.at_least, self.value)
        elif self.at_most is not None:
            aim, reached = f"≤ {self._said(self.at_most)}", _or_less(self.value, self.at_most)
        else:
            return ""
        return aim if reached else f"{aim}, missed"

    def _said(self, number: float) -> str:
        return f"{number:,.{self.digits}f}"


def _or_less(small: float | None, large: float | None) -> bool:
    return small is None or large is None or small <= large


def table(title: str, sections: Mapping[str, Sequence[Figure]], caption: str = "") -> Table:
    """The figures below each other, each section under its name."""
    shown = plain(title, "What", caption=caption)
    shown.add_column("Measured", justify="right", no_wrap=True)
    shown.add_column("Aim", no_wrap=True)
    for name, section in sections.items():
        shown.add_row(name, style="bold")
        for figure in section:
            shown.add_row(f"  {figure.what}", figure.measured, figure.aim)
        shown.add_section()
    return shown


def plain(title: str, *columns: str, caption: str = "") -> Table:
    """An empty table in this package's looks, with columns of words."""
    shown = Table(
        title=title,
        caption=caption or None,
        box=box.SIMPLE_HEAD,
        title_justify="left",
        caption_justify="left",
        title_style="bold",
        caption_style="dim",
    )
    for column in columns:
        shown.add_column(column)
    return shown


def percent(part: int, whole: int) -> float | None:
    """A share in percent; None of nothing."""
    return 100 * part / whole if whole else None
