"""The runtime against a real HTTP server on this machine."""

import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import unittest
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest import mock

import maestro_runtime as m
from maestro_runtime import task_api

SOURCES = str(Path(m.__file__).parents[1])


class Api:
    """A task API that keeps what it was sent and answers as it is told."""

    def __init__(self):
        self.requests = []
        self.answers = []
        api = self

        class Handler(BaseHTTPRequestHandler):
            def handle_one(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                api.requests.append((self.command, self.path, self.headers, body))
                code = api.answers.pop(0) if api.answers else 201
                self.send_response(code)
                self.end_headers()
                self.wfile.write(b"name is taken" if code >= 400 else b"")

            do_POST = do_PUT = handle_one

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class RuntimeCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.output = self.folder / "output.json"
        clean = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("MAESTRO_", "AIRFLOW_"))
        }
        patch = mock.patch.dict(
            os.environ, {**clean, "MAESTRO_OUTPUT": str(self.output)}, clear=True
        )
        patch.start()
        self.addCleanup(patch.stop)

    def api(self):
        api = Api()
        self.addCleanup(api.close)
        os.environ["MAESTRO_TASK_API_URL"] = api.url
        os.environ["MAESTRO_TASK_TOKEN"] = "t0ken"
        return api

    def quietly(self, function, *args, **kwargs):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            function(*args, **kwargs)
        return out.getvalue()

    def outputs(self):
        return json.loads(self.output.read_text())


class Outputs(RuntimeCase):
    def test_calls_add_up_and_the_last_value_of_a_key_wins(self):
        m.output("accuracy", 0.5)
        m.output("rows", [1, 2])
        m.output("accuracy", 0.91)
        self.assertEqual(self.outputs(), {"accuracy": 0.91, "rows": [1, 2]})
        self.assertEqual([f.name for f in self.folder.iterdir()], ["output.json"])

    def test_no_key_is_lost_between_threads_and_processes(self):
        code = (
            "import sys; from maestro_runtime import output\n"
            "for i in range(20): output(f'{sys.argv[1]}{i}', i)"
        )
        children = [
            subprocess.Popen(
                [sys.executable, "-c", code, name],
                env={**os.environ, "PYTHONPATH": SOURCES},
            )
            for name in ("a", "b")
        ]
        threads = [
            threading.Thread(target=lambda n=n: m.output(f"t{n}", n))
            for n in range(20)
        ]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual([c.wait() for c in children], [0, 0])
        self.assertEqual(len(self.outputs()), 60)

    def test_nan_a_bad_key_and_an_object_are_refused_by_name(self):
        for value in (float("nan"), object()):
            with self.assertRaisesRegex(ValueError, "Output score is not JSON"):
                m.output("score", value)
        for key in ("", "../x", "a b", "x" * 129, ".hidden", "a\n"):
            with self.assertRaisesRegex(ValueError, "Output key"):
                m.output(key, 1)
        self.assertFalse(self.output.exists())

    def test_a_large_output_goes_to_the_api_and_replaces_the_small_one(self):
        api = self.api()
        m.output("small", 1)
        m.output("big", 1)
        m.output("big", "x" * 300_000)
        self.assertEqual(self.outputs(), {"small": 1})
        method, path, headers, body = api.requests[0]
        self.assertEqual((method, path), ("PUT", "/v1/outputs/big"))
        self.assertEqual(headers["Authorization"], "Bearer t0ken")
        self.assertEqual(json.loads(body), "x" * 300_000)

    def test_in_a_pod_an_output_over_its_limit_goes_to_the_api(self):
        api = self.api()
        with mock.patch.dict(os.environ, {"MAESTRO_OUTPUT_LIMIT": "4000"}):
            m.output("fits", "x" * 3_000)
            m.output("large", "y" * 4_000)
            m.output("small", 1)
        self.assertEqual(self.outputs(), {"fits": "x" * 3_000, "small": 1})
        self.assertEqual(
            [(method, path) for method, path, _, _ in api.requests],
            [("PUT", "/v1/outputs/large")],
        )

    def test_a_large_output_without_an_api_fails_and_keeps_the_others(self):
        m.output("big", 1)
        with self.assertRaisesRegex(m.OutputTooLarge, "Output big makes"):
            m.output("big", "x" * 300_000)
        self.assertEqual(self.outputs(), {"big": 1})

    def test_over_ten_megabytes_the_api_is_not_even_asked(self):
        api = self.api()
        with self.assertRaisesRegex(m.TaskApiError, "at most 10,485,760"):
            m.output("huge", "x" * 11_000_000)
        self.assertEqual(api.requests, [])

    def test_a_mounted_file_that_cannot_be_renamed_over_is_written_in_place(self):
        self.output.write_text("")
        with mock.patch("os.replace", side_effect=OSError(16, "busy")):
            m.output("x", "ü")
        self.assertEqual(self.outputs(), {"x": "ü"})
        self.assertEqual(len(list(self.folder.iterdir())), 1)

    def test_by_hand_it_is_printed(self):
        del os.environ["MAESTRO_OUTPUT"]
        self.assertEqual(self.quietly(m.output, "x", 1), "output x = 1\n")


