"""Where the rules stand: in Gadless's own Snakefile, or imported as a module by another.

Of a module, Snakemake knows rules by the names that the importer gave them, takes neither its
``onstart`` nor its ``onsuccess`` and ``onerror``, and says where the importer lies.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gadless.errors import InputError

RULES = (
    *("all", "phantom", "preprocess", "synthesise", "segment", "measure", "collect", "quality"),
    *("response", "endpoints", "cdisc", "statistics", "sparing", "report", "patient_pages"),
    *("plan", "lock"),
    *("training_exams", "train_network", "train", "native_masks", "native"),
    *("ablation_train", "ablation_judge", "ablation"),
)
"""Every rule of ours."""


@dataclass(frozen=True)
class Place:
    """Where the rules stand, and under which names.

    Attributes
    ----------
    root : Path
        Folder of Gadless's own Snakefile.
    imported : bool
        Whether another workflow has them as a module.
    configfiles : sequence of path
        Files that the configuration was read from; of a module none, as the importer hands it over:
        its paths count from the working directory.
    ours : mapping of str to str
        Our rules by the names that they have in this workflow.
    """

    root: Path
    imported: bool = False
    configfiles: Sequence[Path | str] = ()
    ours: Mapping[str, str] = field(default_factory=lambda: {rule: rule for rule in RULES})

    def tell_environments(self) -> None:
        """Set what ``envs/gadless.yaml`` names: conda reads a copy of it, which lies elsewhere."""
        os.environ["GADLESS_ROOT"] = str(self.root.absolute())

    def own_name(self, word: str) -> str:
        """Return our name of a rule of this workflow; of what is no rule of ours, itself."""
        return self.ours.get(word, word)

    def hook(self, workflow: Any, hooks: Mapping[str, Callable[[], None]]) -> None:
        """Have done what Gadless does at the start and at the end of a run, imported or not.

        Parameters
        ----------
        workflow : snakemake.workflow.Workflow
            All of its Snakefiles are read, so that what the importer wants done stays.
        hooks : mapping of str to callable
            ``onstart``, ``onsuccess``, ``onerror``.
        """
        if self.imported:
            for name, ours in hooks.items():
                setattr(workflow, f"_{name}", _both(ours, getattr(workflow, f"_{name}")))


def _both(ours: Callable[[], None], theirs: Callable[[Any], None]) -> Callable[[Any], None]:
    def hook(log: Any) -> None:
        ours()
        theirs(log)

    return hook


def place_of(workflow: Any) -> Place:
    """Return where the rules stand that Snakemake is reading; called from ``workflow/rules``.

    Parameters
    ----------
    workflow : snakemake.workflow.Workflow

    Raises
    ------
    InputError
        If they are imported in a way that cannot work: from elsewhere than this machine, or with
        a prefix for paths, which only Snakemake would know of.
    """
    modifier = workflow.modifier
    here = workflow.current_basedir.get_path_or_uri(secret_free=True)
    root = Path(here).parents[1]
    if not root.is_dir():
        raise InputError(
            f"module of {here}: clone Gadless and name its Snakefile by its path; its scripts and"
            " its package are needed beside it"
        )
    imported = not modifier.is_main_snakefile()
    if imported and any(map(_moves_paths, _upwards(modifier))):
        raise InputError(
            "module with `prefix` or `replace_prefix`: leave it out, and set `results` in the"
            " configuration that the module is given"
        )
    names = {modifier.modify_rulename(rule): rule for rule in RULES}
    return Place(root, imported, () if imported else workflow.configfiles, names)


def _upwards(modifier: Any) -> Iterable[Any]:
    while modifier is not None:
        yield modifier
        modifier = modifier.parent_modifier


def _moves_paths(modifier: Any) -> bool:
    paths = modifier.path_modifier
    return paths.prefix is not None or paths._prefix_replacements is not None
