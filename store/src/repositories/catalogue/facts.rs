//! Completing films by facts from elsewhere; what a film has stays, but how it is rated elsewhere, which goes on.
//!
//! A title is not something to have or not: others are added to it as alternative ones.

use std::collections::{BTreeMap, HashMap, HashSet};

use matinee_domain::{
    RatedElsewhere,
    movie::{CreditRole, PosterLink},
};
use matinee_services::ports::MovieFacts;
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, IntoCondition, Query},
};
use uuid::Uuid;

use super::{
    external_ids,
    matching::Candidates,
    movies::{changed, insert_titles_and_genres},
    state,
    writing::{insert_rows, missing},
};
use crate::{
    entities::{Moment, credits, movies, people},
    failure::Outcome,
    ids::person_id,
    journal::{self, Tx},
    sql::{MAX_LISTED, among, fetch_tuples, for_change},
};

/// Returns for each whether it matched a film.
pub(crate) async fn put<C: ConnectionTrait + Send>(
    tx: &Tx<C>,
    facts: &[MovieFacts],
    now: Moment,
) -> Outcome<Vec<bool>> {
    let candidates = Candidates::find(tx, facts.iter().map(|facts| facts.title.as_str()).collect()).await?;
    let films: Vec<Option<Uuid>> = facts.iter().map(|facts| candidates.the_one(&facts.title, facts.year)).collect();
    let known: Vec<_> = films.iter().zip(facts).filter_map(|(film, facts)| Some(((*film)?, facts))).collect();
    complete(tx, &known, now).await?;
    Ok(films.iter().map(Option::is_some).collect())
}

/// Completes each of these films by what stands beside it. Of two that fill the same gap the first does.
pub(super) async fn complete<C: ConnectionTrait + Send>(
    tx: &Tx<C>,
    known: &[(Uuid, &MovieFacts)],
    now: Moment,
) -> Outcome<()> {
    let mut gaps = find_gaps(tx, known.iter().map(|(film, _)| *film).collect()).await?;
    let mut additions = Additions::default();
    for &(film, facts) in known {
        if let Some(gaps) = gaps.get_mut(&film) {
            additions.fill(film, gaps, facts);
        }
    }
    let titled = known.iter().filter(|(_, facts)| !facts.genres.is_empty() || !facts.alternative_titles.is_empty());
    let mut films = state::load(tx, titled.map(|(film, _)| *film).collect()).await?;
    for (film, facts) in known {
        if let Some(film) = films.get_mut(film) {
            if film.genres.is_empty() {
                film.set_genres(&facts.genres);
            }
            film.add_other_titles(&facts.alternative_titles);
        }
    }
    for (film, _) in changed(&films) {
        additions.films.entry(film).or_default();
    }
    additions.write(tx, now).await?;
    insert_titles_and_genres(tx, &films).await?;
    let ids: Vec<_> = known.iter().flat_map(|(film, facts)| facts.external_ids.iter().map(|id| (id, *film))).collect();
    external_ids::add(tx, &ids).await?;
    Ok(())
}

/// What a film has not.
struct Gaps {
    runtime_min: bool,
    plot: bool,
    poster: bool,
    roles: HashSet<CreditRole>,
    /// What is said so far of how it is rated elsewhere: no gap, but out of date where another number comes.
    elsewhere: Option<RatedThere>,
}

/// Film, running time, votes and mean elsewhere, whether plot and poster are missing.
type GapsRow = (Uuid, Option<i16>, Option<i64>, Option<i16>, bool, bool);

