"""The networks, and of each one network a fold of patients, trained on all the others."""

from gadless.jobs.typed import tell_command

tell_command(place.configfiles)


rule train_network:
    input:
        unpack(jobs.training.inputs),
        table=jobs.made("training/exams.tsv"),
    output:
        multiext(
            f"{RESULTS}/training/weights/{{network}}{{fold}}",
            weights=".safetensors",
            curve=".tsv",
            card=".md",
        ),
    log:
        f"{RESULTS}/logs/train/{{network}}{{fold}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/train/{{network}}{{fold}}.tsv"
    conda:
        "../../envs/gadless.yaml"
    resources:
        mem_mb=6000,
        gpu=1,
    params:
        asked=asked("train_network"),
    message:
        "Train {wildcards.network}{wildcards.fold}"
    script:
        "../scripts/train.py"


rule train:
    input:
        jobs.trained,
