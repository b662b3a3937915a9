"""The trial's tables, joined from the patients'."""


rule collect:
    input:
        measurements=jobs.visits.tables("measurements"),
        lesions=jobs.visits.tables("lesions"),
        image_metrics=jobs.visits.tables("image_metrics"),
        quality=jobs.visits.tables("quality"),
        flow=jobs.visits.tables("flow"),
    output:
        multiext(
            f"{RESULTS}/trial/",
            patients="patients.tsv",
            visits="visits.tsv",
            measurements="measurements.tsv",
            lesions="lesions.tsv",
            image_metrics="image_metrics.tsv",
            quality="quality.tsv",
            flow="flow.tsv",
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
        code=version("collect.py"),
        sheets=jobs.trial.sheets_hash,
        config=jobs.trial.settings_of_sheets(),
        made=MADE,
        cutoff=CONFIG.endpoint.data_cutoff_day,
    message:
        "Collect the trial's tables"
    script:
        "../scripts/collect.py"
