"""Losses, inputs and outputs against each other: a training a variant and seed, and one table."""


rule ablation_train:
    input:
        unpack(jobs.training.inputs),
        table=jobs.made("training/exams.tsv"),
    output:
        multiext(
            f"{RESULTS}/ablation/weights/{{variant}}.seed{{seed}}",
            weights=".safetensors",
            curve=".tsv",
            card=".md",
        ),
    log:
        f"{RESULTS}/logs/ablation_train/{{variant}}.seed{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/ablation_train/{{variant}}.seed{{seed}}.tsv"
    conda:
        "../../envs/gadless.yaml"
    resources:
        mem_mb=6000,
        gpu=1,
    params:
        asked=asked("ablation_train"),
    message:
        "Train variant {wildcards.variant} with seed {wildcards.seed}"
    script:
        "../scripts/ablation_train.py"


rule ablation_judge:
    input:
        unpack(jobs.training.inputs),
        table=jobs.made("training/exams.tsv"),
        weights=jobs.ablation.weights_of,
    output:
        multiext(
            f"{RESULTS}/ablation/judged/{{variant}}.seed{{seed}}",
            judged=".tsv",
            parquet=".parquet",
        ),
    log:
        f"{RESULTS}/logs/ablation_judge/{{variant}}.seed{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/ablation_judge/{{variant}}.seed{{seed}}.tsv"
    conda:
        "../../envs/gadless.yaml"
    resources:
        mem_mb=4000,
        gpu=1,
    params:
        asked=asked("ablation_judge"),
    message:
        "Judge variant {wildcards.variant} with seed {wildcards.seed}"
    script:
        "../scripts/ablation_judge.py"


rule ablation:
    input:
        judged=jobs.ablation.judged,
    output:
        multiext(
            f"{RESULTS}/ablation/ablation",
            table=".tsv",
            parquet=".parquet",
            figure=".svg",
            picture=".png",
        ),
    log:
        f"{RESULTS}/logs/ablation.log",
    benchmark:
        f"{RESULTS}/benchmarks/ablation.tsv"
    conda:
        "../../envs/gadless.yaml"
    resources:
        mem_mb=2000,
    params:
        asked=asked("ablation"),
    message:
        "Table and figure of the ablation"
    script:
        "../scripts/ablation.py"
