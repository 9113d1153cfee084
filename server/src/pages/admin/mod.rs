//! Looking after the site: what was changed and taking it back, people and their roles, what the instance is doing.

pub mod change_set;
pub mod history;
pub mod overview;
pub mod people;
pub mod revert;
pub mod selection;
mod trial;
