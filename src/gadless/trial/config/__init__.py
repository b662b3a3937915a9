"""The configuration: every key typed, described and with a default; an unknown key is an error."""

from typing import Literal

from pydantic import Field, ValidationError, model_validator

from gadless.errors import InputError
from gadless.trial.codings import coding
from gadless.trial.columns import MISSING
from gadless.trial.config.ablation import Ablation
from gadless.trial.config.base import Amount, Label, Section
from gadless.trial.config.cdisc import Cdisc
from gadless.trial.config.imaging import Measurement, Preprocess
from gadless.trial.config.native import Native
from gadless.trial.config.networks import Network
from gadless.trial.config.paths import FolderText, PathText, with_paths
from gadless.trial.config.plain import strange_values
from gadless.trial.config.planning import Planning
from gadless.trial.config.quality import Quality
from gadless.trial.config.response import Baseline, Endpoint, Period, Response
from gadless.trial.config.sequences import Sequence, built_in, column_faults
from gadless.trial.config.source import check_keys, read_files
from gadless.trial.config.statistics import Margins, Report, Statistics
from gadless.trial.config.training import Losses, Recipe, Training

__all__ = [
    "Baseline",
    "Cdisc",
    "Config",
    "Endpoint",
    "Losses",
    "Margins",
    "Measurement",
    "Native",
    "Network",
    "Period",
    "Planning",
    "Preprocess",
    "Quality",
    "Recipe",
    "Report",
    "Response",
    "Section",
    "Sequence",
    "Statistics",
    "Training",
    "check_keys",
    "read_config",
    "read_files",
    "with_paths",
]


_GONE = {
    "report.phantom": "this key has gone; delete it. That patients are phantoms is now said by the"
    " column `phantom` of the patients sheet (1: a digital phantom), and what networks have learnt"
    " from by their weights",
}
_TAKEN = frozenset({"visit", "quality", "status", "abnormality"})
"""What lies beside the images of the contrasts, or stands for a visit as a whole."""

OURS = ".safetensors"
_LABELS = {"gbca": "Gadolinium", "cgan": "cGAN", "unet": "U-Net"}


def _networks() -> dict[str, Network]:
    return {name: Network() for name in ("cgan", "unet", "segmenter")}


