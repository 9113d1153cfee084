//! A browser that begins a sign-in, goes to the provider, and comes back.

use axum::http::{Method, StatusCode};
use matinee_server::config::{Config, ProviderConfig};
use matinee_services::ports::Clock;
use url::Url;

use super::provider::{CLIENT, Hostile, SECRET};
use crate::support::{Answer, Client, ORIGIN, TestApp};

/// An instance that knows two providers, `one` and `other`, of which the first is returned.
pub async fn start() -> (TestApp, Hostile) {
    let (app, one, _) = start_with(|_| ()).await;
    (app, one)
}

/// The same with both, and with other settings.
pub async fn start_with(change: impl FnOnce(&mut Config)) -> (TestApp, Hostile, Hostile) {
    // The tests' clock begins here.
    let now = crate::support::BEGINNING_S;
    let (one, other) = (Hostile::start(now).await, Hostile::start(now).await);
    let providers = [("one", &one), ("other", &other)].map(|(id, provider)| ProviderConfig {
        id: id.into(),
        issuer: provider.issuer.clone(),
        client_id: CLIENT.into(),
        client_secret: SECRET.into(),
        ..ProviderConfig::default()
    });
    let app = TestApp::start_as(false, |config| {
        config.sign_in.providers = providers.into();
        config.sign_in.provider_timeout_ms = 1_000;
        change(config);
    })
    .await;
    assert_eq!(app.clock.now().timestamp(), now);
    (app, one, other)
}

/// One attempt in one browser.
pub struct Visit<'a> {
    pub browser: Client<'a>,
    /// Where the browser was sent.
    pub request: Url,
}

impl<'a> Visit<'a> {
    /// A new browser that has begun to sign in at `one`.
    pub async fn begin(app: &'a TestApp) -> Self {
        Self::begin_in(app.client(), "one").await
    }

    pub async fn begin_in(browser: Client<'a>, provider: &str) -> Self {
        let answer = browser.get(&format!("/sign-in/with/{provider}?back=/ratings")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
        let request = Url::parse(answer.header("location")).unwrap();
        assert_eq!(asked(&request, "redirect_uri"), format!("{ORIGIN}/sign-in/with/{provider}/callback"));
        Self { browser, request }
    }

    /// What the provider asks for in the address by this name.
    pub fn asked(&self, name: &str) -> String {
        asked(&self.request, name)
    }

    /// Comes back with these parameters.
    pub async fn come_back<N: AsRef<str>, V: AsRef<str>>(&self, pairs: &[(N, V)]) -> Answer {
        self.come_back_at("one", pairs).await
    }

    pub async fn come_back_at<N: AsRef<str>, V: AsRef<str>>(&self, provider: &str, pairs: &[(N, V)]) -> Answer {
        let mut url = Url::parse(&format!("{ORIGIN}/sign-in/with/{provider}/callback")).unwrap();
        url.query_pairs_mut().extend_pairs(pairs);
        self.browser.get(&format!("{}?{}", url.path(), url.query().unwrap_or_default())).await
    }

    /// Agrees at the provider and comes back as it says.
    pub async fn agree(&self, provider: &Hostile) -> Answer {
        self.come_back(&provider.agree(&self.request)).await
    }

    /// The name of who is signed in in this browser, if anybody is.
    pub async fn who(&self) -> Option<String> {
        who(&self.browser).await
    }

    /// The answer must be a refusal, and nobody may be signed in.
    pub async fn assert_refused(&self, answer: &Answer, status: StatusCode) {
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(self.who().await, None);
    }
}

fn asked(url: &Url, name: &str) -> String {
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.unwrap_or_else(|| panic!("no {name} in {url}")).1.into_owned()
}

/// The name of who is signed in in a browser.
pub async fn who(browser: &Client<'_>) -> Option<String> {
    let me = browser.send(Method::GET, "/api/v1/me", None).await;
    (me.status == StatusCode::OK).then(|| me.json()["name"].as_str().unwrap().to_owned())
}

/// Signs in at a provider that does as `spoil` says; nobody may be let in.
pub async fn refused(status: StatusCode, spoil: impl FnOnce(&Hostile)) {
    let (app, provider) = start().await;
    spoil(&provider);
    let visit = Visit::begin(&app).await;
    let answer = visit.agree(&provider).await;
    visit.assert_refused(&answer, status).await;
}
