"""How good each step of the images was, by the limits that are set."""


rule quality:
    input:
        figures=jobs.tables("quality"),
        visits=jobs.table("visits"),
    output:
        f"{RESULTS}/trial/quality.tsv",
    log:
        f"{RESULTS}/logs/quality.log",
    benchmark:
        f"{RESULTS}/benchmarks/quality.tsv"
    conda:
        "../../envs/gadless.yaml"
    resources:
        mem_mb=2000,
    params:
        asked=asked("quality"),
    message:
        "Grade the quality of the images"
    script:
        "../scripts/quality.py"
