"""Response categories to endpoints."""


rule endpoints:
    input:
        patients=jobs.table("patients"),
        visits=jobs.table("visits"),
        measurements=jobs.table("measurements"),
        response=jobs.table("response"),
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
        asked=asked("endpoints"),
    message:
        "Derive time to progression, survival and duration of response"
    script:
        "../scripts/endpoints.py"
