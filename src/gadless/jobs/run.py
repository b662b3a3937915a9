"""What runs today, and what Snakemake needs to look at for it.

Snakemake schedules; which results are stale is decided by their records (`gadless.jobs.freshness`).
Its graph costs a millisecond a job, so it is given the patients of whom anything is to be done, and
the jobs of the trial; the whole trial only where the command line asks for what needs it. All that
touches Snakemake's insides is in `judge`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from os.path import normpath
from typing import TYPE_CHECKING, Any, TypeVar

from gadless.jobs.ask import Ask
from gadless.jobs.contents import Contents
from gadless.jobs.freshness import Freshness, summary
from gadless.jobs.place import RULES
from gadless.jobs.trial import MADE
from gadless.record import JobName

if TYPE_CHECKING:
    from gadless.jobs.prepare import Jobs

T = TypeVar("T")

# Options with which Snakemake need not know of what is fresh. With any other, it gets the whole
# trial: `--report`, `--dag`, `--summary`, `--forceall`, `-R`, `--list-changes`, `--touch` ...
_PARTIAL = frozenset(
    {
        *("--dry-run", "--dryrun", "--cores", "--jobs", "--local-cores", "--max-threads"),
        *("--configfile", "--configfiles", "--config", "--profile", "--workflow-profile"),
        *("--snakefile", "--directory", "--quiet", "--printshellcmds", "--verbose", "--nocolor"),
        *("--keep-going", "--executor", "--resources", "--res", "--set-resources"),
        *("--default-resources", "--default-res", "--rerun-incomplete", "--ri", "--retries"),
        *("--latency-wait", "--output-wait", "--nolock", "--scheduler", "--scheduler-subsample"),
        *("--show-failed-logs", "--rerun-triggers", "--groups", "--group-components"),
        *("--set-threads", "--logger", "--restart-times", "--max-jobs-per-second"),
        "--seconds-between-status-checks",
    }
)
_FLAGS = frozenset({"-n", "-p", "-q", "-k"})
_WITH_VALUE = frozenset({"-c", "-j", "-C", "-s", "-d", "-e", "-w", "-T"})


# Rules that read the list of exams.
_LISTED = frozenset({"train_network", "ablation_train", "ablation_judge"})


@dataclass(frozen=True)
class Run:
    """What this run has to look at.

    Attributes
    ----------
    patients : frozenset of str or None
        Patients of whom something is to be done; None: all of them, done or not.
    stale : mapping of JobName to str
        Jobs that are to run, and why.
    files, folders : frozenset of str
        What these make: files, or all that lies in a folder.
    """

    patients: frozenset[str] | None = None
    stale: Mapping[JobName, str] = field(default_factory=dict)
    files: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()

    def makes(self, path: str, reader: JobName | None = None) -> bool:
        """Whether a file is made in this run, for a reader that runs as well.

        Images that were dropped and are made again are what they were, so that not all who read
        them run. Who does must follow: Snakemake looks at nothing beyond a job that it runs.
        """
        if reader is not None and reader not in self.stale:
            return False
        return path in self.files or path.rpartition("/")[0] in self.folders

    def of(self, all_of: Iterable[T], patient: Callable[[T], str] = str) -> list[T]:
        """Return those of patients, or of what belongs to them, that concern this run."""
        if self.patients is None:
            return list(all_of)
        return [one for one in all_of if patient(one) in self.patients]


def judge(
    workflow: Any,
    jobs: "Jobs",
    arguments: Sequence[str],
    tell: Callable[[str], None],
    own_name: Callable[[str], str] = str,
) -> Run:
    """Have Snakemake run what is stale by its records, and nothing else.

    Parameters
    ----------
    workflow : snakemake.workflow.Workflow
        Whose graph is being built.
    jobs : Jobs
    arguments : sequence of str
        The command line without the program's name.
    tell : callable
        Takes a line for the user: what runs, and why.
    own_name : callable
        Gives our name of a rule (`gadless.jobs.place.Place.own_name`).

    Notes
    -----
    Snakemake has no public way to be told which jobs are to run, so the set that ``--forcerun``
    fills is filled here. All inputs but those that this run makes are ``ancient``, and of the
    triggers only the time of change is left, which then finds nothing: a job runs if it is named
    here, or if its output is missing. A job of a cluster starts a Snakemake of its own for what it
    was given; that one judges nothing.

    What was not finished is known by its record as well. Snakemake's own marks of it are passed
    over: it looks at nothing beyond a job that it runs because of a mark, although the record
    stands (killed between the two), and what is stale there would not run.

    Nor does a time of change stop a job that is done: scans come from machines whose clocks are
    ahead, and Snakemake holds every output against every input.
    """
    workflow.dag.check_output_mtime = _never_older
    if not workflow.is_main_process:
        return Run()
    settings = workflow.dag_settings
    workflow.dag.ignore_incomplete = True
    asks = _asks(jobs, _targets(workflow, own_name))
    contents = Contents(jobs.results, always=jobs.config.preprocess.fingerprint == "content")
    freshness = Freshness(contents, lambda job: job.rule in MADE)
    stale = freshness.stale(asks, _forced(asks, settings, own_name))
    contents.keep()
    for line in summary(stale):
        tell(line)
    to_run = [ask for ask in asks if ask.job in stale]
    workflow.dag.forcefiles.update(ask.outputs[0] for ask in to_run)
    settings.rerun_triggers = frozenset(
        trigger for trigger in settings.rerun_triggers if trigger.name == "MTIME"
    )
    return Run(
        _patients(stale) if is_partial(arguments) else None,
        stale,
        frozenset(path for ask in to_run for path in ask.outputs),
        frozenset(ask.folder for ask in to_run if ask.folder is not None),
    )


async def _never_older(*_: Any) -> None:
    """In the place of Snakemake's comparison of a job's outputs with its inputs."""


def _patients(stale: Iterable[JobName]) -> frozenset[str]:
    """Patients whose images or measurements are to be made."""
    images = (job.key[-2] for job in stale if len(job.key) > 1)
    return frozenset({*images, *(job.key[0] for job in stale if job.rule == "measure")})


def is_partial(arguments: Sequence[str]) -> bool:
    """Whether Snakemake can do what it is asked for without knowing of what is fresh."""
    return all(_is_known(word) for word in arguments if word.startswith("-"))


def _is_known(word: str) -> bool:
    if word.startswith("--"):
        name = word.split("=")[0]
        return name in _PARTIAL or name.startswith("--slurm-")
    # One letter with its value (-c2), or several without (-np).
    return word[:2] in _WITH_VALUE or all(f"-{letter}" in _FLAGS for letter in word[1:])


def _targets(workflow: Any, own_name: Callable[[str], str]) -> set[str]:
    """Return rules and files that Snakemake is to bring about; none: the whole trial.

    Where targets are named, what is forced, prioritised or gone up to is a target too.
    """
    settings, scheduling = workflow.dag_settings, workflow.scheduling_settings
    if not settings.targets:
        return set()
    first = () if scheduling is None else scheduling.prioritytargets
    named = (*settings.targets, *settings.forcerun, *settings.until, *first)
    return {own_name(normpath(one)) for one in named}


def _asks(jobs: "Jobs", targets: set[str]) -> list[Ask]:
    """Return every job that the targets need, in order."""
    of_plan = {one for one in targets if one == "plan" or one.startswith(f"{jobs.results}/plan/")}
    of_training = {
        one
        for one in targets
        if one in ("train", "training_exams") or one.startswith(f"{jobs.training.folder}/")
    }
    of_ablation = {
        one
        for one in targets
        if one in ("ablation", "ablation_train", "ablation_judge")
        or one.startswith(f"{jobs.ablation.folder}/")
    }
    of_native = {one for one in targets if _is_native(one, jobs.results)}
    before_data = {*of_plan, "lock"}
    # What else is named may be a rule or a file of the trial, and needs its sheets.
    asks = (
        []
        if targets and targets <= before_data | of_training | of_ablation
        else list(jobs.asks.trial())
    )
    for wanted, further in (
        (of_training, jobs.asks.training),
        (of_ablation, jobs.asks.all_of_ablation),
    ):
        if wanted:
            known = {ask.job for ask in asks}
            asks += [ask for ask in further() if ask.job not in known]
    if of_native:
        asks += jobs.asks.all_native()
    if of_plan:
        asks.append(jobs.asks.plan())
    if not targets or "all" in targets:
        return asks
    return _needed(asks, targets | ({"train_network"} if "train" in targets else set()))


def _is_native(target: str, results: str) -> bool:
    """Whether a target is a mask on a scan's own grid, or all of them."""
    below = target.removeprefix(f"{results}/")
    parts = below.split("/")
    return target in ("native", "native_masks") or (
        below != target and (parts[0] == "bids" or "native" in parts[3:4])
    )


