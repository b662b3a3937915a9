"""What can be known of a trial's networks before anything runs; no torch."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from gadless.errors import InputError
from gadless.files import sha256
from gadless.networks import disagreements
from gadless.networks.contract import CONTRAST, OURS, SEGMENTER, SEGMENTS, TITLES, Contract
from gadless.networks.header import Metadata, read_header, shipped
from gadless.networks.stated import Stated, files_of, format_of, name_among_ours, stated_by
from gadless.trial.codings import coding
from gadless.trial.config.networks import Network, NetworkFormat
from gadless.trial.config.sequences import Sequence, built_in


def contract_of(
    name: str, settings: Network, sequences: Mapping[str, Sequence] | None = None
) -> Contract:
    """Return what a network takes and gives: what its files say, and what the configuration adds.

    Parameters
    ----------
    name : str
        Of its section in `networks`: ``segmenter``, or a candidate.
    settings : Network
    sequences : dict of str to Sequence, optional
        Of the trial. Without them, inputs may be called anything.

    Raises
    ------
    InputError
        With everything that is wrong, a line each.
    """
    known = built_in() if sequences is None else sequences
    where, path = f"networks.{name}", _path(name, settings)
    at = f"{where}.weights: {path.absolute()}"
    found = format_of(path, at)
    if settings.format not in (None, found):
        raise InputError(f"{at}: is a {TITLES[found]}, but `format` says {settings.format}")
    if found == "gadless":
        metadata = read_header(path, at)
        contract = _ours(path, metadata)
        faults = [*disagreements.of_ours(settings, metadata, name, at)]
        _refuse(faults)
    else:
        stated = stated_by(path, found, settings.folds, at)
        named = _named(name == SEGMENTER, stated, known)
        _refuse(_incomplete(settings, stated, found, named, where))
        contract = _theirs(path, settings, stated, found, named, where)
        faults = [*disagreements.with_files(settings, contract, stated, where, known)]
    faults += disagreements.with_use(name, contract, known)
    if sequences is not None:
        faults += disagreements.with_trial(contract, where, sequences)
    _refuse(faults)
    return contract


def check_network(
    name: str, settings: Network, sequences: Mapping[str, Sequence] | None = None
) -> list[str]:
    """Return everything that is wrong with a network, a sentence each; as for `contract_of`."""
    try:
        contract_of(name, settings, sequences)
    except InputError as fault:
        return str(fault).splitlines()
    return []


def network_files(name: str, settings: Network) -> list[Path]:
    """Return every file that decides what a network does.

    Raises
    ------
    InputError
        If nothing usable lies there.
    """
    path = _path(name, settings)
    return files_of(
        path, format_of(path, f"networks.{name}.weights: {path.absolute()}"), settings.folds
    )


def checksum(name: str, settings: Network) -> str:
    """Return a SHA-256 of a network: of its file, or over those of all its files."""
    sums = [sha256(path) for path in network_files(name, settings)]
    return sums[0] if len(sums) == 1 else hashlib.sha256("".join(sums).encode()).hexdigest()


def segments_itself(name: str, settings: Network) -> bool:
    """Whether a candidate gives labels and no image: the segment stage runs it, not synthesis.

    Of one that cannot be used it is not said; `check_network` tells why.
    """
    if name in SEGMENTS:
        return False
    if settings.output is not None:
        return settings.output == "labels"
    # Our files and folders alone say it themselves.
    try:
        path = _path(name, settings)
        if path.suffix == ".safetensors":
            return read_header(path, name).kind == "segmenter"
        if not path.is_dir():
            return False
        return stated_by(path, format_of(path, name), settings.folds, name).output == "labels"
    except InputError:
        return False


def _path(name: str, settings: Network) -> Path:
    return shipped(name) if settings.weights is None else Path(settings.weights)


def _refuse(faults: Iterator[str] | list[str]) -> None:
    if found := list(faults):
        raise InputError("\n".join(found))


def _ours(path: Path, metadata: Metadata) -> Contract:
    segments = metadata.kind == "segmenter"
    return Contract(
        "gadless",
        path,
        metadata.inputs,
        metadata.spacing_mm,
        "labels" if segments else "map",
        coding=OURS if segments else {},
    )


def _theirs(
    path: Path,
    settings: Network,
    stated: Stated,
    found: NetworkFormat,
    named: list[str] | None,
    where: str,
) -> Contract:
    """Join what is known; `_incomplete` has seen that it is enough."""
    try:
        codes = {} if settings.labels_of is None else coding(settings.labels_of)
    except InputError as fault:
        raise InputError(f"{where}.labels_of: {fault}") from None
    return Contract(
        found,
        path,
        tuple(settings.inputs or named or ()),
        # nnU-Net resamples by itself.
        None if found == "nnunet" else settings.spacing_mm,
        settings.output or stated.output or "map",
        settings.normalisation or "none",
        settings.orientation or stated.orientation or "RAS",
        codes,
        settings.regions or {},
        settings.patch or stated.patch,
        stated.multiple,
        None if settings.folds is None else tuple(settings.folds),
        settings.mirroring,
    )


def _named(segments: bool, stated: Stated, sequences: Mapping[str, Sequence]) -> list[str] | None:
    """Return our names of the images that its makers name; None if one of them says nothing."""
    names = []
    for text in stated.names or ():
        meant = name_among_ours(text, sequences)
        if meant is None:
            return None
        names.append(CONTRAST if segments and sequences[meant].enhanced else meant)
    return names or None


def _incomplete(
    settings: Network,
    stated: Stated,
    found: NetworkFormat,
    named: list[str] | None,
    where: str,
) -> Iterator[str]:
    """Yield what neither the configuration nor the files say."""
    known = {"inputs": named, "orientation": stated.orientation, "output": stated.output}
    # nnU-Net has its own, whether or not they can be told from its folder.
    its_own = ("spacing_mm", "normalisation") if found == "nnunet" else ()
    for key in disagreements.KEYS:
        if getattr(settings, key) is None and not known.get(key) and key not in its_own:
            yield f"{where}.{key}: is missing, and the {TITLES[found]} does not say it"
    if (settings.output or stated.output) == "labels" and settings.labels_of is None:
        yield f"{where}.labels_of: is missing; name the coding of its labels, or map them to ours"
