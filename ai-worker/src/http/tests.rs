use async_trait::async_trait;
use matinee_domain::{MovieId, PredictedStars, Timestamp};
use matinee_services::ports::{
    ModelStatus, RankedBy, RecommendRequest, RecommenderError, ScoreTerm, ScoredMovie, SimilarMovie, TermSource,
};
use tokio::{net::TcpListener, sync::Notify};

use super::*;
use crate::{
    pool::{PoolOptions, RemoteRecommender, client_builder},
    protocol::{DEADLINE, EXPLAIN, ExplainRequest, MODEL, RANK, RECOMMEND, RankRequest, SIMILAR, STATUS},
};

/// A request to the model that never answers has come in.
static ENTERED: Notify = Notify::const_new();

/// Answers every request in one way.
struct Fake(Option<Refusal>);

impl Fake {
    fn answer<T>(&self, answer: T) -> Result<T, RecommenderError> {
        self.0.clone().map_or(Ok(answer), |refusal| Err(refusal.into()))
    }
}

fn film(number: u128) -> MovieId {
    MovieId(uuid::Uuid::from_u128(number))
}

const STARS: PredictedStars = PredictedStars { stars: 4.0, low: 3.25, high: 4.75 };

#[async_trait]
impl Recommender for Fake {
    async fn recommend(&self, request: RecommendRequest) -> Result<Vec<ScoredMovie>, RecommenderError> {
        let terms = vec![ScoreTerm { source: TermSource::Popularity, value: 0.5, share: 1.0 }];
        let stars = request.stars.then_some(STARS);
        self.answer(vec![ScoredMovie { movie: film(request.limit.into()), score: 0.5, terms, stars }])
    }

    async fn rank(&self, _: RecommendRequest, movies: Vec<MovieId>) -> Result<RankedBy, RecommenderError> {
        let ranked = |movie| ScoredMovie { movie, score: 0.5, terms: Vec::new(), stars: None };
        let movies = movies.into_iter().map(ranked).collect();
        self.answer(RankedBy { movies, version: Some("v".to_owned()) })
    }

    async fn explain(&self, request: RecommendRequest, movie: MovieId) -> Result<ScoredMovie, RecommenderError> {
        if request.limit == 0 {
            ENTERED.notify_one();
            std::future::pending::<()>().await;
        }
        self.answer(ScoredMovie { movie, score: 0.25, terms: Vec::new(), stars: None })
    }

    async fn similar(&self, movie: MovieId, _: u32) -> Result<Vec<SimilarMovie>, RecommenderError> {
        self.answer(vec![SimilarMovie { movie, score: 0.25 }])
    }

    async fn status(&self) -> Result<ModelStatus, RecommenderError> {
        self.answer(ModelStatus { version: Some("v".to_owned()), movies: 3, shadow: None, on_trial: None, shard: None })
    }
}

async fn start(refusal: Option<Refusal>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let worker = Worker::new(Arc::new(Fake(refusal)), Duration::from_secs(5), metrics_handle().unwrap());
    tokio::spawn(async move { axum::serve(listener, router(worker)).await });
    format!("http://{address}")
}

/// An address where nobody listens.
async fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

fn pool(addresses: &[String]) -> RemoteRecommender {
    RemoteRecommender::new(addresses, PoolOptions::default()).unwrap()
}

fn request(events: usize) -> RecommendRequest {
    let now = Timestamp::from_timestamp(1_700_000_000, 0).unwrap();
    let event = matinee_domain::Event { movie: film(1), kind: matinee_domain::EventKind::Viewed, at: now };
    RecommendRequest {
        events: vec![event; events],
        hidden: vec![film(2)],
        limit: 7,
        now,
        person: None,
        model: None,
        stars: false,
        next: false,
    }
}

