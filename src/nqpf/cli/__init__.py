"""The command line. Heavy imports stay inside the commands, so that help is there at once."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

import click

from nqpf.cli import analyse, calibrate, check, compare, explain, plot, report, run, sweep
from nqpf.cli.console import complain
from nqpf.cli.helping import Group
from nqpf.cli.options import lang_option
from nqpf.errors import InputError, did_you_mean

BAD_INPUT, INTERRUPTED = 2, 130
BROKEN_PIPE = 141  # as a shell reports a program that ended by SIGPIPE


class _Commands(Group):
    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            hint = did_you_mean(args[0], self.commands)
            known = ", ".join(self.commands)
            raise click.UsageError(f'Unknown command "{args[0]}".{hint or f" Known: {known}."}')
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nqpf")
@lang_option
def cli(lang: str) -> None:
    """Project China's growth to 2050 under the paths of a policy paper.

    Works on the study in the folder where you stand (a folder with model/ and scenarios/), or on
    the one that ships with the program.
    """


for command in (
    run.run,
    check.check,
    calibrate.calibrate,
    sweep.sweep,
    analyse.analyse,
    plot.plot,
    report.report,
    explain.explain,
    compare.compare,
):
    cli.add_command(command)


def main() -> NoReturn:
    """Run the command line; bad input is one line and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets a question mark, not a crash.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # pyright: ignore[reportAttributeAccessIssue]
    stdout = sys.stdout
    try:
        code = cli.main(prog_name="nqpf", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        complain(error.format_message())
        code = BAD_INPUT
    except click.ClickException as error:
        complain(f"nqpf: {error.format_message()}")
        code = BAD_INPUT
    except InputError as error:
        complain(f"nqpf: {error}")
        code = BAD_INPUT
    except (KeyboardInterrupt, click.Abort):
        complain("nqpf: stopped.")
        code = INTERRUPTED
    except SystemExit as leaving:
        # Where nobody reads on, click puts another stream in the place of stdout, and leaves with
        # the code that here means a failed check.
        code = leaving.code if sys.stdout is stdout else BROKEN_PIPE
    except OSError as error:
        # A disk that is full, or a folder that went away: nothing the program can mend.
        if error.strerror is None:
            raise
        where = f"{error.filename}: " if error.filename else ""
        complain(f"nqpf: {where}{error.strerror}.")
        code = BAD_INPUT
    except MemoryError:
        complain("nqpf: not enough memory.")
        code = BAD_INPUT
    gc.freeze()  # what is left need not be searched for cycles: saves a third of a second
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = BROKEN_PIPE
    sys.exit(code if isinstance(code, int) else 0)
