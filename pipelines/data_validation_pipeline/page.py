"""The report's HTML: one file, readable in light and dark, no script."""

from __future__ import annotations

from html import escape
from typing import Any

STYLE = """
:root { color-scheme: light dark; --ink: #1d2129; --soft: #5b6270; --line: #d8dce3;
  --paper: #fff; --warn: #9a4a00; --good: #1a6b35; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaee; --soft: #a7aebb;
  --line: #3b414d; --paper: #16191f; --warn: #ffb066; --good: #7bd59a; } }
body { font: 14px/1.5 system-ui, sans-serif; color: var(--ink);
  background: var(--paper); margin: 0 auto; max-width: 62rem; padding: 1.5rem; }
h1 { font-size: 1.4rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
p { margin: .25rem 0 } .soft { color: var(--soft) }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line) }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
.warn { color: var(--warn); font-weight: 600 } .good { color: var(--good) }
figure { margin: .5rem 0; background: #fff; border-radius: 6px; padding: .25rem }
figure svg { display: block; width: 100%; height: auto }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: .75rem }
"""

UNITS = {"share": "{:.2%}", "rows": "{:,.0f} rows", "hours": "{:.1f} h"}


def _figure(svg: str) -> str:
    return f"<figure>{svg}</figure>"


def _quality(findings: list[dict[str, Any]]) -> str:
    if not findings:
        return '<p class="good">Every check passed.</p>'
    rows = "".join(
        f"<tr><td>{escape(f['check'].replace('_', ' '))}</td>"
        f"<td>{escape(f['table'])}.{escape(f['column'])}</td>"
        f"<td class=n>{UNITS[f['unit']].format(f['found'])}</td>"
        f"<td class=n>{UNITS[f['unit']].format(f['allowed'])}</td></tr>"
        for f in findings
    )
    return (
        '<div class="wide"><table><tr><th>Check</th><th>Where</th>'
        "<th class=n>Found</th><th class=n>Allowed</th></tr>"
        f"{rows}</table></div>"
    )


def _drift(drifts: dict[str, Any]) -> str:
    moved = {tuple(pair) for pair in drifts["drifted"]}
    rows = ""
    for r in sorted(drifts["results"], key=lambda r: -r["statistic"]):
        drifted = (r["table"], r["column"]) in moved
        verdict = '<span class="warn">drifted</span>' if drifted else "stable"
        rows += (
            f"<tr><td>{escape(r['table'])}.{escape(r['column'])}</td>"
            f"<td class=n>{r['statistic']:.3f}</td><td class=n>{r['p_value']:.2g}</td>"
            f"<td class=n>{r['before']:,.2f}</td><td class=n>{r['after']:,.2f}</td>"
            f"<td>{verdict}</td></tr>"
        )
    return (
        '<div class="wide"><table><tr><th>Column</th><th class=n>KS distance</th>'
        "<th class=n>p</th><th class=n>Mean before</th><th class=n>Mean now</th>"
        f"<th>Verdict</th></tr>{rows}</table></div>"
    )


def render(
    *,
    made_at: str,
    rows: dict[str, int],
    quality: list[dict[str, Any]],
    drifts: dict[str, Any],
    anomalies: dict[str, Any],
    arrivals: str,
    distributions: list[str],
    scatter: str,
) -> str:
    """The whole page."""
    counts = ", ".join(f"{n:,} {escape(name)}" for name, n in rows.items())
    over = anomalies["rate"] > anomalies["tolerated"]
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Data quality</title>
<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>
<body>
<h1>Data quality</h1>
<p class="soft">{escape(made_at)} · 30 days as delivered: {counts}</p>
<p>{len(quality)} quality findings · {len(drifts["drifted"])} columns drifted ·
<span class="{"warn" if over else "good"}">{anomalies["rate"]:.1%} odd flights</span></p>
<h2>Deliveries</h2>{_figure(arrivals)}
<h2>Quality</h2>{_quality(quality)}
<h2>Drift, last week against the weeks before</h2>{_drift(drifts)}
<div class="two">{"".join(map(_figure, distributions))}</div>
<h2>Anomalies of the last day</h2>
<p>{anomalies["rate"]:.1%} of the flights are unlike those of the weeks before;
{anomalies["tolerated"]:.0%} are tolerated.</p>{_figure(scatter)}
</body></html>
"""