#[tokio::test]
async fn a_pool_gives_what_the_worker_answers() {
    let pool = pool(&[start(None).await]);
    let scored = pool.recommend(request(3)).await.unwrap();
    assert_eq!((scored[0].movie, scored[0].terms[0].source), (film(7), TermSource::Popularity));
    assert_eq!(pool.similar(film(9), 5).await.unwrap(), [SimilarMovie { movie: film(9), score: 0.25 }]);
    assert_eq!(pool.status().await.unwrap().version.as_deref(), Some("v"));
}

#[tokio::test]
async fn what_somebody_would_give_a_film_comes_through_where_it_is_asked_for() {
    let worker = start(None).await;
    let pool = pool(std::slice::from_ref(&worker));
    assert_eq!(pool.recommend(request(3)).await.unwrap()[0].stars, None);
    let asked = RecommendRequest { stars: true, ..request(3) };
    assert_eq!(pool.recommend(asked.clone()).await.unwrap()[0].stars, Some(STARS));
    let answer = client_builder().build().unwrap().post(format!("{worker}{RECOMMEND}")).json(&asked).send();
    let answer: serde_json::Value = answer.await.unwrap().json().await.unwrap();
    assert_eq!(
        answer["movies"][0]["stars"],
        serde_json::json!({ "stars": 4.0, "low": 3.25, "high": 4.75 }),
        "{answer}"
    );
}

