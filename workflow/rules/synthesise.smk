"""What each generator predicts from T1, T2 and FLAIR."""


rule synthesise:
    input:
        exam=f"{RESULTS}/visits/{{patient}}/{{visit}}/preprocessed/status.json",
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
        code=version("synthesise.py"),
        brought=jobs.visits.images,
        units=jobs.visits.units,
        registration=jobs.registration,
        generators=jobs.generators,
    message:
        "Synthesise contrast for patient {wildcards.patient}, visit {wildcards.visit}"
    script:
        "../scripts/synthesise.py"
