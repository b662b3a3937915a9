"""The command that trains, as it was typed, for the weights' header and card."""

import os
from collections.abc import Sequence
from pathlib import Path

from gadless.files import from_here
from gadless.networks.header import TRAIN_COMMAND

COMMAND_VARIABLE = "GADLESS_TRAIN_COMMAND"


def train_command(configfiles: Sequence[str | Path]) -> str:
    """Return the command that trains, for the weights' header and card; no folder of the machine.

    Parameters
    ----------
    configfiles : sequence of path
        Files of the configuration, in order.
    """
    seen = [from_here(file) for file in configfiles]
    names = [Path(file).name if Path(file).is_absolute() else file for file in seen]
    return " ".join([TRAIN_COMMAND, *(f"--configfile {name}" for name in names)])


def tell_command(configfiles: Sequence[str | Path]) -> None:
    """Let training jobs know the command, for their model cards.

    By the environment and not by a parameter: what a file is called retrains nothing.
    """
    os.environ[COMMAND_VARIABLE] = train_command(configfiles)
