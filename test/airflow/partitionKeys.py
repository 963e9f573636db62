"""Writes what Airflow's own partition mappers, and the formats that keys of partitions
are made by, give for many inputs: plugins/maestro-common/src/core/partitions/partitionKeys.golden.json,
which the tests of our own ones are compared with. Run it with the Python of Airflow:

    $MAESTRO_AIRFLOW_PYTHON test/airflow/partitionKeys.py
"""

from __future__ import annotations

import json
import pathlib
from datetime import datetime, timezone

import pendulum
from airflow import partition_mappers
from airflow.serialization.encoders import encode_partition_mapper
from airflow.timetables.trigger import CronPartitionTimetable

PLUGINS = pathlib.Path(__file__).parents[2] / "plugins"
OUT = PLUGINS / "maestro-common/src/core/partitions/partitionKeys.golden.json"
OUT_MAPPERS = PLUGINS / (
    "maestro-backend-module-airflow/src/compile/partitionMappers.golden.json"
)


def answer(ask):
    """What it gives; null for what it refuses."""
    try:
        return ask()
    except Exception:
        return None


def ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


DATES = [
    "2024-02-29T23:59:59",
    "2024-12-30T00:00:00",
    "2025-01-01T12:00:00",
    "2026-01-04T09:05:07",
    "2027-01-03T13:00:00",
    "1999-12-31T00:30:00",
]
WRITTEN = [
    "%Y-%m-%dT%H:%M:%S",
    "%y%m%d",
    "%j",
    "%I:%M %p",
    "%G-W%V-%u",
    "%U %W %w",
    "%A %a %B %b",
    "day %e",
    "%f",
    "100%% {x}",
    "%z",
]
READ = [
    ("%Y-%m-%dT%H:%M:%S", "2024-03-13T10:42:15"),
    ("%Y-%m-%dT%H:%M:%S", "2024-3-1T1:2:3"),
    ("%Y-%m-%dT%H:%M:%S", "2024-03-13T10:42:15Z"),
    ("%Y-%m-%dT%H:%M:%S", "2024-03-13T10:42:60"),
    ("%Y-%m-%dT%H:%M:%S", "2024-02-30T00:00:00"),
    ("%Y-%m-%dT%H:%M:%S", "2024-03-13t10:42:15"),
    ("%Y-%m-%dT%H:%M:%S", " 2024-03-13T10:42:15"),
    ("%Y-%m-%dT%H:%M:%S", "us"),
    ("%Y-%m-%d", "2024-02-29"),
    ("%Y-%m-%d", "2023-02-29"),
    ("%Y-%m-%d", "0000-01-01"),
    ("%Y-%m-%d", "2024-01-01 "),
    ("%Y-%m", "2024-13"),
    ("%Y", "2024"),
    ("%Y", "24"),
    ("%m%d", "113"),
    ("%m%d", "1231"),
    ("%d", "32"),
    ("%y", "68"),
    ("%y", "69"),
    ("%I %p", "12 am"),
    ("%I %p", "12 PM"),
    ("%I", "00"),
    ("%H %p", "13 AM"),
    ("%j %Y", "60 2024"),
    ("%j %Y", "366 2023"),
    ("%b %d %Y", "feb 9 2025"),
    ("%B %Y", "May 2025"),
    ("%A %Y-%m-%d", "Monday 2025-01-07"),
    ("%Y-%m-%dT%H:%M%z", "2025-01-01T00:30+0200"),
    ("%Y-%m-%dT%H:%M%z", "2025-01-01T00:30-05:30"),
    ("%Y-%m-%dT%H:%M%z", "2025-01-01T00:30Z"),
    ("%Y %m", "2025   01"),
    ("%Y.%m", "2025x01"),
    ("%H:%M:%S.%f", "01:02:03.5"),
    ("%%%Y", "%2025"),
    ("%Y-%Y", "2025-2025"),
    ("%Y-W%V", "2025-W01"),
]


def read(form: str, text: str):
    at = datetime.strptime(text, form)
    offset = at.utcoffset()
    wall = ms(at.replace(tzinfo=timezone.utc))
    return [wall, None if offset is None else round(offset.total_seconds() * 1000)]


