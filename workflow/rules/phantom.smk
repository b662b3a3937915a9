"""The digital trial's scanner, at a site of its own: its sheets name the files that it makes."""

from pathlib import Path

from gadless.files import from_here
from gadless.provenance import code_version

PHANTOM = from_here(Path(workflow.basedir, "results", "phantom"))
# Folders whose files rules make: a sheet may name these before they exist.
MADE = [PHANTOM]


rule phantom:
    output:
        multiext(
            f"{PHANTOM}/{{cohort}}/{{patient}}/{{visit}}/",
            t1="t1.nii.gz",
            t1c="t1c.nii.gz",
            t2="t2.nii.gz",
            flair="flair.nii.gz",
            truth="truth.nii.gz",
            parameters="truth.json",
        ),
    log:
        f"{PHANTOM}/logs/{{cohort}}/{{patient}}/{{visit}}.log",
    benchmark:
        f"{PHANTOM}/benchmarks/{{cohort}}/{{patient}}/{{visit}}.tsv"
    conda:
        "../../envs/gadless.yaml"
    resources:
        mem_mb=1000,
    params:
        code=code_version(Path(workflow.basedir, "workflow", "scripts", "phantom.py")),
    message:
        "Scan phantom {wildcards.patient}, visit {wildcards.visit}"
    script:
        "../scripts/phantom.py"
