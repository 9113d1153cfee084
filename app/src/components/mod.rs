//! What several pages share. Markup and class names are those that `style/` knows.

pub mod empty_state;
pub mod facts;
pub mod fields;
pub mod film_card;
pub mod film_row;
pub mod icons;
pub mod layout;
pub mod markup;
pub mod meta;
pub mod poster;
pub mod reasons;
pub mod search_box;
pub mod skeletons;
pub mod stars;
pub mod stars_input;
pub mod switches;
pub mod toast;
pub mod words;
