#!/usr/bin/env python3
"""Scans the product with tools that others made, each of which first has to find what is wrong in a site that is broken on purpose.

Usage: main.py [--quick] --tools DIR --data DIR --server FILE --ai FILE --director FILE --site DIR --ort FILE [SCANNER…]
By scripts/audit.sh, which sets the tools up. Scanners: observatory, schemathesis, wapiti, sqlmap; all of them without a name.
Exit code 0: nothing of medium severity or higher, and no scanner was blind; 1: something was found; 2: a scanner did not do its work.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import api  # noqa: E402
import headers  # noqa: E402
import injection  # noqa: E402
import pages  # noqa: E402
from findings import ScannerFailed  # noqa: E402
from product import Audited  # noqa: E402

SCANNERS = {"observatory": headers, "schemathesis": api, "wapiti": pages, "sqlmap": injection}


def scan(name, options, folder):
    """Whether nothing was found in the product, after something was in the broken site."""
    scanner, size, began = SCANNERS[name], "quick" if options.quick else "full", time.monotonic()
    folder = folder / name
    folder.mkdir()
    with Audited(options, folder) as audited:
        seen = [found for found in scanner.of_broken(audited, options.tools, size) if found.is_failure()]
        if not seen:
            raise ScannerFailed(f"{name} is blind: it found nothing in the site that is broken on purpose")
        kinds = sorted({found.what for found in seen})
        print(f"✓ {name} sees: of the broken site it tells {len(seen)} findings ({', '.join(kinds)})", flush=True)
        found = scanner.of_product(audited, options.tools, size)
    failures = [one for one in found if one.is_failure()]
    for one in sorted(set(found), key=str):
        print(f"  {'✗' if one.is_failure() else ' '} {one}")
    mark, told = ("✗", f"{len(failures)} of medium or higher") if failures else ("✓", "nothing of medium or higher")
    print(f"{mark} {name}: {told} ({time.monotonic() - began:.0f} s)", flush=True)
    return not failures


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few examples and less effort, for make test")
    for name in ("tools", "data", "server", "ai", "director", "site", "ort"):
        parser.add_argument(f"--{name}", required=True, type=pathlib.Path if name in ("tools", "data") else str)
    parser.add_argument("scanners", nargs="*", metavar="SCANNER", help=", ".join(SCANNERS))
    options = parser.parse_args()
    unknown = set(options.scanners) - set(SCANNERS)
    if unknown:
        parser.error(f"there is no scanner {', '.join(unknown)}; there are {', '.join(SCANNERS)}")
    return options


def main():
    options, clean, failed = arguments(), True, False
    folder = pathlib.Path(tempfile.mkdtemp(prefix="matinee-audit-"))
    for name in options.scanners or SCANNERS:
        try:
            clean &= scan(name, options, folder)
        except (ScannerFailed, SystemExit, OSError, subprocess.TimeoutExpired) as error:
            print(f"✗ {name}: {error}", flush=True)
            failed = True
    if clean and not failed:
        shutil.rmtree(folder)
    else:
        print(f"  What the scanners wrote: {folder}")
    return 2 if failed else 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
