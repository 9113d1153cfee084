//! Registering and signing in, my ratings, my account.

mod door;
mod history;
mod marks;
pub mod rating_query;
mod ratings;
mod register;
mod removal;
mod settings;
mod sign_in;
mod sign_out;

pub use ratings::RatingsPage;
pub use register::RegisterPage;
pub use settings::AccountPage;
pub use sign_in::SignInPage;
pub use sign_out::SignOutForm;
