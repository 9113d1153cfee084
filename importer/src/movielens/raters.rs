//! Names for the people of a data set.
//!
//! Every release numbers its raters anew: rater 1 of 1M and rater 1 of 25M are two people. Nothing in the files says
//! which release they are, and a folder's name changes, so a release is known by its first rating, which stays the same
//! when later rows are repaired.

use matinee_domain::ExternalSource;
use sha2::{Digest, Sha256};

use super::ratings::RawRating;

/// The name of a data set's raters, settled by its first rating.
pub(super) struct Raters {
    numbering: ExternalSource,
    name: Option<&'static str>,
}

impl Raters {
    pub fn new(numbering: ExternalSource) -> Self {
        Self { numbering, name: None }
    }

    /// The name; `rating` is the first good one when this is called first.
    pub fn name(&mut self, rating: &RawRating) -> &'static str {
        self.name.get_or_insert_with(|| match self.numbering {
            // There is only one 100K, in two forms.
            ExternalSource::Movielens100k => "movielens100k",
            // The port wants a name that lives as long as the program; these are a few bytes for each import.
            _ => String::leak(release_name(rating)),
        })
    }
}

fn release_name(first: &RawRating) -> String {
    let RawRating { rater, movie, stars, at } = first;
    let row = format!("{rater} {movie} {} {}", stars.half_stars(), at.timestamp());
    let digest = Sha256::digest(row.as_bytes());
    format!("movielens-{:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2], digest[3])
}
