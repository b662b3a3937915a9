"""What of a configuration results depend on; a page shows that, and no page shows the rest."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

PLACES = frozenset({"patients", "visits", "measurements", "ratings", "results", "lock"})
"""Keys that say where something lies; what it holds counts by itself."""

HABITS = frozenset({"fingerprint", "keep_images", "native", "cdisc", "ablation"})
"""Keys that say how a change is noticed, and what is left or made beside the trial."""


def counted(config: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out of a configuration where things lie, and habits.

    Parameters
    ----------
    config : mapping
        As ``Config.model_dump(mode="json")`` gives it.

    Returns
    -------
    dict
        A change of it is a change of results, or of what the report shows.
    """
    left_out = PLACES | HABITS
    kept = {key: value for key, value in config.items() if key not in left_out}
    for section in kept.keys() & {"preprocess", "training"}:
        kept[section] = {key: value for key, value in kept[section].items() if key not in left_out}
    kept["networks"] = {
        name: {**network, "weights": Path(network.get("weights") or "").name}
        for name, network in config["networks"].items()
    }
    return kept
