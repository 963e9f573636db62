"""Fails the run unless tables have the promised columns and types."""

import landing
from maestro_flights import schema
from maestro_runtime import alert, output


def main() -> None:
    landing.deliver()
    found, rows = [], {}
    for name in schema.TABLES:
        table = landing.table(name)
        rows[name] = len(table)
        found += schema.violations(name, table)
        print(f"{name}: {len(table):,} rows, {len(table.columns)} columns")
    output("rows", rows)
    if found:
        alert("schema", "critical", "; ".join(found), {"violations": len(found)})
        raise SystemExit("The schema is not the promised one: " + "; ".join(found))


if __name__ == "__main__":
    main()
