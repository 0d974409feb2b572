"""What several commands share: exit codes, and the option that shows tracebacks."""

from __future__ import annotations

from enum import IntEnum

import click


class Exit(IntEnum):
    """The exit codes and their meanings."""

    GRADED = 0
    BELOW_PASS_MARK = 1
    USAGE = 2
    UNUSABLE_SUBMISSION = 3
    GRADER_FAILED = 4


def shows_tracebacks() -> bool:
    """Whether the user of the running command asked for tracebacks."""
    return bool(click.get_current_context().find_root().obj)


# read by grader.cli.main, which also reports what goes wrong before a command runs
traceback_option = click.option(
    "--traceback", is_flag=True, expose_value=False, help="Show the grader's own traceback if it fails."
)
