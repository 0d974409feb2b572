"""The workflow of GitHub Actions for students' repositories."""

from __future__ import annotations

import re

from grader.core.errors import GraderError

WORKFLOW = """name: Grade
on:
  push:
  workflow_dispatch:
permissions:
  contents: read
jobs:
  grade:
    runs-on: ubuntu-latest
    timeout-minutes: 20
    steps:
      - uses: actions/checkout@v4
      - id: grade
        uses: {kit}/.github/actions/grade@main
        with:
          path: .
          # with a secret of the organisation all runs have the same inputs; without one each draws its own
          seed: ${{{{ secrets.CONVGRADE_SEED }}}}
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: report
          path: ${{{{ steps.grade.outputs.report }}}}
"""


def workflow(kit: str) -> str:
    """Return the workflow as YAML.

    Parameters
    ----------
    kit
        Repository of the kit on GitHub: ``owner/repository``.

    Raises
    ------
    GraderError
        If this is not the name of a repository.
    """
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", kit):
        raise GraderError(
            f"'{kit}' is not the name of a repository on GitHub: it has to look like owner/convgrade"
        )
    return WORKFLOW.format(kit=kit)
