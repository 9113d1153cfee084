//! Identifiers made from what a thing is called elsewhere, so that an import makes the same ones wherever and however
//! often it runs.

use matinee_domain::{ExternalId, MovieId, PersonId, UserId};
use uuid::Uuid;

/// The namespace of everything below: itself the version 5 UUID of `matinee` among DNS names.
const NAMESPACE: Uuid = Uuid::from_u128(0xcfe2_1895_45f6_549f_bcce_79db_deba_af59);

/// The film that a source knows by this id, where the source is the first to bring it to the catalogue.
pub fn movie_id(external: &ExternalId) -> MovieId {
    MovieId(named("movie", external.source.as_str(), &external.id))
}

/// The rater of this number in a data set such as `movielens100k`.
pub fn rater_id(dataset: &str, rater: &str) -> UserId {
    UserId(named("rater", dataset, rater))
}

/// Somebody in the credits. Sources give names alone, so people of one name are one person.
pub(crate) fn person_id(name: &str) -> PersonId {
    PersonId(named("person", "name", name))
}

fn named(kind: &str, source: &str, id: &str) -> Uuid {
    // No kind or source holds a colon, so different triples have different names.
    Uuid::new_v5(&NAMESPACE, format!("{kind}:{source}:{id}").as_bytes())
}
