"""Help in the language of the command line."""

from __future__ import annotations

from collections.abc import Sequence

import click

from nqpf.cli.language import chosen, translated

_WIDEST = 30  # cells of the left column


class Formatter(click.HelpFormatter):
    """Writes help as click does, with texts from the catalogue.

    Chinese is broken into lines here, because click breaks at blanks alone.
    """

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        if prefix is None:
            prefix = translated("Usage: ")
        for english in ("[OPTIONS]", "COMMAND [ARGS]..."):
            args = args.replace(english, translated(english))
        super().write_usage(prog, args, prefix)

    def write_heading(self, heading: str) -> None:
        colon = ":" if chosen() == "en" else "："
        self.write(f"{'':>{self.current_indent}}{translated(heading)}{colon}\n")

    def write_text(self, text: str) -> None:
        if chosen() == "en":
            super().write_text(text)
            return
        paragraphs = [" ".join(each.split()) for each in text.split("\n\n")]
        for number, paragraph in enumerate(paragraphs):
            if number:
                self.write("\n")
            for line in self._broken(translated(paragraph), self.width - self.current_indent):
                self.write(f"{'':>{self.current_indent}}{line}\n")

    def write_dl(  # pyright: ignore[reportIncompatibleMethodOverride] (a column as wide as here)
        self, rows: Sequence[tuple[str, str]], col_max: int = _WIDEST, col_spacing: int = 2
    ) -> None:
        if chosen() == "en":
            super().write_dl(rows, col_max, col_spacing)
            return
        longest = max((len(name) for name, _ in rows), default=0)
        left = min(longest, col_max) + col_spacing
        for name, said in rows:
            text, bracket, extra = said.partition("  [")
            whole = translated(text) + (f"  [{_extra(extra)}" if bracket else "")
            lines = self._broken(whole, self.width - self.current_indent - left)
            first = f"{'':>{self.current_indent}}{name}"
            if len(name) > left - col_spacing:
                self.write(f"{first}\n")
                first = " " * self.current_indent
            width = self.current_indent + left
            for number, line in enumerate(lines):
                self.write(f"{(first if not number else ''):<{width}}{line}\n")

    @staticmethod
    def _broken(text: str, width: int) -> list[str]:
        from nqpf.charts.breaking import wrapped

        return wrapped(text, width)


def _extra(text: str) -> str:
    """Return what stands in brackets behind an option's help: default, range."""
    inside = text.removesuffix("]")
    return "；".join(translated(part) for part in inside.split("; ")) + "]"


class Context(click.Context):
    """A context whose help is in the language of the command line."""

    formatter_class = Formatter


class Group(click.Group):
    """The group of the commands, listed with the first sentence of each one's help."""

    context_class = Context

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Register a command, whose help is then in the language, too."""
        cmd.context_class = Context
        super().add_command(cmd, name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if chosen() == "en":
            super().format_commands(ctx, formatter)
            return
        rows = []
        for name, command in self.commands.items():
            paragraph = " ".join((command.help or "").partition("\n\n")[0].split())
            rows.append((name, translated(paragraph).partition("。")[0]))
        with formatter.section("Commands"):
            formatter.write_dl(rows)
