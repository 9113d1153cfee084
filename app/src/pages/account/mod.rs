//! Registering and signing in, my ratings, my account.

mod door;
mod failed;
mod history;
mod marks;
mod rated_film;
pub mod rating_query;
mod ratings;
mod register;
mod removal;
mod settings;
mod sign_in;
mod sign_out;
mod sorting;

pub use ratings::RatingsPage;
pub use register::RegisterPage;
pub use settings::AccountPage;
pub use sign_in::SignInPage;
pub use sign_out::SignOutForm;
