"""The data: how it moves through time, its defects, and that they are found."""

import shutil
import sys
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pandas as pd
import pytest
from maestro_flights import cleaning, defects, feed, files, schema, source

VALIDATION = Path(__file__).resolve().parents[2] / "data_validation_pipeline"
sys.path.append(str(VALIDATION))
import anomalies  # noqa: E402
import drift  # noqa: E402
import quality  # noqa: E402


def at(*when) -> datetime:
    return datetime(*when, tzinfo=timezone.utc)


class TestTime:
    def test_the_last_of_february_is_the_28th(self):
        assert source.source_day(date(2028, 2, 29)) == (2, 28)
        assert source.source_day(date(2028, 3, 1)) == (3, 1)

    def test_the_window_wraps_round_the_year(self):
        now = at(2027, 1, 2, 12)
        days = source.days_until(now, 5)
        assert days[0] == date(2026, 12, 29) and days[-1] == date(2027, 1, 2)
        flights = source.flights(days, now)
        local = flights["scheduled"].dt.tz_convert("America/New_York").dt.date
        assert sorted(set(local)) == days

    def test_nothing_is_known_before_it_happened(self):
        now = at(2026, 7, 4, 18, 30)
        days = source.days_until(now, 2)
        flights = source.flights(days, now)
        assert flights["landed"].max() <= pd.Timestamp(now)
        assert flights["scheduled"].max() <= pd.Timestamp(now)
        assert source.weather(days, now)["observed"].max() == pd.Timestamp(
            at(2026, 7, 4, 18)
        )
        later = source.flights(days, now + timedelta(hours=1))
        assert set(flights["flight_id"]) < set(later["flight_id"])

    @pytest.mark.parametrize(
        "now",
        [at(2026, 3, 8, 12), at(2026, 11, 1, 12), at(2028, 2, 29, 12)],
        ids=["clocks go forward", "clocks go back", "29 February"],
    )
    def test_days_with_odd_clocks_have_unique_flights_and_hours(self, now):
        days = source.days_until(now, 2)
        assert source.flights(days, now)["flight_id"].is_unique
        weather = source.weather(days, now)
        assert not weather.duplicated(["origin", "observed"]).any()

    def test_arrivals_use_the_clock_of_their_airport(self):
        now = at(2026, 6, 2)
        flights = source.flights(source.days_until(now, 3), now)
        # New York to Los Angeles: about six hours, three time zones west.
        west = flights[flights["route"] == "JFK-LAX"].dropna(subset=["landed"])
        hours = (west["landed"] - west["departed"]).dt.total_seconds() / 3600
        assert 5 < hours.median() < 7
        caribbean = flights[flights["dest"] == "SJU"].dropna(subset=["landed"])
        hours = (caribbean["landed"] - caribbean["departed"]).dt.total_seconds()
        assert 3.3 < hours.median() / 3600 < 4.5

    def test_the_end_of_the_year_has_weather_though_2013_has_none(self):
        now = at(2027, 1, 1, 4)
        weather = source.weather(source.days_until(now, 2), now)
        assert weather["observed"].max() == pd.Timestamp(now)


    def test_the_present_can_be_fixed_so_that_two_runs_are_equal(self, monkeypatch):
        monkeypatch.setenv("FLIGHTS_NOW", "2026-01-31T12:00:00.500Z")
        assert source.utc_now() == at(2026, 1, 31, 12, 0, 0, 500_000)
        monkeypatch.setenv("FLIGHTS_NOW", "2026-01-31T14:00:00+02:00")
        assert source.utc_now() == at(2026, 1, 31, 12)
        monkeypatch.setenv("FLIGHTS_NOW", "2026-01-31T12:00:00")
        with pytest.raises(ValueError, match="has no time zone"):
            source.utc_now()
        monkeypatch.setenv("FLIGHTS_NOW", "")
        assert abs(source.utc_now() - datetime.now(timezone.utc)) < timedelta(minutes=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A store of 07:00 on 6 May 2026; who changes it takes a copy."""
    store = tmp_path_factory.mktemp("made")
    feed.ensure(store, at(2026, 5, 6, 7))
    return store


class TestFeed:
    def test_the_same_hour_is_made_once_and_the_same_each_time(self, made, tmp_path):
        now = at(2026, 5, 6, 7, 30)
        first = feed.ensure(tmp_path, now)
        stamp = (tmp_path / "flights.parquet").stat().st_mtime_ns
        assert feed.ensure(tmp_path, now + timedelta(minutes=20)) == first
        assert feed.ensure(tmp_path, now - timedelta(days=1)) == first
        assert (tmp_path / "flights.parquet").stat().st_mtime_ns == stamp
        assert files.read_json(made / "feed.json") == first
        for name in feed.TABLES:
            assert (tmp_path / name).read_bytes() == (made / name).read_bytes()

    def test_a_maker_that_died_in_between_is_made_up_for(self, made, tmp_path):
        store = tmp_path / "store"
        shutil.copytree(made, store)
        (store / "flights.parquet").unlink()
        feed.ensure(store, at(2026, 5, 6, 7))
        assert (store / "flights.parquet").exists()
        assert not list(store.glob(".flights.parquet-*"))

    def test_a_failed_write_leaves_the_old_file(self, tmp_path):
        path = tmp_path / "x.json"
        files.write_json(path, 1)

        def fail(target):
            target.write_text("half")
            raise OSError("no space left")

        with pytest.raises(OSError):
            files.replace(path, fail)
        assert files.read_json(path) == 1
        assert [p.name for p in tmp_path.iterdir()] == ["x.json"]

    def test_no_flight_sees_its_own_outcome(self, made):
        stats = feed.read(made, "route_carrier_stats")
        local = stats["event_timestamp"].dt.tz_convert("America/New_York")
        assert (local.dt.hour == 0).all()
        one = stats[(stats.route == "JFK-LAX") & (stats.carrier == "DL")].iloc[-1]
        flights = feed.read(made, "flights")
        week = flights[
            (flights.route == "JFK-LAX")
            & (flights.carrier == "DL")
            & (flights.landed < one.event_timestamp)
            & (flights.landed >= one.event_timestamp - pd.Timedelta(days=7))
        ]
        assert one.flights_7d == len(week)
        assert one.late_rate_7d == pytest.approx((week.arr_delay >= 15).mean())


@pytest.fixture(scope="module", params=range(1, 13))
def landed(request):
    """The landing zone in each month, with and without defects."""
    now = at(2026, request.param, 17, 15)
    days = source.days_until(now, feed.LANDING_DAYS)
    clean = {
        "landing/flights.parquet": source.flights(days, now),
        "landing/weather.parquet": source.weather(days, now),
    }
    spoilt, seeded = {}, []
    for name, spoil in (
        ("landing/flights.parquet", defects.spoil_flights),
        ("landing/weather.parquet", defects.spoil_weather),
    ):
        spoilt[name], done = spoil(clean[name], now)
        seeded += done
    assert all(d["rows"] for d in seeded), seeded
    return pd.Timestamp(now), spoilt, seeded, clean


class TestChecks:
    def found(self, tables, now):
        return {
            (f.check, f.table, f.column)
            for name in schema.TABLES
            for f in quality.examine(name, tables[f"landing/{name}.parquet"], now)
        }

    def test_each_seeded_defect_is_found_and_is_not_there_without(self, landed):
        now, spoilt, seeded, clean = landed
        wanted = {
            (d["kind"], d["table"], d["column"])
            for d in seeded
            if d["kind"] not in ("drift", "anomaly")
        }
        assert wanted <= self.found(spoilt, now)
        # The data of 2013 has one such wind of its own, on 12 February.
        own = {("out_of_range", "weather", "wind_speed")} if now.month == 2 else set()
        assert wanted & self.found(clean, now) == own

    def test_the_sensor_that_changed_its_unit_drifts(self, landed):
        now, spoilt, _, clean = landed
        verdicts = []
        for tables in (spoilt, clean):
            results = drift.compare("weather", tables["landing/weather.parquet"], now)
            visib = next(r for r in results if r["column"] == "visib")
            verdicts.append(visib["statistic"])
        # A foggy January drifts by itself, but less.
        assert verdicts[0] > 0.5 and verdicts[0] > verdicts[1] + 0.1

    def test_the_timetable_does_not_drift(self, landed):
        now, spoilt, _, _ = landed
        results = drift.compare("flights", spoilt["landing/flights.parquet"], now)
        found = drift.drifted(results, 0.25, 0.01)
        assert not {"distance", "hour"} & {r["column"] for r in found}

    def test_more_than_a_tenth_is_odd_only_with_the_seeded_flights(self, landed):
        now, spoilt, _, clean = landed
        rates = [
            anomalies.score(
                t["landing/flights.parquet"].drop_duplicates("flight_id"), now
            )["anomaly"].mean()
            for t in (spoilt, clean)
        ]
        assert rates[0] > 0.1 > rates[1]

    def test_cleaning_leaves_nothing_impossible(self, landed):
        now, spoilt, _, _ = landed
        flights = cleaning.clean_flights(spoilt["landing/flights.parquet"])
        weather = cleaning.clean_weather(spoilt["landing/weather.parquet"])
        assert quality.ranges("weather", weather) == []
        assert flights["flight_id"].is_unique
        assert quality.ranges("flights", flights) == []
        speed = flights["distance"] / (flights["air_time"] / 60)
        assert speed.max() < cleaning.FASTEST_MPH
        assert schema.violations("flights", flights) == []


class TestSchema:
    def test_what_is_wrong_is_named(self):
        columns = (schema.Column("a", "number"), schema.Column("b", "time"))
        good = pd.DataFrame(
            {"a": [1.0], "b": pd.to_datetime(["2026-01-01"], utc=True)}
        )
        assert schema.violations("t", good, columns) == []
        assert schema.violations("t", good[:0], columns) == ["t is empty"]
        wrong = pd.DataFrame({"a": [True], "c": [1]})
        assert schema.violations("t", wrong, columns) == [
            "t.a must hold numbers, not bool",
            "t.b is missing; there are a, c",
        ]

    def test_empty_and_one_row_tables_have_no_crash(self):
        rows = pd.DataFrame({c.name: [] for c in schema.WEATHER})
        assert quality.duplicates("weather", rows) == []
        with pytest.raises(ValueError, match="both windows must have some"):
            anomalies.score(
                pd.DataFrame(
                    {
                        k: pd.to_datetime([], utc=True)
                        if k in ("landed", "departed")
                        else pd.Series([], dtype=float)
                        for k in (
                            "landed departed air_time distance dep_delay"
                            " arr_delay flight_id"
                        ).split()
                    }
                ),
                pd.Timestamp("2026-01-01", tz="UTC"),
            )


def test_the_share_of_defects_is_what_it_claims():
    keys = pd.Series([f"flight-{n}" for n in range(20_000)])
    one = defects._chance(keys, "duplicate")
    other = defects._chance(keys, "range")
    assert ((one < 0.1).mean()) == pytest.approx(0.1, abs=0.01)
    assert abs(pd.Series(one).corr(pd.Series(other))) < 0.03
