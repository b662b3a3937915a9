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
        command_line=workflow.config_settings.config,
        asked=sys.argv,
        scripts=Path(workflow.basedir, "workflow", "scripts"),
        made=MADE,
        follow=ancient,
    )
except InputError as error:
    raise WorkflowError(str(error)) from None

CONFIG, RESULTS = jobs.config, jobs.results
version = jobs.scripts.version
