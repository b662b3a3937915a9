"""Section `plan`: what the plan of the analysis says that no other section knows."""

from typing import Annotated

from pydantic import Field

from gadless.trial.config.base import Section

Share = Annotated[float, Field(gt=0, lt=1)]


class Planning(Section):
    """What `snakemake plan` writes of the trial itself, and what sizes are computed for."""

    population: str | None = Field(
        None,
        description="Population of the estimands, in words; empty: all randomised patients, by the"
        " eligibility criteria of the protocol.",
    )
    treatment: str | None = Field(
        None,
        description="Treatment conditions of the estimands, in words; empty: the experimental"
        " arm or arms against the control arm, as randomised.",
    )
    patients: int | None = Field(
        None,
        gt=0,
        le=1_000_000,
        description="Planned patients; the plan then prints the power that they give.",
    )
    power: float = Field(0.8, gt=0, lt=1, description="Power that sizes are computed for.")
    discordance: list[Share] = Field(
        [0.05, 0.10, 0.12],
        min_length=1,
        description="True shares of patients whose progression differs, to plan for.",
    )
    evaluability: list[Share] = Field(
        [0.98, 0.99, 0.995],
        min_length=1,
        description="True shares of the reference's visits that a candidate can evaluate, to plan"
        " for.",
    )
    visits_per_patient: int = Field(
        5,
        ge=1,
        le=1000,
        description="Evaluable visits on the reference that are expected a patient.",
    )
    arms: int = Field(
        2, ge=1, le=100, description="Arms of equal size, in each of which evaluability must hold."
    )
    correlation: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Correlation of failing between the visits of one patient (0: each visit for"
        " itself, 1: whole patients). An assumption: replace it where a pilot says better.",
    )
