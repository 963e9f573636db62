"""Where the feature stores are, from connections and variables."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator

from maestro_runtime import Connection, connection, variable

from . import files

if TYPE_CHECKING:
    import pandas as pd
    from feast import FeatureStore, FeatureView

PROJECT = "flights"
FEATURE_SERVICE = "late_arrival"
FEATURE_VIEWS = ("weather_by_origin_hour", "route_carrier_stats")


class StoreProblem(RuntimeError):
    """The feature store is not configured in a way that can be used."""


@dataclass(frozen=True)
class Addresses:
    """Where registry and online store are: SQLAlchemy address and file."""

    registry: str
    online_store: str

    @property
    def registry_file(self) -> Path | None:
        """The registry's file; None when it is a database server."""
        prefix = "sqlite:///"
        if not self.registry.startswith(prefix):
            return None
        return Path(self.registry[len(prefix) :])


def offline_store(text: str | None = None) -> files.Folder:
    """The folder that the variable ``feature_offline_store`` names.

    An absolute path, a ``file://`` address, or ``s3://bucket/…`` with address
    and keys of the connection ``aws_default``. Raises ``StoreProblem`` for
    anything else, in words that say what to do.
    """
    value = (variable("feature_offline_store") if text is None else text).strip()
    try:
        return files.folder_of(value)
    except ValueError:
        raise StoreProblem(
            "The variable feature_offline_store must be an absolute path, a"
            f" file:/// address or s3://bucket/, not {value!r}"
        ) from None


def addresses(of: Connection | None = None) -> Addresses | None:
    """Registry and online store named in the extra of ``feast_default``.

    ``of`` is that connection; default the one of the task's environment. None
    when it names neither: they belong to the feature server then, and
    what writes to them is asked of it.
    """
    extra = (of or connection("feast_default")).extra
    missing = [k for k in ("registry", "online_store") if not extra.get(k)]
    if len(missing) == 2:
        return None
    if missing:
        raise StoreProblem(
            f"The extra of the connection feast_default lacks {missing[0]}:"
            " give both as"
            ' {"registry": "sqlite:////path/registry.db",'
            ' "online_store": "/path/online_store.db"}, or neither, and the'
            " feature server is asked instead"
        )
    registry = extra["registry"]
    if "://" not in registry:
        registry = f"sqlite:///{registry}"
    return Addresses(registry, extra["online_store"])


def repo_config(at: Addresses) -> dict[str, Any]:
    """The content of ``feature_store.yaml`` for these addresses."""
    return {
        "project": PROJECT,
        "provider": "local",
        "registry": {
            "registry_type": "sql",
            "path": at.registry,
            "cache_ttl_seconds": 5,
            "serve_features_while_materializing": True,
            "sqlalchemy_config_kwargs": {
                "echo": False,
                "connect_args": {"timeout": 60},
            },
        },
        "online_store": {"type": "sqlite", "path": at.online_store},
        "offline_store": {"type": "file"},
        "entity_key_serialization_version": 3,
    }


def problems_of(view: FeatureView, rows: pd.DataFrame) -> list[str]:
    """What a feature view promises and its rows do not hold."""
    wanted = {field.name for field in view.schema} | {
        view.batch_source.timestamp_field
    }
    missing = sorted(wanted - set(rows.columns))
    if missing:
        return [f"{view.name}: its data lacks {', '.join(missing)}"]
    if rows.empty:
        return [f"{view.name}: its data is empty"]
    return []


@contextlib.contextmanager
def writing(at: Addresses) -> Iterator[None]:
    """Held by whoever writes to the registry or the online store.

    SQLite would let writers wait for each other too, but only for a while, and
    what Feast reads and writes back is not one transaction.
    """
    folder = Path(at.online_store).parent
    with files.locked(folder / ".writing"):
        yield


def open_store(at: Addresses) -> FeatureStore:
    """Feast's store at these addresses. Costs seconds: Feast is imported."""
    from feast import FeatureStore, RepoConfig

    return FeatureStore(
        config=RepoConfig(**repo_config(at), repo_path=Path("/")),
    )


def defined_store(offline: files.Folder) -> FeatureStore:
    """The definitions over the files of ``offline``, without anybody's registry.

    For historical features, which need definitions and files only. Its
    registry is a temporary file of this process.
    """
    folder = Path(tempfile.mkdtemp(prefix="maestro-feast-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["FEAST_OFFLINE_STORE"] = str(offline)
    from feast import Entity, FeatureService, FeatureView
    from feast.data_source import DataSource

    from . import definitions

    kinds = (Entity, DataSource, FeatureView, FeatureService)
    store = open_store(
        Addresses(f"sqlite:///{folder / 'registry.db'}", str(folder / "online.db"))
    )
    store.apply([v for v in vars(definitions).values() if isinstance(v, kinds)])
    return store


def point_at(store: FeatureStore, at: Addresses, folder: files.Folder) -> list[str]:
    """Makes the registry's sources be the files of ``folder``.

    The variable feature_offline_store says where the data is; the registry
    follows it. Returns the names of the sources that pointed elsewhere.
    """
    with writing(at):
        store.registry.refresh(PROJECT)
        moved = []
        for view in store.list_feature_views():
            source = view.batch_source
            wanted = str(folder / Path(source.path).name)
            # Where S3 is not Amazon's.
            endpoint = (
                os.environ.get("AWS_ENDPOINT_URL", "")
                if wanted.startswith("s3:")
                else ""
            )
            if source.path != wanted or source.s3_endpoint_override != endpoint:
                source.file_options.uri = wanted
                source.file_options.s3_endpoint_override = endpoint
                moved.append((view, source))
        if moved:
            store.apply([item for pair in moved for item in pair])
    return [source.name for _, source in moved]
