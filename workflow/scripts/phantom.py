"""Scan one digital patient at one visit."""

from pathlib import Path

import gadless.swift  # noqa: F401 - before all else
from gadless.phantom.acquisition import render_exam
from gadless.phantom.cohort import grow
from gadless.task import started

with started(snakemake) as task:
    w = snakemake.wildcards
    cohort = grow(w.cohort)
    render_exam(
        cohort.state(w.patient, w.visit),
        Path(snakemake.output.truth).parent,
        cohort.plan.spacing_mm,
    )
