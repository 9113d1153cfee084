#!/usr/bin/env python3
"""Makes the texts that `matinee-ai evaluate --texts` takes: a line `item TAB text` for each film.

Films come from MovieLens's `movies.csv`, or RecBole's `.item` (in a folder, or as it is in its wheel); plots and people from a folder of Wikipedia's films
(JSON files by decade: title, year, genres, cast, extract), found by title and year, one year to either side. A text is put together
as the catalogue's films are embedded: `Title (year). Genres. Plot People`. A film without a plot has its title, year and genres, unless
--plots-only is given: the product embeds no film without a plot.

    bench/film_texts.py recbole.whl --wikipedia wikipedia-movies --out texts.tsv
    bench/film_texts.py ml-latest-small/movies.csv --wikipedia wikipedia-movies --plots-only --out texts.tsv
"""

import argparse
import csv
import json
import pathlib
import re
import sys
import unicodedata
import zipfile

PEOPLE = 12
YEAR = re.compile(r"\s*\((\d{4})\)\s*$")
ARTICLE = re.compile(r"^(.*), (the|a|an|les|le|la|il|der|die|das|el)$", re.IGNORECASE)


def films(path):
    """Yields (item, title, year, genres)."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                year = YEAR.search(row["title"])
                genres = [] if row["genres"].startswith("(") else row["genres"].split("|")
                yield row["movieId"], YEAR.sub("", row["title"]), int(year[1]) if year else None, genres
        return
    if path.suffix == ".whl":
        wheel = zipfile.ZipFile(path)
        name = next(name for name in wheel.namelist() if name.endswith("/ml-100k.item"))
        lines = wheel.read(name).decode("utf-8", "replace").splitlines()
    else:
        lines = path.read_text(encoding="utf-8").splitlines()
    for line in lines[1:]:
        item, title, year, genres = line.split("\t")
        yield item, YEAR.sub("", title), int(year) if year.isdigit() else None, genres.split()


def turned(title):
    """`Matrix, The` as it is said."""
    title = re.sub(r"\s*\([^)]*\)", "", title).strip()
    article = ARTICLE.match(title)
    return f"{article[2]} {article[1]}" if article else title


def key(title):
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower().replace("&", "and")
    return re.sub(r"[^a-z0-9]+", "", re.sub(r"^(the|a|an) ", "", plain))


def told(folder):
    """By (title, year) what Wikipedia tells of films that it tells something of."""
    by_film = {}
    for path in sorted(folder.glob("*.json")):
        for film in json.loads(path.read_text(encoding="utf-8")):
            if film.get("extract"):
                by_film.setdefault((key(film["title"]), film["year"]), film)
    return by_film


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("films", type=pathlib.Path)
    parser.add_argument("--wikipedia", type=pathlib.Path)
    parser.add_argument("--plots-only", action="store_true")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    by_film = told(options.wikipedia) if options.wikipedia else {}
    count = plots = 0
    with options.out.open("w", encoding="utf-8", newline="\n") as out:
        for item, title, year, genres in films(options.films):
            title = turned(title)
            near = (year, year - 1, year + 1) if year else ()
            film = next((by_film[key(title), at] for at in near if (key(title), at) in by_film), {})
            plot, people = film.get("extract", ""), film.get("cast", [])[:PEOPLE]
            if options.plots_only and not plot:
                continue
            text = f"{title}{f' ({year})' if year else ''}. {', '.join(genres)}. {plot} {', '.join(people)}"
            out.write(f"{item}\t{' '.join(text.split())}\n")
            count, plots = count + 1, plots + bool(plot)
    print(f"{options.out}: {count} films, {plots} with a plot", file=sys.stderr)


if __name__ == "__main__":
    main()
