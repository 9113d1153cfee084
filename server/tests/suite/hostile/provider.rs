//! The provider: discovery, keys, tokens and user info on a free port of this machine.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Form, Router,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use super::token::{EcKey, Token, encode};

pub const CLIENT: &str = "films";
pub const SECRET: &str = "the client's secret";
pub const KID: &str = "key-1";

/// What an endpoint answers with, in place of the truth.
pub type Reply = Box<dyn Fn() -> Response + Send + Sync>;
/// Makes an ID token of an honest one.
type Forge = Box<dyn Fn(&Book, Token) -> String + Send + Sync>;

/// An authorization that was given: what came with the request for it.
#[derive(Clone)]
struct Grant {
    nonce: String,
    challenge: String,
    redirect: String,
}

/// What the provider knows, and how it lies.
pub struct Book {
    pub issuer: String,
    pub key: EcKey,
    /// Seconds since 1970.
    pub now: i64,
    pub subject: String,
    /// Claims beside those that every token has.
    pub profile: Value,
    pub user_info: Value,
    pub keys: Vec<Value>,
    pub discovery: Value,
    /// Checks neither PKCE nor that a code is used once.
    pub is_careless: bool,
    pub forge: Option<Forge>,
    pub replies: HashMap<&'static str, Reply>,
    /// Requests by path.
    pub asked: HashMap<String, usize>,
    /// The body of the last answer from the token endpoint.
    pub last_tokens: String,
    grants: HashMap<String, Grant>,
    next_code: usize,
}

/// A running provider.
#[derive(Clone)]
pub struct Hostile {
    pub issuer: String,
    book: Arc<Mutex<Book>>,
}

impl Hostile {
    pub async fn start(now: i64) -> Self {
        Self::start_at("", now).await
    }

    /// One of several on a host, each of which has a path of its own.
    pub async fn start_at(path: &str, now: i64) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}{path}", listener.local_addr().unwrap());
        let key = EcKey::new();
        let discovery = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "userinfo_endpoint": format!("{issuer}/me"),
            "jwks_uri": format!("{issuer}/keys"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256", "RS256", "HS256", "none"],
            "authorization_response_iss_parameter_supported": true,
        });
        let book = Book {
            issuer: issuer.clone(),
            keys: vec![key.jwk(KID)],
            key,
            now,
            subject: "subject-1".into(),
            profile: json!({ "name": "Ada" }),
            user_info: json!({ "sub": "subject-1", "name": "Ada of the user info" }),
            discovery,
            is_careless: false,
            forge: None,
            replies: HashMap::new(),
            asked: HashMap::new(),
            last_tokens: String::new(),
            grants: HashMap::new(),
            next_code: 0,
        };
        let hostile = Self { issuer, book: Arc::new(Mutex::new(book)) };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery_document))
            .route("/keys", get(keys))
            .route("/token", post(tokens))
            .route("/me", get(user_info))
            .with_state(hostile.clone());
        let router = if path.is_empty() { router } else { Router::new().nest(path, router) };
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        hostile
    }

    /// Looks at, or changes, what it knows and how it lies.
    pub fn with<T>(&self, change: impl FnOnce(&mut Book) -> T) -> T {
        change(&mut self.book.lock().unwrap())
    }

    /// Every token from now on is made by `forge` of an honest one.
    pub fn forge(&self, forge: impl Fn(&Book, Token) -> String + Send + Sync + 'static) {
        self.with(|book| book.forge = Some(Box::new(forge)));
    }

    /// Every token from now on has other claims, and is signed as it should be.
    pub fn claim(&self, change: impl Fn(&mut Value) + Send + Sync + 'static) {
        self.forge(move |book, mut token| {
            change(&mut token.claims);
            token.with_signature(|text| book.key.sign(text))
        });
    }

    /// The endpoint at `path` answers with this from now on.
    pub fn reply(&self, path: &'static str, reply: impl Fn() -> Response + Send + Sync + 'static) {
        self.with(|book| book.replies.insert(path, Box::new(reply)));
    }

    /// How often the endpoint at `path` was asked.
    pub fn asked(&self, path: &str) -> usize {
        self.with(|book| book.asked.get(path).copied().unwrap_or_default())
    }

    /// What its authorization endpoint does when the person agrees: the parameters that the browser comes back with.
    pub fn agree(&self, request: &Url) -> Vec<(String, String)> {
        let asked: HashMap<String, String> = request.query_pairs().into_owned().collect();
        assert_eq!(asked["client_id"], CLIENT);
        assert_eq!(asked["response_type"], "code");
        assert_eq!(asked["code_challenge_method"], "S256");
        let code = self.with(|book| {
            book.next_code += 1;
            let code = format!("code-{}", book.next_code);
            let grant = Grant {
                // Plain OAuth 2.0 has none.
                nonce: asked.get("nonce").cloned().unwrap_or_default(),
                challenge: asked["code_challenge"].clone(),
                redirect: asked["redirect_uri"].clone(),
            };
            book.grants.insert(code.clone(), grant);
            code
        });
        let pairs = [("code", code), ("state", asked["state"].clone()), ("iss", self.issuer.clone())];
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Counts the request, and says what to answer in place of the truth.
    fn lie(&self, path: &'static str) -> Option<Response> {
        self.with(|book| {
            *book.asked.entry(path.to_owned()).or_default() += 1;
            book.replies.get(path).map(|reply| reply())
        })
    }
}

