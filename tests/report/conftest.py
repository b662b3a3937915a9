"""A small trial as result tables: every number is made up here, so that the page can be checked."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from spared_rows import spared_rows

from gadless.report.results import COLUMNS
from gadless.tables import write_table
from gadless.trial.config import read_config

CRITERIA = "rano2-2023-volume"
CONTRASTS = ("gbca", "cgan", "unet")


def make_config(**changes):
    raw = {
        "name": "example",
        "patients": "patients.tsv",
        "visits": "visits.tsv",
        "statistics": {"covariates": ["age", "mgmt"]},
    } | changes
    # Tests that are about labels give some; the others read the contrasts' own names.
    names = [raw.get("reference", "gbca"), *raw.get("candidates", CONTRASTS[1:])]
    return read_config({"labels": {name: name for name in names}} | raw)


def _frame(name, rows):
    frame = pd.DataFrame(rows, columns=list(COLUMNS[name]) if not rows else None)
    return frame.reindex(columns=list(COLUMNS[name]))


def _row(analysis, term, estimate=None, lower=None, upper=None, **more):
    own = "contrast" in more or analysis == "population"
    return {
        "analysis": analysis,
        "term": term,
        "estimate": estimate,
        "lower": lower,
        "upper": upper,
        "conf_level": 0.95 if lower is not None else None,
        "criteria": CRITERIA,
        "analysis_set": "all" if own else "common",
        "stratum": "all",
        "level": "patient",
        **more,
    }


def patients():
    return [
        {
            "patient": f"P{number:02d}",
            "arm": "control" if number % 2 else "drug",
            "os_days": 300 + 10 * number,
            "os_event": int(number % 3 > 0),
        }
        for number in range(1, 13)
    ]


def response():
    rows = []
    course = ("SD", "PR", "SD", "PD")
    for patient in patients():
        shift = int(patient["patient"][1:]) % 3
        for contrast in CONTRASTS:
            for visit in range(4):
                category = course[visit] if contrast == "gbca" else course[(visit + shift) % 4]
                rows.append(
                    {
                        "patient": patient["patient"],
                        "visit": f"v{visit}",
                        "day": 42 * (visit + 1),
                        "contrast": contrast,
                        "criteria": CRITERIA,
                        "analysis_set": "all",
                        "response": category,
                        "rule": "made up",
                    }
                )
    return rows


def endpoints():
    return [
        {
            "patient": patient["patient"],
            "contrast": contrast,
            "criteria": CRITERIA,
            "analysis_set": "all",
            "endpoint": endpoint,
            "days": 168 + 5 * place,
            "event": place % 2,
            "trigger": "enhancing",
        }
        for patient in patients()
        for place, contrast in enumerate(CONTRASTS)
        for endpoint in ("TTP", "PFS")
    ]


def equivalence(candidate, outcome="undecided"):
    paired = {"reference": "gbca", "candidate": candidate, "n": 12}
    figures = {
        "volume_bias_percent": (-7.13, -9.02, -5.18, -20.0, 20.0),
        "hazard_ratio": (1.04, 0.81, 1.34, 0.8, 1.25),
        "rmst_days": (4.6, -9.4, 18.3, -21.0, 21.0),
        "discordance": (0.28, 0.21, 0.36, 0.0, 0.15),
    }
    outcomes = {
        "equivalent": ["inside"] * 4,
        "not equivalent": ["inside", "undecided", "inside", "outside"],
        "undecided": ["inside", "undecided", "inside", "undecided"],
    }[outcome]
    rows = []
    for each, (term, (estimate, lower, upper, low, high)) in zip(
        outcomes, figures.items(), strict=True
    ):
        rows += [
            _row("equivalence", term, estimate, lower, upper, outcome=each, p=0.2, **paired)
            | {"conf_level": 0.90},
            _row("equivalence_margin", term, high, low, high, **paired),
            _row("equivalence_flip", term, high * 1.1, **paired),
        ]
    verdict = _row("verdict", "verdict", outcomes.count("inside"), **paired | {"n": 4})
    return [*rows, verdict | {"outcome": outcome, "warning": "the reason in words"}]


def agreement():
    rows = [
        _row("population", "patients", 12, n=12),
        _row("population", "visits", 48, n=48),
        _row("population", "deaths", 8, n=12),
    ]
    rows += [
        _row("population", term, figure, contrast=contrast, n=48)
        for contrast in CONTRASTS
        for term, figure in (("visits_evaluable", 46), ("patients_baseline", 11))
    ]
    for candidate in CONTRASTS[1:]:
        paired = {"reference": "gbca", "candidate": candidate, "n": 44}
        rows += [
            _row("volume", "median_bias_cm3", -0.48, -0.76, -0.37, **paired | {"level": "visit"}),
            _row("volume", "median_bias_percent", -7.1, -9.9, -4.2, **paired | {"level": "visit"}),
            _row("volume", "ccc", 0.782, 0.751, 0.807, **paired | {"level": "visit"}),
            _row("volume", "bland_altman_bias_mm", -1.1, -1.6, -0.6, **paired | {"level": "visit"}),
            _row("volume", "bland_altman_lower_mm", -7.9, **paired | {"level": "visit"}),
            _row("volume", "bland_altman_upper_mm", 5.7, **paired | {"level": "visit"}),
            _row("best_response", "kappa_weighted", 0.61, 0.4, 0.8, **paired),
            _row("progression_status", "discordant", 0.28, 0.2, 0.37, **paired | {"events": 3}),
            _row("population", "visits_common", 44, **paired | {"n": 48}),
            _row("unequal_visits", "common_share", 0.93, **paired | {"events": 44, "n": 47}),
            _row("unequal_visits", "only_reference", 0.02, **paired | {"events": 1, "n": 47}),
            _row("unequal_visits", "only_candidate", 0.04, **paired | {"events": 2, "n": 47}),
            _row("follow_up", "progressed_reference", 0.5, **paired | {"events": 6, "n": 12}),
            _row(
                "follow_up",
                "visit_after_reference_progression",
                0.33,
                **paired | {"events": 2, "n": 6},
            ),
            _row(
                "follow_up", "unseen_candidate_progression", 0.17, **paired | {"events": 1, "n": 6}
            ),
            *equivalence(candidate, "undecided" if candidate == "cgan" else "not equivalent"),
        ]
    rows += [
        _row("shared_events", "trigger_enhancing", 0.8, contrast=c, n=10, events=8)
        | {"endpoint": "TTP"}
        for c in CONTRASTS
    ]
    return rows


def survival():
    rows = []
    for place, contrast in enumerate(CONTRASTS):
        one = {"contrast": contrast, "n": 12, "events": 8}
        for analysis, stratum in (
            ("surrogate_time_dependent", "all"),
            ("surrogate_landmark", "landmark:90"),
            ("surrogate_fixed", "all"),
        ):
            rows.append(
                _row(analysis, "hr_progression", 1.75 + 0.1 * place, 1.28, 2.39, **one)
                | {"endpoint": "TTP", "stratum": stratum}
            )
        for endpoint in ("TTP", "PFS"):
            rows += [
                _row("treatment_effect", "treatment_hr", 0.62, 0.5, 0.77, **one)
                | {"endpoint": endpoint, "stratum": "arm:drug", "p": 0.0004},
                _row("treatment_effect", "conclusion", 0.62, **one)
                | {"endpoint": endpoint, "stratum": "arm:drug", "outcome": "significant"},
                _row("time_to_event", "median_days", 128 + place, 120, 150, **one)
                | {"endpoint": endpoint},
            ]
    for candidate in CONTRASTS[1:]:
        paired = {"reference": "gbca", "candidate": candidate, "n": 12}
        rows += [
            _row("treatment_effect", "treatment_hr_ratio", 1.04, 0.8, 1.35, **paired)
            | {"endpoint": "PFS", "stratum": "arm:drug"},
            _row("treatment_effect", "conclusion_agreement", 0.97, **paired)
            | {"endpoint": "PFS", "stratum": "arm:drug", "outcome": "same"}
            | {"analysis_set": "all"},
            _row("paired_time", "rmst_difference_days", 4.6, -9.4, 18.3, **paired)
            | {"endpoint": "TTP", "warning": "3 of 1000 resamples could not be fitted"},
        ]
    rows.append(
        _row("treatment_effect", "treatment_hr", 0.9, 0.6, 1.3, n=12, events=8)
        | {"endpoint": "OS", "criteria": None, "analysis_set": None, "stratum": "arm:drug"}
    )
    return rows


def km():
    rows = []
    for contrast in (*CONTRASTS, None):
        for endpoint in ("TTP", "PFS") if contrast else ("OS",):
            for arm in ("all", "control", "drug"):
                curve = _curve(contrast, endpoint, arm)
                rows += curve
                if endpoint == "TTP":
                    rows += [
                        row
                        | {"estimator": "aalen_johansen", "lower": None, "upper": None}
                        | {"estimate": 0.8 * (1 - row["estimate"])}
                        for row in curve
                    ]
    return rows


def _curve(contrast, endpoint, arm):
    rows = []
    left, share = 12 if arm == "all" else 6, 1.0
    for step in range(6):
        events = int(step > 0)
        share *= 1 - events / left
        rows.append(
            {
                "criteria": CRITERIA if contrast else None,
                "endpoint": endpoint,
                "analysis_set": "all" if contrast else None,
                "contrast": contrast,
                "arm": arm,
                "estimator": "kaplan_meier",
                "day": 60 * step,
                "at_risk": left,
                "events": events,
                "censored": 0,
                "estimate": share,
                "lower": max(share - 0.2, 0),
                "upper": min(share + 0.2, 1),
            }
        )
        left -= events
    return rows


def paired_volumes():
    random = np.random.default_rng(1)
    rows = []
    for candidate in CONTRASTS[1:]:
        for patient in patients():
            for visit in range(4):
                first = float(random.gamma(1.2, 9.0))
                second = max(first * random.lognormal(-0.07, 0.3), 0.0)
                ends = [
                    2 * (3 * 1000 * volume / (4 * np.pi)) ** (1 / 3) for volume in (first, second)
                ]
                rows.append(
                    {
                        "patient": patient["patient"],
                        "visit": f"v{visit}",
                        "day": 42 * visit,
                        "measure": "enhancing_cm3",
                        "reference": "gbca",
                        "candidate": candidate,
                        "reference_value": first,
                        "candidate_value": second,
                        "difference": second - first,
                        "mean_diameter_mm": sum(ends) / 2,
                        "difference_diameter_mm": ends[1] - ends[0],
                        "size": "5-20",
                    }
                )
    return rows


def confusion():
    rows = []
    categories = {
        "best_response": ("CR", "PR", "SD", "PD"),
        "visit_response": ("CR", "PR", "MR", "SD", "PD", "NE"),
        "progression_status": ("progressed", "not progressed"),
    }
    for candidate in CONTRASTS[1:]:
        for analysis, names in categories.items():
            for row, first in enumerate(names):
                for column, second in enumerate(names):
                    rows.append(
                        {
                            "criteria": CRITERIA,
                            "analysis_set": "common",
                            "analysis": analysis,
                            "reference": "gbca",
                            "candidate": candidate,
                            "reference_response": first,
                            "candidate_response": second,
                            "count": 7 if row == column else int(abs(row - column) == 1),
                        }
                    )
    return rows


def flow():
    rows = []
    for patient in patients():
        for visit in range(4):
            one = {"patient": patient["patient"], "visit": f"v{visit}"}
            rows.append(one | {"stage": "listed", "outcome": "reached"})
            corrupt = patient["patient"] == "P03" and visit == 1
            rows.append(
                one
                | {
                    "stage": "preprocessed",
                    "outcome": "stopped" if corrupt else "reached",
                    "reason": "FLAIR: file is truncated" if corrupt else None,
                }
            )
            if corrupt:
                continue
            for contrast in CONTRASTS:
                lacking = contrast == "gbca" and patient["patient"] == "P05" and visit > 1
                rows.append(
                    one
                    | {
                        "contrast": contrast,
                        "stage": "evaluable",
                        "outcome": "stopped" if lacking else "reached",
                        "reason": "no T1c acquired" if lacking else None,
                    }
                )
    return rows


def quality():
    return [
        {
            "patient": patient["patient"],
            "visit": "v0",
            "step": "registration of t2",
            "figure": "similarity",
            "value": 0.4,
            "outcome": "warn" if patient["patient"] == "P02" else "pass",
            "limit": "0.25",
        }
        for patient in patients()
    ]


def image_metrics():
    return [
        {
            "patient": patient["patient"],
            "visit": "v0",
            "contrast": "cgan",
            "region": "brain",
            "metric": "ssim",
            "value": 0.8,
        }
        for patient in patients()
    ]


def criteria():
    certainty = ["verified", "assumed", "assumed", "user"]
    return [
        {"criteria": "own", "key": key, "value": "1", "source": "made up", "certainty": level}
        for key, level in zip("abcd", certainty, strict=True)
    ]


def visits():
    return [
        {
            "patient": patient["patient"],
            "visit": f"v{visit}",
            "day": 42 * (visit + 1),
            "site": "north" if int(patient["patient"][1:]) % 2 else "south",
        }
        for patient in patients()
        for visit in range(4)
    ]


def progressions():
    """Every third patient progresses on cgan alone, or 42 days later on unet."""
    rows = []
    for patient in patients():
        unlike = int(patient["patient"][1:]) % 3 == 2
        for candidate, status in (("cgan", "only_candidate"), ("unet", "both_other_visit")):
            rows.append(
                {
                    "patient": patient["patient"],
                    "criteria": CRITERIA,
                    "analysis_set": "common",
                    "reference": "gbca",
                    "candidate": candidate,
                    "status": status if unlike else "both_same_visit",
                    "discordant": int(unlike),
                    "reference_days": None if unlike and candidate == "cgan" else 168,
                    "candidate_days": 210 if unlike else 168,
                }
            )
    return rows


MAKERS = {
    "criteria": criteria,
    "patients": patients,
    "visits": visits,
    "progressions": progressions,
    "response": response,
    "endpoints": endpoints,
    "agreement": agreement,
    "survival": survival,
    "km": km,
    "paired_volumes": paired_volumes,
    "confusion": confusion,
    "flow": flow,
    "quality": quality,
    "image_metrics": image_metrics,
    "sparing": spared_rows,
}


@pytest.fixture
def write_tables(tmp_path):
    """Write the trial's tables, some replaced by other rows or (None) left out."""

    def write(**changed):
        paths = {}
        for name, maker in MAKERS.items():
            rows = changed.get(name, maker)
            rows = rows() if callable(rows) else rows
            if rows is None:
                continue
            paths[name] = tmp_path / "trial" / f"{name}.tsv"
            write_table(_frame(name, rows), paths[name])
        return paths

    return write


@pytest.fixture
def config():
    return make_config()


@pytest.fixture
def trial():
    """Give the makers of rows above to tests that change some of them."""
    return SimpleNamespace(make_config=make_config, **MAKERS, equivalence=equivalence)
