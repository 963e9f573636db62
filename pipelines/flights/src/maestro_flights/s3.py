"""Folders in S3, used like a ``Path``, and S3 for Feast's offline store.

Everything goes through pyarrow, which the pipelines have anyway. Address and
keys are those of the AWS tools (``AWS_ENDPOINT_URL``, ``AWS_ACCESS_KEY_ID``,
…); ``configure`` sets them from the connection ``aws_default``.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Iterator

from fsspec.implementations.arrow import ArrowFSWrapper
from maestro_runtime import connection

if TYPE_CHECKING:
    from pyarrow.fs import S3FileSystem


def configure() -> None:
    """Gives this process and what it starts the keys of ``aws_default``.

    Raises ``MissingContext`` when the task was not given the connection. An
    address without ``endpoint_url`` in its extra is Amazon's own.
    """
    found = connection("aws_default")
    values = {
        "AWS_ACCESS_KEY_ID": found.login,
        "AWS_SECRET_ACCESS_KEY": found.password,
        "AWS_ENDPOINT_URL": found.extra.get("endpoint_url"),
        "AWS_DEFAULT_REGION": found.extra.get("region_name") or "us-east-1",
    }
    os.environ.update({key: value for key, value in values.items() if value})


def filesystem() -> S3FileSystem:
    """S3 as the environment says; it imports pyarrow's part for it."""
    from pyarrow.fs import S3FileSystem

    # Named here as well, because not every version of pyarrow looks for it.
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    return S3FileSystem(
        region=os.environ.get("AWS_DEFAULT_REGION", "us-east-1"),
        **({"endpoint_override": endpoint} if endpoint else {}),
    )


@dataclass(frozen=True)
class S3Path:
    """``s3://bucket/key``: of ``Path`` what the pipelines use."""

    key: str
    """Bucket and key, without a slash at either end."""

    def __truediv__(self, name: str) -> S3Path:
        return S3Path(f"{self.key}/{name}")

    def __str__(self) -> str:
        return f"s3://{self.key}"

    @property
    def name(self) -> str:
        return self.key.rpartition("/")[2]

    def exists(self) -> bool:
        from pyarrow.fs import FileType

        return filesystem().get_file_info(self.key).type != FileType.NotFound

    def read_bytes(self) -> bytes:
        """The object in one request, so that nobody replaces it half-way.

        Raises ``FileNotFoundError`` when there is none.
        """
        with filesystem().open_input_stream(self.key) as stream:
            return stream.read()

    def write_bytes(self, content: bytes) -> None:
        """Makes or replaces the object; readers see the old one or the new one."""
        with filesystem().open_output_stream(self.key) as stream:
            stream.write(content)

    def children(self) -> Iterator[tuple[S3Path, datetime]]:
        """The objects right below, with the time each was written."""
        from pyarrow.fs import FileSelector, FileType

        selector = FileSelector(self.key, allow_not_found=True)
        for info in filesystem().get_file_info(selector):
            if info.type == FileType.File:
                yield S3Path(info.path), info.mtime

    def unlink(self) -> None:
        filesystem().delete_file(self.key)


class S3ForFsspec(ArrowFSWrapper):
    """What ``s3://`` means to fsspec, and so to Dask and Feast's file store.

    It stands in the place of s3fs, which would bring a second set of AWS
    libraries; pyproject.toml announces it to fsspec. Objects are read whole.
    """

    protocol = ("s3", "s3a")
    cachable = False

    def __init__(self, **options: Any) -> None:
        # Feast hands the address over; the environment has it already.
        options.pop("client_kwargs", None)
        super().__init__(filesystem(), **options)

    def _open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        if mode != "rb":
            return super()._open(path, mode, **options)
        return io.BytesIO(S3Path(self._strip_protocol(path)).read_bytes())
