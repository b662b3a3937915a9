"""Masks to numbers: one job a patient, then the trial's tables."""


rule measure:
    input:
        inputs_of_measure,
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
        code=version("measure.py"),
        days=days_of_patient,
        contrasts=CONFIG.contrasts,
        settings=CONFIG.measurement.model_dump(mode="json"),
    message:
        "Measure patient {wildcards.patient}"
    script:
        "../scripts/measure.py"


rule collect:
    input:
        measurements=tables_of_patients("measurements"),
        lesions=tables_of_patients("lesions"),
        image_metrics=tables_of_patients("image_metrics"),
        quality=tables_of_patients("quality"),
        flow=tables_of_patients("flow"),
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
        sheets=sheets_hash,
        config=settings_of_sheets(),
        cutoff=CONFIG.endpoint.data_cutoff_day,
    message:
        "Collect the trial's tables"
    script:
        "../scripts/collect.py"
