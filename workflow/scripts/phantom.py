"""Scan one digital patient at one visit."""

from pathlib import Path

from gadless.logs import log_to
from gadless.phantom.acquisition import render_exam
from gadless.phantom.cohort import grow

log_to(snakemake.log[0])
w = snakemake.wildcards
cohort = grow(w.cohort)
render_exam(
    cohort.state(w.patient, w.visit),
    Path(snakemake.output.truth).parent,
    cohort.plan.spacing_mm,
)
