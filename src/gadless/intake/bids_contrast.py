"""Whether a T1w of a BIDS tree was acquired after gadolinium, where `ce` does not say it."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from gadless.intake.words import known_words

_NAMING = ("acq", "rec", "desc", "trc", "mod")
# Of a side-car; the first is the standard's (BIDS 1.10, `ContrastBolusIngredient`).
_INGREDIENT, _DESCRIPTIONS = "ContrastBolusIngredient", ("SeriesDescription", "ProtocolName")
_MOST_BYTES = 1 << 20


def named_after(entities: Mapping[str, str]) -> bool | None:
    """Say whether other entities than `ce` name contrast agent; None where none says anything.

    Parameters
    ----------
    entities : mapping of str to str
        ``{"acq": "postGd"}`` is after it, ``{"acq": "preGd"}`` before.
    """
    values = (entities[name] for name in _NAMING if name in entities)
    return _after(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", value) for value in values)


def beside(image: Path) -> bool | None:
    """Say whether the side-car of an image states that agent was given; None where it is silent.

    Parameters
    ----------
    image : Path
        Its side-car has the same name, and ends in ``.json``.
    """
    path = image.with_name(f"{image.name.split('.nii')[0]}.json")
    try:
        if path.stat().st_size > _MOST_BYTES:
            return None
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(said, dict):
        return None
    if "GADOLINIUM" in str(said.get(_INGREDIENT, "")).upper():
        return True
    return _after(str(said.get(name, "")) for name in _DESCRIPTIONS)


def _after(texts: Iterable[str]) -> bool | None:
    found = {"pre", "post"} & set(known_words(texts))
    return None if len(found) != 1 else found == {"post"}
