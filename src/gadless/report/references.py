"""What the plan and the methods of the report refer to."""

PLAN = (
    "Berger RL. Multiparameter hypothesis testing and acceptance sampling. Technometrics"
    " 1982;24:295-300.",
    "Clopper CJ, Pearson ES. The use of confidence or fiducial limits illustrated in the case of"
    " the binomial. Biometrika 1934;26:404-13.",
    "ICH E9(R1). Addendum on estimands and sensitivity analysis in clinical trials to the guideline"
    " on statistical principles for clinical trials. 2019.",
    "Korn EL, Graubard BI. Confidence intervals for proportions with small expected number of"
    " positive counts estimated from survey data. Surv Methodol 1998;24:193-201.",
    "Obuchowski NA, Subhas N, Schoenhagen P. Testing for interchangeability of imaging tests. Acad"
    " Radiol 2014;21:1483-9.",
    "Schuirmann DJ. A comparison of the two one-sided tests procedure and the power approach for"
    " assessing the equivalence of average bioavailability. J Pharmacokinet Biopharm"
    " 1987;15:657-80.",
    "Tango T. Equivalence test and confidence interval for the difference in proportions for the"
    " paired-sample design. Stat Med 1998;17:891-908.",
)
_OTHERS = (
    "Anderson JR, Cain KC, Gelber RD. Analysis of survival by tumor response. J Clin Oncol"
    " 1983;1:710-9.",
    "Bland JM, Altman DG. Agreement between methods of measurement with multiple observations per"
    " individual. J Biopharm Stat 2007;17:571-82.",
    "Brookmeyer R, Crowley J. A confidence interval for the median survival time. Biometrics"
    " 1982;38:29-41.",
    "Efron B. The efficiency of Cox's likelihood function for censored data. J Am Stat Assoc"
    " 1977;72:557-65.",
    "Grambsch PM, Therneau TM. Proportional hazards tests and diagnostics based on weighted"
    " residuals. Biometrika 1994;81:515-26.",
    "Gwet KL. Computing inter-rater reliability and its variance in the presence of high agreement."
    " Br J Math Stat Psychol 2008;61:29-48.",
    "Johnson NJ. Modified t tests and confidence intervals for asymmetrical populations. J Am Stat"
    " Assoc 1978;73:536-44.",
    "Lin DY, Wei LJ. The robust inference for the Cox proportional hazards model. J Am Stat Assoc"
    " 1989;84:1074-8.",
    "Lin LI. A concordance correlation coefficient to evaluate reproducibility. Biometrics"
    " 1989;45:255-68.",
    "Miettinen O, Nurminen M. Comparative analysis of two rates. Stat Med 1985;4:213-26.",
    "Schemper M, Smith TL. A note on quantifying follow-up in studies of failure time. Control Clin"
    " Trials 1996;17:343-6.",
    "Tustison NJ, Avants BB, Cook PA, and others. N4ITK: improved N3 bias correction. IEEE Trans"
    " Med Imaging 2010;29:1310-20.",
    "Uno H, Cai T, Pencina MJ, D'Agostino RB, Wei LJ. On the C-statistics for evaluating overall"
    " adequacy of risk prediction procedures with censored survival data. Stat Med"
    " 2011;30:1105-17.",
    "Wang Z, Bovik AC, Sheikh HR, Simoncelli EP. Image quality assessment: from error visibility to"
    " structural similarity. IEEE Trans Image Process 2004;13:600-12.",
)

METHODS = tuple(sorted((*PLAN, *_OTHERS)))
"""In the order of their first authors."""
