//! Where a second step is asked for: whom a provider's sign-in lets in.

use matinee_services::duty::AskedOf;
use serde_json::json;

use super::visit::{Visit, start_with};

#[tokio::test(flavor = "multi_thread")]
async fn a_providers_sign_in_is_two_factors_where_its_token_or_the_operator_says_so() {
    let (app, one, other) = start_with(|config| {
        config.auth.second_step = AskedOf::Everyone;
        config.sign_in.providers[1].second_step = true;
    })
    .await;
    let weak = Visit::begin(&app).await;
    assert_eq!(weak.agree(&one).await.header("location"), "/account/second-step");
    assert_eq!(weak.who().await, None, "held up");

    for methods in [json!(["pwd"]), json!(["mfa-later", "pwd"]), json!([])] {
        one.claim(move |claims| claims["amr"] = methods.clone());
        let visit = Visit::begin(&app).await;
        visit.agree(&one).await;
        assert_eq!(visit.who().await, None);
    }
    one.claim(|claims| claims["amr"] = json!(["pwd", "otp", "mfa"]));
    let strong = Visit::begin(&app).await;
    assert_eq!(strong.agree(&one).await.header("location"), "/ratings");
    assert_eq!(strong.who().await.as_deref(), Some("Ada"));
    assert_eq!(weak.who().await, None, "each session by itself");

    other.with(|book| book.subject = "subject-2".into());
    let trusted = Visit::begin_in(app.client(), "other").await;
    let answer = trusted.come_back_at("other", &other.agree(&trusted.request)).await;
    assert_eq!(answer.header("location"), "/ratings", "{answer:?}");
    assert!(trusted.who().await.is_some());
}
