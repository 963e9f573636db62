"""Makes the data and applies the feature repository: ``python -m maestro_flights.setup``.

Safe at any time and any number of times, also while pipelines run: files are
replaced whole, one process makes them, the registry has one writer. When data
and repository are those of the present hour it only looks.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sqlite3
import sys
import time
from pathlib import Path

from . import feed, files, source, stores

REPOSITORY = Path(__file__).resolve().parents[3] / "feature_repo"


def addresses_in(data_dir: Path) -> stores.Addresses:
    """Registry and online store of the embedded set-up."""
    folder = data_dir / "feast"
    return stores.Addresses(
        registry=f"sqlite:///{folder / 'registry.db'}",
        online_store=str(folder / "online_store.db"),
    )


def offline_store_in(data_dir: Path) -> Path:
    """Offline store of the embedded set-up."""
    return data_dir / "feast" / "offline"


def repository_hash(repository: Path, offline: files.Folder) -> str:
    """Changes when a definition or the place of the data changes."""
    digest = hashlib.sha256(str(offline).encode())
    ours = Path(__file__).with_name("definitions.py")
    for path in [
        ours,
        *sorted(repository.glob("*.py")),
        *sorted(repository.glob("*.yaml")),
    ]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def use_write_ahead_log(database: Path) -> None:
    """Lets readers of a SQLite file go on while somebody writes; it stays so."""
    database.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(database, timeout=60)
    try:
        mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        if mode != "wal":
            raise RuntimeError(f"{database} cannot use a write-ahead log: {mode}")
    finally:
        connection.close()


def apply_repository(
    repository: Path, at: stores.Addresses, offline: files.Folder
) -> bool:
    """Applies definitions.py unless that was done; says whether it was needed."""
    wanted = repository_hash(repository, offline)
    stamp = Path(at.online_store).parent / "applied.json"
    with stores.writing(at):
        if (
            (files.read_json(stamp) or {}).get("hash") == wanted
            and Path(at.online_store).exists()
            and (at.registry_file is None or at.registry_file.exists())
        ):
            return False
        for database in (at.registry_file, Path(at.online_store)):
            if database:
                use_write_ahead_log(database)
        os.environ["FEAST_OFFLINE_STORE"] = str(offline)
        store = stores.open_store(at)
        store.apply(_definitions(repository))
        files.write_json(stamp, {"hash": wanted})
    return True


def _definitions(repository: Path) -> list[object]:
    """Every Feast object in definitions.py, as ``feast apply`` would find them."""
    import runpy

    from feast import Entity, FeatureService, FeatureView
    from feast.data_source import DataSource

    names = runpy.run_path(str(repository / "definitions.py"))
    kinds = (Entity, DataSource, FeatureView, FeatureService)
    return [value for value in names.values() if isinstance(value, kinds)]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m maestro_flights.setup",
        description="Makes 30 days of flights up to now, the history to train"
        " on, and applies the feature repository. Safe to repeat.",
    )
    parser.add_argument("--data-dir", required=True, type=Path)
    parser.add_argument("--repository", default=REPOSITORY, type=Path)
    parser.add_argument(
        "--offline-store",
        help="s3:// address or folder of the Parquet files, keys of S3 by the"
        " connection aws_default (default: feast/offline in the data directory)",
    )
    parser.add_argument(
        "--without-defects",
        action="store_true",
        help="leave out the defects that the checks are meant to find",
    )
    options = parser.parse_args(arguments)
    data_dir = options.data_dir.resolve()
    at = addresses_in(data_dir)
    offline = (
        stores.offline_store(options.offline_store)
        if options.offline_store
        else offline_store_in(data_dir)
    )
    started = time.monotonic()
    known = feed.ensure(offline, source.utc_now(), not options.without_defects)
    print(
        f"Data up to {known['upto']} in {offline}"
        f" ({time.monotonic() - started:.1f} s)",
        flush=True,
    )
    started = time.monotonic()
    applied = apply_repository(options.repository.resolve(), at, offline)
    print(
        f"Feature repository {'applied' if applied else 'unchanged'}"
        f" ({time.monotonic() - started:.1f} s)",
        flush=True,
    )
    print(
        json.dumps(
            {
                "offline_store": str(offline),
                "registry": at.registry,
                "online_store": at.online_store,
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