pub fn json_answer(value: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

/// An answer that never ends: a piece every tenth of a second.
pub fn endless() -> Response {
    let pieces = futures::stream::unfold((), |()| async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        Some((Ok::<_, std::convert::Infallible>(" "), ()))
    });
    ([(header::CONTENT_TYPE, "application/json")], Body::from_stream(pieces)).into_response()
}

async fn discovery_document(State(provider): State<Hostile>) -> Response {
    let lie = provider.lie("/.well-known/openid-configuration");
    lie.unwrap_or_else(|| json_answer(&provider.with(|book| book.discovery.clone())))
}

async fn keys(State(provider): State<Hostile>) -> Response {
    let lie = provider.lie("/keys");
    lie.unwrap_or_else(|| json_answer(&provider.with(|book| json!({ "keys": book.keys }))))
}

async fn user_info(State(provider): State<Hostile>, headers: HeaderMap) -> Response {
    if let Some(lie) = provider.lie("/me") {
        return lie;
    }
    if headers[header::AUTHORIZATION] != "Bearer an access token" {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    json_answer(&provider.with(|book| book.user_info.clone()))
}

async fn tokens(
    State(provider): State<Hostile>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    if let Some(lie) = provider.lie("/token") {
        return lie;
    }
    let answer = provider.with(|book| {
        let grant = if book.is_careless {
            book.grants.get(&form["code"]).cloned()?
        } else {
            let grant = book.grants.remove(&form["code"])?;
            let verifier = encode(Sha256::digest(form["code_verifier"].as_bytes()));
            (grant.challenge == verifier && grant.redirect == form["redirect_uri"]).then_some(grant)?
        };
        let has_header =
            headers.get(header::AUTHORIZATION).is_some_and(|value| value.as_bytes().starts_with(b"Basic "));
        let has_secret = has_header || form.get("client_secret").is_some_and(|secret| secret == SECRET);
        assert!(has_secret, "the client shows its secret");
        let mut claims = json!({
            "iss": book.issuer, "sub": book.subject, "aud": CLIENT, "nonce": grant.nonce,
            "iat": book.now, "exp": book.now + 300,
        });
        for (name, value) in book.profile.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let token = Token { header: json!({ "alg": "ES256", "typ": "JWT", "kid": KID }), claims };
        let id_token = match &book.forge {
            Some(forge) => forge(book, token),
            None => token.with_signature(|text| book.key.sign(text)),
        };
        let mut answer = json!({ "access_token": "an access token", "token_type": "Bearer", "expires_in": 300 });
        if !id_token.is_empty() {
            answer["id_token"] = id_token.into();
        }
        book.last_tokens = answer.to_string();
        Some(answer)
    });
    match answer {
        Some(answer) => json_answer(&answer),
        None => (StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, "application/json")], r#"{"error":"invalid_grant"}"#)
            .into_response(),
    }
}
