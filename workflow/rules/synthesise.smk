"""What each generator predicts from T1, T2 and FLAIR."""


rule synthesise:
    input:
        exam=jobs.manifest("synthesise", "preprocessed"),
        weights=jobs.networks.inputs_of_generators,
        brought=jobs.visits.files_of_images,
    output:
        status=f"{RESULTS}/visits/{{patient}}/{{visit}}/synthetic/status.json",
    log:
        f"{RESULTS}/logs/synthesise/{{patient}}/{{visit}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/synthesise/{{patient}}/{{visit}}.tsv"
    conda:
        "../../envs/gadless.yaml"
    resources:
        mem_mb=3000,
        gpu=1,
    params:
        asked=asked("synthesise"),
    message:
        "Synthesise contrast for patient {wildcards.patient}, visit {wildcards.visit}"
    script:
        "../scripts/synthesise.py"
