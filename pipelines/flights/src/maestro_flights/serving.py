"""The Feast feature server, over HTTP: no import of Feast, no second lost."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import datetime
from typing import Any

MATERIALIZE_SECONDS = 600


class ServerProblem(RuntimeError):
    """The feature server is away or refuses."""


@dataclass(frozen=True)
class Answer:
    """What the server knows: values and statuses by feature, a row a key."""

    values: dict[str, list[Any]]
    statuses: dict[str, list[str]]

    def present(self, feature: str) -> float:
        """Share of the keys that have a value that is not too old."""
        statuses = self.statuses[feature]
        return sum(s == "PRESENT" for s in statuses) / len(statuses)


def online_features(
    url: str, features: list[str], entities: dict[str, list[Any]]
) -> Answer:
    """Asks for ``view:feature`` names at keys given as columns.

    Raises ``ServerProblem`` when the server is away or answers with an error.
    """
    answer = _post(
        url, "get-online-features", {"features": features, "entities": entities}
    )
    names = answer["metadata"]["feature_names"]
    results = dict(zip(names, answer["results"]))
    return Answer(
        {name: result["values"] for name, result in results.items()},
        {name: result["statuses"] for name, result in results.items()},
    )


def materialize(url: str, views: list[str], start: datetime, end: datetime) -> None:
    """Has the server bring the rows between two times into its online store.

    Waits until that is done. Raises ``ServerProblem`` as above.
    """
    _post(
        url,
        "materialize",
        {
            "feature_views": views,
            "start_ts": start.isoformat(),
            "end_ts": end.isoformat(),
        },
        timeout=MATERIALIZE_SECONDS,
    )


def _post(url: str, path: str, body: dict[str, Any], timeout: float = 60) -> Any:
    request = urllib.request.Request(
        f"{url.rstrip('/')}/{path}",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        text = error.read(2000).decode("utf-8", "replace")
        raise ServerProblem(
            f"The feature server {url} answered {error.code}: {text}"
        ) from None
    except (urllib.error.URLError, OSError) as error:
        raise ServerProblem(
            f"The feature server {url} of the connection feast_default cannot"
            f" be reached: {getattr(error, 'reason', error)}"
        ) from None
