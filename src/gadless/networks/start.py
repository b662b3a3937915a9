"""Weights that a training begins from: those of a network that comes with Gadless."""

from pathlib import Path

import torch
from torch import Tensor

from gadless.errors import InputError
from gadless.networks.backbone import ResidualUNet
from gadless.networks.contract import CONTRAST
from gadless.networks.header import read_header, shipped
from gadless.networks.weights import load
from gadless.trial.config.training import Recipe

# Where images go in, one slice an image.
_INPUT = ("encoder.0.first.weight", "encoder.0.shortcut.weight")
_HEAD = ("head.weight", "head.bias")


def begin_from(network: ResidualUNet, recipe: Recipe, where: str) -> None:
    """Take up the weights of a shipped network.

    Inputs are matched by name; one that the shipped network does not know keeps its first weights.
    A network without `contrast` sees T1 in its place, which is what contrast is where nothing
    enhances. What comes out is taken up if both give the same.

    Parameters
    ----------
    network : ResidualUNet
        Changed in place.
    recipe : Recipe
    where : str
        What names the setting in a message.

    Raises
    ------
    InputError
        If no such network is shipped, or it has other channels.
    """
    known = read_header(Path(shipped(recipe.start)), where)
    if known.channels != recipe.channels:
        raise InputError(
            f"{where}: {recipe.start} has {known.channels} channels, and the recipe"
            f" {recipe.channels}"
        )
    begun = load(None, recipe.start, known.kind)[0].state_dict()
    own = network.state_dict()
    for name in _INPUT:
        if name in begun and name in own:
            begun[name] = _by_name(begun[name], known.inputs, own[name], tuple(recipe.inputs))
    if begun[_HEAD[0]].shape != own[_HEAD[0]].shape:
        begun.update({name: own[name] for name in _HEAD})
    # A block with as many features as images has a shortcut without weights.
    network.load_state_dict({name: begun.get(name, own[name]) for name in own})


def _by_name(
    theirs: Tensor, their_inputs: tuple[str, ...], ours: Tensor, our_inputs: tuple[str, ...]
) -> Tensor:
    """Slices of weights (features, inputs, ...) in the order of our inputs."""
    found = ours.clone()
    with torch.no_grad():
        for place, name in enumerate(our_inputs):
            if name in their_inputs:
                found[:, place] = theirs[:, their_inputs.index(name)]
        if CONTRAST in their_inputs and CONTRAST not in our_inputs and "t1" in our_inputs:
            found[:, our_inputs.index("t1")] += theirs[:, their_inputs.index(CONTRAST)]
    return found
