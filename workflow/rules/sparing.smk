"""Which exams could do without contrast."""


rule sparing:
    input:
        patients=jobs.table("patients"),
        visits=jobs.table("visits"),
        measurements=jobs.table("measurements"),
        lesions=jobs.table("lesions"),
    output:
        response_probability=f"{RESULTS}/trial/response_probability.tsv",
        sparing=report(
            f"{RESULTS}/trial/sparing.tsv",
            caption="../report/sparing_table.rst",
            category="Tables",
        ),
    log:
        f"{RESULTS}/logs/sparing.log",
    benchmark:
        f"{RESULTS}/benchmarks/sparing.tsv"
    conda:
        "../../envs/gadless.yaml"
    resources:
        mem_mb=2000,
    params:
        asked=asked("sparing"),
    message:
        "Ask which exams could do without contrast"
    script:
        "../scripts/sparing.py"
