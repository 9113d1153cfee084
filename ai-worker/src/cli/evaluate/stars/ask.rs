//! Asking a head for the stars of what was hidden.

use rayon::prelude::*;

use super::{
    super::{ask::World, protocol::Person},
    StarAnswers,
};
use crate::trainer::stars::StarsHead;

/// What `head` says of these people's hidden ratings. Films that nobody of the training part rated count as well: of them, what is known
/// is the person.
///
/// # Errors
/// When a fold-in fails.
pub fn ask(world: &World<'_>, head: &StarsHead, people: &[Person]) -> anyhow::Result<StarAnswers> {
    let answer = |person: &Person| {
        let known = world.known(person).into_iter();
        #[expect(clippy::cast_possible_truncation, reason = "half stars are exact in 32 bits")]
        let known = known.filter_map(|one| Some((*world.index.get(&one.movie)?, one.stars.value() as f32)));
        let opinion = head.model.fold_in(&known.collect::<Vec<_>>())?;
        let hidden = person.hidden.iter().map(|(movie, stars)| {
            let film = world.index.get(movie).copied();
            (head.predict(&opinion, film), stars.value())
        });
        anyhow::Ok(StarAnswers::row(hidden))
    };
    let asked = people.par_iter().filter(|person| !person.hidden.is_empty());
    Ok(StarAnswers { rows: asked.map(answer).collect::<anyhow::Result<_>>()? })
}
