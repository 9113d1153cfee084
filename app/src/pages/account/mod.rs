//! Registering and signing in, my ratings, my account.

mod account;
mod door;
mod history;
mod marks;
pub mod rating_query;
mod ratings;
mod register;
mod removal;
mod sign_in;
mod sign_out;

pub use account::AccountPage;
pub use ratings::RatingsPage;
pub use register::RegisterPage;
pub use sign_in::SignInPage;
pub use sign_out::SignOutForm;
