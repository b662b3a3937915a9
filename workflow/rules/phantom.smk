"""The digital trial's scanner, at a site of its own: its sheets name the files that it makes."""


rule phantom:
    input:
        jobs.nothing,
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
        asked=asked("phantom"),
    message:
        "Scan phantom {wildcards.patient}, visit {wildcards.visit}"
    script:
        "../scripts/phantom.py"
