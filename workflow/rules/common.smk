"""What every rule asks of the configuration and the sheets; the library answers."""

import sys
from pathlib import Path

from gadless.errors import InputError
from gadless.files import from_here
from gadless.jobs import RunProvenance, be_parent, keep_memory, prepare

# The digital trial's scanner, at a site of its own, beside this file.
PHANTOM = from_here(Path(workflow.basedir, "results", "phantom"))

keep_memory()
be_parent()
try:
    jobs = prepare(
        config,
        configfiles=workflow.configfiles,
        asked=sys.argv,
        scripts=Path(workflow.basedir, "workflow", "scripts"),
        phantoms=PHANTOM,
        follow=ancient,
        command_line=workflow.config_settings.config,
        check=workflow.is_main_process,
        stored_by=workflow.storage_settings.default_storage_provider,
    )
except InputError as error:
    # One text and no more: of an exception, Snakemake tells where in these files it was raised.
    sys.exit(str(error))

jobs.govern(workflow, sys.argv[1:], logger.info)
provenance = RunProvenance(jobs, workflow)
CONFIG, RESULTS = jobs.config, jobs.results
asked = jobs.asked
