"""The page that answers the question."""


rule report:
    input:
        unpack(jobs.trial.tables_of_report),
        panels=jobs.visits.statuses("segmented"),
    output:
        page=report(
            f"{RESULTS}/report/index.html",
            caption="../report/page.rst",
            category="Report",
        ),
        figures=[
            report(
                f"{RESULTS}/report/figures/{figure}.svg",
                caption=f"../report/{figure}.rst",
                category="Figures",
            )
            for figure in jobs.trial.figures
        ],
    log:
        f"{RESULTS}/logs/report.log",
    benchmark:
        f"{RESULTS}/benchmarks/report.tsv"
    conda:
        "../../envs/gadless.yaml"
    resources:
        mem_mb=2000,
    params:
        code=version("report.py"),
        config=CONFIG.model_dump(mode="json"),
        provenance=jobs.provenance,
        lock=jobs.trial.lock_standing(),
    message:
        "Write the report"
    script:
        "../scripts/report.py"
