"""What the commands print: progress to stderr, results to stdout."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nqpf.cli.language import translated

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as RichProgress
    from rich.status import Status


_STEP = 0.05  # share of the work after which a line is printed where there is no terminal
_SPACE = 3  # between two columns: padding, and the blank that the box style has for a rule


class Progress:
    """Says what is going on: a moving line on a terminal, plain lines elsewhere."""

    def __init__(self, console: Console | None, status: Status | None) -> None:
        self._console, self._status = console, status

    def __call__(self, text: str) -> None:
        """Announce the next stage."""
        text = translated(text)
        if self._status is not None:
            self._status.update(text + " ...")
        elif self._console is not None:
            self._console.print(text + " ...")


@contextmanager
def progress(first: str, *, quiet: bool) -> Iterator[Progress]:
    """Show progress while the block runs, from ``first`` on."""
    if quiet:
        yield Progress(None, None)
        return
    console = _console(stderr=True)
    if not console.is_terminal:
        say = Progress(console, None)
        say(first)
        yield say
        return
    with console.status(translated(first) + " ...", spinner="line") as status:
        yield Progress(console, status)


class Bar:
    """A bar with rate and time to go on a terminal, a line now and then elsewhere."""

    def __init__(self, console: Console | None) -> None:
        self._console = console
        self._bar: RichProgress | None = None
        self._task = None
        self._total, self._next = 1, 0.0

    def note(self, text: str) -> None:
        """Print a line above the bar."""
        if self._console is not None:
            self._console.print(text, soft_wrap=True)

    def start(self, total: int, done: int) -> None:
        """Begin, with some done already."""
        self._total = max(1, total)
        if self._console is None or not self._console.is_terminal:
            return
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self._bar = Progress(
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("ETA"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[said]}"),
            console=self._console,
        )
        self._bar.start()
        self._task = self._bar.add_task("", total=total, completed=done, said="")

    def update(self, done: int, said: str) -> None:
        """Say how much is done."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, said=said)
        elif self._console is not None and done / self._total >= self._next:
            self._next = done / self._total + _STEP
            self._console.print(f"{done:,} / {self._total:,}  {said}", soft_wrap=True)

    def stop(self) -> None:
        """Leave the bar as it is."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


@contextmanager
def bar(*, quiet: bool) -> Iterator[Bar]:
    """Show a bar while the block runs."""
    shown = Bar(None if quiet else _console(stderr=True))
    try:
        yield shown
    finally:
        shown.stop()


def show(
    title: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    texts: Sequence[int] = (0,),
) -> None:
    """Print a table: the columns ``texts`` hold text, the others figures.

    Columns that do not fit beside the others go into a second table below, each row named again.
    Where the output is not a terminal, the table is as wide as it needs to be.
    """
    from rich import box
    from rich.cells import cell_len
    from rich.table import Table

    console = _console()
    widths = [
        max(cell_len(line) for cell in column for line in cell.splitlines() or [""])
        for column in zip(heads, *rows, strict=True)
    ]
    blocks: list[list[int]] = [[]]
    used = widths[0]
    for index, width in enumerate(widths[1:], 1):
        if console.is_terminal and blocks[-1] and used + 2 * _SPACE + width > console.width:
            blocks.append([])
            used = widths[0]
        blocks[-1].append(index)
        used += _SPACE + width
    if not console.is_terminal:
        console.width = max(used + 2 * _SPACE, console.width)
    for number, block in enumerate(blocks):
        table = Table(
            title=None if number else title,
            title_justify="left",
            title_style="bold",
            box=box.SIMPLE_HEAD,
            pad_edge=False,
        )
        for index in (0, *block):
            table.add_column(
                heads[index], justify="left" if index in texts else "right", no_wrap=True
            )
        for row in rows:
            table.add_row(row[0], *(row[index] for index in block))
        console.print(table)


Branch = tuple[str, list["Branch"]]
"""A line of a tree, and what hangs on it."""


def tree(title: str, branches: Sequence[Branch]) -> None:
    """Print a tree below its title."""
    from rich.text import Text
    from rich.tree import Tree

    root = Tree(Text(title, style="bold"))
    waiting = [(root, branches)]
    while waiting:
        parent, below = waiting.pop()
        waiting += [(parent.add(Text(text)), deeper) for text, deeper in below]
    console = _console()
    if not console.is_terminal:
        console.width = max(console.width, 200)
    console.print(root)


def say(text: str) -> None:
    """Print one line of the result."""
    _console().print(text, soft_wrap=True)


def complain(text: str) -> None:
    """Print one line to stderr, in the language of the command line."""
    name, colon, said = text.partition(": ")
    if name == "nqpf" and colon:
        text = name + colon + translated(said)
    print(text, file=sys.stderr)  # noqa: T201


def _console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    class Open(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))  # for main() to answer

    return Open(stderr=stderr, highlight=False, markup=False)
