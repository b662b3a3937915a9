"""Lock what decides the answer; a lock that stands is never overwritten."""

import datetime
import sys
from pathlib import Path

from gadless.errors import InputError
from gadless.logs import log_to
from gadless.trial.lock import write_lock

log = log_to(snakemake.log[0])
today = datetime.datetime.now(datetime.UTC).date()
try:
    status = write_lock(snakemake.params.values, Path(snakemake.params.path), today)
except InputError as error:
    log.error("%s", error)
    sys.exit(1)
log.warning("%s: locked on %s", snakemake.params.path, status.locked)
