//! The pages, by area.

pub mod account;
pub mod film;
pub mod home;
pub mod not_found;
pub mod offline;
pub mod search;
