"""What one training is asked for, as data: whoever holds it can run it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from gadless.networks.cases import Exam
from gadless.networks.header import TRAIN_COMMAND
from gadless.trial.config.training import Recipe, Training

# Of a sequence, what decides the values that a network sees.
_SEEN = ("normalisation", "unit", "bias_field")

# Of a job, what JSON holds as it is.
_PLAIN = ("name", "fold", "sequences", "command")


@dataclass(frozen=True)
class TrainingJob:
    """One network to train.

    Attributes
    ----------
    name : str
        Of the network.
    recipe : Recipe
    settings : Training
    exams : sequence of Exam
    weights : Path
        The safetensors file to write; the checkpoint lies beside it.
    curve, card : Path
        The training curve (TSV) and the model card to write.
    cache : Path
        Folder for exams as networks read them.
    fold : int
        That is held out; 0: the share that `settings` names.
    sequences : mapping
        How each sequence is normalised, by name: settings of `gadless.trial.config.Sequence`.
    command : str
        That was typed.
    """

    name: str
    recipe: Recipe
    settings: Training
    exams: Sequence[Exam]
    weights: Path
    curve: Path
    card: Path
    cache: Path
    fold: int = 0
    sequences: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    command: str = TRAIN_COMMAND

    @property
    def seen(self) -> dict[str, dict[str, Any]]:
        """How each input is normalised, where it is known."""
        return {
            name: {key: self.sequences[name][key] for key in _SEEN if key in self.sequences[name]}
            for name in self.recipe.inputs
            if name in self.sequences
        }

    @property
    def signed(self) -> set[str]:
        """Inputs whose values may be negative: not scaled to a median of 1."""
        return {
            name
            for name, how in self.seen.items()
            if how.get("normalisation", "median") != "median"
        }

    def as_text(self) -> str:
        """Write as JSON, for another process."""
        plain = {
            **{key: str(getattr(self, key)) for key in ("weights", "curve", "card", "cache")},
            **{key: getattr(self, key) for key in _PLAIN},
            "recipe": self.recipe.model_dump(),
            "settings": self.settings.model_dump(),
            "exams": [asdict(exam) for exam in self.exams],
        }
        return json.dumps(plain, default=str)

    @classmethod
    def from_text(cls, text: str) -> "TrainingJob":
        """Read what `as_text` wrote."""
        plain = json.loads(text)
        paths = {key: Path(plain[key]) for key in ("weights", "curve", "card", "cache")}
        recipe, settings = Recipe(**plain["recipe"]), Training(**plain["settings"])
        exams = [_exam(item) for item in plain["exams"]]
        return cls(**{**plain, **paths, "recipe": recipe, "settings": settings, "exams": exams})


def _exam(item: Mapping[str, Any]) -> Exam:
    numbers = {int(number): label for number, label in item["coding"].items()}
    mask = None if item["mask"] is None else Path(item["mask"])
    return Exam(**{**item, "manifest": Path(item["manifest"]), "mask": mask, "coding": numbers})


def read_exams(path: Path | str) -> list[Exam]:
    """Read the table of training exams that the workflow lays down (`gadless.jobs.training`)."""
    table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False, quotechar="'")
    return [
        Exam(
            Path(row["manifest"]),
            Path(row["mask"]) if row["mask"] else None,
            {int(number): label for number, label in json.loads(row["coding"]).items()},
            float(row["weight"]),
            row["cohort"],
            row["unit"],
            int(row["fold"]),
            row["site"],
            row["phantom"] == "1",
        )
        for row in table.to_dict("records")
    ]