class Config(Section):
    """A trial, and how it is to be analysed."""

    name: str = Field("trial", description="Name of the trial, for the report.")
    patients: PathText = Field(description="Sheet of patients (TSV).")
    visits: PathText | None = Field(
        None, description="Sheet of visits with the scans' paths (TSV)."
    )
    measurements: PathText | None = Field(
        None, description="Table of measurements made elsewhere (TSV), instead of `visits`."
    )
    ratings: PathText | None = Field(
        None,
        description="Sheet of ratings of exams, or folder of such sheets (TSV), as the patients'"
        " pages of the report export them: an exam rated `wrong` is not evaluable.",
    )
    results: FolderText = Field("results", description="Folder for everything that is computed.")
    reference: str = Field("gbca", description="The contrast that candidates are compared with.")
    candidates: list[str] = Field(
        ["cgan", "unet"],
        description="Contrasts to compare: generators, or contrasts in `measurements`. None (`[]`):"
        " the reference is reported alone.",
    )
    repeat: str | None = Field(
        None,
        description="Contrast of `measurements`, or of masks brought with `visits`, that is a"
        " second reading of the reference, on all or some patients: what two readings of the same"
        " scans differ by. Neither the reference nor a candidate.",
    )
    labels: dict[str, str] = Field(
        default_factory=dict,
        description="What a person reads for a contrast, by its name. Those left out: `gbca` is"
        " Gadolinium, `cgan` cGAN, `unet` U-Net, any other its own name.",
    )
    sequences: dict[str, Sequence] = Field(
        default_factory=built_in,
        description="Sequences of an exam, by the column of the visits sheet that holds their"
        " scans. An entry adds one (ADC, ASL-CBF, DSC-CBV, CEST).",
    )
    labels_of: dict[str, str | dict[Label, Label]] = Field(
        default_factory=dict,
        description="What the numbers in the masks of a contrast (column `mask_NAME`) mean, by its"
        " name: a coding (docs/brought.md), or a mapping of their labels to ours: 0 no tumour, 1"
        " enhancing, 2 non-enhancing abnormality, 3 necrosis.",
    )
    map_units: dict[str, Literal["t1_median", "t1"] | Amount] = Field(
        default_factory=dict,
        description="Units of the predicted subtraction maps of a contrast (column `map_NAME`), by"
        " its name: `t1_median`, brain medians of the T1; `t1`, those of the T1's file; or a"
        " number: what one unit is in brain medians of the T1.",
    )
    brought_missing: dict[str, Literal["reason", "ours"]] = Field(
        default_factory=dict,
        description="What becomes of a visit at which a contrast's own image or mask is missing, by"
        " its name: `reason`, not evaluable; `ours`, made by our networks. Those left out:"
        " `reason`.",
    )
    keep_columns: list[str] = Field(
        default_factory=list,
        description="Further columns of the sheets that travel into the result tables, the report"
        " and the data sets for submissions. Those that nothing reads and that are not named"
        " here, or in `statistics`, stay in the sheets.",
    )
    keep_images: bool = Field(
        True,
        description="Whether preprocessed images and predicted maps stay once a patient has been"
        " measured. Masks, pictures and transforms always do, and so does the T1 of the visit that"
        " sets the patient's space. What is needed again is made again.",
    )
    preprocess: Preprocess = Field(default_factory=Preprocess, description="Preprocessing.")
    networks: dict[str, Network] = Field(
        default_factory=_networks,
        description="A section a candidate, `segmenter`, and `abnormality`: what finds the T2/FLAIR"
        " abnormality that all contrasts of a visit share, from images without contrast. Beside"
        " our own segmenter it is there by itself.",
    )
    training: Training = Field(default_factory=Training, description="Training of the networks.")
    ablation: Ablation = Field(default_factory=Ablation, description="Recipes, compared.")
    measurement: Measurement = Field(default_factory=Measurement, description="Measurement.")
    response: Response = Field(default_factory=Response, description="Response criteria.")
    endpoint: Endpoint = Field(default_factory=Endpoint, description="Endpoints.")
    statistics: Statistics = Field(default_factory=Statistics, description="Statistics.")
    report: Report = Field(default_factory=Report, description="The report.")
    native: Native = Field(default_factory=Native, description="Masks on the scans' own grids.")
    cdisc: Cdisc = Field(default_factory=Cdisc, description="Data sets for submissions.")
    plan: Planning = Field(default_factory=Planning, description="The plan, before the data.")
    lock: PathText | None = Field(
        None,
        description="File that `snakemake lock` writes and the report is held to; empty: beside the"
        " configuration file, its name ending in `.lock.yaml`.",
    )

    @property
    def compared(self) -> list[str]:
        """The candidates in alphabetical order: that of all tables, whatever order a user gives."""
        return sorted(self.candidates)

    @property
    def contrasts(self) -> list[str]:
        """Reference first, then the candidates in the order of the tables."""
        return [self.reference, *self.compared]

    @property
    def shown(self) -> list[str]:
        """Reference first, then the candidates as the user gives them: the report's order."""
        return [self.reference, *self.candidates]

    @property
    def readings(self) -> list[str]:
        """Every contrast that is read from the sheets: `contrasts`, then the repeat if any."""
        return [*self.contrasts, *([] if self.repeat is None else [self.repeat])]

    def label_of(self, contrast: str) -> str:
        """Return what a person reads for a contrast."""
        return self.labels.get(contrast, _LABELS.get(contrast, contrast))

    @model_validator(mode="after")
    def _consistent(self) -> "Config":
        if (self.visits is None) == (self.measurements is None):
            raise ValueError("give either `visits` (scans) or `measurements` (a table), not both")
        if self.reference in self.candidates:
            raise ValueError(f"`candidates` names the reference {self.reference!r}")
        if len(set(self.candidates)) < len(self.candidates):
            raise ValueError("`candidates` names a contrast twice")
        if self.repeat in self.contrasts:
            raise ValueError(f"`repeat` names the reference or a candidate: {self.repeat!r}")
        return self

    @model_validator(mode="after")
    def _abnormality_is_shared(self) -> "Config":
        """Beside our segmenter; what another's finds of it is its own."""
        segmenter = self.networks.get("segmenter")
        if segmenter is not None and (segmenter.weights or OURS).endswith(OURS):
            self.networks.setdefault("abnormality", Network())
        return self

    @model_validator(mode="after")
    def _images_are_kept_for_training(self) -> "Config":
        training = self.training
        named = (training.patients, training.visits) == (self.patients, self.visits)
        own = training.cross_fit and training.patients is None
        if not self.keep_images and self.visits is not None and (named or own):
            raise ValueError(
                "`keep_images: false` would drop images of the trial that networks learn from"
                " (`training`); leave it out"
            )
        return self

    @model_validator(mode="after")
    def _brought_can_be_read(self) -> "Config":
        keys = ("labels_of", "map_units", "brought_missing")
        strangers = [f"`{key}.{name}`" for key in keys for name in getattr(self, key)]
        strangers = [one for one in strangers if one.split(".", 1)[1][:-1] not in self.readings]
        if strangers:
            raise ValueError(f"{', '.join(strangers)}: no contrast of the trial has this name")
        for name, named in self.labels_of.items():
            try:
                coding(named)
            except InputError as error:
                raise ValueError(f"`labels_of.{name}`: {error}") from None
        return self

    @model_validator(mode="after")
    def _sequences_can_be_columns(self) -> "Config":
        if faults := column_faults(self.sequences):
            raise ValueError("; ".join(faults))
        if self.native.sequence not in self.sequences:
            named = ", ".join(self.sequences)
            raise ValueError(f"`native.sequence` {self.native.sequence!r} is none of: {named}")
        return self

    @model_validator(mode="after")
    def _contrasts_can_be_named(self) -> "Config":
        for name in self.readings:
            if name != name.strip() or name.casefold() in MISSING or not name.isprintable():
                raise ValueError(
                    f"{name!r} cannot name a contrast: a sheet reads it as missing or otherwise"
                )
            if self.visits is not None and (
                name in _TAKEN or name[0] == "." or set("/\\") & set(name)
            ):
                raise ValueError(f"{name!r} cannot name a contrast: its files are named after it")
        strangers = [name for name in self.labels if name not in self.readings]
        if strangers:
            raise ValueError(f"`labels` names no contrast of the trial: {strangers}")
        shown = [self.label_of(name) for name in self.readings]
        twice = sorted({label for label in shown if shown.count(label) > 1})
        if twice or not all(label.strip() for label in shown):
            raise ValueError(
                f"`labels`: each contrast needs a label of its own; they would be {shown}"
            )
        # Whole, so that whoever gets the configuration as plain values finds every label.
        self.labels.update(zip(self.readings, shown, strict=True))
        return self