async fn find_gaps(tx: &impl ConnectionTrait, films: HashSet<Uuid>) -> Outcome<HashMap<Uuid, Gaps>> {
    use movies::Column::{Id, MeanElsewhereTenths, Plot, PosterUrl, RuntimeMin, VotesElsewhere};
    let films: Vec<Uuid> = films.into_iter().collect();
    let mut gaps = HashMap::with_capacity(films.len());
    for films in films.chunks(MAX_LISTED) {
        let select = Query::select()
            .columns([Id, RuntimeMin, VotesElsewhere, MeanElsewhereTenths])
            .expr(Expr::col(Plot).is_null())
            .expr(Expr::col(PosterUrl).is_null())
            .from(movies::Entity)
            .and_where(among(Expr::col(Id), films))
            .take();
        let rows: Vec<GapsRow> = fetch_tuples(tx, &for_change(select)).await?;
        for (film, runtime_min, votes, mean_tenths, plot, poster) in rows {
            let elsewhere = votes.zip(mean_tenths);
            let roles = [CreditRole::Director, CreditRole::Writer, CreditRole::Cast].into();
            gaps.insert(film, Gaps { runtime_min: runtime_min.is_none(), plot, poster, roles, elsewhere });
        }
        let credited = Query::select()
            .columns([credits::Column::MovieId, credits::Column::Role])
            .distinct()
            .from(credits::Entity)
            .and_where(among(Expr::col(credits::Column::MovieId), films))
            .take();
        let rows: Vec<(Uuid, String)> = fetch_tuples(tx, &credited).await?;
        for (film, role) in rows {
            if let (Some(gaps), Some(role)) = (gaps.get_mut(&film), CreditRole::from_name(&role)) {
                gaps.roles.remove(&role);
            }
        }
    }
    Ok(gaps)
}

/// What a film's own row gets.
#[derive(Clone, Copy, Default)]
pub(super) struct Own<'a> {
    pub runtime_min: Option<i16>,
    pub plot: Option<&'a str>,
    pub poster: Option<Poster<'a>>,
    pub elsewhere: Option<RatedThere>,
}

/// Votes, and their mean of ten points in tenths.
pub(super) type RatedThere = (i64, i16);

/// Address, width and height in pixels.
pub(super) type Poster<'a> = (&'a str, i16, i16);

impl<'a> Own<'a> {
    /// What these facts say, as it is kept.
    pub fn of(facts: &'a MovieFacts) -> Self {
        let size_px = |px: u16| i16::try_from(px).ok().filter(|px| *px > 0);
        let poster = |PosterLink { url, width_px, height_px }: &'a PosterLink| {
            Some((url.as_str(), size_px(*width_px)?, size_px(*height_px)?))
        };
        Self {
            runtime_min: facts
                .runtime_min
                .and_then(|minutes| i16::try_from(minutes).ok())
                .filter(|minutes| *minutes > 0),
            plot: facts.plot.as_deref().map(str::trim).filter(|plot| !plot.is_empty()),
            poster: facts.poster.as_ref().and_then(poster),
            elsewhere: facts.elsewhere.and_then(rated_there),
        }
    }

    fn is_empty(&self) -> bool {
        self.runtime_min.is_none() && self.plot.is_none() && self.poster.is_none() && self.elsewhere.is_none()
    }
}

/// None where it is no mean of ten points.
fn rated_there(RatedElsewhere { votes, mean }: RatedElsewhere) -> Option<RatedThere> {
    #[expect(clippy::cast_possible_truncation, reason = "it is 10 to 100")]
    let tenths = |mean: f32| (mean * 10.0).round() as i16;
    (votes > 0 && (1.0..=10.0).contains(&mean)).then(|| (i64::from(votes), tenths(mean)))
}

/// What a batch adds.
#[derive(Default)]
pub(super) struct Additions<'a> {
    /// Rows that change; a film that only gets credits, titles or genres has nothing of its own here.
    films: BTreeMap<Uuid, Own<'a>>,
    people: BTreeMap<Uuid, &'a str>,
    credits: Vec<(Uuid, CreditRole, i16, Uuid)>,
}

