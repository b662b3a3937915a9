"""Whom networks learn from, and in which fold each is."""


rule training_exams:
    input:
        jobs.nothing,
    output:
        exams=f"{RESULTS}/training/exams.tsv",
        folds=f"{RESULTS}/training/folds.tsv",
    log:
        f"{RESULTS}/logs/train/exams.log",
    benchmark:
        f"{RESULTS}/benchmarks/train/exams.tsv"
    conda:
        "../../envs/gadless.yaml"
    params:
        asked=asked("training_exams"),
    message:
        "List the exams that networks learn from"
    script:
        "../scripts/training_exams.py"