def read_config(raw: dict) -> Config:
    """Check a configuration and fill in the defaults.

    Parameters
    ----------
    raw : dict
        As Snakemake or a YAML reader gives it.

    Raises
    ------
    InputError
        With every fault: the key, the value and what is expected.
    """
    strange = [f"  {line}" for line in strange_values(raw)]
    if strange:
        raise InputError("the configuration has faults:\n" + "\n".join(strange))
    try:
        return Config.model_validate(raw)
    except ValidationError as error:
        lines = []
        for fault in error.errors():
            key = ".".join(str(part) for part in fault["loc"])
            if fault["type"] == "extra_forbidden":
                why = _GONE.get(key, "unknown key; see config/README.md for the keys that exist")
                lines.append(f"  {key}: {why}")
            elif fault["type"] == "missing":
                lines.append(f"  {key}: missing, and has no default")
            else:
                given = fault["input"]
                said = str(fault["msg"]).removeprefix("Value error, ")
                # What holds between keys names them itself.
                lines.append(f"  {key}: {said} (given: {given!r:.80})" if key else f"  {said}")
                if fault["type"] == "string_type" and isinstance(given, bool | int | float):
                    lines[-1] += ", which YAML takes for no text; put it in quotes"
        raise InputError("the configuration has faults:\n" + "\n".join(lines)) from None
