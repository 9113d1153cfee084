//! Which film of the catalogue a description means: by id, then by title, year and people.
//!
//! The surest ones of a batch are placed first, so that what only looks like a film doesn't take its place: by ids, by
//! shared people, by the same year, by a year that is one off. Whatever speaks for more than one film is ambiguous.

use std::collections::{BTreeSet, HashMap, HashSet};

use matinee_domain::{ExternalId, ExternalSource, MovieId, title::match_key};
use matinee_services::ports::{FilmMatch, MovieFacts, Placement};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

use super::{external_ids::Known, facts::credited, matching::Candidates};
use crate::{
    entities::{credits, external_ids, people},
    failure::Outcome,
    ids::movie_id,
    sql::{MAX_LISTED, among, fetch_tuples, year_column},
};

/// Films that are named where several could be meant.
const MOST_NAMED: usize = 8;

/// Returns for each description what it means. Nothing is written.
pub(super) async fn place(tx: &impl ConnectionTrait, described: &[MovieFacts]) -> Outcome<Vec<Placement>> {
    let ids = described.iter().flat_map(|facts| &facts.external_ids);
    let known = Known::find(tx, ids.map(|id| (id.source, id.id.as_str())).collect()).await?;
    let titles = described.iter().flat_map(|facts| [&facts.title].into_iter().chain(&facts.alternative_titles));
    let candidates = Candidates::find(tx, titles.map(String::as_str).collect()).await?;
    let found: Vec<Titled> = described.iter().map(|facts| of_title(&candidates, facts)).collect();
    let films: BTreeSet<Uuid> =
        described.iter().zip(&found).flat_map(|(facts, titled)| possible(titled, facts)).collect();
    let films: Vec<Uuid> = films.into_iter().collect();
    let mut placing = Placing {
        known,
        candidates,
        people: list_people(tx, &films).await?,
        ids: list_ids(tx, &films).await?,
        new_titles: HashMap::new(),
    };
    let mut placements: Vec<Option<Placement>> = vec![None; described.len()];
    for round in [Round::Ids, Round::People, Round::SameYear, Round::YearOneOff] {
        for ((facts, titled), placement) in described.iter().zip(&found).zip(&mut placements) {
            if placement.is_none() {
                *placement = placing.attempt(round, facts, titled);
            }
        }
    }
    let rest = described.iter().zip(&found).zip(placements);
    Ok(rest.map(|((facts, titled), placement)| placement.unwrap_or_else(|| placing.settle(facts, titled))).collect())
}

/// The same of films that are not to be taken in: what is none of the catalogue's stays unknown, however often it is described.
pub(crate) async fn match_films(db: &impl ConnectionTrait, described: &[MovieFacts]) -> Outcome<Vec<FilmMatch>> {
    let placements = place(db, described).await?;
    let new: HashSet<MovieId> = placements
        .iter()
        .filter_map(|placement| match placement {
            Placement::New(film) => Some(*film),
            _ => None,
        })
        .collect();
    let matches = placements.into_iter().map(|placement| match placement {
        Placement::Known(film) if !new.contains(&film) => FilmMatch::One(film),
        Placement::Ambiguous(films) => {
            FilmMatch::Several(films.into_iter().filter(|film| !new.contains(film)).collect())
        }
        _ => FilmMatch::None,
    });
    Ok(matches.collect())
}

/// Films of one title, with their years.
type Titled = HashSet<(Uuid, Option<i16>)>;

/// Films of the title, or of an alternative title where none has the title.
fn of_title(candidates: &Candidates, facts: &MovieFacts) -> Titled {
    let films: Titled = candidates.of_title(&facts.title).collect();
    if films.is_empty() {
        facts.alternative_titles.iter().flat_map(|title| candidates.of_title(title)).collect()
    } else {
        films
    }
}

/// Those that a description could mean; of a common title that is few of many.
fn possible(titled: &Titled, facts: &MovieFacts) -> impl Iterator<Item = Uuid> {
    titled.iter().filter(|(_, year)| year.is_none() || years_off(facts, *year).is_some()).map(|(film, _)| *film)
}

/// How far a film's year is from the described one, if it is near enough.
fn years_off(facts: &MovieFacts, year: Option<i16>) -> Option<u16> {
    match (year_column(facts.year), year) {
        (Some(described), Some(year)) => Some(described.abs_diff(year)).filter(|years_off| *years_off <= 1),
        (None, None) => Some(0),
        _ => None,
    }
}

#[derive(Clone, Copy)]
enum Round {
    Ids,
    People,
    SameYear,
    YearOneOff,
}

/// What people say of a film being the one that is described.
#[derive(Clone, Copy, PartialEq)]
enum People {
    Shared,
    /// Nothing is known of one of them.
    Unsaid,
    Others,
}

/// A film of the same title whose year is at most one off.
#[derive(Clone, Copy)]
struct Near {
    film: Uuid,
    years_off: u16,
    people: People,
    /// It has another id of a source that the description comes from.
    is_taken: bool,
}

