"""Reference against candidates."""


rule statistics:
    input:
        **{name: jobs.table(name) for name in jobs.trial.compared},
    output:
        agreement=report(
            f"{RESULTS}/trial/agreement.tsv",
            caption="../report/agreement.rst",
            category="Tables",
        ),
        survival=report(
            f"{RESULTS}/trial/survival.tsv",
            caption="../report/survival.rst",
            category="Tables",
        ),
        km=f"{RESULTS}/trial/km.tsv",
        paired_volumes=f"{RESULTS}/trial/paired_volumes.tsv",
        confusion=f"{RESULTS}/trial/confusion.tsv",
        evaluability=f"{RESULTS}/trial/evaluability.tsv",
        progressions=f"{RESULTS}/trial/progressions.tsv",
    log:
        f"{RESULTS}/logs/statistics.log",
    benchmark:
        f"{RESULTS}/benchmarks/statistics.tsv"
    conda:
        "../../envs/gadless.yaml"
    threads: 2
    resources:
        mem_mb=4000,
    params:
        asked=asked("statistics"),
    message:
        "Compare the contrasts, {params.asked[told][config][statistics][bootstrap]} resamples"
    script:
        "../scripts/statistics.py"
