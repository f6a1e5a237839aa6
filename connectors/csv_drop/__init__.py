"""A folder of CSV files: exports are read from it, the inbox is written into it."""

from __future__ import annotations

from connectors.csv_drop.connector import CsvDrop

CONNECTOR = CsvDrop()
