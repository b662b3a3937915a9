"""Write the tables of the manual; run from the repository's root."""

from pathlib import Path

from gadless.files import write_text
from gadless.vocabulary.documentation import MANUAL, rewritten

if __name__ == "__main__":
    write_text(rewritten(Path(MANUAL).read_text(encoding="utf-8")), Path(MANUAL))
