"""Model folders of nnU-Net v2 (Isensee et al., Nat Methods 2021;18:203), by nnunetv2.

A checkpoint of nnU-Net is a pickle. nnU-Net would run whatever it holds; here it is read by
PyTorch's reader of tensors and plain values, and one that needs more is refused. The network is
built from nnU-Net's own classes: a folder that names others is refused too.
"""

import contextlib
import inspect
import io
import json
import logging
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch._meta_registrations  # its networks may be compiled: see gadless.lean

from gadless.errors import DataFault, InputError
from gadless.networks.contract import Contract
from gadless.networks.device import choose_device, describe
from gadless.networks.external.volumes import one_hot, turned
from gadless.networks.model import Volume
from gadless.networks.stated import checkpoints

logger = logging.getLogger(__name__)

# What plans may name: they are looked up and called.
_OWN = ("dynamic_network_architectures.", "nnunetv2.", "torch.nn.")


class Folder:
    """An nnU-Net model folder, as the stages need it.

    nnU-Net scales and resamples by itself, as its plans say.
    """

    normalisation = "none"
    output = "labels"
    spacing_mm = None

    def __init__(self, contract: Contract, predictor: Any) -> None:
        self.contract, self.predictor = contract, _watched(predictor)
        self.inputs, self.coding = contract.inputs, contract.coding

    def __call__(self, stacked: Volume, spacing_mm: float) -> Volume:
        """Segment, and give every label a score of 0 or 1."""
        # nnU-Net's arrays are z, y, x of what its scans were read as.
        seen = turned(stacked, "RAS", self.contract.orientation).transpose(0, 3, 2, 1)
        properties = {"spacing": [spacing_mm] * 3}
        flags = torch.backends.cudnn.flags(deterministic=True, benchmark=False, allow_tf32=False)
        with contextlib.redirect_stdout(io.StringIO()), flags:
            labels = self.predictor.predict_single_npy_array(np.ascontiguousarray(seen), properties)
        scores = one_hot(np.asarray(labels).transpose(2, 1, 0), max(self.coding))
        return turned(scores, self.contract.orientation, "RAS")


def _watched(predictor: Any) -> Any:
    """Have a predictor refuse scores that are not finite: it would make labels of them.

    nnU-Net itself stops at infinity, with an error, and takes NaN for a score like any other.
    """
    scores_of = predictor.predict_logits_from_preprocessed_data

    def finite_scores_of(data: torch.Tensor) -> torch.Tensor:
        try:
            scores: torch.Tensor = scores_of(data)
        except RuntimeError as error:
            if "inf" not in str(error):
                raise
            raise DataFault("the network gave values that are not finite") from error
        if not torch.isfinite(scores).all():
            raise DataFault("the network gave values that are not finite")
        return scores

    predictor.predict_logits_from_preprocessed_data = finite_scores_of
    return predictor


def open_nnunet(contract: Contract, where: str) -> Folder:
    """Open a model folder.

    Raises
    ------
    InputError
        If a checkpoint is damaged or needs more than tensors and plain values, or if the folders
        names networks that are not nnU-Net's.
    """
    with contextlib.redirect_stdout(io.StringIO()):
        from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

        device = choose_device()
        predictor = nnUNetPredictor(
            use_mirroring=contract.mirroring, device=device, allow_tqdm=False
        )
        # It asks for the choice of algorithm by timing, with which a GPU's results vary.
        torch.backends.cudnn.benchmark = False
        saved = [_read(path, where) for path in checkpoints(contract.path, contract.folds)]
        _initialise(predictor, contract, saved, where)
    logger.info("%s runs on %s", contract.path.name, describe(device))
    return Folder(contract, predictor)


def _initialise(predictor: Any, contract: Contract, saved: list[dict], where: str) -> None:
    """Do what nnU-Net's ``initialize_from_trained_model_folder`` does, without its reader."""
    from nnunetv2.utilities.find_objects import recursive_find_trainer_class_by_name
    from nnunetv2.utilities.label_handling.label_handling import determine_num_input_channels
    from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

    dataset, plans = (
        json.loads((contract.path / name).read_text(encoding="utf-8"))
        for name in ("dataset.json", "plans.json")
    )
    try:
        first = saved[0]
        manager = PlansManager(plans)
        configuration = manager.get_configuration(first["init_args"]["configuration"])
        _only_its_own(configuration, where)
        trainer = recursive_find_trainer_class_by_name(first["trainer_name"])
        channels = determine_num_input_channels(manager, configuration, dataset)
        heads = manager.get_label_manager(dataset).num_segmentation_heads
        build = trainer.build_network_architecture
        planned = (
            (manager, configuration)
            if "plans_manager" in inspect.signature(build).parameters
            else (
                configuration.network_arch_class_name,
                configuration.network_arch_init_kwargs,
                configuration.network_arch_init_kwargs_req_import,
            )
        )
        network = build(*planned, channels, heads, enable_deep_supervision=False)
        network.load_state_dict(first["network_weights"])
    except (KeyError, RuntimeError, TypeError, ValueError, ImportError) as fault:
        reason = (str(fault).strip().splitlines() or [type(fault).__name__])[-1].strip()[:300]
        raise InputError(f"{where}: cannot be built as nnU-Net ({reason})") from None
    predictor.manual_initialization(
        network,
        manager,
        configuration,
        [one["network_weights"] for one in saved],
        dataset,
        first["trainer_name"],
        first.get("inference_allowed_mirroring_axes"),
    )


def _only_its_own(configuration: Any, where: str) -> None:
    arguments = configuration.network_arch_init_kwargs
    named = [configuration.network_arch_class_name]
    named += [arguments[key] for key in configuration.network_arch_init_kwargs_req_import]
    for name in named:
        if name is not None and not str(name).startswith(_OWN):
            raise InputError(f"{where}: its plans name {name}, which is not nnU-Net's own")


def _read(path: Path, where: str) -> dict[str, Any]:
    try:
        with torch.serialization.safe_globals(_plain()):
            saved: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as fault:
        needed = [line for line in str(fault).splitlines() if "GLOBAL" in line or "global" in line]
        reason = (needed or str(fault).splitlines() or [""])[0].strip()[:300]
        raise InputError(
            f"{where}: {path.parent.name}/{path.name} holds more than tensors and plain values, "
            f"and is not loaded ({reason})"
        ) from None
    except (RuntimeError, EOFError, OSError) as fault:
        reason = (str(fault).splitlines() or [""])[0][:300]
        raise InputError(f"{where}: {path.parent.name}/{path.name} is damaged ({reason})") from None
    broken = [
        key
        for key, value in saved.get("network_weights", {}).items()
        if not torch.isfinite(value).all()
    ]
    if broken:
        raise InputError(f"{where}: {path.parent.name} holds NaN or infinity ({broken[0]})")
    return saved


def _plain() -> list[Any]:
    """NumPy's numbers, under the names of both its versions: nnU-Net logs its scores as such."""
    scalar = np.float64(0).__reduce__()[0]
    kinds = [type(np.dtype(kind)) for kind in ("float64", "float32", "int64", "bool")]
    return [
        (scalar, "numpy._core.multiarray.scalar"),
        (scalar, "numpy.core.multiarray.scalar"),
        np.dtype,
        *kinds,
    ]
