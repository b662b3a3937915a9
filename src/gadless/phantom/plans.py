"""The named cohorts: how many patients, which seed, which model, and what goes wrong on purpose."""

from dataclasses import dataclass, field

from gadless.errors import InputError
from gadless.phantom.schedule import Schedule
from gadless.phantom.survival_model import SurvivalModel
from gadless.phantom.trajectories import DiseaseModel


@dataclass(frozen=True)
class Accidents:
    """What goes wrong in a cohort; visits are named as in the sheet.

    Attributes
    ----------
    no_baseline : frozenset of str
        Patients whose first visit did not take place.
    not_acquired : dict
        From (patient, visit) to the sequence that was not acquired.
    corrupt : dict
        From (patient, visit) to the sequence whose file is truncated.
    contacts : dict
        From patient to the days between the last visit and a clinical contact without a scan.
    """

    no_baseline: frozenset[str] = frozenset()
    not_acquired: dict[tuple[str, str], str] = field(default_factory=dict)
    corrupt: dict[tuple[str, str], str] = field(default_factory=dict)
    contacts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """All that a cohort grows from.

    Attributes
    ----------
    name : str
    prefix : str
        First letters of the patients' identifiers.
    patients : int
    seed : int
    spacing_mm : float
        Voxel of the scans.
    survival : SurvivalModel
    disease : DiseaseModel
    schedule : Schedule
    accidents : Accidents
    varied : bool
        Whether tumours and scanners differ as they do in the world (`gadless.phantom.variety`).
    """

    name: str
    prefix: str
    patients: int
    seed: int
    spacing_mm: float = 2.0
    survival: SurvivalModel = field(default_factory=SurvivalModel)
    disease: DiseaseModel = field(default_factory=DiseaseModel)
    schedule: Schedule = field(default_factory=Schedule)
    accidents: Accidents = field(default_factory=Accidents)
    varied: bool = False


DEMO = Plan(
    name="demo",
    prefix="P",
    patients=24,
    seed=455,
    # Three visits a patient must show progression in half of them: faster than in a real trial.
    survival=SurvivalModel(progression_median_days=75, followup_days=(150, 420)),
    disease=DiseaseModel(baseline_median_cm3=10, baseline_log_sd=0.7),
    schedule=Schedule(last_day=126, scans_after_progression=1),
    accidents=Accidents(
        no_baseline=frozenset({"P024"}),
        not_acquired={
            ("P001", "V3"): "t1c",
            ("P011", "V2"): "t1c",
            ("P017", "V4"): "t1c",
            ("P015", "V3"): "flair",
        },
        corrupt={("P008", "V2"): "t2"},
        contacts={"P003": 25},
    ),
)

TRAINING = Plan(
    name="training",
    prefix="T",
    patients=120,
    seed=787,
    # Networks need every size, not a trial's selection; a third do not enhance at all.
    disease=DiseaseModel(
        baseline_median_cm3=6,
        baseline_log_sd=1.2,
        baseline_range_cm3=(0.2, 40.0),
        satellite_share=0.35,
        silent_share=0.33,
        new_lesion_share=0.35,
    ),
    # Another head teaches more than another visit of the same one.
    schedule=Schedule(interval_days=126, last_day=0),
    varied=True,
)

SIMULATED = Plan(name="simulated", prefix="S", patients=521, seed=26101)

PLANS = {plan.name: plan for plan in (DEMO, TRAINING, SIMULATED)}


def plan_named(name: str) -> Plan:
    """Return a named plan.

    Raises
    ------
    InputError
        If there is no cohort of this name.
    """
    if name not in PLANS:
        raise InputError(f"no cohort named {name!r}; there are: {', '.join(PLANS)}")
    return PLANS[name]