#[tokio::test]
async fn a_worker_that_is_gone_busy_or_without_a_model_is_passed_over() {
    let busy = start(Some(Refusal::Overloaded { retry_after_ms: 1_500 })).await;
    let pool = pool(&[nowhere().await, busy, start(Some(Refusal::NoModel)).await, start(None).await]);
    for _ in 0..8 {
        assert_eq!(pool.recommend(request(1)).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn refusals_come_through_with_their_kind() {
    let overloaded = pool(&[start(Some(Refusal::Overloaded { retry_after_ms: 1_500 })).await]);
    let error = overloaded.recommend(request(1)).await.unwrap_err();
    assert!(matches!(error, RecommenderError::Overloaded { retry_after_ms: 1_500 }), "{error}");
    let unknown = pool(&[start(Some(Refusal::UnknownMovie { movie: film(5) })).await]);
    let error = unknown.similar(film(5), 1).await.unwrap_err();
    assert!(matches!(error, RecommenderError::UnknownMovie(movie) if movie == film(5)), "{error}");
    let gone = pool(&[nowhere().await]);
    assert!(matches!(gone.status().await, Err(RecommenderError::Worker(_) | RecommenderError::TimedOut(_))));
}

#[tokio::test]
async fn bad_requests_and_a_full_queue_have_their_status() {
    let client = client_builder().build().unwrap();
    let worker = start(None).await;
    let post = |path: &str, body: String| {
        client.post(format!("{worker}{path}")).header("content-type", "application/json").body(body).send()
    };
    let many_films = RankRequest { request: request(1), movies: vec![film(1); 1_001] };
    let too_many = serde_json::to_string(&request(501)).unwrap();
    for (path, body) in [
        (RECOMMEND, "{".to_owned()),
        (RECOMMEND, "{}".to_owned()),
        (RECOMMEND, too_many),
        (SIMILAR, "[]".to_owned()),
        (RANK, serde_json::to_string(&many_films).unwrap()),
        (EXPLAIN, "null".to_owned()),
    ] {
        let response = post(path, body).await.unwrap();
        assert_eq!(response.status(), 400, "{path}");
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let problem: Problem = response.json().await.unwrap();
        assert!(matches!(problem.refusal, Refusal::Invalid { .. }));
        assert_eq!((problem.status, problem.kind.as_str()), (400, "urn:matinee:problem:bad-request"));
    }
    for name in ["", "{}", "../live", ".hidden", &"a".repeat(101)] {
        let asked = client.post(format!("{worker}{RECOMMEND}")).header(MODEL, name).json(&request(1));
        assert_eq!(asked.send().await.unwrap().status(), 400, "a model called {name:?}");
    }
    let response = post(RECOMMEND, " ".repeat(MAX_BODY_BYTES + 1)).await.unwrap();
    assert_eq!(response.status(), 413);
    assert!(matches!(response.json().await.unwrap(), Refusal::TooLarge { .. }));
    assert_eq!(client.get(format!("{worker}/readyz")).send().await.unwrap().status(), 200);
    let busy = start(Some(Refusal::Overloaded { retry_after_ms: 1_500 })).await;
    let response = client.get(format!("{busy}{STATUS}")).send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.headers()["retry-after"].to_str().unwrap()), (429, "2"));
    assert_eq!(client.get(format!("{busy}/livez")).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn films_are_ranked_and_explained_on_demand() {
    let pool = pool(&[start(None).await]);
    let ranked = pool.rank(request(1), vec![film(3), film(4)]).await.unwrap();
    assert_eq!(ranked.movies.iter().map(|film| film.movie).collect::<Vec<_>>(), [film(3), film(4)]);
    assert_eq!(ranked.version.as_deref(), Some("v"), "whose scores these are");
    assert_eq!(pool.explain(request(1), film(8)).await.unwrap().movie, film(8));
}

#[tokio::test]
async fn a_request_is_given_up_when_its_caller_no_longer_waits() {
    let worker = start(None).await;
    let never = ExplainRequest { request: RecommendRequest { limit: 0, ..request(1) }, movie: film(1) };
    let client = client_builder().build().unwrap();
    let asked = client.post(format!("{worker}{EXPLAIN}")).header(DEADLINE, "20").json(&never);
    let response = asked.send().await.unwrap();
    assert_eq!(response.status(), 504);
    assert_eq!(response.json::<Refusal>().await.unwrap(), Refusal::TimedOut { after_ms: 20 });
}

#[tokio::test]
async fn a_worker_that_stops_finishes_what_is_open_and_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let worker = Worker::new(Arc::new(Fake(None)), Duration::from_millis(200), metrics_handle().unwrap());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let state = worker.clone();
    let serving = tokio::spawn(serve(listener, worker, async { drop(stopped.await) }, Duration::from_mins(1)));
    let never = ExplainRequest { request: RecommendRequest { limit: 0, ..request(1) }, movie: film(1) };
    let open = tokio::spawn(client_builder().build().unwrap().post(format!("{address}{EXPLAIN}")).json(&never).send());
    ENTERED.notified().await;
    let ready = reqwest::get(format!("{address}/readyz")).await.unwrap();
    assert_eq!(ready.status(), 200);
    drop(stop);
    serving.await.unwrap();
    assert_eq!(open.await.unwrap().unwrap().status(), 504, "it was open and was answered");
    assert!(health::ready(axum::extract::State(state)).await.is_err());
    assert!(reqwest::get(format!("{address}/readyz")).await.is_err());
}

#[tokio::test]
async fn measurements_and_the_document_tell_of_every_path() {
    let worker = start(None).await;
    pool(std::slice::from_ref(&worker)).recommend(request(1)).await.unwrap();
    let text = reqwest::get(format!("{worker}/metrics")).await.unwrap().text().await.unwrap();
    assert!(text.contains("matinee_ai_request_duration_seconds_bucket{kind=\"recommend\",outcome=\"ok\""), "{text}");
    let document: serde_json::Value =
        reqwest::get(format!("{worker}/openapi.json")).await.unwrap().json().await.unwrap();
    for path in [RECOMMEND, RANK, EXPLAIN, SIMILAR, STATUS, "/livez", "/readyz", "/metrics"] {
        assert!(document["paths"][path].is_object(), "{path}");
    }
    for schema in ["RecommendRequest", "ScoredMovie", "Event", "Problem", "RankRequest", "ExplainRequest"] {
        assert!(document["components"]["schemas"][schema].is_object(), "{schema}");
    }
}
