"""The page that answers the question, and a page a patient."""


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
                labels={"figure": figure.replace("_", " ")},
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


rule patient_pages:
    input:
        **{name: jobs.table(name) for name in jobs.trial.tables},
    output:
        index=report(
            f"{RESULTS}/report/patients.html",
            caption="../report/patients.rst",
            category="Patients",
            labels={"patient": "all"},
        ),
        pages=[
            (
                report(
                    f"{RESULTS}/{page}",
                    caption="../report/patient.rst",
                    category="Patients",
                    labels={"patient": patient},
                )
                if jobs.trial.reported
                else f"{RESULTS}/{page}"
            )
            for patient, page in jobs.trial.patient_pages.items()
        ],
    log:
        f"{RESULTS}/logs/patient_pages.log",
    benchmark:
        f"{RESULTS}/benchmarks/patient_pages.tsv"
    conda:
        "../../envs/gadless.yaml"
    resources:
        mem_mb=2000,
    params:
        asked=asked("patient_pages"),
    message:
        "Write a page a patient"
    script:
        "../scripts/patient_pages.py"
