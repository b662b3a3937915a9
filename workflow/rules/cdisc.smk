"""What leaves in the standard of submissions; the trial's name stands in it."""


rule cdisc:
    input:
        patients=jobs.table("patients"),
        response=jobs.table("response"),
        best_response=jobs.table("best_response"),
        endpoints=jobs.table("endpoints"),
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
        asked=asked("cdisc"),
    message:
        "Export analysis data sets as SAS transport files"
    script:
        "../scripts/cdisc.py"
