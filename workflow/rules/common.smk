"""What every rule asks of the configuration and the sheets; the library answers."""

import sys
from pathlib import Path

from gadless.errors import InputError
from gadless.jobs import keep_memory, prepare

keep_memory()
try:
    jobs = prepare(
        config,
        configfiles=workflow.configfiles,
        asked=sys.argv,
        scripts=Path(workflow.basedir, "workflow", "scripts"),
        made=MADE,
        follow=ancient,
        command_line=workflow.config_settings.config,
        check=workflow.is_main_process,
    )
except InputError as error:
    # One text and no more: of an exception, Snakemake tells where in these files it was raised.
    sys.exit(str(error))

CONFIG, RESULTS = jobs.config, jobs.results
version = jobs.scripts.version
