"""What leaves in the standard of submissions; the trial's name stands in it."""


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
        config=jobs.trial.settings("name", "response", "endpoint"),
    message:
        "Export analysis data sets as SAS transport files"
    script:
        "../scripts/cdisc.py"
