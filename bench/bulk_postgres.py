#!/usr/bin/env python3
"""PostgreSQL's own bulk load of the rows that an import made: `bulk_postgres.py URL`.

The tables of the database at URL are copied out as binary files, an empty database with the same tables, partitions, indexes
and foreign keys is made beside it, and `COPY … FROM` of those files in one transaction is timed. The second database is
removed again. Needs `psql` and `pg_dump`, and the right to make databases.
"""
import os
import subprocess
import sys
import tempfile
import time

# What others point to comes first.
FIRST = ("movies", "people", "users")


def psql(url, *commands, one_transaction=False):
    arguments = ["psql", url, "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]
    if one_transaction:
        arguments.append("--single-transaction")
    for command in commands:
        arguments += ["--command", command]
    return subprocess.run(arguments, check=True, text=True, stdout=subprocess.PIPE).stdout


def main(url):
    name = psql(url, "SELECT current_database()").strip()
    other = f"{name}_bulk"
    tables = psql(
        url,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') "
        "AND NOT relispartition AND relname NOT LIKE 'seaql%' ORDER BY relname",
    ).split()
    tables = [table for table in FIRST if table in tables] + [table for table in tables if table not in FIRST]
    rows = {table: int(psql(url, f"SELECT count(*) FROM {table}")) for table in tables}
    with tempfile.TemporaryDirectory() as folder:
        files = {table: os.path.join(folder, table) for table in tables if rows[table]}
        for table, file in files.items():
            psql(url, f"\\copy (SELECT * FROM {table}) TO '{file}' WITH (FORMAT binary)")
        psql(url, f"DROP DATABASE IF EXISTS {other}", f"CREATE DATABASE {other} TEMPLATE template0 ENCODING 'UTF8'")
        target = url.replace(f"/{name}", f"/{other}", 1)
        try:
            schema = subprocess.run(["pg_dump", "--schema-only", url], check=True, stdout=subprocess.PIPE).stdout
            subprocess.run(["psql", target, "--quiet", "--set=ON_ERROR_STOP=1"], input=schema, check=True, stdout=subprocess.DEVNULL)
            begun = time.perf_counter()
            copies = [f"\\copy {table} FROM '{file}' WITH (FORMAT binary)" for table, file in files.items()]
            psql(target, *copies, one_transaction=True)
            seconds = time.perf_counter() - begun
        finally:
            psql(url, f"DROP DATABASE IF EXISTS {other} WITH (FORCE)")
    total = sum(rows.values())
    print(f"bulk load by COPY: {total} rows in {seconds:.2f} s: {total / seconds:.0f} rows/s")
    print("rows by table:", ", ".join(f"{table} {count}" for table, count in rows.items() if count))


if __name__ == "__main__":
    main(sys.argv[1])
