"""Reference against candidates."""


rule statistics:
    input:
        multiext(
            f"{RESULTS}/trial/",
            patients="patients.tsv",
            visits="visits.tsv",
            measurements="measurements.tsv",
            response="response.tsv",
            best_response="best_response.tsv",
            endpoints="endpoints.tsv",
            image_metrics="image_metrics.tsv",
        ),
    output:
        agreement=report(
            f"{RESULTS}/trial/agreement.tsv",
            caption="../report/agreement.rst",
            category="Tables",
        ),
        survival=report(
            f"{RESULTS}/trial/survival.tsv",
            caption="../report/survival.rst",
            category="Tables",
        ),
        km=f"{RESULTS}/trial/km.tsv",
        paired_volumes=f"{RESULTS}/trial/paired_volumes.tsv",
        confusion=f"{RESULTS}/trial/confusion.tsv",
        evaluability=f"{RESULTS}/trial/evaluability.tsv",
    log:
        f"{RESULTS}/logs/statistics.log",
    benchmark:
        f"{RESULTS}/benchmarks/statistics.tsv"
    conda:
        "../../envs/gadless.yaml"
    threads: 2
    resources:
        mem_mb=4000,
    params:
        code=version("statistics.py"),
        config=jobs.trial.settings("measurement", "response", "endpoint", "statistics"),
    message:
        "Compare the contrasts, {params.config[statistics][bootstrap]} resamples"
    script:
        "../scripts/statistics.py"
