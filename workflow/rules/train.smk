"""The networks, from patients that are not in the trial."""


rule train_network:
    input:
        unpack(jobs.training.inputs),
    output:
        weights=f"{RESULTS}/training/weights/{{network}}.safetensors",
        curve=f"{RESULTS}/training/weights/{{network}}.tsv",
    log:
        f"{RESULTS}/logs/train/{{network}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/train/{{network}}.tsv"
    conda:
        "../../envs/gadless.yaml"
    resources:
        mem_mb=6000,
        gpu=1,
    params:
        code=version("train.py"),
        recipe=jobs.training.recipe,
        settings=jobs.training.settings(),
    message:
        "Train {wildcards.network}"
    script:
        "../scripts/train.py"


rule train:
    input:
        jobs.training.targets(),