class Context(RuntimeCase):
    def test_params_are_an_object_or_an_error(self):
        self.assertEqual(m.params(), {})
        os.environ["MAESTRO_PARAMS"] = '{"n": 2}'
        self.assertEqual(m.params(), {"n": 2})
        for text, words in (("[1]", "must be a JSON object"), ("{", "not JSON")):
            os.environ["MAESTRO_PARAMS"] = text
            with self.assertRaisesRegex(ValueError, words):
                m.params()

    def test_times_are_utc_and_absent_ones_are_none(self):
        self.assertIsNone(m.run.logical_date)
        os.environ["MAESTRO_LOGICAL_DATE"] = "2026-01-01T04:00:00.000Z"
        os.environ["MAESTRO_DATA_INTERVAL_END"] = "2026-01-01T05:00:00+01:00"
        same = datetime(2026, 1, 1, 4, tzinfo=timezone.utc)
        self.assertEqual(m.run.logical_date, same)
        self.assertEqual(m.run.data_interval_end.isoformat(), same.isoformat())
        os.environ["MAESTRO_LOGICAL_DATE"] = "today"
        with self.assertRaisesRegex(ValueError, "MAESTRO_LOGICAL_DATE must be"):
            m.run.logical_date

    def test_numbers_have_the_meaning_of_a_plain_first_try(self):
        self.assertEqual((m.run.map_index, m.run.try_number), (-1, 1))
        os.environ.update(MAESTRO_MAP_INDEX="0", MAESTRO_TRY_NUMBER="3")
        self.assertEqual((m.run.map_index, m.run.try_number), (0, 3))

    def test_the_item_of_a_mapped_task_is_what_its_json_says(self):
        self.assertIsNone(m.run.map_item)
        os.environ["MAESTRO_MAP_ITEM"] = '{"name": "a", "parts": [1, null]}'
        self.assertEqual(m.run.map_item, {"name": "a", "parts": [1, None]})


class Connections(RuntimeCase):
    def test_json_of_maestro_and_of_airflow_and_its_uri_mean_the_same(self):
        fields = {
            "conn_type": "http",
            "host": "h.example",
            "port": 8080,
            "login": "me",
            "password": "p/w",
            "extra": {"a": "b"},
        }
        seen = []
        for name, text in (
            ("MAESTRO_CONN_X", json.dumps(fields)),
            ("AIRFLOW_CONN_X", json.dumps({**fields, "extra": '{"a": "b"}'})),
            ("AIRFLOW_CONN_X", "http://me:p%2Fw@h.example:8080/?a=b"),
        ):
            with mock.patch.dict(os.environ, {name: text}):
                seen.append(m.connection("x"))
        self.assertEqual(seen[0], seen[1])
        self.assertEqual(seen[0], seen[2])
        self.assertEqual(seen[0].url, "http://h.example:8080")
        self.assertNotIn("p/w", repr(seen[0]))

    def test_url(self):
        for fields, url in (
            (dict(conn_type="http", host="h", port=80), "http://h"),
            (dict(conn_type="http", host="h", port=443, schema="https"), "https://h"),
            (dict(host="https://h/", port=8443), "https://h:8443"),
            (dict(host="::1", port=5000), "http://[::1]:5000"),
            (dict(conn_type="postgresql", host="db"), "postgresql://db"),
        ):
            self.assertEqual(m.Connection(id="x", **fields).url, url)
        with self.assertRaisesRegex(m.MissingContext, "Connection x has no host"):
            m.Connection(id="x").url

    def test_what_was_not_given_is_named_with_what_to_do(self):
        with self.assertRaisesRegex(m.MissingContext, r"connections: \[nope\]"):
            m.connection("nope")
        with self.assertRaisesRegex(m.MissingContext, r"variables: \[nope\]"):
            m.variable("nope")
        self.assertEqual(m.variable("nope", "7"), "7")

    def test_a_broken_connection_does_not_show_its_text(self):
        os.environ["MAESTRO_CONN_X"] = '{"password": "secret'
        with self.assertRaises(ValueError) as caught:
            m.connection("x")
        self.assertNotIn("secret", str(caught.exception))

    def test_a_variable_is_the_text_as_stored_also_when_empty(self):
        os.environ["MAESTRO_VAR_MODEL_F1_THRESHOLD"] = "0.80"
        os.environ["AIRFLOW_VAR_EMPTY"] = ""
        self.assertEqual(m.variable("model_f1_threshold"), "0.80")
        self.assertEqual(m.variable("empty", "x"), "")


