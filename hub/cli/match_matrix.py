"""What `hub match matrix` does: who accepts whose records, by rule and by decision."""

from __future__ import annotations

import sys

from hub.cli import common
from hub.cli.match_reading import reading
from hub.cli.review_options import AskOptions, check_registry, day, shown, write_rows
from hub.console.matrix import print_matrix
from hub.lanes.recognition import read_matrix
from hub.projections.acceptance import KINDS
from hub.projections.acceptance_document import CELLS, cell_rows, matrix_document
from hub.settings import Settings, near_miss


def run_matrix(
    viewer: str | None, kind: str | None, options: AskOptions, settings: Settings
) -> int:
    """Show the matrix of a day, whole or as one registry may see it."""
    if viewer is not None:
        check_registry(viewer)
    if kind is not None and kind not in KINDS:
        raise common.UsageError(
            f'"{kind}" is no kind of record.{near_miss(kind, KINDS)}',
            fix=f"use one of {', '.join(KINDS)}",
        )
    with reading(options, settings) as tx:
        matrix = read_matrix(tx, day(options))
    document = matrix_document(matrix, viewer, KINDS if kind is None else (kind,))
    write_rows(cell_rows(document), CELLS, options.csv)
    return shown(document, options, lambda: print_matrix(document, sys.stdout))
