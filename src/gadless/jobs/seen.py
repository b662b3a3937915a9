"""What a network may see, and how each of its inputs is normalised."""

from collections.abc import Iterable
from typing import Any

from gadless.errors import InputError
from gadless.trial.config import Config

# Of a sequence, what no network's training depends on.
_SHOWN = frozenset({"title", "required", "drawn", "window", "also"})


def check_inputs(config: Config, where: str, inputs: Iterable[str]) -> None:
    """Refuse inputs that are no sequences without contrast.

    Parameters
    ----------
    config : Config
    where : str
        Key of the configuration that names them.
    inputs : iterable of str

    Raises
    ------
    InputError
        With those that are none.
    """
    known = {name for name, one in config.sequences.items() if not one.enhanced}
    strange = [name for name in inputs if name not in known | {"contrast"}]
    if strange:
        raise InputError(
            f"{where}.inputs: {', '.join(strange)} is no sequence that a"
            f" network may see; there are: {', '.join(sorted(known))}; add an entry to"
            " `sequences`"
        )


def sequences_seen(config: Config, inputs: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return how each input is normalised, by its name."""
    return {
        name: config.sequences[name].model_dump(mode="json", exclude=set(_SHOWN))
        for name in inputs
        if name in config.sequences
    }
