"""One exam from the scanner to the common space."""


rule preprocess:
    input:
        unpack(jobs.inputs_of_preprocess),
    output:
        status="{folder}/visits/{patient}/{visit}/preprocessed/status.json",
    log:
        "{folder}/logs/preprocess/{patient}/{visit}.log",
    benchmark:
        "{folder}/benchmarks/preprocess/{patient}/{visit}.tsv"
    conda:
        "../../envs/gadless.yaml"
    resources:
        mem_mb=2000,
    params:
        asked=asked("preprocess"),
    message:
        "Preprocess patient {wildcards.patient}, visit {wildcards.visit}"
    script:
        "../scripts/preprocess.py"
