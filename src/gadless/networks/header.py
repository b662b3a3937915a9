"""What a weights file says about itself, read without torch.

A run asks it at the start: what each network is, what it needs and what it has learnt from.
"""

import json
import math
import struct
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, Self, get_args

from gadless import __version__
from gadless.errors import InputError

Kind = Literal["generator", "segmenter"]

HEADER_KEY = "gadless"
ARCHITECTURES: dict[Kind, str] = {
    "segmenter": "residual U-Net, 3D, 4 levels",
    "generator": "residual U-Net, 3D, 4 levels; map, log spread and compartments",
}
NORMALISATION = "brain median 1, outside the brain 0"
TRAIN_COMMAND = "snakemake --cores all train"
NOT_STATED = "not stated"
ALSO = "also"
"""Key of `trained_on`: what the networks had learnt from that this one was made from."""

# Longest header that safetensors itself accepts.
_LONGEST = 100_000_000
# What files of an earlier Gadless do not say.
_LATER = frozenset({"trained_on", "licence", "date", "figures"})


@dataclass(frozen=True)
class Metadata:
    """What a weights file says about itself.

    Attributes
    ----------
    name, kind : str
    channels : int
        Features of the first level.
    inputs, labels : tuple of str
        Images in the order of the channels; labels of a segmenter in the order of their numbers.
    spacing_mm : float
        Voxel of the grid that the network sees.
    seed, steps : int
    precision : str
        Arithmetic of the training.
    training_data : str
        SHA-256 over the checksums of all training files.
    recipe : dict
        All of the recipe.
    trained_on : dict
        ``exams``, ``patients``, ``phantom_exams`` (counts), ``sites`` (names), ``description`` (in
        words), and `ALSO`. Empty where the file does not say.
    licence, date : str
        Of the weights; when they were trained (YYYY-MM-DD).
    figures : dict of str to float
        On held-out exams, by the names of `gadless.networks.seen.FIGURES`.
    architecture, normalisation, command, version : str
    """

    name: str
    kind: Kind
    channels: int
    inputs: tuple[str, ...]
    labels: tuple[str, ...]
    spacing_mm: float
    seed: int = 0
    steps: int = 0
    precision: str = "float32"
    training_data: str = ""
    recipe: dict[str, Any] | None = None
    trained_on: dict[str, Any] = field(default_factory=dict)
    licence: str = ""
    date: str = ""
    figures: dict[str, float] = field(default_factory=dict)
    architecture: str = ""
    normalisation: str = NORMALISATION
    command: str = TRAIN_COMMAND
    version: str = __version__

    def header(self) -> dict[str, str]:
        """Return the metadata as safetensors wants them: text to text.

        One key alone, because safetensors writes several in an order that varies.
        """
        return {HEADER_KEY: json.dumps(asdict(self), sort_keys=True)}

    @classmethod
    def from_header(cls, header: dict[str, str]) -> Self:
        """Read what `header` wrote.

        Raises
        ------
        ValueError, KeyError, TypeError, RecursionError
            If something is missing or is not JSON.
        """
        content = json.loads(header[HEADER_KEY])
        if not isinstance(content, dict):
            raise ValueError(f"holds a {type(content).__name__}, and no keys")
        values = {
            item.name: content[item.name]
            for item in fields(cls)
            if item.name in content or item.name not in _LATER
        }
        _check(values)
        values["inputs"], values["labels"] = tuple(values["inputs"]), tuple(values["labels"])
        check_told(values.get("trained_on", {}), values.get("figures", {}))
        return cls(**values)

    @property
    def uptake(self) -> float:
        """See `gadless.trial.config.training.Recipe`; 0 of a network that sees no enhancement."""
        if self.kind != "segmenter" or not {"t1", "contrast"} <= set(self.inputs):
            return 0.0
        return float((self.recipe or {}).get("uptake", 0.0))

    @property
    def phantoms_only(self) -> bool:
        """Whether the file says that every exam learnt from was a digital phantom."""
        return phantoms_only(self.trained_on)

    @property
    def learnt_from(self) -> str:
        """What the network has learnt from, in words; ``not stated`` where the file is silent."""
        return learnt_from(self.trained_on)


def phantoms_only(trained_on: Mapping[str, Any]) -> bool:
    """Whether every exam learnt from was a digital phantom, by what is stated."""
    exams = trained_on.get("exams")
    own = bool(exams) and trained_on.get("phantom_exams") == exams
    return own and all(phantoms_only(part) for part in trained_on.get(ALSO, ()))


def learnt_from(trained_on: Mapping[str, Any]) -> str:
    """Say what was learnt from: ``digital phantoms alone (51 exams of 38 patients)``."""
    parts = [_learnt_from(part) for part in (trained_on, *trained_on.get(ALSO, ()))]
    first, *others = dict.fromkeys(parts)
    return "; earlier or in part: ".join([first, *others])


