"""Response categories to endpoints."""


rule endpoints:
    input:
        patients=f"{RESULTS}/trial/patients.tsv",
        visits=f"{RESULTS}/trial/visits.tsv",
        measurements=f"{RESULTS}/trial/measurements.tsv",
        response=f"{RESULTS}/trial/response.tsv",
    output:
        endpoints=report(
            f"{RESULTS}/trial/endpoints.tsv",
            caption="../report/endpoints.rst",
            category="Tables",
        ),
        intervals=f"{RESULTS}/trial/intervals.tsv",
        checks=f"{RESULTS}/trial/endpoint_checks.tsv",
    log:
        f"{RESULTS}/logs/endpoints.log",
    benchmark:
        f"{RESULTS}/benchmarks/endpoints.tsv"
    conda:
        "../../envs/gadless.yaml"
    resources:
        mem_mb=2000,
    params:
        code=version("endpoints.py"),
        config=jobs.trial.settings("response", "endpoint"),
    message:
        "Derive time to progression, survival and duration of response"
    script:
        "../scripts/endpoints.py"
