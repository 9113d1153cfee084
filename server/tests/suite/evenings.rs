//! Films for an evening together: the link, the consent, the list, and that nobody else gets to know anything.

use axum::http::StatusCode;

use crate::support::{Answer, Client, TestApp, post};

/// Somebody who gave these films five stars.
async fn fan<'a>(app: &'a TestApp, name: &str, titles: &[&str]) -> Client<'a> {
    let client = app.signed_in(name).await;
    for title in titles {
        client.rate(app.movie(title).await, 5.0).await;
    }
    client
}

async fn press(client: &Client<'_>, path: &str) -> Answer {
    post(client, path, &[]).await
}

/// The path of the link on the page.
fn link(page: &str) -> String {
    let (_, rest) = page.split_once("http://films.test/evening/join/").unwrap_or_else(|| panic!("no link: {page}"));
    format!("/evening/join/{}", rest.split(|c: char| !c.is_ascii_hexdigit()).next().unwrap())
}

/// The path of the evening that the page's forms belong to.
fn evening(page: &str) -> String {
    let (_, rest) = page.split_once("action=\"/evening/").unwrap_or_else(|| panic!("no form: {page}"));
    format!("/evening/{}", rest.split('/').next().unwrap())
}

#[tokio::test]
async fn those_who_joined_see_one_list_and_why_each_film_is_on_it_for_whom() {
    let app = TestApp::start().await;
    let ada = fan(&app, "ada", &["Alien", "Aliens", "Moon"]).await;
    let bo = fan(&app, "bo", &["Emma", "Sabrina", "Once"]).await;
    let planned = press(&ada, "/evening").await;
    assert_eq!(planned.status, StatusCode::CREATED);
    let (link, evening) = (link(&planned.body), evening(&planned.body));
    assert!(planned.body.contains("So far it is your list alone."), "{}", planned.body);

    let asked = bo.get(&link).await;
    assert!(
        asked.body.contains("Join ada&#x27;s evening?") || asked.body.contains("Join ada's evening?"),
        "{}",
        asked.body
    );
    assert!(asked.body.contains("Nothing else: not your other ratings"), "{}", asked.body);
    assert_eq!(bo.get(&evening).await.status, StatusCode::NOT_FOUND, "looking at a link is no consent");
    let joined = press(&bo, &link).await;
    assert_eq!((joined.status, joined.header("location")), (StatusCode::SEE_OTHER, &*format!("{evening}?said=joined")));
    assert_eq!(bo.get(&link).await.header("location"), evening, "who is in is led there");

    for by in ["", "?by=average"] {
        let page = bo.get(&format!("{evening}{by}")).await.body;
        let list = page.split("Films for all of you").nth(1).unwrap();
        assert!(list.contains("For ada") && list.contains("For bo"), "{page}");
        assert!(
            list.contains("gave <a") && list.contains("<cite>Alien</cite>") && list.contains("<cite>Emma</cite>"),
            "{page}"
        );
        let titles: Vec<_> = list.split("described__title").skip(1).map(|film| &film[..200]).collect();
        for seen in ["Alien<", "Emma<", "Moon<", "Once<"] {
            assert!(!titles.iter().any(|title| title.contains(&format!(">{seen}"))), "{seen} was rated by one of them");
        }
        assert!(titles.len() > 4, "{titles:?}");
        assert_eq!(ada.get(&format!("{evening}{by}")).await.body.split("described__title").count(), titles.len() + 1);
    }
    let export = bo.get("/account/data/matinee.json").await.json();
    assert_eq!(export["evenings"][0]["planned_by_me"], false);
    app.stop().await;
}

#[tokio::test]
async fn a_link_that_was_revoked_or_whose_evening_is_over_leads_nowhere_and_a_stranger_sees_nothing() {
    let app = TestApp::start_without_model().await;
    let (ada, bo) = (fan(&app, "ada", &[]).await, fan(&app, "bo", &[]).await);
    let planned = press(&ada, "/evening").await.body;
    let (first, evening) = (link(&planned), evening(&planned));
    for path in ["link", "revoke", "leave", "end"] {
        let refused = press(&bo, &format!("{evening}/{path}")).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{path} by a stranger");
    }
    let second = link(&press(&ada, &format!("{evening}/link")).await.body);
    assert_eq!(press(&bo, &first).await.status, StatusCode::NOT_FOUND, "the old link");
    assert_eq!(press(&ada, &format!("{evening}/revoke")).await.status, StatusCode::SEE_OTHER);
    assert_eq!(bo.get(&second).await.status, StatusCode::NOT_FOUND);
    for nonsense in ["/evening/join/x", "/evening/join/00000000000000000000000000000000000000000000000000000000000000"]
    {
        assert_eq!(bo.get(nonsense).await.status, StatusCode::NOT_FOUND);
    }
    let third = link(&press(&ada, &format!("{evening}/link")).await.body);
    app.clock.advance_days(2);
    let ada = app.sign_in("ada").await;
    assert_eq!(press(&app.sign_in("bo").await, &third).await.status, StatusCode::NOT_FOUND);
    assert_eq!(ada.get(&evening).await.status, StatusCode::NOT_FOUND);
    app.stop().await;
}

#[tokio::test]
async fn six_take_part_at_most_and_who_leaves_takes_their_taste_along() {
    let app = TestApp::start().await;
    let ada = fan(&app, "ada", &["Alien"]).await;
    let planned = press(&ada, "/evening").await.body;
    let (link, evening) = (link(&planned), evening(&planned));
    let mut guests = Vec::new();
    for name in ["bo", "cy", "di", "ed", "flo"] {
        let guest = fan(&app, name, &["Emma"]).await;
        assert_eq!(press(&guest, &link).await.status, StatusCode::SEE_OTHER);
        guests.push(guest);
    }
    let seventh = press(&fan(&app, "gus", &[]).await, &link).await;
    assert_eq!(seventh.status, StatusCode::CONFLICT);
    assert!(seventh.body.contains("6 people take part already"), "{}", seventh.body);
    let page = ada.get(&evening).await.body;
    assert!(page.contains("For flo") && page.contains("<cite>Emma</cite>"), "{page}");
    for guest in &guests {
        assert_eq!(press(guest, &format!("{evening}/leave")).await.header("location"), "/evening?said=left");
    }
    let page = ada.get(&evening).await.body;
    assert!(!page.contains("For flo") && !page.contains("<cite>Emma</cite>"), "{page}");
    assert_eq!(guests[0].get(&evening).await.status, StatusCode::NOT_FOUND);
    assert_eq!(press(&ada, &format!("{evening}/end")).await.header("location"), "/evening?said=ended");
    assert!(!ada.get("/evening").await.body.contains("Your evenings"));
    app.stop().await;
}

#[tokio::test]
async fn without_a_model_the_list_is_of_popular_films_and_says_so() {
    let app = TestApp::start_without_model().await;
    let ada = fan(&app, "ada", &["Alien"]).await;
    let planned = press(&ada, "/evening").await;
    assert_eq!(planned.status, StatusCode::CREATED);
    assert!(!planned.body.contains(">Alien</a>"), "what was rated is left out: {}", planned.body);
    let evening = evening(&planned.body);
    let bo = fan(&app, "bo", &[]).await;
    press(&bo, &link(&planned.body)).await;
    let page = bo.get(&evening).await.body;
    assert!(page.contains("does not answer right now") && page.contains("described__title"), "{page}");
    app.stop().await;
}
