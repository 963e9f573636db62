"""Where the feature stores are, from connections and variables."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator
from urllib.parse import unquote, urlsplit

from maestro_runtime import connection, variable

from . import files

if TYPE_CHECKING:
    from feast import FeatureStore

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


def offline_store(text: str | None = None) -> Path:
    """The folder that the variable ``feature_offline_store`` names.

    An absolute path or a file:// address. Raises ``StoreProblem`` for anything
    else, in words that say what to do.
    """
    value = (variable("feature_offline_store") if text is None else text).strip()
    parts = urlsplit(value)
    if parts.scheme in ("s3", "s3a"):
        raise StoreProblem(
            "S3 offline stores come with a later version of these pipelines:"
            f" set the variable feature_offline_store to a folder of this"
            f" machine instead of {value}"
        )
    path = Path(unquote(parts.path) if parts.scheme == "file" else value)
    if parts.scheme not in ("", "file") or not path.is_absolute():
        raise StoreProblem(
            "The variable feature_offline_store must be an absolute path or a"
            f" file:/// address, not {value!r}"
        )
    return path


def addresses() -> Addresses:
    """Registry and online store named in the extra of ``feast_default``."""
    extra = connection("feast_default").extra
    missing = [k for k in ("registry", "online_store") if not extra.get(k)]
    if missing:
        raise StoreProblem(
            f"The extra of the connection feast_default lacks"
            f" {' and '.join(missing)}: give them as"
            ' {"registry": "sqlite:////path/registry.db",'
            ' "online_store": "/path/online_store.db"}'
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


def point_at(store: FeatureStore, at: Addresses, folder: Path) -> list[str]:
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
            if source.path != wanted:
                source.file_options.uri = wanted
                moved.append((view, source))
        if moved:
            store.apply([item for pair in moved for item in pair])
    return [source.name for _, source in moved]
