//! A request's way: [`refusals`] → [`sticky`] chooses → [`headers`] cleans → the instance → the answer, or another try
//! within the [`budget`], or a [`pages`] page. Files that never change come from the [`files`] cache.

mod budget;
mod context;
mod files;
mod headers;
mod pages;
mod refusals;
mod sticky;

use std::{sync::Arc, time::Instant};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, StatusCode};
use pingora::{
    Error, ErrorSource,
    ErrorType::{
        ConnectRefused, ConnectionClosed, HTTPStatus, InvalidCert, ReadError, ReadTimedout, TLSHandshakeFailure,
        TLSHandshakeTimedout, WriteError, WriteTimedout,
    },
    Result,
    cache::{CacheKey, CacheMeta, CachePhase, RespCacheable, key::HashBinary},
    http::{RequestHeader, ResponseHeader},
    proxy::{FailToProxy, ProxyHttp, ProxyWarnLogContext, Session},
    upstreams::peer::{HttpPeer, Peer},
};

use self::{budget::Budget, files::Files};
pub use self::{
    context::{Repeats, RequestContext},
    refusals::{is_framed_clearly, is_under},
    sticky::session_key,
};
use crate::{
    access_log::{AccessLog, Line},
    clock,
    config::Config,
    connections::headers_have_come,
    measures::{self, Measures},
    stopping::Phase,
    upstreams::{Secured, Upstreams},
};

/// What pingora asks about every request.
pub struct Director {
    upstreams: Arc<Upstreams>,
    /// Where instances are asked by TLS.
    secured: Option<Arc<Secured>>,
    config: Config,
    measures: Measures,
    log: Option<AccessLog>,
    files: Option<Files>,
    budget: Budget,
    peer: HttpPeer,
    phase: Phase,
}

impl Director {
    pub fn new(
        config: &Config,
        upstreams: Arc<Upstreams>,
        secured: Option<Arc<Secured>>,
        log: Option<AccessLog>,
        phase: Phase,
    ) -> Self {
        let mut peer = HttpPeer::new("0.0.0.0:1", false, String::new());
        peer.options.connection_timeout = Some(config.limits.connect_timeout());
        peer.options.total_connection_timeout = Some(config.limits.connect_timeout());
        peer.options.write_timeout = Some(config.limits.upstream_timeout());
        peer.options.idle_timeout = Some(std::time::Duration::from_secs(30));
        Self {
            upstreams,
            secured,
            config: config.clone(),
            measures: Measures::new(),
            log,
            files: Files::new(&config.cache),
            budget: Budget::new(config.retry.budget_percent),
            peer,
            phase,
        }
    }

    fn repeats(&self, request: &RequestHeader) -> Repeats {
        if request.method.is_idempotent() {
            Repeats::Always
        } else if request.method != Method::POST {
            Repeats::Never
        } else if self.config.retry.is_harmless_twice(request.uri.path()) {
            Repeats::WhenBrokenOff
        } else if self.config.retry.forms && !request.uri.path().starts_with("/api/v1/") {
            Repeats::WithWarning
        } else {
            Repeats::Never
        }
    }

    /// Whether the request may be sent once more after `ctx.tried`.
    fn attempts_left(&self, ctx: &RequestContext) -> bool {
        ctx.tried.count() < self.config.retry.attempts
    }

    /// An instance failed with this request.
    fn note_failure(&self, ctx: &RequestContext, error: &Error) {
        let Some(upstream) = ctx.upstream() else { return };
        upstream.measures.failures.increment(1);
        if upstream.observe_failure(&self.config.passive) {
            tracing::warn!(upstream = %upstream.address, error = %error, "an instance is set aside for failing");
        }
    }
}

#[async_trait]
impl ProxyHttp for Director {
    type CTX = RequestContext;

    fn new_ctx(&self) -> RequestContext {
        RequestContext::default()
    }

    async fn early_request_filter(&self, session: &mut Session, ctx: &mut RequestContext) -> Result<()> {
        headers_have_come();
        ctx.started = Instant::now();
        let limits = &self.config.limits;
        session.as_downstream_mut().set_write_timeout(Some(limits.write_timeout()));
        session.as_downstream_mut().set_read_timeout(Some(limits.body_timeout()));
        ctx.client = session.client_addr().and_then(|address| address.as_inet()).map(std::net::SocketAddr::ip);
        ctx.is_tls = session.digest().is_some_and(|digest| digest.ssl_digest.is_some());
        Ok(())
    }

