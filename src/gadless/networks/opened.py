"""Open a network, wherever it was made."""

from collections.abc import Callable
from importlib import import_module

from gadless.errors import InputError
from gadless.networks.contract import Contract
from gadless.networks.described import contract_of
from gadless.networks.header import Kind
from gadless.networks.inference import Trained
from gadless.networks.model import Model
from gadless.networks.stated import INSTALL
from gadless.networks.weights import load
from gadless.trial.config.networks import Network, NetworkFormat

# Each in a module of its own, because each needs a library that may not be there.
_OPENERS: dict[NetworkFormat, str] = {
    "onnx": "onnx:open_onnx",
    "torchscript": "torchscript:open_torchscript",
    "monai": "torchscript:open_torchscript",
    "nnunet": "nnunet:open_nnunet",
}


def open_network(name: str, settings: Network) -> Model:
    """Open a network, ready for inference.

    Parameters
    ----------
    name : str
        Of its section in `networks`; ``segmenter`` and ``abnormality`` segment, all others are
        candidates.
    settings : Network

    Raises
    ------
    InputError
        If it cannot be used.
    """
    contract = contract_of(name, settings)
    if contract.format == "gadless":
        kind: Kind = "segmenter" if contract.output == "labels" else "generator"
        return Trained(*load(contract.path, name, kind))
    module, function = _OPENERS[contract.format].split(":")
    opener: Callable[[Contract, str], Model] = getattr(
        import_module(f"gadless.networks.external.{module}"), function
    )
    where = f"networks.{name}.weights: {contract.path}"
    try:
        return opener(contract, where)
    except ImportError as fault:
        package, command = INSTALL.get(contract.format, ("torch", "make setup"))
        raise InputError(f"{where}: {package} cannot be used ({fault}): {command}") from None
