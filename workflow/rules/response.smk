"""Numbers to response categories."""


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
        config=jobs.trial.settings("measurement", "response", "endpoint"),
    message:
        "Classify response under {params.config[response][criteria]}"
    script:
        "../scripts/response.py"
