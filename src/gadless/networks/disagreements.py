"""Where the configuration, a network's files and what it is to do contradict each other."""

from collections.abc import Collection, Iterator, Mapping

from gadless.networks.contract import (
    CONTRAST,
    SEGMENTER,
    SEGMENTS,
    SUBTRACTION,
    TITLES,
    Contract,
)
from gadless.networks.header import ARCHITECTURES, TRAIN_COMMAND, Metadata
from gadless.networks.stated import Stated, name_among_ours
from gadless.trial.config.networks import Network
from gadless.trial.config.sequences import Sequence

# Lengths that differ by less are one length.
_SAME_MM = 1e-3

KEYS = ("inputs", "spacing_mm", "orientation", "normalisation", "output")
"""What must be known of every network."""

Sequences = Mapping[str, Sequence]


def of_ours(settings: Network, metadata: Metadata, name: str, at: str) -> Iterator[str]:
    """Yield what is wrong with a file of Gadless here, and with settings beside it."""
    where = f"networks.{name}"
    for key in (*KEYS, "labels_of", "regions", "patch", "folds"):
        if getattr(settings, key) is not None:
            yield f"{where}.{key}: a file of Gadless says this itself; leave it out"
    if settings.mirroring:
        yield f"{where}.mirroring: is for nnU-Net alone"
    wanted = ARCHITECTURES[metadata.kind]
    if metadata.architecture != wanted:
        yield (
            f"{at}: its architecture is {metadata.architecture!r}, but {wanted!r} is needed here:"
            f" weights of another Gadless; train them anew ({TRAIN_COMMAND})"
        )
    if name in SEGMENTS and metadata.kind != "segmenter":
        yield f"{at}: is the weights of a {metadata.kind}, and a segmenter is needed here"


def with_files(
    settings: Network, contract: Contract, stated: Stated, where: str, sequences: Sequences
) -> Iterator[str]:
    """Yield where the configuration contradicts the files, or itself."""
    title = TITLES[contract.format]
    yield from _inputs(contract, stated, where, sequences)
    if stated.spacing_mm and settings.spacing_mm:
        off = [abs(edge - settings.spacing_mm) for edge in stated.spacing_mm]
        if max(off) > _SAME_MM:
            planned = " x ".join(f"{edge:g}" for edge in stated.spacing_mm)
            yield f"{where}.spacing_mm: is {settings.spacing_mm:g}, but the {title} says {planned}"
    for key in ("orientation", "output", "patch"):
        ours, theirs = getattr(contract, key), getattr(stated, key)
        if theirs not in (None, ours):
            yield f"{where}.{key}: is {ours}, but the {title} says {theirs}"
    yield from _strangers(settings, contract, where)
    yield from _outputs(contract, stated, where)


def with_use(name: str, contract: Contract, sequences: Sequences) -> Iterator[str]:
    """Yield why a network cannot do what its name asks of it."""
    where = f"networks.{name}.inputs"
    segments = name == SEGMENTER
    if name in SEGMENTS and contract.output != "labels":
        yield f"networks.{name}.output: is {contract.output}, but a segmenter gives labels"
    if segments and CONTRAST not in contract.inputs:
        yield f"{where}: without `{CONTRAST}` it finds the same tumour on every contrast"
    enhanced = {SUBTRACTION, *(key for key, one in sequences.items() if one.enhanced)}
    if segments:
        advice = f"what a segmenter sees after contrast is called `{CONTRAST}`"
    else:
        enhanced.add(CONTRAST)
        advice = "no gadolinium reaches a candidate"
    for image in contract.inputs:
        if image in enhanced:
            yield f"{where}: has {image}, which is acquired after gadolinium; {advice}"


def with_trial(contract: Contract, where: str, sequences: Sequences) -> Iterator[str]:
    """Yield the inputs that no sheet of the trial can have."""
    for image in contract.inputs:
        if image not in (CONTRAST, SUBTRACTION, *sequences):
            yield (
                f"{where}.inputs: has {image}, which is no sequence of the trial "
                f"(there are: {', '.join(sequences)})"
            )


def _inputs(contract: Contract, stated: Stated, where: str, sequences: Sequences) -> Iterator[str]:
    title, said = TITLES[contract.format], ", ".join(contract.inputs)
    if stated.channels not in (None, len(contract.inputs)):
        yield (
            f"{where}.inputs: names {len(contract.inputs)} images ({said}), but the {title} takes "
            f"{stated.channels}"
        )
        return
    for theirs, ours in zip(stated.names or (), contract.inputs, strict=False):
        meant = name_among_ours(theirs, sequences)
        after_contrast = meant is not None and sequences[meant].enhanced and ours == CONTRAST
        if meant not in (None, ours) and not after_contrast:
            yield f"{where}.inputs: has {ours} where the {title} says {theirs!r} ({said})"


def _strangers(settings: Network, contract: Contract, where: str) -> Iterator[str]:
    """Yield keys that mean nothing for this format or output."""
    if contract.format == "nnunet":
        if contract.normalisation != "none":
            yield f"{where}.normalisation: nnU-Net scales its images itself; leave it out"
        for key in ("patch", "regions"):
            if getattr(settings, key) is not None:
                yield f"{where}.{key}: an nnU-Net folder says this itself; leave it out"
    else:
        for key in ("mirroring", "folds"):
            if getattr(settings, key):
                yield f"{where}.{key}: is for nnU-Net alone"
    if contract.output == "labels":
        return
    for key in ("labels_of", "regions"):
        if getattr(settings, key) is not None:
            yield f"{where}.{key}: is for a network whose output is labels"
    if "t1" not in contract.inputs:
        yield f"{where}.inputs: a {contract.output} is on the scale of T1, which is not among them"


def _outputs(contract: Contract, stated: Stated, where: str) -> Iterator[str]:
    """Yield what cannot be made of what comes out."""
    title, outputs = TITLES[contract.format], stated.outputs
    if contract.output != "labels":
        if outputs not in (None, 1):
            yield (
                f"{where}.output: a {contract.output} is one channel, but the {title} gives "
                f"{outputs}"
            )
        return
    possible: Collection[int] = stated.labels or ()
    if contract.regions:
        possible = {0, *contract.regions.values()}
        if outputs is not None and set(contract.regions) != set(range(outputs)):
            yield (
                f"{where}.regions: names the channels {sorted(contract.regions)}, but the {title} "
                f"gives {outputs}, from 0"
            )
    elif stated.background is False or (outputs == 1 and stated.integers is False):
        yield (
            f"{where}.regions: is missing, and the {title} gives regions and no score a label; "
            "name the label that each channel paints, in the order of painting"
        )
    elif outputs is not None and outputs > 1:
        possible = range(outputs)
    unknown = [label for label in possible if label not in contract.coding]
    if unknown:
        yield f"{where}.labels_of: has no place for its labels {unknown}"