#: Cron, zone, offset, format; the due time; a key by hand.
CRON = [
    ("0 * * * *", "UTC", 0, "%Y-%m-%dT%H:%M:%S", "2025-01-01T05:00:00Z", "2025-01-01T05:30:00"),
    ("0 0 * * *", "Asia/Taipei", 0, "%Y-%m-%dT%H:%M:%S", "2025-01-01T16:00:00Z", "2025-01-02T00:00:00"),
    ("0 0 * * *", "UTC", -1, "%Y-%m-%d", "2025-03-01T00:00:00Z", "2025-02-28"),
    ("0 0 * * 1", "Europe/Berlin", 2, "%Y-%m-%d (W%V)", "2025-03-23T23:00:00Z", "2025-03-24"),
    ("30 2 * * *", "Europe/Berlin", 1, "%Y-%m-%d %H:%M", "2025-03-28T01:30:00Z", "2025-03-30 02:30"),
    ("30 2 * * *", "Europe/Berlin", 0, "%Y-%m-%d %H:%M", "2025-10-26T00:30:00Z", "2025-10-26 02:30"),
    ("0 0 1 * *", "America/New_York", -3, "%Y-%m%z", "2025-04-01T04:00:00Z", "2025-01"),
]


def cron(expression, zone, offset, form, due, key):
    table = CronPartitionTimetable(expression, timezone=zone, run_offset=offset, key_format=form)
    date, written = table._get_partition_info(pendulum.parse(due))
    asked = answer(lambda: ms(table.resolve_partition_date(key)))
    return {
        "cron": expression,
        "timezone": zone,
        "offset": offset,
        "format": form,
        "due": ms(pendulum.parse(due)),
        "partition": {"key": written, "date": ms(date)},
        "asked": {"key": key, "date": asked},
    }


