"""The table that build_features has made for this run."""

from __future__ import annotations

import os

import pandas as pd
from maestro_flights import files, model


def windows() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Training and test rows of ``$TABLE``."""
    rows = files.read_parquet(files.folder_of(os.environ["TABLE"]))
    return model.split(rows, rows["upto"].iloc[0])