def _needed(asks: Sequence[Ask], targets: set[str]) -> list[Ask]:
    """Return the jobs of some targets, rules or files, and all that these read.

    A target that is not ours is of a workflow that imports these rules, and may read anything.
    """
    if any(one not in RULES and not any(ask.makes(one) for ask in asks) for one in targets):
        return list(asks)
    wanted: set[JobName] = set()
    for ask in reversed(asks):
        named = ask.job.rule in targets or any(map(ask.makes, targets))
        if named or ask.job in wanted or _is_list_of(ask.job, wanted):
            wanted |= {ask.job, *ask.reads}
    return [ask for ask in asks if ask.job in wanted]


def _is_list_of(job: JobName, wanted: set[JobName]) -> bool:
    """Whether a job lists the exams for others: these depend on the exams, not on the list."""
    return job.rule == "training_exams" and any(one.rule in _LISTED for one in wanted)


def _forced(asks: Sequence[Ask], settings: Any, own_name: Callable[[str], str]) -> list[JobName]:
    """Return what the command line forces (``-R``, ``-f``, ``-F``)."""
    if settings.forceall:
        return [ask.job for ask in asks]
    targets = settings.targets if settings.forcetargets else ()
    named = {own_name(normpath(one)) for one in (*settings.forcerun, *targets)}
    return [ask.job for ask in asks if ask.job.rule in named or any(map(ask.makes, named))]
