"""Gadless: would the trial have concluded the same without gadolinium?

snakemake --cores all                           the demo trial, to results/report/index.html
snakemake --cores all --configfile my.yaml      another trial
"""

from snakemake.utils import min_version

min_version("9.27")


# Only where no other trial is named: Snakemake would merge the two.
if not workflow.configfiles and {"patients", "visits"}.isdisjoint(config):

    configfile: "config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/phantom.smk"
include: "workflow/rules/preprocess.smk"
include: "workflow/rules/synthesise.smk"
include: "workflow/rules/segment.smk"
include: "workflow/rules/measure.smk"
include: "workflow/rules/collect.smk"
include: "workflow/rules/quality.smk"
include: "workflow/rules/response.smk"
include: "workflow/rules/endpoints.smk"
include: "workflow/rules/cdisc.smk"
include: "workflow/rules/statistics.smk"
include: "workflow/rules/sparing.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/exams.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/ablation.smk"
include: "workflow/rules/native.smk"
include: "workflow/rules/plan.smk"


report: "workflow/report/workflow.rst"


wildcard_constraints:
    folder=jobs.folders,
    cohort="demo|training",
    patient=r"[A-Za-z0-9_][A-Za-z0-9_.-]*",
    visit=r"[A-Za-z0-9_][A-Za-z0-9_.-]*",
    network=r"[A-Za-z0-9_-]+",
    fold=r"(\.fold[0-9]+)?",
    variant=r"[A-Za-z0-9_-]+",
    seed=r"[0-9]+",


# One of each: Snakemake heeds the last alone.
onstart:
    hooks.start()


onsuccess:
    hooks.success()


onerror:
    hooks.error()


rule all:
    default_target: True
    input:
        rules.report.output,
        rules.patient_pages.output,
        rules.cdisc.output,
        jobs.statuses("segmented"),