impl<'a> Additions<'a> {
    /// Takes what fills a gap, and closes the gap.
    fn fill(&mut self, film: Uuid, gaps: &mut Gaps, facts: &'a MovieFacts) {
        let given = Own::of(facts);
        let fits = Own {
            runtime_min: given.runtime_min.filter(|_| gaps.runtime_min),
            plot: given.plot.filter(|_| gaps.plot),
            poster: given.poster.filter(|_| gaps.poster),
            elsewhere: given.elsewhere.filter(|given| gaps.elsewhere.as_ref() != Some(given)),
        };
        if !fits.is_empty() {
            let own = self.films.entry(film).or_default();
            *own = Own {
                runtime_min: own.runtime_min.or(fits.runtime_min),
                plot: own.plot.or(fits.plot),
                poster: own.poster.or(fits.poster),
                elsewhere: own.elsewhere.or(fits.elsewhere),
            };
            gaps.runtime_min &= fits.runtime_min.is_none();
            gaps.plot &= fits.plot.is_none();
            gaps.poster &= fits.poster.is_none();
            gaps.elsewhere = fits.elsewhere.or(gaps.elsewhere);
        }
        for (role, names) in credited(facts) {
            if !names.is_empty() && gaps.roles.remove(&role) {
                self.films.entry(film).or_default();
                self.credit(film, role, &names);
            }
        }
    }

    /// Adds people to a film that has none of this role.
    pub fn credit(&mut self, film: Uuid, role: CreditRole, names: &[&'a str]) {
        let mut credited = HashSet::new();
        let mut position = 0_i16;
        for name in names {
            let person = person_id(name).0;
            if credited.insert(person) {
                self.people.insert(person, name);
                self.credits.push((film, role, position, person));
                position = position.saturating_add(1);
            }
        }
    }

    pub async fn write<C: ConnectionTrait + Send>(self, tx: &Tx<C>, now: Moment) -> Outcome<()> {
        use credits::Column::{MovieId, PersonId, Position, Role};
        use people::Column::{Id, Name};
        for (film, own) in self.films {
            update(tx, film, &own, now).await?;
        }
        let columns = [Id, Name];
        // Most are known.
        let people: Vec<Uuid> = self.people.keys().copied().collect();
        let unknown = missing(tx, &journal::PEOPLE, &people).await?;
        let rows = self
            .people
            .into_iter()
            .filter(|(id, _)| unknown.contains(id))
            .map(|(id, name)| [id.into(), name.into()])
            .collect();
        insert_rows(tx, &journal::PEOPLE, columns, rows).await?;
        let columns = [MovieId, Role, Position, PersonId];
        let rows = self
            .credits
            .into_iter()
            .map(|(film, role, position, person)| [film.into(), role.as_str().into(), position.into(), person.into()])
            .collect();
        insert_rows(tx, &journal::CREDITS, columns, rows).await?;
        Ok(())
    }
}

/// The names of each role, without blanks around them and empty ones.
pub(super) fn credited(facts: &MovieFacts) -> [(CreditRole, Vec<&str>); 3] {
    let roles = [
        (CreditRole::Director, &facts.directors),
        (CreditRole::Writer, &facts.writers),
        (CreditRole::Cast, &facts.cast),
    ];
    roles.map(|(role, names)| (role, names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()).collect()))
}

async fn update<C: ConnectionTrait + Send>(tx: &Tx<C>, film: Uuid, own: &Own<'_>, now: Moment) -> Outcome<()> {
    use movies::Column::{
        Id, MeanElsewhereTenths, Plot, PosterHeightPx, PosterUrl, PosterWidthPx, RuntimeMin, UpdatedAt, VotesElsewhere,
    };
    let mut update = Query::update();
    if let Some(runtime_min) = own.runtime_min {
        update.value(RuntimeMin, runtime_min);
    }
    if let Some(plot) = own.plot {
        update.value(Plot, plot);
    }
    if let Some((url, width_px, height_px)) = own.poster {
        update.value(PosterUrl, url).value(PosterWidthPx, width_px).value(PosterHeightPx, height_px);
    }
    if let Some((votes, mean_tenths)) = own.elsewhere {
        update.value(VotesElsewhere, votes).value(MeanElsewhereTenths, mean_tenths);
    }
    update.value(UpdatedAt, now);
    tx.update(&journal::MOVIES, update, Expr::col(Id).eq(film).into_condition()).await?;
    Ok(())
}
