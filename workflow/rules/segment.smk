"""The tumour on every contrast."""


rule segment:
    input:
        exam=f"{RESULTS}/visits/{{patient}}/{{visit}}/preprocessed/status.json",
        synthetic=f"{RESULTS}/visits/{{patient}}/{{visit}}/synthetic/status.json",
        weights=jobs.networks.inputs_of_segmenters,
        brought=jobs.visits.files_of_masks,
    output:
        status=f"{RESULTS}/visits/{{patient}}/{{visit}}/segmented/status.json",
    log:
        f"{RESULTS}/logs/segment/{{patient}}/{{visit}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/segment/{{patient}}/{{visit}}.tsv"
    conda:
        "../../envs/gadless.yaml"
    resources:
        mem_mb=3000,
        gpu=1,
    params:
        code=version("segment.py"),
        brought=jobs.visits.masks,
        codings=jobs.visits.codings,
        contrasts=CONFIG.readings,
        repeat=CONFIG.repeat,
        networks=jobs.segmenters,
        sequences=jobs.drawn(),
    message:
        "Segment patient {wildcards.patient}, visit {wildcards.visit}"
    script:
        "../scripts/segment.py"
