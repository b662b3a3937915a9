"""The mean of the weights of two trainings that began alike: steadier on exams unlike both.

``python -m gadless.networks.soup first.safetensors second.safetensors --to mean.safetensors``

A network trained on from another lies in one valley with it, and the mean of both generalises
better than either (Wortsman et al., ICML 2022). Of trainings that began differently it is noise.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from gadless.errors import InputError
from gadless.networks.header import Metadata, read_header, with_also
from gadless.networks.weights import load, save

# What must be alike for a mean to mean anything.
_ALIKE = ("kind", "channels", "inputs", "labels", "spacing_mm", "architecture", "normalisation")


def mean_of(paths: Sequence[Path], to: Path) -> Metadata:
    """Write the mean of networks; its header is the first's, without figures of its own.

    What any of them had learnt from, the mean has; edges are taken back (`gadless.networks.uptake`)
    as those say that say anything of it: weights of an earlier Gadless do not.

    Parameters
    ----------
    paths : sequence of Path
        Files of Gadless, of one shape.
    to : Path

    Raises
    ------
    InputError
        If they are not of one shape or take edges back otherwise, or one cannot be read.
    """
    if len(paths) < 2:
        raise InputError("a mean needs two networks at least")
    headers = [read_header(path, str(path)) for path in paths]
    for path, header in zip(paths[1:], headers[1:], strict=True):
        for what in _ALIKE:
            if getattr(header, what) != getattr(headers[0], what):
                raise InputError(f"{path}: its {what} is not that of {paths[0]}")
    modules = [load(path, headers[0].name, headers[0].kind)[0] for path in paths]
    states = [module.state_dict() for module in modules]
    mean = {
        name: sum(state[name] for state in states) / len(states)
        if tensor.is_floating_point()
        else tensor
        for name, tensor in states[0].items()
    }
    modules[0].load_state_dict(mean)
    recipe = {**(headers[0].recipe or {}), **_edges(paths, headers)}
    told = with_also(headers[0].trained_on, [header.trained_on for header in headers[1:]])
    metadata = replace(headers[0], name=to.stem, figures={}, trained_on=told, recipe=recipe)
    save(modules[0], metadata, to)
    return metadata


def _edges(paths: Sequence[Path], headers: Sequence[Metadata]) -> dict[str, float]:
    stated = [
        (path, header.recipe["uptake"])
        for path, header in zip(paths, headers, strict=True)
        if header.recipe and "uptake" in header.recipe
    ]
    for path, share in stated:
        if share != stated[0][1]:
            raise InputError(
                f"{path}: its uptake is {share:g}, and that of {stated[0][0]} {stated[0][1]:g}"
            )
    return {"uptake": stated[0][1]} if stated else {}


def main() -> None:
    """Average from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("networks", type=Path, nargs="+")
    parser.add_argument("--to", type=Path, required=True)
    given = parser.parse_args()
    try:
        mean_of(given.networks, given.to)
    except InputError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
