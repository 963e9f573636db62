"""Shows that the model passes its gates at every time of the year.

For two days of each month it makes the data of that day, applies the feature
repository, joins features through Feast, trains and judges, exactly as the
pipeline does, and prints a Markdown table. Takes some ten minutes::

    python pipelines/model_training_pipeline/months.py
"""

from __future__ import annotations

import sys
import tempfile
from datetime import datetime, timezone
from pathlib import Path

import pandas as pd
from maestro_flights import feed, history, model, setup, stores

ACCURACY, F1 = 0.85, 0.80
YEAR = 2026
DAYS = (1, 16)


def judge_at(now: datetime, folder: Path) -> dict[str, float]:
    """Scores of a model trained at ``now``."""
    at, offline = setup.addresses_in(folder), setup.offline_store_in(folder)
    feed.ensure(offline, now)
    setup.apply_repository(setup.REPOSITORY, at, offline)
    moment = pd.Timestamp(now)
    table = model.labelled(feed.read(offline, "flights"), moment)
    joined = history.join_features(stores.open_store(at), offline, table)
    before, after = model.split(joined, moment)
    fitted = model.build(150, 0.06)
    fitted.fit(model.inputs(before), before[model.TARGET])
    scores = model.judge(after[model.TARGET], fitted.predict(model.inputs(after)))
    return {**scores, "train": len(before), "test": len(after)}


def main() -> int:
    print("| trained on | flights | judged on | late | accuracy | weighted F1 | F1 late |")
    print("| --- | --: | --: | --: | --: | --: | --: |")
    passed = True
    for month in range(1, 13):
        for day in DAYS:
            now = datetime(YEAR, month, day, 4, tzinfo=timezone.utc)
            with tempfile.TemporaryDirectory() as folder:
                s = judge_at(now, Path(folder))
            passed &= s["accuracy"] > ACCURACY and s["f1_weighted"] > F1
            print(
                f"| {now:%d %B} | {s['train']:,} | {s['test']:,}"
                f" | {s['late_rate']:.1%} | {s['accuracy']:.3f}"
                f" | {s['f1_weighted']:.3f} | {s['f1_late']:.3f} |",
                flush=True,
            )
    print(
        f"\n{'Every' if passed else 'NOT every'} day passes"
        f" {ACCURACY} and {F1}.",
        flush=True,
    )
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
