"""Write the tables of the manual; run from the repository's root."""

from pathlib import Path

from gadless.export.cdisc.documentation import MANUAL, rewritten
from gadless.files import write_text

if __name__ == "__main__":
    write_text(rewritten(Path(MANUAL).read_text(encoding="utf-8")), Path(MANUAL))
