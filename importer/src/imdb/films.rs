//! Films, with their people and other titles.

use std::{collections::HashSet, io::Read, ops::ControlFlow};

use matinee_domain::{ExternalId, ExternalSource, RatedElsewhere, Year, title::match_key};
use matinee_services::ports::MovieFacts;

use super::{
    Files, Selection, known,
    names::{Names, Numbers},
    number,
    step::{Follower, Order, OrderFinder, each_row, not_sorted},
};
use crate::{
    facts::PEOPLE,
    run::{Described, ImportError},
    source::{Source, Unpacked},
    table::{Cells, Outcome, Row, Sink, Table, Wanted as Column, on_one_line, shorten},
};

/// The longest title taken, in characters.
const TITLE_CHARS: usize = 400;
/// People of a film's cast that are taken.
const CAST: usize = 20;
/// Other titles of one film.
const OTHER_TITLES: usize = 8;
/// Bad rows of names that are told; as many stop the import.
const MOST_BAD_NAMES: usize = 100_000;
/// Regions whose titles are taken: people search in these languages. `XWW` is the whole world.
const REGIONS: [&str; 6] = ["US", "GB", "XWW", "DE", "AT", "CH"];

const BASICS: [Column; 8] = [
    Column { names: &["tconst"], needed: true },
    Column { names: &["titleType"], needed: true },
    Column { names: &["primaryTitle"], needed: true },
    Column { names: &["originalTitle"], needed: true },
    Column { names: &["isAdult"], needed: true },
    Column { names: &["startYear"], needed: true },
    Column { names: &["runtimeMinutes"], needed: true },
    Column { names: &["genres"], needed: true },
];
const CREW: [Column; 3] = [
    Column { names: &["tconst"], needed: true },
    Column { names: &["directors"], needed: true },
    Column { names: &["writers"], needed: true },
];
const PRINCIPALS: [Column; 3] = [
    Column { names: &["tconst"], needed: true },
    Column { names: &["nconst"], needed: true },
    Column { names: &["category"], needed: true },
];
const RATINGS: [Column; 3] = [
    Column { names: &["tconst"], needed: true },
    Column { names: &["averageRating"], needed: true },
    Column { names: &["numVotes"], needed: true },
];
const AKAS: [Column; 4] = [
    Column { names: &["titleId"], needed: true },
    Column { names: &["title"], needed: true },
    Column { names: &["region"], needed: true },
    Column { names: &["isOriginalTitle"], needed: false },
];

/// Reads all films. Bad rows of any of the files come as bad rows, with the file and line of their own.
///
/// # Errors
/// When a file can't be read or the tables are not sorted alike.
pub fn read(files: &Files, selection: Selection, sink: &mut Sink<'_, Described>) -> Result<(), ImportError> {
    let (wanted, order) = Wanted::read(files, selection)?;
    let people = people_of(files, &wanted)?;
    drop(wanted);
    let mut bad = Vec::new();
    let names = Names::read(files, people, &mut |reason| {
        if bad.len() < MOST_BAD_NAMES {
            bad.push(reason);
        }
    })?;
    for reason in bad {
        if sink(Row { line: 1, bytes_done: 0, outcome: Outcome::Bad(reason) }).is_break() {
            return Ok(());
        }
    }
    let Files { source, crew, principals, akas, ratings, .. } = files;
    let limits = source.limits();
    source.stream(&crew.member, |crew_raw| {
        let mut crew = Unpacked::new(&crew.member, limits, crew_raw);
        source.stream(&principals.member, |principals_raw| {
            let mut cast = Unpacked::new(&principals.member, limits, principals_raw);
            with(source, akas.as_ref(), |titles| {
                with(source, ratings.as_ref(), |votes| {
                    let titles = titles.map(|(table, reader)| Follower::new(source, table, &AKAS, order, reader));
                    let votes = votes.map(|(table, reader)| Follower::new(source, table, &RATINGS, order, reader));
                    let joined = Joined {
                        crew: Follower::new(source, &files.crew, &CREW, order, &mut *crew.reader)?,
                        cast: Follower::new(source, &files.principals, &PRINCIPALS, order, &mut *cast.reader)?,
                        titles: titles.transpose()?,
                        votes: votes.transpose()?,
                        names: &names,
                        bad: Vec::new(),
                    };
                    joined.read(files, selection, sink)
                })
            })
        })
    })
}

/// Opens a table that may be missing.
fn with(
    source: &Source,
    table: Option<&Table>,
    read: impl FnOnce(Option<(&Table, &mut dyn Read)>) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    let Some(table) = table else { return read(None) };
    source.stream(&table.member, |raw| {
        let mut unpacked = Unpacked::new(&table.member, source.limits(), raw);
        read(Some((table, &mut *unpacked.reader)))
    })
}

/// The films that are taken, 4 bytes each.
pub struct Wanted(Numbers);

