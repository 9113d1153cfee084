#!/usr/bin/env python3
"""The engine's own bulk load of the rows that an import made: `bulk.py IMPORTED.db`.

The rows are first laid out in plain tables without keys, ratings person by person as the file had them. Timed is
`INSERT … SELECT` from those into an empty database of the same tables and indexes, in one transaction with the settings
that an import has, with and without the checks of foreign keys. Everything happens inside the engine; nothing is parsed.
"""
import os
import sqlite3
import sys
import tempfile
import time

# As store/src/engine/sqlite.rs sets them.
SETTINGS = (
    "journal_mode = WAL", "synchronous = NORMAL", "wal_autocheckpoint = 16384", "cache_size = -65536",
    "mmap_size = 2147418112", "temp_store = MEMORY",
)
# Raters are named by data set and number.
ORDER = {"ratings": "JOIN users u ON u.id = t.user_id ORDER BY CAST(substr(u.name, instr(u.name, ' ') + 1) AS INTEGER), t.movie_id"}


def main(imported):
    with tempfile.TemporaryDirectory(dir=os.path.dirname(os.path.abspath(imported))) as folder:
        plain = os.path.join(folder, "plain.db")
        db = sqlite3.connect(plain)
        db.execute("ATTACH ? AS imported", (imported,))
        schema = db.execute(
            "SELECT type, name, sql FROM imported.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' "
            "AND name NOT LIKE 'seaql%' ORDER BY rowid"
        ).fetchall()
        tables = [name for kind, name, _ in schema if kind == "table"]
        first = ["movies", "people", "users"]
        tables = [t for t in first if t in tables] + [t for t in tables if t not in first]
        rows = {}
        for table in tables:
            db.execute(f"CREATE TABLE {table} AS SELECT t.* FROM imported.{table} t {ORDER.get(table, '')}"
                       .replace("JOIN users", "JOIN imported.users"))
            rows[table] = db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]
        db.commit()
        db.close()
        for checks in ("ON", "OFF"):
            target = os.path.join(folder, f"bulk-{checks}.db")
            db = sqlite3.connect(target, isolation_level=None)
            for pragma in (*SETTINGS, f"foreign_keys = {checks}"):
                db.execute(f"PRAGMA {pragma}")
            for _, _, sql in schema:
                db.execute(sql)
            db.execute("ATTACH ? AS plain", (plain,))
            begun, busy = time.perf_counter(), time.process_time()
            db.execute("BEGIN IMMEDIATE")
            for table in tables:
                db.execute(f"INSERT INTO main.{table} SELECT * FROM plain.{table}")
            db.execute("COMMIT")
            # What is in the log goes to the file.
            db.close()
            seconds, busy = time.perf_counter() - begun, time.process_time() - busy
            total = sum(rows.values())
            print(f"bulk load, foreign keys {checks}: {total} rows in {seconds:.2f} s ({busy:.2f} s of processor): {total / seconds:.0f} rows/s")
        print("rows by table:", ", ".join(f"{table} {count}" for table, count in rows.items() if count))


if __name__ == "__main__":
    main(sys.argv[1])
