"""What a trial is told when it starts."""

from typing import Any

import pytest
from small_trial import SCRIPTS, Sheets

from gadless.errors import InputError
from gadless.jobs import Jobs, prepare


def checked(sheets: Sheets, made: str = "nowhere", **more: Any) -> Jobs:
    sheets.write()
    paths = {name: str(sheets.folder / f"{name}.tsv") for name in ("patients", "visits")}
    if "contrast" in sheets.visits[0]:
        paths["measurements"] = paths.pop("visits")
    raw = {**paths, **sheets.config}
    return prepare(raw, [], (), SCRIPTS, made, str, **{"check": True, **more})


def told(sheets: Sheets, **more: Any) -> str:
    with pytest.raises(InputError) as caught:
        checked(sheets, **more)
    return str(caught.value)
