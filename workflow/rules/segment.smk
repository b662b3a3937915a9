"""The tumour on every contrast."""


rule segment:
    input:
        exam=jobs.manifest("segment", "preprocessed"),
        synthetic=jobs.manifest("segment", "synthetic"),
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
        asked=asked("segment"),
    message:
        "Segment patient {wildcards.patient}, visit {wildcards.visit}"
    script:
        "../scripts/segment.py"
