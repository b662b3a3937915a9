"""Masks back on the scans' own grids: NIfTI and DICOM a visit, with reports; BIDS for all."""


rule native_masks:
    input:
        exam=jobs.manifest("native_masks", "preprocessed"),
        segmented=jobs.manifest("native_masks", "segmented"),
        measured=jobs.inputs_of_report,
    output:
        status=f"{RESULTS}/visits/{{patient}}/{{visit}}/native/status.json",
    log:
        f"{RESULTS}/logs/native_masks/{{patient}}/{{visit}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/native_masks/{{patient}}/{{visit}}.tsv"
    conda:
        "../../envs/gadless.yaml"
    resources:
        mem_mb=2000,
    params:
        asked=asked("native_masks"),
    message:
        "Masks of patient {wildcards.patient}, visit {wildcards.visit}, on the scan's own grid"
    script:
        "../scripts/native_masks.py"


rule native:
    input:
        jobs.statuses("native"),
    output:
        description=f"{RESULTS}/bids/dataset_description.json",
        labels=f"{RESULTS}/bids/dseg.tsv",
    log:
        f"{RESULTS}/logs/native.log",
    benchmark:
        f"{RESULTS}/benchmarks/native.tsv"
    conda:
        "../../envs/gadless.yaml"
    resources:
        mem_mb=2000,
    params:
        asked=asked("native"),
    message:
        "Masks of all visits as a BIDS derivative"
    script:
        "../scripts/native.py"
