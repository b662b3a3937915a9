"""What the jobs of the whole trial are asked for: tables, statistics, report, plan and lock."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gadless.errors import InputError
from gadless.jobs.networks import NetworkJobs
from gadless.provenance import versions
from gadless.response.described import resolved
from gadless.trial.config import Config
from gadless.trial.lock import decisive, lock_path, lock_status
from gadless.trial.plan import table_hash
from gadless.trial.sequences import path_columns
from gadless.trial.sheets import Trial


def _trial(names: str) -> tuple[str, ...]:
    return tuple(f"trial/{name}.tsv" for name in names.split())


FIGURES = (
    *("flow", "volume_agreement", "response_concordance", "swimmer"),
    *("km_contrasts", "km_arms", "incidence", "forest_surrogate", "forest_treatment"),
    *("equivalence", "sparing"),
)
"""Figures that it draws."""

CDISC = ("adsl", "adrs", "adtte", "adtr", "tu", "tr", "rs")
"""Data sets for submissions."""

MADE: dict[str, tuple[str, ...]] = {
    "collect": _trial("patients visits measurements lesions image_metrics flow ratings"),
    "quality": _trial("quality"),
    "response": _trial("response best_response criteria"),
    "endpoints": _trial("endpoints intervals endpoint_checks"),
    "cdisc": (
        *(f"cdisc/{name}.xpt" for name in CDISC),
        *(f"cdisc/{name}.json" for name in CDISC),
        *("cdisc/define.xml", "cdisc/define-sdtm.xml", "cdisc/reviewers-guide.html"),
    ),
    "statistics": _trial(
        "agreement survival km paired_volumes confusion evaluability progressions"
    ),
    "sparing": _trial("response_probability sparing"),
    "report": ("report/index.html", *(f"report/figures/{name}.svg" for name in FIGURES)),
    "native": ("bids/dataset_description.json", "bids/dseg.tsv"),
    "plan": ("plan/plan.html", "plan/plan.md", "plan/power.svg", "plan/power.png"),
}
"""Outputs of each job of the whole trial, below the results folder."""

COMPARED = (
    *("patients", "visits", "measurements", "response", "best_response", "endpoints"),
    "image_metrics",
)
"""Tables that statistics read."""

TABLES = (
    *("patients", "visits", "measurements", "lesions", "image_metrics", "quality", "flow"),
    "ratings",
    *("response", "best_response", "criteria", "endpoints", "endpoint_checks"),
    *("agreement", "survival", "km", "paired_volumes", "confusion", "evaluability"),
    "progressions",
    *("response_probability", "sparing"),
)
"""Tables that the report reads."""

_SOFTWARE = ("gadless", "snakemake", "torch", "SimpleITK", "lifelines", "pandas")
_REPORTED = 60
# What a job needs to know of any trial. Not its name: that is the report's alone.
_ALWAYS = ("patients", "visits", "measurements", "reference", "candidates", "repeat")


class TrialJobs:
    """The jobs of one trial.

    Parameters
    ----------
    config : Config
    results : str
    trial : Trial
    absent : sequence of str
        Sheets that do not exist, in words; the plan and the lock do without.
    networks : NetworkJobs
    configfiles : sequence of path
        Files that the configuration was read from, in order.
    """

    def __init__(
        self,
        config: Config,
        results: str,
        trial: Trial,
        absent: Sequence[str],
        networks: NetworkJobs,
        configfiles: Sequence[str | Path],
    ) -> None:
        self.config, self.results, self.trial = config, results, trial
        self.networks, self._absent = networks, absent
        self.lock = lock_path(config, configfiles)

    @property
    def patient_pages(self) -> dict[str, str]:
        """Patient to page, below the results folder."""
        patients = (str(patient) for patient in self.trial.patients["patient"])
        return {one: f"report/patients/{one}.html" for one in patients}

    @property
    def pages(self) -> list[str]:
        """The patients' pages, after their index; below the results folder."""
        return ["report/patients.html", *self.patient_pages.values()]

    @property
    def reported(self) -> bool:
        """Whether ``snakemake --report`` takes patients' pages into its one file: of few."""
        return len(self.patient_pages) <= _REPORTED

    figures = FIGURES
    tables = TABLES
    compared = COMPARED
    exported = MADE["cdisc"]

    def settings(self, *sections: str) -> dict[str, Any]:
        """Return the parts of the configuration that a job uses, and nothing else."""
        whole = self.config.model_dump(mode="json")
        # Tables have an order of their own; the user's is the report's.
        whole["candidates"] = self.config.compared
        # Names alone: what a network's weights are is no concern of a job on tables.
        networks: dict[str, Any] = {name: {} for name in self.config.networks}
        return {key: whole[key] for key in (*_ALWAYS, *sections)} | {"networks": networks}

    def settings_of_sheets(self) -> dict[str, Any]:
        """Return what reading the sheets takes from the configuration: the columns it names."""
        statistics = self.config.statistics.model_dump(mode="json")
        named = ("covariates", "strata", "categories")
        columns = {"required", "also", "normalisation"}
        sequences = {
            name: {"title": name, **one.model_dump(mode="json", include=columns)}
            for name, one in self.config.sequences.items()
        }
        return self.settings() | {
            "statistics": {key: statistics[key] for key in named},
            "sequences": sequences,
            "keep_columns": sorted(self.config.keep_columns),
            "ratings": self.config.ratings,
        }

    def sheets_hash(self, _: object = None) -> list[str]:
        """Content of the sheets as far as these jobs use it: all but the paths of scans.

        Raises
        ------
        InputError
            If there are no sheets yet.
        """
        if self._absent:
            raise InputError("\n".join(self._absent))
        trial, files = self.trial, path_columns(self.config)
        tables = (trial.patients, trial.visits, trial.measurements, trial.unused, trial.ratings)
        return [table_hash(table, without=files) for table in tables if table is not None]

    def decided(self) -> dict[str, Any]:
        """Every value that decides the answer, as it is locked."""
        rules = resolved(self.config)
        if self.networks.used:
            rules["weights"] = self.networks.versions()
        return decisive(self.config, rules)

    def lock_standing(self) -> dict[str, Any]:
        """Where the configuration stands with its lock, as a job is told.

        Raises
        ------
        InputError
            If the lock cannot be read.
        """
        return asdict(lock_status(self.decided(), self.lock))

    def provenance(self, _: object = None) -> dict[str, Any]:
        """Return what the report's methods say about the software and the networks."""
        return {
            "versions": versions(*_SOFTWARE),
            "weights": self.networks.versions(),
            "sheets": self.sheets_hash(),
            # Sections alone: weights that a rule makes can be asked when they are there.
            "networks": self.networks.settings(),
        }
