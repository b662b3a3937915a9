"""One optimiser step of a generator, with or without discriminator, and of a segmenter."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor, nn

from gadless.errors import InputError
from gadless.networks import losses
from gadless.networks.backbone import ResidualUNet
from gadless.networks.discriminator import PatchDiscriminator
from gadless.networks.generator import COMPARTMENTS, LOG_SPREAD, MAP
from gadless.networks.parallel import Team
from gadless.networks.patches import Batch
from gadless.networks.weights import build
from gadless.trial.config.training import Recipe

AnyModule = TypeVar("AnyModule", bound=nn.Module)

logger = logging.getLogger(__name__)

LARGEST_GRADIENT = 1.0
WEIGHT_DECAY = 1e-4
# The customary momentum of GANs (Radford et al., ICLR 2016).
ADVERSARIAL_BETAS = (0.5, 0.999)


class Learner(Protocol):
    """What the training loop needs of a network in training."""

    network: ResidualUNet

    def step(self, batch: Batch, number: int, rate: float, settled: bool) -> dict[str, float]:
        """Learn from one batch at a learning rate; return the loss terms."""

    def state(self) -> dict[str, Any]:
        """All that a resumed training needs, as tensors and plain values."""

    def restore(self, state: dict[str, Any]) -> None:
        """Take up a saved state."""


class _Base:
    """Precision, optimiser and the running averages of the normalisation."""

    def __init__(self, recipe: Recipe, bfloat16: bool, device: torch.device, team: Team) -> None:
        self.recipe, self.bfloat16, self.device, self.team = recipe, bfloat16, device, team
        # On CPUs, bfloat16 convolutions are about twice as fast with channels last.
        self.layout = torch.channels_last_3d if bfloat16 else torch.contiguous_format
        self.network = self._place(build(recipe.kind, recipe.channels, recipe.inputs))
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), recipe.learning_rate, weight_decay=WEIGHT_DECAY
        )

    def _place(self, module: AnyModule) -> AnyModule:
        return module.to(self.device).to(memory_format=self.layout)  # type: ignore[call-overload]

    def _forward(self, module: nn.Module, *inputs: Tensor) -> Tensor:
        """Run in the chosen precision; what comes out is float32 for the losses."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
            output = module(*inputs)
        return output.float()

    def _move(self, tensor: Tensor) -> Tensor:
        layout = self.layout if tensor.ndim == 5 else torch.contiguous_format
        return tensor.to(self.device, memory_format=layout)

    def _prepare(self, rate: float, settled: bool) -> None:
        self.network.train()
        if settled:
            # A patch or two a step make noisy statistics. The last steps are taken with the running
            # averages, which is what inference will use.
            for module in self.network.modules():
                if isinstance(module, nn.BatchNorm3d):
                    module.eval()
        set_rate(self.optimiser, rate)

    def _descend(self, loss: Tensor) -> None:
        descend(self.optimiser, loss, self.network.parameters(), self.team)
        self.team.average_buffers(self.network)

    def state(self) -> dict[str, Any]:
        return {"network": self.network.state_dict(), "optimiser": self.optimiser.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])


class SegmenterLearner(_Base):
    """Learns compartments with cross-entropy and soft Dice."""

    def step(self, batch: Batch, number: int, rate: float, settled: bool) -> dict[str, float]:
        """See `Learner`."""
        self._prepare(rate, settled)
        scores = self._forward(self.network, self._move(batch.images))
        loss = losses.segmentation(scores, self._move(batch.labels))
        require_finite(loss, batch, number)
        self._descend(loss)
        return {"loss": loss.item()}


