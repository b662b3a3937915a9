"""The ``gadless`` command: what is no workflow.

A subcommand is a module of `gadless.commands` with a line (`HELP`), its options (`add`), and what
it does (`run`), which returns the exit status.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence

from gadless import __version__
from gadless.errors import GadlessError

COMMANDS = ("sheets", "check", "verify", "prune", "native")
"""Every subcommand, in the order in which they are told of."""

FAULT = 2
"""Exit status where something is wrong with what was given."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the process.

    Returns
    -------
    int
        Exit status: what the subcommand says, or 2 where something given is wrong.
    """
    parser = argparse.ArgumentParser(prog="gadless", description="What is no workflow.")
    parser.add_argument("--version", action="version", version=f"gadless {__version__}")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for name in COMMANDS:
        command = importlib.import_module(f"gadless.commands.{name}")
        sub = subparsers.add_parser(name, help=command.HELP, description=command.__doc__)
        command.add(sub)
        sub.set_defaults(run=command.run)
    given = parser.parse_args(arguments)
    try:
        return int(given.run(given))
    except GadlessError as error:
        sys.stderr.write(f"gadless: {error}\n")
        return FAULT
    except BrokenPipeError:
        # Whoever reads has seen enough (`| head`).
        sys.stderr.close()
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("gadless: stopped\n")
        return 130