#: How a mapper is written in Python, and keys.
MAPPERS = [
    ("IdentityMapper()", ["us", "2025-01-01"]),
    ("FixedKeyMapper('all')", ["us", ""]),
    ("AllowedKeyMapper(['us', 'eu'])", ["us", "apac"]),
    *(
        (f"StartOf{unit}Mapper()", ["2024-03-13T10:42:15", "2024-12-30T00:00:00", "2024-03-13"])
        for unit in ["Hour", "Day", "Week", "Month", "Quarter", "Year"]
    ),
    *(
        (
            f"StartOf{unit}Mapper(timezone='Europe/Berlin', input_format='%Y-%m-%dT%H:%M%z')",
            ["2025-03-30T00:59+0000", "2025-03-30T01:00Z", "2025-12-31T23:30-0100"],
        )
        for unit in ["Hour", "Day", "Week", "Month", "Quarter", "Year"]
    ),
    (
        "StartOfHourMapper(timezone='Europe/Berlin')",
        ["2025-03-30T02:30:00", "2025-10-26T02:30:00", "2025-03-30T03:00:00"],
    ),
    ("StartOfHourMapper(output_format='%Y%m%d-%H%z', timezone='Asia/Kolkata')", ["2025-01-01T05:45:00"]),
    # Times that a clock shows twice, or jumps over.
    *(
        (
            f"StartOf{unit}Mapper(timezone='{zone}', input_format='%Y-%m-%dT%H:%M:%S{read}', "
            f"output_format='%Y-%m-%dT%H%z')",
            keys,
        )
        for zone, units, read, keys in [
            (
                "America/New_York",
                ["Hour", "Day"],
                "%z",
                ["2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z", "2026-11-01T16:30:00Z"],
            ),
            ("America/New_York", ["Hour"], "", ["2026-11-01T01:30:00"]),
            (
                "America/Havana",
                ["Hour", "Day", "Month"],
                "%z",
                ["2026-11-01T04:30:00Z", "2026-11-01T05:30:00Z", "2026-11-01T16:30:00Z"],
            ),
            ("America/Havana", ["Day"], "", ["2026-11-01T12:00:00"]),
            ("Africa/Cairo", ["Day"], "%z", ["2026-04-24T12:00:00Z"]),
            ("Africa/Cairo", ["Day"], "", ["2026-04-24T12:00:00"]),
        ]
        for unit in units
    ),
    ("StartOfDayMapper(output_format='%Y-W%V')", ["2025-01-01T00:00:00"]),
    # A path, which cannot be read back.
    ("StartOfDayMapper(output_format='%Y/%Y-%m-%d')", ["2026-11-01T10:00:00"]),
    ("StartOfDayMapper(input_format='%Y-%m-%d %H')", ["2025-01-01 7", "2025-01-01 24"]),
    ("StartOfWeekMapper(output_format='%d.%m.%Y')", ["2025-01-01T00:00:00"]),
    ("StartOfWeekMapper(output_format='%Y-W%V')", ["2025-01-01T00:00:00"]),
    ("StartOfQuarterMapper(output_format='{quarter}/%Y (x.y)')", ["2025-11-01T00:00:00"]),
    ("StartOfQuarterMapper(output_format='%Y-%m')", ["2025-11-01T00:00:00"]),
    (
        "ChainMapper(StartOfDayMapper(), StartOfMonthMapper(input_format='%Y-%m-%d'), IdentityMapper())",
        ["2025-11-09T10:00:00", "2025-11-09"],
    ),
    (
        "ChainMapper(IdentityMapper(), StartOfMonthMapper(input_format='%Y-%m-%d'))",
        ["2025-11-09", "x"],
    ),
    (
        "ProductMapper(IdentityMapper(), StartOfDayMapper())",
        ["us|2026-06-14T03:00:00", "us", "us|x", "a|b|2026-06-14T03:00:00"],
    ),
    *(
        (
            f"RollupMapper(upstream_mapper=StartOf{start}Mapper({more}), "
            f"window={unit}Window(direction='{direction}'))",
            [key],
        )
        for unit, start, key, more in [
            ("Hour", "Hour", "2025-01-01T05:17:00", "input_format='%Y-%m-%dT%H:%M:%S'"),
            ("Day", "Day", "2025-03-30T05:00:00", "timezone='Europe/Berlin'"),
            ("Week", "Week", "2025-01-01", "input_format='%Y-%m-%d'"),
            ("Month", "Month", "2024-02-29", "input_format='%Y-%m-%d'"),
            ("Month", "Quarter", "2024-11-09", "input_format='%Y-%m-%d'"),
            ("Quarter", "Quarter", "2024-11", "input_format='%Y-%m'"),
            ("Year", "Year", "2024-02", "input_format='%Y-%m'"),
        ]
        for direction in ["forward", "backward"]
    ),
    (
        "RollupMapper(upstream_mapper=FixedKeyMapper('all'), window=SegmentWindow(['us', 'eu']), "
        "wait_policy=MinimumCount(-1))",
        ["us", "apac"],
    ),
    (
        "ProductMapper(StartOfYearMapper(), StartOfDayMapper(), delimiter='::')",
        ["2026-06-14T03:00:00::2026-06-14T03:00:00"],
    ),
]


def mapped(written: str, key: str):
    mapper = eval(written, vars(partition_mappers))
    target = answer(lambda: mapper.to_downstream(key))
    date = None if target is None else answer(lambda: mapper.to_partition_date(target))
    return {
        "python": written,
        "mapper": encode_partition_mapper(mapper),
        "key": key,
        "mapped": target,
        "date": None if date is None else ms(date),
        "upstream": sorted(mapper.to_upstream(target)) if target and mapper.is_rollup else None,
    }


def main() -> None:
    golden = {
        "written": [
            [form, ms(datetime.fromisoformat(at).replace(tzinfo=timezone.utc)), text]
            for form in WRITTEN
            for at in DATES
            for text in [datetime.fromisoformat(at).replace(tzinfo=timezone.utc).strftime(form)]
        ],
        "read": [[form, text, answer(lambda: read(form, text))] for form, text in READ],
        "cron": [cron(*one) for one in CRON],
    }
    OUT.write_text(json.dumps(golden, indent=1) + "\n")
    by_mappers = [mapped(written, key) for written, keys in MAPPERS for key in keys]
    OUT_MAPPERS.write_text(json.dumps(by_mappers, indent=1) + "\n")


main()
