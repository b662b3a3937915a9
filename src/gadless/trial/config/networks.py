"""Section `networks`: ours, and those made elsewhere with the contract that they keep."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from gadless.trial.config.base import Count, Label, Section, Spacing
from gadless.trial.config.paths import PathText

NetworkFormat = Literal["gadless", "onnx", "torchscript", "monai", "nnunet"]
Scale = Literal["gadless", "zscore", "percentiles", "none"]
Output = Literal["map", "t1c", "labels"]
Fold = Annotated[int, Field(ge=0, le=1000)] | Literal["all"]
Edge = Annotated[int, Field(ge=8, le=1024)]

_AXES = {"R": 0, "L": 0, "A": 1, "P": 1, "S": 2, "I": 2}


class TrainedOn(Section):
    """What a network has learnt from, counted."""

    exams: Count | None = Field(None, description="Exams that it learnt from.")
    patients: Count | None = Field(None, description="Patients that these are of.")
    phantom_exams: Count | None = Field(
        None, description="How many of the exams are digital phantoms."
    )
    sites: list[str] = Field([], description="Where they come from.")
    description: str = Field("", description="The same in words.")

    @model_validator(mode="after")
    def _no_more_phantoms_than_exams(self) -> "TrainedOn":
        if (self.phantom_exams or 0) > (self.exams or 0):
            raise ValueError("names more phantom_exams than exams")
        return self


class Network(Section):
    """A trained network: ours, or one made elsewhere and the contract that it keeps.

    A file of Gadless states its own contract. Of any other what its files do not say must stand
    here, because a network that is given other images than it knows fails in silence.
    """

    weights: PathText | None = Field(
        None,
        description="A safetensors file of Gadless, an ONNX or TorchScript file, a MONAI bundle or"
        " an nnU-Net v2 model folder; empty: the weights shipped under this name.",
    )
    format: NetworkFormat | None = Field(
        None, description="What `weights` is; empty: told from what lies there."
    )
    inputs: list[str] | None = Field(
        None,
        description="Images in the order of the network's channels: names of sequences, and"
        " `contrast` for a segmenter (T1 after contrast, acquired or synthetic).",
    )
    spacing_mm: Spacing | None = Field(
        None, description="Isotropic voxel of the grid that the network sees."
    )
    orientation: str | None = Field(
        None,
        description="Axes of the arrays that it learnt from, as nibabel's `aff2axcodes`: RAS, LPS"
        " (BraTS) ...",
    )
    normalisation: Scale | None = Field(
        None,
        description="What each input is scaled to: `gadless` (median of the brain 1), `zscore`"
        " (mean 0 and standard deviation 1 in the brain), `percentiles` (0.5th and 99.5th of the"
        " brain to 0 and 1, cut), `none` (the network does it itself: images as in `gadless`).",
    )
    output: Output | None = Field(
        None,
        description="What comes out: `map` (T1 after minus T1 before contrast), `t1c` (T1 after"
        " contrast), both on the scale of its T1 input; or `labels`.",
    )
    labels_of: str | dict[Label, Annotated[int, Field(ge=0, le=3)]] | None = Field(
        None,
        description="Coding of its labels: a named one, or its label to ours (0 background, 1"
        " enhancing, 2 non-enhancing abnormality, 3 necrosis).",
    )
    regions: dict[Label, Label] | None = Field(
        None,
        description="Where output channels are overlapping regions (sigmoid) and not one score a"
        " label: channel to the label that it paints, in the order of painting.",
    )
    patch: tuple[Edge, Edge, Edge] | None = Field(
        None,
        description="Voxels that it takes at once, where not the whole brain; patches overlap by"
        " half.",
    )
    folds: list[Fold] | None = Field(
        None, min_length=1, description="nnU-Net: folds that are averaged; empty: all there are."
    )
    mirroring: bool = Field(
        False, description="nnU-Net: average over mirrored images, at 8 times the time."
    )
    trained_on: str | TrainedOn | None = Field(
        None,
        description="What a network made elsewhere has learnt from, in words or counted; shown in"
        " the report.",
    )
    licence: str | None = Field(
        None, description="Licence of a network made elsewhere; shown in the report."
    )

    @field_validator("inputs")
    @classmethod
    def _named_once(cls, inputs: list[str] | None) -> list[str] | None:
        if inputs is not None and (not inputs or len(set(inputs)) < len(inputs)):
            raise ValueError("name at least one image, and none twice")
        return inputs

    @field_validator("orientation")
    @classmethod
    def _three_axes(cls, codes: str | None) -> str | None:
        if codes is None:
            return None
        codes = codes.upper()
        if len(codes) != 3 or {_AXES.get(code) for code in codes} != {0, 1, 2}:
            raise ValueError("give one letter each of R or L, A or P, S or I, such as RAS")
        return codes
