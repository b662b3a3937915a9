"""The trial's tables, joined from the patients'."""


rule collect:
    input:
        measurements=jobs.tables("measurements"),
        lesions=jobs.tables("lesions"),
        image_metrics=jobs.tables("image_metrics"),
        flow=jobs.tables("flow"),
    output:
        multiext(
            f"{RESULTS}/trial/",
            patients="patients.tsv",
            visits="visits.tsv",
            measurements="measurements.tsv",
            lesions="lesions.tsv",
            image_metrics="image_metrics.tsv",
            flow="flow.tsv",
            ratings="ratings.tsv",
        ),
    log:
        f"{RESULTS}/logs/collect.log",
    benchmark:
        f"{RESULTS}/benchmarks/collect.tsv"
    conda:
        "../../envs/gadless.yaml"
    resources:
        mem_mb=2000,
    params:
        asked=asked("collect"),
    message:
        "Collect the trial's tables"
    script:
        "../scripts/collect.py"
