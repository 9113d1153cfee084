//! Signing in by an account at a provider: OAuth 2.0 and OpenID Connect, as RFC 9700 asks.
//!
//! 1. [`routes`] begins an attempt (`attempt`): `state`, `nonce` and PKCE's verifier, bound to this browser by a cookie and kept in
//!    the database, where it can be taken once, on whichever instance.
//! 2. The provider sends the browser back. The attempt is taken; state, browser, provider and issuer have to be its own.
//! 3. [`Provider::finish`] exchanges the code and checks who it is: by the ID token ([`openid`]), or by asking the provider
//!    where it knows only plain OAuth 2.0 ([`plain`]). Tokens are dropped there and then.
//! 4. `services::identities` says whose account that is.
//!
//! Whatever a provider says is read within bounds of size and time, over TLS, and no redirect is followed ([`fetch`]).

mod answers;
pub mod attempt;
mod error;
mod fetch;
mod openid;
mod page;
mod plain;
mod provider;
mod routes;
mod verify;

pub use error::OauthError;
pub use page::failed;
pub use plain::{question, told};
pub use provider::{Provider, Providers};
pub use routes::{Failure, Oauth, back_of_referer, is_led_by_another_site, router};
