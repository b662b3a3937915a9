"""Numbers to response categories, and those to endpoints."""


rule response:
    input:
        patients=f"{RESULTS}/trial/patients.tsv",
        visits=f"{RESULTS}/trial/visits.tsv",
        measurements=f"{RESULTS}/trial/measurements.tsv",
        lesions=f"{RESULTS}/trial/lesions.tsv",
    output:
        response=report(
            f"{RESULTS}/trial/response.tsv",
            caption="../report/response.rst",
            category="Tables",
        ),
        best_response=f"{RESULTS}/trial/best_response.tsv",
        criteria=f"{RESULTS}/trial/criteria.tsv",
    log:
        f"{RESULTS}/logs/response.log",
    benchmark:
        f"{RESULTS}/benchmarks/response.tsv"
    conda:
        "../../envs/gadless.yaml"
    resources:
        mem_mb=2000,
    params:
        code=version("response.py"),
        config=settings("response", "endpoint"),
    message:
        "Classify response under {params.config[response][criteria]}"
    script:
        "../scripts/response.py"


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
        config=settings("response", "endpoint"),
    message:
        "Derive time to progression, survival and duration of response"
    script:
        "../scripts/endpoints.py"


rule cdisc:
    input:
        patients=f"{RESULTS}/trial/patients.tsv",
        response=f"{RESULTS}/trial/response.tsv",
        best_response=f"{RESULTS}/trial/best_response.tsv",
        endpoints=f"{RESULTS}/trial/endpoints.tsv",
    output:
        multiext(f"{RESULTS}/cdisc/", "adsl.xpt", "adrs.xpt", "adtte.xpt"),
    log:
        f"{RESULTS}/logs/cdisc.log",
    benchmark:
        f"{RESULTS}/benchmarks/cdisc.tsv"
    conda:
        "../../envs/gadless.yaml"
    resources:
        mem_mb=2000,
    params:
        code=version("cdisc.py"),
        config=settings("response", "endpoint"),
    message:
        "Export analysis data sets as SAS transport files"
    script:
        "../scripts/cdisc.py"
