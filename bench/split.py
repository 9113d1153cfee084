#!/usr/bin/env python3
"""Splits ratings into a training and a test file for `matinee-ai evaluate`.

Reads MovieLens CSV (`userId,movieId,rating,timestamp`), RecBole atomic `.inter` or 100K's `u.data`; writes tab-separated
files with the header `user item rating timestamp`. Every rating that is kept goes to the test file with the probability
--test-part, drawn by Python's Mersenne Twister in the order of the input: the same seed gives the same files.

    bench/split.py ml-100k.inter --min-rating 4 --seed 1 --train train.tsv --test test.tsv
    bench/split.py ratings.csv --all all.tsv          # no split: for --holdout-users
"""

import argparse
import pathlib
import random
import sys

HEADER = "user\titem\trating\ttimestamp\n"


def rows(path):
    """Yields (user, item, rating, timestamp) as the texts of the file."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    first = lines[0]
    separator = "," if "," in first else "\t"
    has_header = not first.split(separator)[2].replace(".", "", 1).isdigit()
    for number, line in enumerate(lines[1 if has_header else 0 :], start=1):
        fields = line.split(separator)
        if len(fields) < 4:
            sys.exit(f"{path}, row {number}: 4 columns are needed, there are {len(fields)}")
        user, item, rating, timestamp = fields[:4]
        yield user, item, rating, str(int(float(timestamp)))


def write(path, ratings):
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(HEADER)
        file.writelines("\t".join(rating) + "\n" for rating in ratings)
    print(f"{path}: {len(ratings)} ratings")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ratings", type=pathlib.Path)
    parser.add_argument("--min-rating", type=float, default=0.0, help="leave lower ratings out (default: keep all)")
    parser.add_argument("--test-part", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--train", type=pathlib.Path)
    parser.add_argument("--test", type=pathlib.Path)
    parser.add_argument("--all", type=pathlib.Path, help="write all kept ratings here")
    options = parser.parse_args()
    if bool(options.train) != bool(options.test) or not (options.train or options.all):
        parser.error("give --train and --test, or --all")

    kept = [row for row in rows(options.ratings) if float(row[2]) >= options.min_rating]
    if options.all:
        write(options.all, kept)
    if options.train:
        chance = random.Random(options.seed)
        is_test = [chance.random() < options.test_part for _ in kept]
        write(options.train, [row for row, test in zip(kept, is_test) if not test])
        write(options.test, [row for row, test in zip(kept, is_test) if test])


if __name__ == "__main__":
    main()
