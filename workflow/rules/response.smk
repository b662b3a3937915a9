"""Numbers to response categories."""


rule response:
    input:
        patients=jobs.table("patients"),
        visits=jobs.table("visits"),
        measurements=jobs.table("measurements"),
        lesions=jobs.table("lesions"),
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
        asked=asked("response"),
    message:
        "Classify response under {params.asked[told][config][response][criteria]}"
    script:
        "../scripts/response.py"