class GeneratorLearner(_Base):
    """Learns subtraction maps; the discriminator joins at a step of its own, if at all."""

    def __init__(
        self,
        recipe: Recipe,
        bfloat16: bool,
        device: torch.device,
        team: Team,
        spacing_mm: float,
    ) -> None:
        super().__init__(recipe, bfloat16, device, team)
        self.weights = recipe.losses
        self.outer = max(1, round(losses.OUTER_MM / spacing_mm))
        self.discriminator: PatchDiscriminator | None = None
        if self.weights.adversarial > 0:
            self.discriminator = self._place(
                PatchDiscriminator(recipe.channels, len(recipe.inputs))
            )
            self.adversary = torch.optim.AdamW(
                self.discriminator.parameters(), recipe.learning_rate, betas=ADVERSARIAL_BETAS
            )

    def step(self, batch: Batch, number: int, rate: float, settled: bool) -> dict[str, float]:
        """See `Learner`."""
        self._prepare(rate, settled)
        images, target = self._move(batch.images), self._move(batch.subtraction)
        brain = self._move(batch.brain)
        output = self._forward(self.network, images)
        predicted = output[:, MAP]
        terms = self._reconstruction(output, target, brain, self._move(batch.labels))
        opponent = self.discriminator if number >= self.recipe.adversarial_start else None
        if opponent is not None:
            with _frozen(opponent):
                verdict = self._forward(opponent, images, predicted * brain)
            terms["adversarial"] = losses.adversarial(verdict, acquired=True)
        loss = sum_of(getattr(self.weights, name) * term for name, term in terms.items())
        require_finite(loss, batch, number)
        self._descend(loss)
        reported = {"loss": loss.item(), **{name: term.item() for name, term in terms.items()}}
        if opponent is not None:
            reported["discriminator"] = self._judge(
                opponent, images, target * brain, (predicted * brain).detach(), rate
            )
        return reported

    def _reconstruction(
        self, output: Tensor, target: Tensor, brain: Tensor, labels: Tensor
    ) -> dict[str, Tensor]:
        """Compare with the acquired map and the labels; a term of weight 0 is not computed."""
        predicted, log_spread = output[:, MAP], output[:, LOG_SPREAD]
        core = losses.inner(brain, self.outer)
        parts = losses.regions(labels, brain, core)
        terms = {
            "enhancing": lambda: losses.l1_l2(predicted, target, parts["enhancing"]),
            "lesion": lambda: losses.l1_l2(predicted, target, parts["lesion"]),
            "rest": lambda: losses.l1(predicted, target, parts["rest"]),
            "brain": lambda: losses.l1(predicted, target, brain),
            "ssim": lambda: losses.ssim_loss(predicted, target, core),
            "compartments": lambda: losses.segmentation(output[:, COMPARTMENTS], labels),
            "spread": lambda: sum_of(
                losses.spread(log_spread, predicted, target, part) for part in parts.values()
            ),
        }
        return {name: term() for name, term in terms.items() if getattr(self.weights, name) > 0}

    def _judge(
        self,
        opponent: PatchDiscriminator,
        images: Tensor,
        acquired: Tensor,
        synthetic: Tensor,
        rate: float,
    ) -> float:
        """Teach the discriminator to tell acquired from synthetic."""
        set_rate(self.adversary, rate)
        loss = 0.5 * (
            losses.adversarial(self._forward(opponent, images, acquired), acquired=True)
            + losses.adversarial(self._forward(opponent, images, synthetic), acquired=False)
        )
        descend(self.adversary, loss, opponent.parameters(), self.team)
        return loss.item()

    def state(self) -> dict[str, Any]:
        """Add the discriminator, where there is one."""
        saved = super().state()
        if self.discriminator is not None:
            saved["discriminator"] = self.discriminator.state_dict()
            saved["adversary"] = self.adversary.state_dict()
        return saved

    def restore(self, state: dict[str, Any]) -> None:
        """See `Learner`."""
        super().restore(state)
        if self.discriminator is not None:
            self.discriminator.load_state_dict(state["discriminator"])
            self.adversary.load_state_dict(state["adversary"])


def make_learner(
    recipe: Recipe,
    bfloat16: bool,
    device: torch.device,
    team: Team | None = None,
    spacing_mm: float = 2.0,
) -> Learner:
    """Make the learner of a recipe's kind; `spacing_mm` is the voxel of the exams."""
    if recipe.kind == "segmenter":
        return SegmenterLearner(recipe, bfloat16, device, team or Team())
    return GeneratorLearner(recipe, bfloat16, device, team or Team(), spacing_mm)


def sum_of(terms: Iterable[Tensor]) -> Tensor:
    """Return the sum of scalars."""
    return torch.stack(list(terms)).sum()


def require_finite(loss: Tensor, batch: Batch, number: int) -> None:
    """Stop where a loss says nothing, before it spoils the weights.

    Raises
    ------
    InputError
        With the exams that the step learnt from.
    """
    if not torch.isfinite(loss):
        raise InputError(
            f"training: the loss of step {number + 1} is {loss.item()}, learnt from"
            f" {', '.join(batch.exams)}; look at these scans, or lower `learning_rate`"
        )


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of all parameters."""
    for group in optimiser.param_groups:
        group["lr"] = rate


def descend(
    optimiser: torch.optim.Optimizer,
    loss: Tensor,
    parameters: Iterable[nn.Parameter],
    team: Team | None = None,
) -> None:
    """Take one step down the loss, with the gradient's length cut.

    A gradient that is not finite is passed over: seen now and then on CPUs in bfloat16, in
    convolutions over two voxels a side.
    """
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    chosen = list(parameters)
    if team is not None:
        team.average([one.grad for one in chosen if one.grad is not None])
    length = nn.utils.clip_grad_norm_(chosen, LARGEST_GRADIENT)
    if torch.isfinite(length):
        optimiser.step()
    else:
        logger.warning("gradient is not finite: step passed over")


@contextmanager
def _frozen(module: nn.Module) -> Iterator[None]:
    """Let gradients pass through a module without gathering any in it."""
    module.requires_grad_(False)
    try:
        yield
    finally:
        module.requires_grad_(True)
