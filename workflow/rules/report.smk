"""The page that answers the question."""


rule report:
    input:
        **{name: jobs.table(name) for name in jobs.trial.tables},
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
        asked=asked("report"),
    message:
        "Write the report"
    script:
        "../scripts/report.py"
