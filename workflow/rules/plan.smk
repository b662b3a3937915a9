"""Before the data: what will be done with them, and its lock. Both need the configuration alone."""


rule plan:
    input:
        jobs.nothing,
    output:
        page=f"{RESULTS}/plan/plan.html",
        text=f"{RESULTS}/plan/plan.md",
        figure=multiext(f"{RESULTS}/plan/power", ".svg", ".png"),
    log:
        f"{RESULTS}/logs/plan.log",
    conda:
        "../../envs/gadless.yaml"
    params:
        asked=asked("plan"),
    message:
        "Write the plan of the analysis"
    script:
        "../scripts/plan.py"


# The lock is no output: Snakemake removes an output before it runs a job again.
rule lock:
    log:
        f"{RESULTS}/logs/lock.log",
    conda:
        "../../envs/gadless.yaml"
    params:
        path=str(jobs.trial.lock),
        values=jobs.trial.decided(),
    message:
        "Lock what decides the answer in {params.path}"
    script:
        "../scripts/lock.py"
