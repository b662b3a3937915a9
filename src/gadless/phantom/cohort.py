"""A digital trial: patients, visits and the truth behind them, grown from a seed."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gadless.errors import InputError
from gadless.phantom.plans import Accidents, Plan, plan_named
from gadless.phantom.schedule import draw_clinical, draw_new_therapy, draw_treatment, draw_visits
from gadless.phantom.state import SITES, ExamState, LesionState
from gadless.phantom.survival_model import draw_covariates, draw_progression, draw_survival
from gadless.phantom.trajectories import Courses, draw_courses, volumes_cm3
from gadless.phantom.variety import USUAL, Variety

SCANNER = "../../results/phantom"
ASPECTS = (
    "covariates",
    "progression",
    "courses",
    "survival",
    "visits",
    "clinical",
    "treatment",
    "sites",
    "therapy",
)
SHEET_SEQUENCES = ("t1", "t2", "flair", "t1c")


@dataclass(frozen=True)
class Cohort:
    """A grown cohort.

    Attributes
    ----------
    plan : Plan
    patients : DataFrame
        The sheet of patients.
    visits : DataFrame
        The sheet of visits; a path is missing where the sequence was not acquired, and all four
        are missing in a clinical contact.
    courses : Courses
        The latent course of each patient's tumour, in the order of `patients`.
    """

    plan: Plan
    patients: pd.DataFrame
    visits: pd.DataFrame
    courses: Courses

    @property
    def patient_index(self) -> NDArray[np.intp]:
        """Position in `patients` of each visit's patient."""
        index = pd.Index(self.patients["patient"]).get_indexer(pd.Index(self.visits["patient"]))
        return index.astype(np.intp)

    def lesion_volumes(
        self,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return true enhancing, necrotic and non-enhancing cm3, each of shape (visits, 3)."""
        return volumes_cm3(
            self.courses, self.patient_index, self.visits["day"].to_numpy(dtype=float)
        )

    def truth(self) -> pd.DataFrame:
        """Return the truth, one row a visit.

        Returns
        -------
        DataFrame
            ``patient``, ``visit``, ``day``, the true volumes in cm3, ``lesions`` (enhancing),
            ``progression_day`` (latent; it may lie after death) and ``progressed`` (1 from that
            day on). In a tumour that never enhances, the day is that of the latent course.
        """
        enhancing, necrosis, nonenhancing = self.lesion_volumes()
        onset = np.ceil(self.courses.progression_day).astype(int)[self.patient_index]
        truth = self.visits[["patient", "visit", "day"]].reset_index(drop=True)
        return truth.assign(
            enhancing_cm3=enhancing.sum(axis=1).round(3),
            necrosis_cm3=necrosis.sum(axis=1).round(3),
            nonenhancing_cm3=nonenhancing.sum(axis=1).round(3),
            lesions=(enhancing > 0).sum(axis=1),
            progression_day=onset,
            progressed=(truth["day"].to_numpy() >= onset).astype(int),
        )

    def state(self, patient: str, visit: str) -> ExamState:
        """Return the true state of one exam, which is all that imaging needs.

        Raises
        ------
        InputError
            If the cohort has no such exam, or the visit is a clinical contact.
        """
        chosen = (self.visits["patient"] == patient) & (self.visits["visit"] == visit)
        if not chosen.any():
            raise InputError(f"cohort {self.plan.name}: patient {patient} has no visit {visit}")
        row = self.visits[chosen].iloc[0]
        if row[list(SHEET_SEQUENCES)].isna().all():
            raise InputError(
                f"cohort {self.plan.name}: {patient} {visit} is a clinical contact without a scan"
            )
        position = self.patient_index[chosen.to_numpy()]
        compartments = volumes_cm3(self.courses, position, np.array([float(row["day"])]))
        lesions = tuple(
            LesionState(number, *volumes)
            for number, volumes in enumerate(np.stack(compartments)[:, 0].T.round(4).tolist())
            if any(volumes)
        )
        seed = self.plan.seed * 10_000 + int(position[0])
        return ExamState(
            patient=patient,
            visit=visit,
            day=int(row["day"]),
            site=str(row["site"]),
            lesions=lesions,
            seed=seed,
            corrupt=self.plan.accidents.corrupt.get((patient, visit)),
            variety=Variety.draw(seed) if self.plan.varied else USUAL,
        )


def grow(cohort: str) -> Cohort:
    """Grow one of the named cohorts: ``demo``, ``training`` or ``simulated``."""
    return grow_plan(plan_named(cohort))


def grow_plan(plan: Plan) -> Cohort:
    """Grow a cohort; the same plan gives the same cohort.

    Each aspect draws from a stream of its own, so that a changed schedule leaves the patients as
    they are.
    """
    seeds = np.random.SeedSequence(plan.seed).spawn(len(ASPECTS))
    rng = {name: np.random.default_rng(seed) for name, seed in zip(ASPECTS, seeds, strict=True)}

    covariates = draw_covariates(rng["covariates"], plan.patients, plan.survival)
    progression = draw_progression(rng["progression"], covariates, plan.survival)
    courses = draw_courses(rng["courses"], covariates, progression, plan.disease)
    survival = draw_survival(rng["survival"], covariates, progression, plan.survival)
    patients = pd.concat([covariates, survival], axis=1)
    patients.insert(0, "patient", _identifiers(plan))

    patient, day = draw_visits(
        rng["visits"], survival["os_days"].to_numpy(), progression, plan.schedule
    )
    visits = pd.DataFrame({"patient": patients["patient"].to_numpy()[patient], "day": day})
    clinical = draw_clinical(rng["clinical"], patient, day, progression, courses.depth > 0)
    site = rng["sites"].permutation(np.resize(SITES, plan.patients))[patient]
    visits = pd.concat([visits, clinical], axis=1).assign(site=site)
    visits = _sheet_of_visits(visits, patients, plan)

    called = np.full(plan.patients, np.inf)
    if plan.schedule.scans_after_progression is not None:
        called = _first_progressed_visit(patient, day, progression)
    patients = pd.concat([patients, draw_treatment(rng["treatment"], plan.patients)], axis=1)
    os_days = survival["os_days"].to_numpy()
    patients["new_therapy_day"] = draw_new_therapy(rng["therapy"], os_days, called)
    patients["phantom"] = 1
    return Cohort(plan=plan, patients=patients, visits=visits, courses=courses)


def _identifiers(plan: Plan) -> list[str]:
    # As many digits as the largest number has, so that identifiers sort as the patients do.
    width = max(3, len(str(plan.patients)))
    return [f"{plan.prefix}{number:0{width}d}" for number in range(1, plan.patients + 1)]


def _first_progressed_visit(
    patient: NDArray[np.intp], day: NDArray[np.int64], progression_day: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Day of the first visit on or after true progression; infinite where there is none."""
    first = np.full(len(progression_day), np.inf)
    shows = day >= progression_day[patient]
    np.minimum.at(first, patient[shows], day[shows].astype(float))
    return first


def _sheet_of_visits(visits: pd.DataFrame, patients: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Let the plan's accidents happen, name the visits and fill in the scans' paths."""
    accidents = plan.accidents
    visits = visits[~(visits["patient"].isin(accidents.no_baseline) & (visits["day"] <= 0))]
    visits = visits.assign(scanned=True)
    if accidents.contacts:
        contacts = _contacts(visits, patients, accidents)
        visits = pd.concat([visits, contacts], ignore_index=True)
    visits = visits.sort_values(["patient", "day"], kind="stable", ignore_index=True)
    visits["visit"] = "V" + (visits.groupby("patient").cumcount() + 1).astype(str)
    folder = f"{SCANNER}/{plan.name}/" + visits["patient"] + "/" + visits["visit"]
    for sequence in SHEET_SEQUENCES:
        path = folder + f"/{sequence}.nii.gz"
        visits[sequence] = path.where(visits["scanned"].astype(bool), None)
    for (patient, visit), sequence in accidents.not_acquired.items():
        chosen = (visits["patient"] == patient) & (visits["visit"] == visit)
        visits.loc[chosen, sequence] = None
    ordered = ["patient", "visit", "day", *SHEET_SEQUENCES, "steroid_mg", "clinical_status", "site"]
    return visits[ordered]


def _contacts(visits: pd.DataFrame, patients: pd.DataFrame, accidents: Accidents) -> pd.DataFrame:
    """Rows of the clinical contacts: a patient who got worse, seen without a scan."""
    last = visits.groupby("patient").last().join(patients.set_index("patient")["os_days"])
    seen = last.loc[list(accidents.contacts)].reset_index()
    later = seen["patient"].map(accidents.contacts)
    return seen[["patient", "site"]].assign(
        day=np.minimum(seen["day"] + later, seen["os_days"]),
        steroid_mg=8.0,
        clinical_status="worse",
        scanned=False,
    )
