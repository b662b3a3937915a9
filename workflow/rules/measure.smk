"""Masks to numbers, one job a patient."""


rule measure:
    input:
        jobs.visits.inputs_of_measure,
    output:
        multiext(
            f"{RESULTS}/patients/{{patient}}/",
            measurements="measurements.tsv",
            lesions="lesions.tsv",
            image_metrics="image_metrics.tsv",
            quality="quality.tsv",
            flow="flow.tsv",
        ),
    log:
        f"{RESULTS}/logs/measure/{{patient}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/measure/{{patient}}.tsv"
    conda:
        "../../envs/gadless.yaml"
    resources:
        mem_mb=2000,
    params:
        asked=asked("measure"),
    message:
        "Measure patient {wildcards.patient}"
    script:
        "../scripts/measure.py"
