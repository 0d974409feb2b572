"""Start the grader: ``grader`` or ``python -m grader``."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line, with one BLAS thread in this process as in every worker."""
    from grader.worker.sandbox import THREADS

    # before NumPy is imported: afterwards it is too late
    os.environ.update(THREADS)
    from grader.cli.main import run

    sys.exit(run())


if __name__ == "__main__":
    main()
