"""What leaves in the standard of submissions; the trial's name stands in it."""


rule cdisc:
    input:
        patients=jobs.table("patients"),
        visits=jobs.table("visits"),
        measurements=jobs.table("measurements"),
        lesions=jobs.table("lesions"),
        response=jobs.table("response"),
        best_response=jobs.table("best_response"),
        endpoints=jobs.table("endpoints"),
    output:
        [f"{RESULTS}/{name}" for name in jobs.trial.exported],
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
        "Export data sets for submissions: ADaM, tumours as SDTM, definitions and guide"
    script:
        "../scripts/cdisc.py"
