//! Keeps the reactive values of one request apart from those of others, and as long as its tasks need them.
//!
//! Leptos keeps what a page's signals hold in an arena of the request, which is found through the thread. It restores the arena for
//! the futures of the page itself, but not for the handler around them: there `leptos_meta` yields before it reads the title, and goes
//! on with the arena of whatever request ran last on that thread. Mostly the title is not there and the page fails; it could be
//! another page's. So whatever scope a handler leaves behind when it waits is put back before it goes on.
//!
//! A page's tasks run beside its handler and panic if they find its scope gone. So the page of somebody who went away is drawn to its
//! end all the same, which is a matter of milliseconds.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{extract::Request, middleware::Next, response::Response};
use leptos::prelude::Owner;
use matinee_services::provenance::Provenance;

/// How long the page of somebody who went away may take.
const UNATTENDED: Duration = Duration::from_secs(2);

/// Middleware directly around the handlers of pages.
pub async fn keep_scope(request: Request, next: Next) -> Response {
    KeepingScope::new(next.run(request)).await
}

/// A future that finds the reactive scope as it left it when it was last polled, and is finished by the runtime when it is dropped
/// on the way.
pub struct KeepingScope<F: Future<Output: Send> + Send + 'static>(Option<Handler<F>>);

struct Handler<F> {
    handler: Pin<Box<F>>,
    /// `None` until the handler has made one.
    scope: Option<Owner>,
}

impl<F: Future<Output: Send> + Send + 'static> KeepingScope<F> {
    /// Around a handler that has not begun.
    pub fn new(handler: F) -> Self {
        Self(Some(Handler { handler: Box::pin(handler), scope: None }))
    }
}

impl<F: Future> Future for Handler<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        if let Some(scope) = &self.scope {
            // The arena, too.
            scope.set();
        }
        let polled = self.handler.as_mut().poll(context);
        self.scope = if polled.is_pending() { Owner::current() } else { None };
        polled
    }
}

impl<F: Future<Output: Send> + Send + 'static> Future for KeepingScope<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let handler = self.0.as_mut().expect("nobody polls what is ready");
        let polled = Pin::new(handler).poll(context);
        if polled.is_ready() {
            self.0 = None;
        }
        polled
    }
}

impl<F: Future<Output: Send> + Send + 'static> Drop for KeepingScope<F> {
    fn drop(&mut self) {
        let begun = self.0.take().filter(|handler| handler.scope.is_some());
        if let (Some(handler), Ok(runtime)) = (begun, tokio::runtime::Handle::try_current()) {
            runtime.spawn(Provenance::current().scope(tokio::time::timeout(UNATTENDED, handler)));
        }
    }
}