struct Placing<'a> {
    known: Known<'a>,
    candidates: Candidates,
    people: HashMap<Uuid, Vec<(String, String)>>,
    /// Those of the database and of this batch.
    ids: HashMap<Uuid, Vec<ExternalId>>,
    /// Of films that this batch brings.
    new_titles: HashMap<Uuid, String>,
}

impl<'a> Placing<'a> {
    fn attempt(&mut self, round: Round, facts: &'a MovieFacts, titled: &Titled) -> Option<Placement> {
        let placement = match round {
            Round::Ids => self.by_ids(facts)?,
            Round::People => {
                let sharing = |near: &Near| near.people == People::Shared && !near.is_taken;
                nearest(self.near(facts, titled).into_iter().filter(sharing).collect())?
            }
            Round::SameYear => {
                let of_that_year: Vec<Near> =
                    self.near(facts, titled).into_iter().filter(|near| near.years_off == 0 && !near.is_taken).collect();
                let unsaid: Vec<Near> =
                    of_that_year.iter().copied().filter(|near| near.people == People::Unsaid).collect();
                if unsaid.is_empty() { ambiguous(&of_that_year)? } else { nearest(unsaid)? }
            }
            Round::YearOneOff => {
                let unsaid = |near: &Near| near.people == People::Unsaid && !near.is_taken;
                nearest(self.near(facts, titled).into_iter().filter(unsaid).collect())?
            }
        };
        if let Placement::Known(film) = placement {
            self.claim(film.0, facts);
        }
        Some(placement)
    }

    /// For what no round placed: new, or so like a film that has another id that somebody should look.
    fn settle(&mut self, facts: &'a MovieFacts, titled: &Titled) -> Placement {
        // Another one of this batch may have brought the same id.
        if let Some(placement) = self.by_ids(facts) {
            return placement;
        }
        let doubtful: Vec<Near> =
            self.near(facts, titled).into_iter().filter(|near| near.people == People::Shared).collect();
        if let Some(placement) = ambiguous(&doubtful).or_else(|| self.of_no_year(facts, titled)) {
            return placement;
        }
        let Some(first) = facts.external_ids.first() else { return Placement::Unnamed };
        let film = movie_id(first);
        self.claim(film.0, facts);
        self.new_titles.insert(film.0, match_key(&facts.title));
        Placement::New(film)
    }

    fn by_ids(&self, facts: &MovieFacts) -> Option<Placement> {
        let of_another = |film: &Uuid, id: &ExternalId| !id.source.names_one_film() && !self.is_titled(*film, facts);
        let known = || facts.external_ids.iter().filter_map(|id| Some((self.known.get(id.source, &id.id)?, id)));
        let sure = known().find(|(film, id)| !of_another(film, id));
        match sure.or_else(|| known().next()) {
            Some((film, id)) if of_another(&film, id) => Some(Placement::Ambiguous(vec![MovieId(film)])),
            Some((film, _)) => Some(Placement::Known(MovieId(film))),
            None => None,
        }
    }

    fn is_titled(&self, film: Uuid, facts: &MovieFacts) -> bool {
        let mut titles = [&facts.title].into_iter().chain(&facts.alternative_titles);
        let new_title = self.new_titles.get(&film);
        titles.any(|title| {
            self.candidates.of_title(title).any(|(other, _)| other == film)
                || new_title.is_some_and(|key| *key == match_key(title))
        })
    }

    /// Films that are another one by the word of a source whose ids are one film's are none of these.
    fn near(&self, facts: &MovieFacts, titled: &Titled) -> Vec<Near> {
        let is_sure = facts.external_ids.iter().any(|id| id.source.names_one_film());
        let mut theirs = None;
        let near = titled.iter().filter_map(|&(film, year)| {
            let years_off = years_off(facts, year)?;
            let is_taken = self.is_taken(film, facts);
            if is_taken && is_sure {
                return None;
            }
            let theirs = theirs.get_or_insert_with(|| Described::new(facts));
            let people = theirs.compare(self.people.get(&film).map_or(&[][..], Vec::as_slice));
            Some(Near { film, years_off, people, is_taken })
        });
        near.collect()
    }

    /// A film of the title that has no year may be the one.
    fn of_no_year(&self, facts: &MovieFacts, titled: &Titled) -> Option<Placement> {
        facts.year?;
        let films = titled.iter().filter(|(_, year)| year.is_none()).map(|(film, _)| *film);
        let films: Vec<MovieId> = films.filter(|film| !self.is_taken(*film, facts)).map(MovieId).collect();
        (!films.is_empty()).then_some(Placement::Ambiguous(films))
    }

