//! Letters to people: written in their language, and sent beside everything else.
//!
//! A letter waits in memory until the server took it, or it was tried often enough: whoever needs one that was lost asks again. As many
//! wait as the settings say, and a few are sent at a time. Without a mail server letters become files, for trying things out.

mod letter;
mod outbox;
mod transport;

pub use outbox::Mail;
