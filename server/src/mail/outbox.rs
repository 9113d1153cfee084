//! Letters that wait, and work that is to take no time of an answer.

use std::{
    future::Future,
    sync::{Arc, OnceLock},
    time::Duration,
};

use anyhow::Context;
use matinee_services::ports::{Letter, Postbox, PostboxFull};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{letter, transport::Transport};
use crate::config::Config;

/// Letters that are sent at the same time.
const AT_ONCE: usize = 4;
/// Questions whose answer must not tell by its time whether somebody has an account.
const ERRANDS: usize = 64;

/// The outbox of an instance. Cheap to clone.
#[derive(Clone)]
pub struct Mail(Arc<Outbox>);

struct Outbox {
    transport: Transport,
    from: lettre::message::Mailbox,
    /// Places to wait, one for each letter.
    places: Arc<Semaphore>,
    places_len: u32,
    /// Places to send.
    sending: Arc<Semaphore>,
    /// Places for errands to wait, and for the one that is under way: what they count (letters to an address) is so counted in order.
    errands: Arc<Semaphore>,
    errand: Semaphore,
    tries: u32,
    retry: Duration,
    /// Where people reach this instance, for links.
    origin: OnceLock<String>,
}

/// More is asked than is done beside everything else.
#[derive(Clone, Copy, Debug)]
pub struct TooMany;

impl Mail {
    /// # Errors
    /// When the password can't be read, or the settings don't make a way to the server.
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        let mail = &config.mail;
        let from = mail.from.parse().with_context(|| format!("`mail.from` {} is no address", mail.from))?;
        Ok(Self(Arc::new(Outbox {
            transport: Transport::open(config)?,
            from,
            places: Arc::new(Semaphore::new(mail.queue_len)),
            places_len: u32::try_from(mail.queue_len).unwrap_or(u32::MAX),
            sending: Arc::new(Semaphore::new(AT_ONCE)),
            errands: Arc::new(Semaphore::new(ERRANDS)),
            errand: Semaphore::new(1),
            tries: mail.tries,
            retry: Duration::from_millis(mail.retry_ms),
            origin: OnceLock::new(),
        })))
    }

    /// Says where people reach this instance. The first one stays.
    pub fn serve_at(&self, origin: &str) {
        let _ = self.0.origin.set(origin.to_owned());
    }

    /// Does something beside the answer that is given now.
    ///
    /// # Errors
    /// [`TooMany`] when too much is under way: nothing is done.
    pub fn run_beside(&self, errand: impl Future<Output = ()> + Send + 'static) -> Result<(), TooMany> {
        let place = Arc::clone(&self.0.errands).try_acquire_owned().map_err(|_| TooMany)?;
        let outbox = Arc::clone(&self.0);
        tokio::spawn(async move {
            let _turn = outbox.errand.acquire().await;
            errand.await;
            drop(place);
        });
        Ok(())
    }

    /// Waits until all letters are sent or given up, as long as `grace`.
    pub async fn drain(&self, grace: Duration) {
        let all = tokio::time::timeout(grace, self.0.places.acquire_many(self.0.places_len)).await;
        if all.is_err() {
            tracing::warn!("some letters were not sent before the end");
        }
    }
}

impl Postbox for Mail {
    fn post(&self, letter: Letter) -> Result<(), PostboxFull> {
        let place = Arc::clone(&self.0.places).try_acquire_owned().map_err(|_| PostboxFull)?;
        let outbox = Arc::clone(&self.0);
        tokio::spawn(async move { outbox.deliver(letter, place).await });
        Ok(())
    }
}

impl Outbox {
    async fn deliver(&self, letter: Letter, _place: OwnedSemaphorePermit) {
        let kind = format!("{:?}", letter.says);
        let origin = self.origin.get().map_or("", String::as_str);
        let message = match letter::write(&letter, &self.from, origin) {
            Ok(message) => message,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    letter.kind = kind,
                    "a letter can't be written"
                );
                return;
            }
        };
        let mut pause = self.retry;
        for tried in 1..=self.tries {
            let sent = {
                let _sending = self.sending.acquire().await;
                self.transport.send(&message).await
            };
            match sent {
                Ok(()) => {
                    metrics::counter!("matinee_letters_total", "outcome" => "sent").increment(1);
                    return;
                }
                Err(error) if error.is_final || tried == self.tries => {
                    metrics::counter!("matinee_letters_total", "outcome" => "lost").increment(1);
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        letter.kind = kind,
                        tried,
                        "a letter was not sent"
                    );
                    return;
                }
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        letter.kind = kind,
                        tried,
                        "a letter is tried again"
                    );
                }
            }
            tokio::time::sleep(pause).await;
            pause = pause.saturating_mul(2);
        }
    }
}
