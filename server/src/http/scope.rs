//! Keeps the reactive values of one request apart from those of others.
//!
//! Leptos keeps what a page's signals hold in an arena of the request, which is found through the thread. It restores the arena for
//! the futures of the page itself, but not for the handler around them: there `leptos_meta` yields before it reads the title, and goes
//! on with the arena of whatever request ran last on that thread. Mostly the title is not there and the page fails; it could be
//! another page's. So whatever scope a handler leaves behind when it waits is put back before it goes on.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::{extract::Request, middleware::Next, response::Response};
use leptos::prelude::Owner;

/// Middleware directly around the handlers of pages.
pub async fn keep_scope(request: Request, next: Next) -> Response {
    KeepingScope::new(next.run(request)).await
}

/// A future that finds the reactive scope as it left it when it was last polled.
pub struct KeepingScope<F> {
    handler: Pin<Box<F>>,
    /// `None` until the handler has made one.
    scope: Option<Owner>,
}

impl<F> KeepingScope<F> {
    /// Around a handler that has not begun.
    pub fn new(handler: F) -> Self {
        Self { handler: Box::pin(handler), scope: None }
    }
}

impl<F: Future> Future for KeepingScope<F> {
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
