"""The networks, from patients that are not in the trial."""


rule train_network:
    input:
        unpack(inputs_of_train),
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
        recipe=recipe,
        settings=training_settings(),
    message:
        "Train {wildcards.network}"
    script:
        "../scripts/train.py"


rule train:
    input:
        [
            f"{RESULTS}/training/weights/{network}.safetensors"
            for network in CONFIG.training.recipes
        ],
