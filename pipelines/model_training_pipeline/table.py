"""The table that build_features has made for this run."""

from __future__ import annotations

import os

import pandas as pd
from maestro_flights import model


def windows() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Training and test rows of ``$TABLE``."""
    return model.windows(os.environ["TABLE"])