class Telling(RuntimeCase):
    def test_alerts_and_reports_reach_the_api_and_the_log(self):
        api = self.api()
        line = self.quietly(m.alert, "drift", "warning", "temp", {"ks": 0.3})
        self.assertIn("ALERT warning drift: temp", line)
        self.quietly(m.report, "quality", "<p>ü</p>", title="Data & more")
        (_, alert_path, _, alert), (method, path, headers, body) = api.requests
        self.assertEqual(alert_path, "/v1/alerts")
        self.assertEqual(json.loads(alert)["values"], {"ks": 0.3})
        self.assertEqual(
            (method, path), ("PUT", "/v1/reports/quality?title=Data+%26+more")
        )
        self.assertEqual(headers["Content-Type"], "text/html")
        self.assertEqual(body, "<p>ü</p>".encode())

    def test_without_an_api_the_report_is_a_file_beside_the_outputs(self):
        line = self.quietly(m.report, "quality", "<p>hi</p>")
        path = self.folder / "reports" / "quality.html"
        self.assertEqual(path.read_text(), "<p>hi</p>")
        self.assertIn(str(path), line)
        self.quietly(m.report, "plot.png", b"\x89PNG", "image/png")
        self.assertTrue((self.folder / "reports" / "plot.png").exists())
        self.assertIn("ALERT", self.quietly(m.alert, "x", "info", "y"))

    def test_a_refusal_is_told_at_once_and_a_hiccup_is_tried_again(self):
        api = self.api()
        api.answers = [409]
        with self.assertRaisesRegex(m.TaskApiError, "409 .*name is taken"):
            self.quietly(m.alert, "x", "info", "y")
        self.assertEqual(len(api.requests), 1)
        api.answers = [503, 500, 201]
        with mock.patch.object(task_api.time, "sleep"):
            self.quietly(m.alert, "x", "info", "y")
        self.assertEqual(len(api.requests), 4)

    def test_an_api_that_is_away_is_an_error(self):
        self.api().close()
        os.environ["MAESTRO_TASK_API_RETRY_SECONDS"] = "0.3"
        with self.assertRaisesRegex(m.TaskApiError, "not reachable"):
            self.quietly(m.report, "x", "y")

    def test_a_restart_of_the_scheduler_is_waited_for(self):
        api = self.api()
        port = api.server.server_port
        api.close()
        received = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                received.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(201)
                self.end_headers()

            def log_message(self, *args):
                pass

        servers = []

        def come_back():
            servers.append(ThreadingHTTPServer(("127.0.0.1", port), Handler))
            servers[0].serve_forever()

        timer = threading.Timer(0.6, come_back)
        timer.start()
        self.quietly(m.alert, "x", "info", "y")
        self.assertEqual(len(received), 1)
        servers[0].shutdown()
        servers[0].server_close()

    def test_a_wrong_severity_or_name_is_refused(self):
        with self.assertRaisesRegex(ValueError, "Severity must be one of"):
            m.alert("x", "bad", "y")
        with self.assertRaisesRegex(ValueError, "Report name"):
            m.report("../../etc/passwd", "x")

    def test_skip_ends_with_99(self):
        with self.assertRaises(SystemExit) as caught:
            self.quietly(m.skip, "nothing to do")
        self.assertEqual(caught.exception.code, 99)


if __name__ == "__main__":
    unittest.main()