    fn is_taken(&self, film: Uuid, facts: &MovieFacts) -> bool {
        let has = self.ids.get(&film).map_or(&[][..], Vec::as_slice);
        let is_other = |id: &ExternalId| {
            let of_its_source = facts.external_ids.iter().filter(|other| other.source == id.source);
            let mut of_its_source = of_its_source.peekable();
            of_its_source.peek().is_some() && of_its_source.all(|other| other.id != id.id)
        };
        has.iter().any(is_other)
    }

    fn claim(&mut self, film: Uuid, facts: &'a MovieFacts) {
        self.known.learn(&facts.external_ids, film);
        self.ids.entry(film).or_default().extend(facts.external_ids.iter().cloned());
    }
}

/// The people of a description.
struct Described<'a> {
    by_role: Vec<(&'static str, HashSet<String>)>,
    plot: &'a str,
}

impl<'a> Described<'a> {
    fn new(facts: &'a MovieFacts) -> Self {
        let by_role = credited(facts).into_iter().filter(|(_, names)| !names.is_empty());
        let by_role = by_role.map(|(role, names)| (role.as_str(), names.into_iter().map(match_key).collect()));
        Self { by_role: by_role.collect(), plot: facts.plot.as_deref().unwrap_or_default() }
    }

    /// People of a film by role, against these. A full name that the plot mentions counts as well: it often begins with
    /// who directed the film.
    fn compare(&self, people: &[(String, String)]) -> People {
        let is_mentioned = |name: &str| name.contains(' ') && self.plot.contains(name);
        let mut comparable = false;
        for (role, name) in people {
            let key = match_key(name);
            if is_mentioned(name) || self.by_role.iter().any(|(_, names)| names.contains(&key)) {
                return People::Shared;
            }
            comparable |= self.by_role.iter().any(|(other, _)| other == role);
        }
        if comparable { People::Others } else { People::Unsaid }
    }
}

/// The one whose year is nearest; ambiguous where two are equally near.
fn nearest(mut films: Vec<Near>) -> Option<Placement> {
    let years_off = films.iter().map(|near| near.years_off).min()?;
    films.retain(|near| near.years_off == years_off);
    match films.as_slice() {
        [only] => Some(Placement::Known(MovieId(only.film))),
        several => ambiguous(several),
    }
}

fn ambiguous(films: &[Near]) -> Option<Placement> {
    let mut films: Vec<MovieId> = films.iter().map(|near| MovieId(near.film)).collect();
    films.sort_unstable_by_key(|film| film.0);
    films.truncate(MOST_NAMED);
    (!films.is_empty()).then_some(Placement::Ambiguous(films))
}

/// Roles and names of the people of these films. Two reads by key: joined, a planner may go through all people.
async fn list_people(tx: &impl ConnectionTrait, films: &[Uuid]) -> Outcome<HashMap<Uuid, Vec<(String, String)>>> {
    use credits::Column::{MovieId as Film, PersonId, Role};
    let mut credited: Vec<(Uuid, String, Uuid)> = Vec::new();
    for films in films.chunks(MAX_LISTED) {
        let select = Query::select()
            .columns([Film, Role, PersonId])
            .from(credits::Entity)
            .and_where(among(Expr::col(Film), films))
            .take();
        credited.append(&mut fetch_tuples(tx, &select).await?);
    }
    let people: HashSet<Uuid> = credited.iter().map(|(.., person)| *person).collect();
    let people: Vec<Uuid> = people.into_iter().collect();
    let mut names: HashMap<Uuid, String> = HashMap::with_capacity(people.len());
    for people in people.chunks(MAX_LISTED) {
        let select = Query::select()
            .columns([people::Column::Id, people::Column::Name])
            .from(people::Entity)
            .and_where(among(Expr::col(people::Column::Id), people))
            .take();
        let rows: Vec<(Uuid, String)> = fetch_tuples(tx, &select).await?;
        names.extend(rows);
    }
    let mut by_film: HashMap<Uuid, Vec<_>> = HashMap::new();
    for (film, role, person) in credited {
        if let Some(name) = names.get(&person) {
            by_film.entry(film).or_default().push((role, name.clone()));
        }
    }
    Ok(by_film)
}

async fn list_ids(tx: &impl ConnectionTrait, films: &[Uuid]) -> Outcome<HashMap<Uuid, Vec<ExternalId>>> {
    use external_ids::Column::{ExternalId as IdThere, MovieId as Film, Source};
    let mut by_film: HashMap<Uuid, Vec<_>> = HashMap::new();
    for films in films.chunks(MAX_LISTED) {
        let select = Query::select()
            .columns([Film, Source, IdThere])
            .from(external_ids::Entity)
            .and_where(among(Expr::col(Film), films))
            .take();
        let rows: Vec<(Uuid, String, String)> = fetch_tuples(tx, &select).await?;
        for (film, source, id) in rows {
            // A source that this version doesn't know says nothing here.
            if let Some(source) = ExternalSource::from_name(&source) {
                by_film.entry(film).or_default().push(ExternalId { source, id });
            }
        }
    }
    Ok(by_film)
}