def with_also(trained_on: Mapping[str, Any], others: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Add what the networks had learnt from that another was begun from, or is a mean of."""
    flat = [*trained_on.get(ALSO, ())]
    for other in others:
        flat += [{key: other[key] for key in other if key != ALSO}, *other.get(ALSO, ())]
    plain = {key: trained_on[key] for key in trained_on if key != ALSO}
    seen: list[Mapping[str, Any]] = []
    for part in flat:
        if part not in (plain, *seen):
            seen.append(part)
    return {**plain, ALSO: seen} if seen else plain


def _learnt_from(trained_on: Mapping[str, Any]) -> str:
    exams, patients, phantoms = (
        trained_on.get(name) for name in ("exams", "patients", "phantom_exams")
    )
    if not exams:
        return str(trained_on.get("description") or NOT_STATED)
    counts = _count(exams, "exam") + (f" of {_count(patients, 'patient')}" if patients else "")
    if phantoms == exams:
        return f"digital phantoms alone ({counts})"
    if phantoms is None:
        return f"{counts}; whether phantoms were among them is {NOT_STATED}"
    return f"{counts}, {phantoms or 'none'} of the exams of digital phantoms"


def _count(number: int, one: str) -> str:
    return f"{number:,} {one if number == 1 else one + 's'}"


def check_told(trained_on: Any, figures: Any) -> None:
    """Refuse counts that are none, and more phantoms than exams: they would be told as facts.

    Raises
    ------
    ValueError
        With what is wrong.
    """
    for what, value in (("trained_on", trained_on), ("figures", figures)):
        if not isinstance(value, Mapping):
            raise ValueError(f"{what} is {value!r:.40}, which is no mapping")
    also = trained_on.get(ALSO, [])
    if not isinstance(also, list):
        raise ValueError(f"trained_on.{ALSO} is {also!r:.40}, which is no list")
    for part in also:
        check_told(part, {})
    counts = {name: trained_on.get(name) for name in ("exams", "patients", "phantom_exams")}
    for name, value in counts.items():
        if value is not None and (type(value) is not int or value < 0):
            raise ValueError(f"trained_on.{name} is {value!r}, which is no count")
    if (counts["phantom_exams"] or 0) > (counts["exams"] or 0):
        raise ValueError("trained_on names more phantom_exams than exams")
    for name, value in figures.items():
        if type(value) not in (int, float) or not abs(value) < math.inf:
            raise ValueError(f"figures.{name} is {value!r:.80}, which is no number")


def _check(values: dict[str, Any]) -> None:
    """Raise ValueError with what is wrong with what a network is built from."""
    kind, channels, spacing = values["kind"], values["channels"], values["spacing_mm"]
    if kind not in get_args(Kind):
        raise ValueError(f"unknown kind {kind!r}")
    if type(channels) is not int or channels < 1:
        raise ValueError(f"channels is {channels!r}, but a whole number from 1 is needed")
    if type(spacing) not in (int, float) or not 0 < spacing < math.inf:
        raise ValueError(f"spacing_mm is {spacing!r}, but a length above 0 is needed")
    for what in ("inputs", "labels"):
        names = values[what]
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ValueError(f"{what} is {names!r}, but a list of names is needed")
        if len(set(names)) < len(names):
            raise ValueError(f"{what} names one twice: {names}")
    if not values["inputs"]:
        raise ValueError("inputs is empty")
    recipe = values["recipe"]
    if recipe is not None and not isinstance(recipe, dict):
        raise ValueError(f"recipe is a {type(recipe).__name__}, and no keys")
    share = (recipe or {}).get("uptake", 0.0)
    # Of 1 and more, no tumour would be left.
    if type(share) not in (int, float) or not 0 <= share < 1:
        raise ValueError(f"recipe.uptake is {share!r}, but a share from 0 to below 1 is needed")


def shipped(name: str) -> Path:
    """Path of the weights that come with Gadless.

    Raises
    ------
    InputError
        If none are shipped under this name.
    """
    folder = Path(__file__).parent / "shipped"
    path = folder / f"{name}.safetensors"
    if not path.exists():
        known = ", ".join(sorted(found.stem for found in folder.glob("*.safetensors")))
        raise InputError(
            f"networks.{name}.weights: no weights are shipped for {name!r} (shipped: "
            f"{known or 'none'}); name a safetensors file, or train one: {TRAIN_COMMAND}"
        )
    return path


def read_header(path: Path | str, where: str) -> Metadata:
    """Read what a weights file says about itself; its tensors stay on disk.

    Parameters
    ----------
    path : path
        A safetensors file that Gadless wrote.
    where : str
        What names it in a message.

    Raises
    ------
    InputError
        If the file is missing, is no safetensors file, or its header is not Gadless's.
    """
    return parse(_header_of(Path(path), where), where)


def parse(header: dict[str, str], where: str) -> Metadata:
    """Read the header's own part, or say what is wrong with it.

    Raises
    ------
    InputError
        If it is not Gadless's, or damaged.
    """
    try:
        return Metadata.from_header(header)
    except KeyError as missing:
        raise InputError(
            f"{where}: its header has no {missing}, so it was not written by this Gadless; "
            f"train one: {TRAIN_COMMAND}"
        ) from None
    except (ValueError, TypeError, RecursionError) as fault:
        raise InputError(f"{where}: its header is damaged ({str(fault)[:300]})") from None


def _header_of(path: Path, where: str) -> dict[str, str]:
    """Read the metadata of a safetensors file: eight bytes of length, then JSON."""
    if not path.is_file():
        raise InputError(f"{where}: no such file")
    with path.open("rb") as stream:
        start = stream.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else _LONGEST + 1
        raw = stream.read(length) if length <= _LONGEST else b""
    try:
        return dict(json.loads(raw).get("__metadata__", {}))
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise InputError(
            f"{where}: is no safetensors file, or a damaged one; "
            "pickled weights (.pt, .pth, .ckpt) are never loaded"
        ) from None