impl Wanted {
    /// Goes through the films once, for their numbers and for how the tables are sorted.
    fn read(files: &Files, selection: Selection) -> Result<(Self, Order), ImportError> {
        let mut taken = Numbers::default();
        let mut order = OrderFinder::new();
        let (mut line, mut unsorted) = (1, None);
        // What is bad is told when the rows are read for good.
        each_row(&files.source, &files.basics, &BASICS, &mut |_| {}, &mut |cells| {
            line += 1;
            let Some(film) = number(cells.get(0), "tt") else { return Ok(ControlFlow::Continue(())) };
            if !order.take(cells.get(0)) {
                unsorted = Some(line);
                return Ok(ControlFlow::Break(()));
            }
            if selection.takes(cells) {
                taken.add(film);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        if let Some(line) = unsorted {
            return Err(not_sorted(&files.basics.member.name, line));
        }
        taken.order();
        Ok((Self(taken), order.order()))
    }

    /// Whether a row, whose first cell is its film's id, is of one of them.
    fn has(&self, cells: &Cells<'_>) -> bool {
        number(cells.get(0), "tt").is_some_and(|film| self.0.contains(film))
    }
}

impl Selection {
    fn takes(self, cells: &Cells<'_>) -> bool {
        let kind = cells.get(1);
        (kind == "movie" || (self.tv_movies && kind == "tvMovie")) && cells.get(4) != "1"
    }
}

/// Everybody who made or plays in these films. Their two tables are read at the same time.
fn people_of(files: &Files, wanted: &Wanted) -> Result<Numbers, ImportError> {
    let (makers, players) = std::thread::scope(|scope| {
        let makers = scope.spawn(|| makers_of(files, wanted));
        let players = players_of(files, wanted);
        (makers.join(), players)
    });
    let mut people = makers.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    people.join(players?);
    people.order();
    Ok(people)
}

fn makers_of(files: &Files, wanted: &Wanted) -> Result<Numbers, ImportError> {
    let mut people = Numbers::default();
    // Rows of both tables are read a second time with their films, where what is bad of them is told.
    each_row(&files.source, &files.crew, &CREW, &mut |_| {}, &mut |cells| {
        if wanted.has(cells) {
            let ids = [1, 2].into_iter().flat_map(|at| cells.get(at).split(',').take(PEOPLE));
            for person in ids.filter_map(|id| number(id, "nm")) {
                people.add(person);
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(people)
}

fn players_of(files: &Files, wanted: &Wanted) -> Result<Numbers, ImportError> {
    let mut people = Numbers::default();
    each_row(&files.source, &files.principals, &PRINCIPALS, &mut |_| {}, &mut |cells| {
        if let Some(person) = number(cells.get(1), "nm").filter(|_| wanted.has(cells) && plays(cells.get(2))) {
            people.add(person);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(people)
}

/// Whether somebody of this category is in front of the camera; `self` is who plays nobody else.
fn plays(category: &str) -> bool {
    matches!(category, "actor" | "actress" | "self")
}

/// The tables that follow the films.
struct Joined<'a> {
    crew: Follower<'a>,
    cast: Follower<'a>,
    titles: Option<Follower<'a>>,
    votes: Option<Follower<'a>>,
    names: &'a Names,
    /// What the last film's rows had that can't be read.
    bad: Vec<String>,
}

impl Joined<'_> {
    fn read(mut self, files: &Files, selection: Selection, sink: &mut Sink<'_, Described>) -> Result<(), ImportError> {
        let basics = &files.basics;
        files.source.stream(&basics.member, |raw| {
            let mut unpacked = Unpacked::new(&basics.member, files.source.limits(), raw);
            let bytes_read = unpacked.bytes_read();
            let mut rows = basics.rows(&files.source, &BASICS, &mut *unpacked.reader)?;
            let mut last = 0;
            while let Some(read) = rows.advance()? {
                let outcome = match read {
                    Err(reason) => Outcome::Bad(reason),
                    Ok(()) => self.film(&rows.cells(), selection, &mut last)?,
                };
                let (line, bytes_done) = (rows.line(), bytes_read.get());
                let of_others = self.bad.drain(..).map(Outcome::Bad);
                for outcome in of_others.chain([outcome]) {
                    if sink(Row { line, bytes_done, outcome }).is_break() {
                        return Ok(());
                    }
                }
            }
            Ok(())
        })
    }

    fn film(
        &mut self,
        cells: &Cells<'_>,
        selection: Selection,
        last: &mut u32,
    ) -> Result<Outcome<Described>, ImportError> {
        let id = cells.get(0);
        let Some(film) = number(id, "tt") else {
            return Ok(Outcome::Bad(format!("`{}` is no film's id", shorten(id))));
        };
        if std::mem::replace(last, film) == film {
            return Ok(Outcome::Bad(format!("film {id} is listed a second time")));
        }
        if !selection.takes(cells) {
            return Ok(Outcome::PassedOver);
        }
        Ok(match parse(cells) {
            Err(reason) => Outcome::Bad(reason),
            Ok(mut facts) => {
                self.add_people(id, &mut facts)?;
                self.add_titles(id, &mut facts)?;
                self.add_votes(id, &mut facts)?;
                Outcome::Taken(Described(facts))
            }
        })
    }

    fn add_people(&mut self, film: &str, facts: &mut MovieFacts) -> Result<(), ImportError> {
        let (names, bad) = (self.names, &mut self.bad);
        let listed = |ids: &str| -> Vec<String> {
            let people = ids.split(',').take(PEOPLE).filter_map(|id| names.lookup(id));
            people.map(str::to_owned).collect()
        };
        self.crew.rows_of(film, &mut |reason| bad.push(reason), &mut |cells| {
            facts.directors = listed(cells.get(1));
            facts.writers = listed(cells.get(2));
        })?;
        self.cast.rows_of(film, &mut |reason| bad.push(reason), &mut |cells| {
            let name = Some(cells.get(1)).filter(|_| plays(cells.get(2))).and_then(|id| names.lookup(id));
            if let Some(name) = name.filter(|_| facts.cast.len() < CAST)
                && !facts.cast.iter().any(|other| other == name)
            {
                facts.cast.push(name.to_owned());
            }
        })
    }

    fn add_titles(&mut self, film: &str, facts: &mut MovieFacts) -> Result<(), ImportError> {
        let bad = &mut self.bad;
        let Some(titles) = &mut self.titles else { return Ok(()) };
        let keys = facts.alternative_titles.iter().chain([&facts.title]).map(|title| match_key(title));
        let mut keys: HashSet<String> = keys.collect();
        titles.rows_of(film, &mut |reason| bad.push(reason), &mut |cells| {
            let is_wanted = REGIONS.contains(&cells.get(2)) || cells.get(3) == "1";
            let title = known(cells.get(1)).filter(|title| is_wanted && title.chars().count() <= TITLE_CHARS);
            if let Some(title) = title.filter(|_| facts.alternative_titles.len() < OTHER_TITLES)
                && keys.insert(match_key(title))
            {
                facts.alternative_titles.push(on_one_line(title));
            }
        })
    }

    fn add_votes(&mut self, film: &str, facts: &mut MovieFacts) -> Result<(), ImportError> {
        let Some(votes) = &mut self.votes else { return Ok(()) };
        let (mut found, mut wrong) = (None, None);
        let bad = &mut self.bad;
        votes.rows_of(film, &mut |reason| bad.push(reason), &mut |cells| match parse_votes(cells) {
            Ok(rated) => found = rated,
            Err(reason) => wrong = Some(reason),
        })?;
        facts.elsewhere = found;
        self.bad.extend(wrong.map(|reason| format!("the votes of film {film}: {reason}")));
        Ok(())
    }
}

/// None where nobody voted.
fn parse_votes(cells: &Cells<'_>) -> Result<Option<RatedElsewhere>, String> {
    let (mean, votes) = (cells.get(1), cells.get(2));
    let kept = mean.parse().ok().filter(|mean| (1.0..=10.0).contains(mean));
    let mean = kept.ok_or_else(|| format!("`{}` is no mean of ten points", shorten(mean)))?;
    let votes = votes.parse().map_err(|_| format!("`{}` is no number of votes", shorten(votes)))?;
    Ok((votes > 0).then_some(RatedElsewhere { votes, mean }))
}

fn parse(cells: &Cells<'_>) -> Result<MovieFacts, String> {
    let title = known(cells.get(2)).map(on_one_line).ok_or("the title is empty")?;
    if title.chars().count() > TITLE_CHARS {
        return Err(format!("the title has more than {TITLE_CHARS} characters"));
    }
    let year = match known(cells.get(5)) {
        None => None,
        Some(text) => {
            let year = text.parse().map_err(|_| format!("`{}` is no year", shorten(text)))?;
            Some(Year::new(year).map_err(|error| error.to_string())?)
        }
    };
    let runtime_min = match known(cells.get(6)) {
        None => None,
        Some(text) => {
            let minutes: u32 = text.parse().map_err(|_| format!("`{}` is no running time", shorten(text)))?;
            u16::try_from(minutes).ok().filter(|minutes| *minutes > 0)
        }
    };
    let original = known(cells.get(3)).map(on_one_line).filter(|original| match_key(original) != match_key(&title));
    let genres = known(cells.get(7)).into_iter().flat_map(|genres| genres.split(',')).filter_map(known);
    Ok(MovieFacts {
        alternative_titles: original.into_iter().filter(|title| title.chars().count() <= TITLE_CHARS).collect(),
        year,
        runtime_min,
        genres: genres.map(shorten).collect(),
        external_ids: vec![ExternalId { source: ExternalSource::Imdb, id: cells.get(0).to_owned() }],
        title,
        ..MovieFacts::default()
    })
}