    async fn request_filter(&self, session: &mut Session, ctx: &mut RequestContext) -> Result<bool> {
        if self.phase.is_leaving() {
            session.as_downstream_mut().set_keepalive(None);
        }
        if let Some(refusal) = refusals::check(session, &self.config.limits) {
            measures::refused(refusal.reason);
            session.as_downstream_mut().set_keepalive(None);
            pages::refuse(session, ctx, refusal).await?;
            return Ok(true);
        }
        if self.config.listen.redirect_to_https && !ctx.is_tls {
            let port = self.config.listen.https.first().and_then(|address| address.rsplit_once(':'));
            pages::to_https(session, ctx, port.map_or("443", |(_, port)| port)).await?;
            return Ok(true);
        }
        ctx.repeats = self.repeats(session.req_header());
        ctx.key = session_key(&session.req_header().headers, &self.config.balance.cookies);
        self.budget.saw_request();
        Ok(false)
    }

    async fn request_body_filter(
        &self,
        _session: &mut Session,
        body: &mut Option<Bytes>,
        _end_of_stream: bool,
        ctx: &mut RequestContext,
    ) -> Result<()> {
        ctx.body_bytes += body.as_ref().map_or(0, Bytes::len);
        let limits = &self.config.limits;
        if ctx.body_bytes > limits.body_bytes {
            measures::refused("body_bytes");
            return Err(Error::explain(HTTPStatus(413), "the body is too large").into_down());
        }
        if ctx.started.elapsed() > limits.body_timeout() && body.is_some() && ctx.answered.is_none() {
            measures::refused("body_timeout");
            return Err(Error::explain(HTTPStatus(408), "the body came too slowly").into_down());
        }
        Ok(())
    }

    fn request_cache_filter(&self, session: &mut Session, _ctx: &mut RequestContext) -> Result<()> {
        if let Some(files) = &self.files {
            files.enable_for(session);
        }
        Ok(())
    }

    fn cache_key_callback(&self, session: &Session, _ctx: &mut RequestContext) -> Result<CacheKey> {
        Ok(files::key(session.req_header()))
    }

    fn response_cache_filter(
        &self,
        _session: &Session,
        answer: &ResponseHeader,
        _ctx: &mut RequestContext,
    ) -> Result<RespCacheable> {
        Ok(files::cacheable(answer))
    }

    fn cache_vary_filter(&self, _: &CacheMeta, _: &mut RequestContext, request: &RequestHeader) -> Option<HashBinary> {
        Some(files::variant(request))
    }

    async fn upstream_peer(&self, session: &mut Session, ctx: &mut RequestContext) -> Result<Box<HttpPeer>> {
        ctx.in_flight = None;
        let Some(chosen) = self.upstreams.fleet().choose(ctx.key.as_deref(), &ctx.tried) else {
            self.measures.unavailable.increment(1);
            return Err(Error::explain(HTTPStatus(503), "no instance is well").into_up());
        };
        if ctx.tried.count() > 0 {
            self.measures.retries.increment(1);
        }
        let address = chosen.upstream().address;
        ctx.tried.add(address);
        ctx.in_flight = Some(chosen);
        ctx.sent = Instant::now();
        let mut peer = self.peer.clone();
        peer._address = pingora::protocols::l4::socket::SocketAddr::Inet(address);
        if let Some(secured) = &self.secured {
            secured.apply(&mut peer);
        }
        let may_repeat = ctx.repeats == Repeats::Always
            && self.attempts_left(ctx)
            && session.is_body_empty()
            && self.budget.is_left();
        let patience = if may_repeat { self.config.retry.after() } else { self.config.limits.upstream_timeout() };
        peer.options.read_timeout = Some(patience.min(self.config.limits.upstream_timeout()));
        Ok(Box::new(peer))
    }

    async fn upstream_request_filter(
        &self,
        _session: &mut Session,
        request: &mut RequestHeader,
        ctx: &mut RequestContext,
    ) -> Result<()> {
        headers::clean(request, ctx)
    }

    async fn upstream_response_filter(
        &self,
        session: &mut Session,
        answer: &mut ResponseHeader,
        ctx: &mut RequestContext,
    ) -> Result<()> {
        let status = answer.status;
        if status.is_informational() {
            return Ok(());
        }
        let failed = matches!(status.as_u16(), 502..=504);
        if let Some(upstream) = ctx.upstream() {
            upstream.measures.answered(status.as_u16(), ctx.sent.elapsed());
            if !failed {
                upstream.observe_answer(ctx.sent.elapsed());
            }
        }
        if failed {
            let error = Error::explain(HTTPStatus(status.as_u16()), "an instance can't answer").into_up();
            let elsewhere =
                self.upstreams.fleet().upstreams().iter().any(|one| one.is_well() && !ctx.tried.has(one.address));
            // An instance that answers broke nothing off: it may have done some of it.
            if !matches!(ctx.repeats, Repeats::Never | Repeats::WithWarning)
                && elsewhere
                && self.attempts_left(ctx)
                && !session.retry_buffer_truncated()
            {
                return Err(error);
            }
            self.note_failure(ctx, &error);
        }
        // It would be kept with a cached file and given to others.
        answer.remove_header(&headers::REQUEST_ID);
        Ok(())
    }

