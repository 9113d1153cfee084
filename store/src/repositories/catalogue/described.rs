//! Films as another catalogue describes them: those that are here are completed, the others taken in whole.

use std::collections::BTreeMap;

use matinee_domain::{MovieId, title::match_key};
use matinee_services::ports::{MovieFacts, Placement};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::{
    external_ids,
    facts::{self, Additions, Own},
    movies::insert_titles_and_genres,
    placing,
    state::{Film, Films},
    writing::insert_rows,
};
use crate::{
    entities::{Moment, movies},
    failure::Outcome,
    journal::{self, Tx},
    repositories::statistics::Expected,
    sql::year_column,
};

/// Returns for each what became of it.
pub(crate) async fn put<C: ConnectionTrait + Send>(
    tx: &Tx<C>,
    described: &[MovieFacts],
    now: Moment,
) -> Outcome<Vec<Placement>> {
    let placements = placing::place(tx, described).await?;
    let (mut new, mut known) = (BTreeMap::new(), Vec::new());
    for (placement, facts) in placements.iter().zip(described) {
        match placement {
            Placement::New(MovieId(film)) => {
                new.insert(*film, facts);
            }
            Placement::Known(MovieId(film)) => known.push((*film, facts)),
            Placement::Ambiguous(_) | Placement::Unnamed => {}
        }
    }
    // A film that is new may be described a second time in the same batch.
    take_in(tx, &new, now).await?;
    facts::complete(tx, &known, now).await?;
    Ok(placements)
}

/// Writes films with all that belongs to them, in the order of their ids.
async fn take_in<C: ConnectionTrait + Send>(tx: &Tx<C>, new: &BTreeMap<Uuid, &MovieFacts>, now: Moment) -> Outcome<()> {
    insert(tx, new, now).await?;
    let films: Films = new.iter().map(|(id, facts)| (*id, made_from(facts))).collect();
    insert_titles_and_genres(tx, &films).await?;
    let mut additions = Additions::default();
    for (film, facts) in new {
        for (role, names) in facts::credited(facts) {
            additions.credit(*film, role, &names);
        }
    }
    additions.write(tx, now).await?;
    let ids: Vec<_> = new.iter().flat_map(|(film, facts)| facts.external_ids.iter().map(|id| (id, *film))).collect();
    external_ids::add(tx, &ids).await?;
    Ok(())
}

fn made_from(facts: &MovieFacts) -> Film {
    let mut film = Film::new(facts.title.clone());
    film.set_genres(&facts.genres);
    film.add_other_titles(&facts.alternative_titles);
    film
}

async fn insert<C: ConnectionTrait + Send>(tx: &Tx<C>, new: &BTreeMap<Uuid, &MovieFacts>, now: Moment) -> Outcome<()> {
    use movies::Column::{
        CreatedAt, Id, MatchKey, MeanElsewhereTenths, Plot, Popularity, PosterHeightPx, PosterUrl, PosterWidthPx,
        RuntimeMin, Title, UpdatedAt, VotesElsewhere, Year,
    };
    let columns = [
        Id,
        Title,
        MatchKey,
        Year,
        RuntimeMin,
        Plot,
        PosterUrl,
        PosterWidthPx,
        PosterHeightPx,
        VotesElsewhere,
        MeanElsewhereTenths,
        Popularity,
        CreatedAt,
        UpdatedAt,
    ];
    let expected = Expected::read(tx).await?;
    let rows = new
        .iter()
        .map(|(id, facts)| {
            let Own { runtime_min, plot, poster, elsewhere } = Own::of(facts);
            [
                (*id).into(),
                facts.title.as_str().into(),
                match_key(&facts.title).into(),
                year_column(facts.year).into(),
                runtime_min.into(),
                plot.into(),
                poster.map(|(url, ..)| url).into(),
                poster.map(|(_, width_px, _)| width_px).into(),
                poster.map(|(.., height_px)| height_px).into(),
                elsewhere.map(|(votes, _)| votes).into(),
                elsewhere.map(|(_, mean_tenths)| mean_tenths).into(),
                elsewhere.map(|(votes, mean_tenths)| expected.of(votes, mean_tenths.into())).into(),
                now.into(),
                now.into(),
            ]
        })
        .collect();
    // A film of that id whose external id has been taken away stays as it is.
    insert_rows(tx, &journal::MOVIES, columns, rows).await?;
    Ok(())
}
