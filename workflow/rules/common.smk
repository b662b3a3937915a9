"""What every rule asks of the configuration and the sheets; the library answers."""

import sys

from gadless.errors import InputError
from gadless.files import from_here
from gadless.jobs import (
    RunHooks,
    be_parent,
    keep_memory,
    measure_lightly,
    place_of,
    prepare,
)

keep_memory()
be_parent()
try:
    place = place_of(workflow)
    place.tell_environments()
    measure_lightly(place.imported)
    # The digital trial's scanner, at a site of its own, beside Gadless's Snakefile.
    PHANTOM = from_here(place.root / "results" / "phantom")
    jobs = prepare(
        config,
        configfiles=place.configfiles,
        asked=[place.own_name(word) for word in sys.argv],
        scripts=place.root / "workflow" / "scripts",
        phantoms=PHANTOM,
        follow=ancient,
        command_line=workflow.config_settings.config,
        check=workflow.is_main_process,
        stored_by=workflow.storage_settings.default_storage_provider,
    )
except InputError as error:
    # One text and no more: of an exception, Snakemake tells where in these files it was raised.
    sys.exit(str(error))

hooks = RunHooks(jobs, place, workflow, logger)
jobs.govern(workflow, place, hooks.by_name(), sys.argv[1:], logger.info)
CONFIG, RESULTS = jobs.config, jobs.results
asked = jobs.asked