    async fn response_filter(
        &self,
        _session: &mut Session,
        answer: &mut ResponseHeader,
        ctx: &mut RequestContext,
    ) -> Result<()> {
        if !answer.status.is_informational() {
            ctx.answered.get_or_insert_with(Instant::now);
            answer.insert_header(headers::REQUEST_ID, ctx.id.as_str())?;
        }
        Ok(())
    }

    fn fail_to_connect(
        &self,
        _session: &mut Session,
        _peer: &HttpPeer,
        ctx: &mut RequestContext,
        mut error: Box<Error>,
    ) -> Box<Error> {
        match (error.etype(), ctx.upstream()) {
            (ConnectRefused, Some(upstream)) => {
                upstream.measures.failures.increment(1);
                if upstream.observe_absence() {
                    tracing::warn!(upstream = %upstream.address, "an instance refuses connections and gets no more requests");
                }
            }
            _ => self.note_failure(ctx, &error),
        }
        if let (TLSHandshakeFailure | TLSHandshakeTimedout | InvalidCert, Some(upstream)) =
            (error.etype(), ctx.upstream())
        {
            tracing::warn!(upstream = %upstream.address, error = %error, "an instance can't be spoken to by TLS");
        }
        // Nothing was sent, so anything may be sent again.
        error.set_retry(self.attempts_left(ctx));
        error
    }

    fn error_while_proxy(
        &self,
        peer: &HttpPeer,
        session: &mut Session,
        error: Box<Error>,
        ctx: &mut RequestContext,
        reused: bool,
    ) -> Box<Error> {
        let mut error = error.more_context(format!("instance {}", peer.address()));
        if *error.esource() != ErrorSource::Upstream {
            error.set_retry(false);
            return error;
        }
        // An idle connection that the instance had just closed says nothing bad about it.
        let was_stale = reused && matches!(error.etype(), ConnectionClosed | WriteError | ReadError);
        if !was_stale {
            self.note_failure(ctx, &error);
        }
        let repeats = match ctx.repeats {
            Repeats::Never => false,
            Repeats::WhenBrokenOff | Repeats::WithWarning => !matches!(error.etype(), ReadTimedout | WriteTimedout),
            Repeats::Always => true,
        };
        ctx.may_be_done |= ctx.repeats == Repeats::WithWarning;
        let may = repeats
            && ctx.answered.is_none()
            && session.response_written().is_none()
            && !session.retry_buffer_truncated()
            && self.attempts_left(ctx);
        error.set_retry(may && (was_stale || self.budget.take()));
        error
    }

    async fn fail_to_proxy(&self, session: &mut Session, error: &Error, ctx: &mut RequestContext) -> FailToProxy {
        let code = match (error.etype(), error.esource()) {
            (HTTPStatus(code), _) => *code,
            (ReadTimedout | WriteTimedout, ErrorSource::Upstream) => 504,
            (_, ErrorSource::Upstream) => 502,
            (ReadTimedout, ErrorSource::Downstream) => 408,
            (WriteError | WriteTimedout | ReadError | ConnectionClosed, ErrorSource::Downstream) => 0,
            (_, ErrorSource::Downstream) => 400,
            _ => 500,
        };
        if code != 0 && session.response_written().is_none() {
            session.as_downstream_mut().set_keepalive(None);
            let status = StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_GATEWAY);
            if let Err(error) = pages::fail(session, ctx, status).await {
                tracing::debug!(%error, "the client did not take the page of failure");
            }
        }
        FailToProxy { error_code: code, can_reuse_downstream: false }
    }

    async fn logging(&self, session: &mut Session, error: Option<&Error>, ctx: &mut RequestContext) {
        let status = session.response_written().map_or(0, |answer| answer.status.as_u16());
        let duration = ctx.started.elapsed();
        self.measures.answers.add(status);
        self.measures.took(duration);
        match session.cache.phase() {
            CachePhase::Hit => self.measures.cache_hits.increment(1),
            CachePhase::Miss => self.measures.cache_misses.increment(1),
            _ => {}
        }
        if let Some(log) = &self.log {
            log.write(&Line {
                time: clock::now(),
                request_id: ctx.id.as_str(),
                client: ctx.client,
                method: session.req_header().method.as_str(),
                // Without the query: what people search for is theirs.
                path: session.req_header().uri.path(),
                version: session.req_header().version,
                is_tls: ctx.is_tls,
                status,
                bytes: session.body_bytes_sent(),
                duration,
                upstream: ctx.upstream().map(|one| one.address),
                attempts: ctx.tried.count(),
                is_cached: matches!(session.cache.phase(), CachePhase::Hit),
                error,
            });
        }
        ctx.in_flight = None;
    }

    fn suppress_error_log(&self, _session: &Session, _ctx: &RequestContext, _error: &Error) -> bool {
        // The access log and the measurements tell of it.
        true
    }

    fn suppress_proxy_warn_log(&self, _: &Session, _: &RequestContext, _: &Error, _: ProxyWarnLogContext) -> bool {
        true
    }
}
