"""The digital trial's scanner."""


rule phantom:
    output:
        multiext(
            f"{RESULTS}/phantom/{{cohort}}/{{patient}}/{{visit}}/",
            t1="t1.nii.gz",
            t1c="t1c.nii.gz",
            t2="t2.nii.gz",
            flair="flair.nii.gz",
            truth="truth.nii.gz",
            parameters="truth.json",
        ),
    log:
        f"{RESULTS}/logs/phantom/{{cohort}}/{{patient}}/{{visit}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/phantom/{{cohort}}/{{patient}}/{{visit}}.tsv"
    conda:
        "../../envs/gadless.yaml"
    resources:
        mem_mb=1000,
    params:
        code=version("phantom.py"),
    message:
        "Scan phantom {wildcards.patient}, visit {wildcards.visit}"
    script:
        "../scripts/phantom.py"
