//! Completing films by facts from elsewhere; what a film has stays.

use std::collections::{BTreeMap, HashMap, HashSet};

use matinee_domain::movie::CreditRole;
use matinee_services::ports::MovieFacts;
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};
use uuid::Uuid;

use super::{external_ids, matching::Candidates, writing::insert_rows};
use crate::{
    entities::{Moment, credits, movies, people},
    failure::Outcome,
    ids::person_id,
    sql::{MAX_LISTED, among, fetch_tuples, for_change},
};

/// Returns for each whether it matched a film.
pub(crate) async fn put(tx: &impl ConnectionTrait, facts: &[MovieFacts], now: Moment) -> Outcome<Vec<bool>> {
    let candidates = Candidates::find(tx, facts).await?;
    let films: Vec<Option<Uuid>> = facts.iter().map(|facts| candidates.the_one(&facts.title, facts.year)).collect();
    let mut gaps = find_gaps(tx, films.iter().flatten().copied().collect()).await?;
    let mut additions = Additions::default();
    for (facts, film) in facts.iter().zip(&films) {
        if let Some((film, gaps)) = film.and_then(|film| Some((film, gaps.get_mut(&film)?))) {
            additions.fill(film, gaps, facts);
        }
    }
    additions.write(tx, now).await?;
    let mut ids = Vec::new();
    for (facts, film) in facts.iter().zip(&films) {
        if let Some(film) = film {
            ids.extend(facts.external_ids.iter().map(|id| (id, *film)));
        }
    }
    external_ids::add(tx, &ids).await?;
    Ok(films.iter().map(Option::is_some).collect())
}

/// What a film has not.
struct Gaps {
    runtime_min: bool,
    plot: bool,
    roles: HashSet<CreditRole>,
}

async fn find_gaps(tx: &impl ConnectionTrait, films: HashSet<Uuid>) -> Outcome<HashMap<Uuid, Gaps>> {
    use movies::Column::{Id, Plot, RuntimeMin};
    let films: Vec<Uuid> = films.into_iter().collect();
    let mut gaps = HashMap::with_capacity(films.len());
    for films in films.chunks(MAX_LISTED) {
        let select = Query::select()
            .columns([Id, RuntimeMin])
            .expr(Expr::col(Plot).is_null())
            .from(movies::Entity)
            .and_where(among(Expr::col(Id), films))
            .take();
        let rows: Vec<(Uuid, Option<i16>, bool)> = fetch_tuples(tx, &for_change(select)).await?;
        for (film, runtime_min, plot) in rows {
            let roles = [CreditRole::Director, CreditRole::Cast].into();
            gaps.insert(film, Gaps { runtime_min: runtime_min.is_none(), plot, roles });
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

/// What a batch adds.
#[derive(Default)]
struct Additions<'a> {
    /// Running time and plot; a film that only gets credits has neither here.
    films: BTreeMap<Uuid, (Option<i16>, Option<&'a str>)>,
    people: BTreeMap<Uuid, &'a str>,
    credits: Vec<(Uuid, CreditRole, i16, Uuid)>,
}

impl<'a> Additions<'a> {
    /// Takes what fills a gap, and closes the gap.
    fn fill(&mut self, film: Uuid, gaps: &mut Gaps, facts: &'a MovieFacts) {
        let runtime_min = facts.runtime_min.and_then(|minutes| i16::try_from(minutes).ok());
        if let Some(runtime_min) = runtime_min.filter(|minutes| *minutes > 0 && gaps.runtime_min) {
            self.films.entry(film).or_default().0 = Some(runtime_min);
            gaps.runtime_min = false;
        }
        let plot = facts.plot.as_deref().map(str::trim).filter(|plot| !plot.is_empty());
        if let Some(plot) = plot.filter(|_| gaps.plot) {
            self.films.entry(film).or_default().1 = Some(plot);
            gaps.plot = false;
        }
        for (role, names) in [(CreditRole::Director, &facts.directors), (CreditRole::Cast, &facts.cast)] {
            let names: Vec<&str> = names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()).collect();
            if !names.is_empty() && gaps.roles.remove(&role) {
                self.credit(film, role, &names);
            }
        }
    }

    fn credit(&mut self, film: Uuid, role: CreditRole, names: &[&'a str]) {
        self.films.entry(film).or_default();
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

    async fn write(self, tx: &impl ConnectionTrait, now: Moment) -> Outcome<()> {
        use credits::Column::{MovieId, PersonId, Position, Role};
        use people::Column::{Id, Name};
        for (film, (runtime_min, plot)) in self.films {
            complete(tx, film, runtime_min, plot, now).await?;
        }
        let insert = Query::insert().into_table(people::Entity).columns([Id, Name]).take();
        let rows = self.people.into_iter().map(|(id, name)| [id.into(), name.into()]).collect();
        insert_rows(tx, &insert, rows, OnConflict::column(Id).do_nothing()).await?;
        let insert = Query::insert().into_table(credits::Entity).columns([MovieId, Role, Position, PersonId]).take();
        let rows = self
            .credits
            .into_iter()
            .map(|(film, role, position, person)| [film.into(), role.as_str().into(), position.into(), person.into()])
            .collect();
        insert_rows(tx, &insert, rows, OnConflict::columns([MovieId, Role, Position]).do_nothing()).await?;
        Ok(())
    }
}

async fn complete(
    tx: &impl ConnectionTrait,
    film: Uuid,
    runtime_min: Option<i16>,
    plot: Option<&str>,
    now: Moment,
) -> Outcome<()> {
    use movies::Column::{Id, Plot, RuntimeMin, UpdatedAt, Version};
    let mut update = Query::update();
    if let Some(runtime_min) = runtime_min {
        update.value(RuntimeMin, runtime_min);
    }
    if let Some(plot) = plot {
        update.value(Plot, plot);
    }
    update
        .table(movies::Entity)
        .value(UpdatedAt, now)
        .value(Version, Expr::col(Version).add(1))
        .and_where(Expr::col(Id).eq(film));
    tx.execute(&update).await?;
    Ok(())
}
