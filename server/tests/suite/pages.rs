//! Pages that the server alone draws: what people do there, by plain forms.

use axum::http::{Request, StatusCode, header};
use matinee_domain::{MovieId, Role};
use matinee_services::ports::{ChangedBy, HistoryRepository, PeopleRepository, SelectBy, Selection};

use crate::support::{Answer, Client, ORIGIN, TestApp, post};

/// The value of a form's hidden field.
fn hidden<'a>(page: &'a str, name: &str) -> &'a str {
    let tag = page.split("<input").find(|tag| tag.contains(&format!("name=\"{name}\""))).unwrap();
    tag.split("value=\"").nth(1).unwrap().split('"').next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_the_server_looks_like_the_others_and_runs_nothing() {
    let app = TestApp::start_without_model().await;
    let page = app.client().get("/privacy").await;
    assert_eq!(page.status, StatusCode::OK);
    for part in
        ["<title>Privacy · Matinee</title>", "rel=\"stylesheet\"", "class=\"bar\"", "class=\"foot\"", "argon2id"]
    {
        assert!(page.body.contains(part), "{part} is not in {}", page.body);
    }
    assert!(!page.body.contains(".wasm") && !page.body.contains("hydrate()"), "it must not be hydrated");
    assert!(page.header("content-security-policy").contains("'nonce-"));
    let german = Request::get("/privacy").header("accept-language", "de").body(axum::body::Body::empty()).unwrap();
    let german = app.client().request(german).await;
    assert!(german.body.contains("<html lang=\"de\"") && german.body.contains("Datenschutz"));
    let headings = |body: &str| body.matches("<h2>").count();
    assert_eq!(headings(&page.body), headings(&german.body), "both languages tell the same");
    for (english, in_german) in [
        ("Linked accounts", "Verknüpfte Konten"),
        ("Access for programs", "Zugang für Programme"),
        ("the coarse place that you signed in from", "von wo du dich ungefähr angemeldet hast"),
        ("Short-lived cookies", "Kurzlebige Cookies"),
        ("Failed sign-ins", "Gescheiterte Anmeldungen"),
    ] {
        assert!(page.body.contains(english) && german.body.contains(in_german), "{english}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn my_last_change_is_listed_with_its_film_and_taken_back_by_a_form() {
    let app = TestApp::start_without_model().await;
    let client = app.signed_in("ada").await;
    let film = app.movie("Alien").await;
    client.rate(film, 4.5).await;
    app.clock.advance_days(1);
    client.rate(film, 2.0).await;
    let page = client.get("/account/changes").await.body;
    assert!(page.contains("Alien (1980)") && page.contains("4½ stars, then 2 stars"), "{page}");
    assert_eq!((page.matches(">Undo").count(), page.matches("Changed again since").count()), (1, 1), "{page}");
    let action = page.split("action=\"").find(|rest| rest.starts_with("/account/changes/")).unwrap();
    let action = action.split('"').next().unwrap();
    // Twice, as a director sends it when the instance breaks off.
    for _ in 0..2 {
        let answer = post(&client, action, &[]).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/account/changes?said=undone"));
    }
    let opened = client.get(action).await;
    assert_eq!(opened.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(opened.body.contains("It only takes what a form sends"), "{}", opened.body);
    let page = client.get("/account/changes?said=undone").await.body;
    assert!(page.contains("Taken back."), "{page}");
    let mine = client.get("/api/v1/me/ratings").await.json();
    assert_eq!(mine["ratings"][0]["stars"], 4.5);
    // Nobody else's.
    let other = app.signed_in("bo").await;
    assert_eq!(post(&other, action.split('"').next().unwrap(), &[]).await.status, StatusCode::NOT_FOUND);
    // Then the one before it.
    assert_eq!((page.matches(">Undo").count(), page.matches("Changed again since").count()), (1, 0), "{page}");
    let action = page.split("action=\"").find(|rest| rest.starts_with("/account/changes/")).unwrap();
    assert_eq!(post(&client, action.split('"').next().unwrap(), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(client.get("/api/v1/me/ratings").await.json()["ratings"].as_array().unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_shown_once_and_lets_a_program_in_as_far_as_it_reaches() {
    let app = TestApp::start_without_model().await;
    let client = app.signed_in("ada").await;
    let film = app.movie("Alien").await;
    let make = async |scope: &str| {
        let form = [("name", "A script"), ("scope", scope), ("days", "30")];
        let page = post(&client, "/account/tokens", &form).await;
        assert_eq!(page.status, StatusCode::CREATED, "{}", page.body);
        let token = page.body.split("class=\"secret\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
        assert!(token.starts_with("matinee_"), "{token}");
        token
    };
    let (read, write) = (make("read").await, make("write").await);
    assert!(!client.get("/account/tokens").await.body.contains(&read));

    let program = app.client();
    let send = async |method: &str, path: String, token: &str| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(r#"{"stars":4}"#.into());
        program.request(request.unwrap()).await
    };
    let (me, rating) = ("/api/v1/me".to_owned(), format!("/api/v1/movies/{film}/rating"));
    assert_eq!(send("GET", me.clone(), &read).await.json()["name"], "ada");
    assert_eq!(send("PUT", rating.clone(), &read).await.status, StatusCode::FORBIDDEN);
    assert_eq!(send("PUT", rating.clone(), &write).await.status, StatusCode::OK);
    for wrong in ["", "matinee_", &read[..read.len() - 1], &format!("{}0", &read[..read.len() - 1])] {
        if wrong != read {
            assert_eq!(send("GET", me.clone(), wrong).await.status, StatusCode::UNAUTHORIZED, "{wrong}");
        }
    }
    // A token is for the API alone.
    let page = Request::get("/account/tokens").header(header::AUTHORIZATION, format!("Bearer {write}"));
    let page = program.request(page.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);

    let list = client.get("/account/tokens").await.body;
    assert!(list.contains("last used"), "{list}");
    for action in list.split("action=\"").filter(|rest| rest.contains("/revoke\"")) {
        let answer = post(&client, action.split('"').next().unwrap(), &[]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(send("GET", me.clone(), &read).await.status, StatusCode::UNAUTHORIZED);
    let again = make("read").await;
    app.clock.advance_days(31);
    assert_eq!(send("GET", me, &again).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_a_name_is_refused_beside_its_field() {
    let app = TestApp::start_without_model().await;
    let client = app.signed_in("ada").await;
    let answer = post(&client, "/account/tokens", &[("name", " "), ("scope", "write"), ("days", "9999")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("say what the token is for"), "{}", answer.body);
    assert!(answer.body.contains("aria-describedby=\"name-help name-error\""), "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_my_data_can_be_taken_along() {
    let app = TestApp::start_without_model().await;
    let client = app.signed_in("ada").await;
    for (title, stars) in [("Alien", 4.5), ("Amélie", 5.0)] {
        client.rate(app.movie(title).await, stars).await;
    }
    let csv = client.get("/account/data/letterboxd.csv").await;
    assert!(csv.header("content-disposition").contains("matinee-letterboxd.csv"));
    let lines: Vec<_> = csv.body.lines().collect();
    assert_eq!(lines[0], "Title,Year,Rating,WatchedDate");
    assert_eq!(lines[1], "\"Alien\",1980,4.5,2026-09-21", "{lines:?}");
    assert_eq!(lines.len(), 3);
    let json = client.get("/account/data/matinee.json").await.json();
    assert_eq!(json["account"]["email"], "ada@example.org");
    assert_eq!(json["ratings"].as_array().unwrap().len(), 2);
    let reasons: Vec<_> = json["changes"].as_array().unwrap().iter().map(|change| change["reason"].clone()).collect();
    assert_eq!(reasons, ["rate", "rate", "start_session", "register"]);
    let sign_in = &json["sign_in"];
    assert_eq!((&sign_in["has_password"], &sign_in["email_is_confirmed"]), (&true.into(), &false.into()));
    assert_eq!(sign_in["sessions"].as_array().unwrap().len(), 1);
    assert!(sign_in["linked_accounts"].as_array().unwrap().is_empty() && sign_in["second_step"].is_null());
    assert_eq!(app.client().get("/account/data/matinee.json").await.status, StatusCode::SEE_OTHER);
}

/// The form of a film, as an editor gets it, with another title.
async fn edit(client: &Client<'_>, film: MovieId, title: &str, cast: &str) -> Answer {
    let page = client.get(&format!("/edit/{film}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let version = hidden(&page.body, "version").to_owned();
    let form = [
        ("version", version.as_str()),
        ("title", title),
        ("year", "1979"),
        ("genres", "Horror, Sci-Fi"),
        ("cast", cast),
    ];
    post(client, &format!("/edit/{film}"), &form).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_editor_changes_a_film_sees_its_history_and_takes_the_change_back() {
    let app = TestApp::start_without_model().await;
    app.clock.advance_days(1);
    let client = app.signed_in("editor").await;
    let editor = app.give_role("editor", Role::Editor).await;
    let film = app.movie("Alien").await;
    let shown = client.get(&format!("/film/{film}/alien-1980")).await.body;
    assert!(shown.contains("/edit/here") && !shown.contains("href=\"/admin\""));
    let here = Request::get("/edit/here").header(header::REFERER, format!("{ORIGIN}/film/{film}/alien-1980"));
    let here = client.request(here.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(here.header("location"), format!("/edit/{film}"));

    let saved = edit(&client, film, "Alien, edited", "Sigourney Weaver\r\nJohn Hurt").await;
    assert_eq!((saved.status, saved.header("location")), (StatusCode::SEE_OTHER, &*format!("/edit/{film}?said=saved")));
    // The instance itself forgets the film at once.
    let movie = client.get(&format!("/api/v1/movies/{film}")).await.json();
    assert_eq!((movie["title"].as_str(), movie["year"].as_i64()), (Some("Alien, edited"), Some(1979)));
    assert_eq!(movie["credits"].as_array().unwrap().len(), 2);

    let history = client.get(&format!("/edit/{film}/history")).await.body;
    for part in ["Edited a film", "Horror", "<ins>Alien, edited", "<del>Alien<"] {
        assert!(history.contains(part), "{part} is not in {history}");
    }
    let action = history.split("action=\"").find(|rest| rest.starts_with("/edit/")).unwrap();
    let action = action.split('"').next().unwrap().to_owned();
    assert_eq!(post(&client, &action, &[]).await.header("location"), format!("/edit/{film}/history?said=undone"));
    app.until(async || client.get(&format!("/api/v1/movies/{film}")).await.json()["title"] == "Alien").await;
    // Once more is no harm.
    assert_eq!(post(&client, &action, &[]).await.status, StatusCode::SEE_OTHER);
    // Only edits: what people do is theirs, or an admin's, to take back.
    client.rate(film, 4.0).await;
    let theirs = Selection { by: SelectBy::Actor(editor), since: None };
    let rating = app.store().list(&theirs, None, 10).await.unwrap();
    let rating = rating.into_iter().find(|set| set.reason == "rate").unwrap();
    let refused = post(&client, &format!("/edit/{film}/history/{}/undo", rating.id), &[]).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_editors_at_once_do_not_overwrite_each_other() {
    let app = TestApp::start_without_model().await;
    let client = app.signed_in("editor").await;
    app.give_role("editor", Role::Editor).await;
    let film = app.movie("Alien").await;
    let page = client.get(&format!("/edit/{film}")).await.body;
    let stale = hidden(&page, "version").to_owned();
    edit(&client, film, "First", "").await;
    let form = [("version", stale.as_str()), ("title", "Second")];
    let late = post(&client, &format!("/edit/{film}"), &form).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.body.contains("somebody else changed this film") && late.body.contains("value=\"Second\""));
    let wrong = post(&client, &format!("/edit/{film}"), &[("version", "1"), ("title", ""), ("year", "12")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("a film has a title") && wrong.body.contains("between 1874 and 2100"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_finds_a_change_plans_and_takes_it_back() {
    let app = TestApp::start_without_model().await;
    app.clock.advance_days(1);
    let admin = app.signed_in("admin").await;
    let id = app.give_role("admin", Role::Admin).await;
    let ada = app.signed_in("ada").await;
    let film = app.movie("Alien").await;
    ada.rate(film, 4.0).await;
    let person = app.store().list_people("ada@", None, None, 1).await.unwrap().remove(0).id;

    let list = admin.get(&format!("/admin/history?by=actor&of={person}&since=")).await;
    assert_eq!(list.status, StatusCode::OK);
    assert!(list.body.contains("Rated"), "{}", list.body);
    let links = list.body.split("href=\"/admin/history/").skip(1).map(|rest| rest.split('"').next().unwrap());
    let set = links.into_iter().next().unwrap();
    let page = admin.get(&format!("/admin/history/{set}")).await.body;
    assert!(page.contains("half_stars") || page.contains("Rating"), "{page}");
    let plan = admin.get(&format!("/admin/revert?by=change&of={set}")).await;
    assert!(plan.body.contains("that go: 1") && plan.body.contains("Take them back"), "{}", plan.body);
    assert_eq!(ada.get("/api/v1/me/ratings").await.json()["total"], 1, "a plan changes nothing");
    // Changed since: refused unless forced.
    app.clock.advance_days(1);
    ada.rate(film, 1.0).await;
    let order = |conflicts| [("by", "change"), ("of", set), ("since", ""), ("conflicts", conflicts)];
    let refused = post(&admin, "/admin/revert", &order("refuse")).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("was changed since"), "{}", refused.body);
    // It may be ticked, by the name that the list gives it.
    let plan = admin.get(&format!("/admin/revert?by=change&of={set}")).await.body;
    let ticked = plan.split("name=\"row\" value=\"").nth(1).unwrap().split('"').next().unwrap().replace("&quot;", "\"");
    let nonsense = [("row", "ratings"), ("conflicts", "skip")];
    assert_eq!(post(&admin, "/admin/revert", &nonsense).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = post(&admin, "/admin/revert", &[order("skip").as_slice(), &[("row", ticked.as_str())]].concat()).await;
    assert!(done.header("location").starts_with("/admin/history/"), "{done:?}");
    assert_eq!(ada.get("/api/v1/me/ratings").await.json()["total"], 0);
    // All of history is nothing that one takes back by mistake.
    let all = admin.get("/admin/revert?by=all&of=&since=").await;
    assert_eq!(all.status, StatusCode::UNPROCESSABLE_ENTITY);
    let nonsense = admin.get("/admin/history?by=film&of=alien&since=").await;
    assert!(nonsense.body.contains("is no id"), "{}", nonsense.body);
    // A person's page holds no hash of a password.
    let history = admin.get(&format!("/admin/history?by=person&of={id}&since=")).await.body;
    for set in history.split("href=\"/admin/history/").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(!admin.get(&format!("/admin/history/{set}")).await.body.contains("argon2id$"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_gives_roles_and_deletes_accounts_but_not_the_last_admins() {
    let app = TestApp::start_without_model().await;
    let admin = app.signed_in("admin").await;
    let own = app.give_role("admin", Role::Admin).await;
    let ada = app.signed_in("ada").await;
    let list = admin.get("/admin/people?q=ada").await.body;
    assert!(list.contains("ada@example.org") && !list.contains(&format!("/admin/people/{own}")), "{list}");
    let person = app.store().list_people("ada@", None, None, 1).await.unwrap().remove(0).id;

    let given = post(&admin, &format!("/admin/people/{person}/role"), &[("role", "editor")]).await;
    assert_eq!(given.header("location"), format!("/admin/people/{person}?said=role"));
    assert_eq!(app.store().lookup_role(person).await.unwrap(), Some(Role::Editor));
    let unknown = post(&admin, &format!("/admin/people/{person}/role"), &[("role", "root")]).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    let refused = post(&admin, &format!("/admin/people/{own}/role"), &[("role", "member")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("only admin"), "{}", refused.body);

    let path = format!("/admin/people/{person}/delete");
    assert_eq!(post(&admin, &path, &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(post(&admin, &path, &[("confirm", "1")]).await.header("location"), "/admin/people?said=deleted");
    assert_eq!(ada.get("/api/v1/me").await.status, StatusCode::UNAUTHORIZED);
    let everything = Selection { by: SelectBy::Everything, since: None };
    let sets = app.store().list(&everything, None, 20).await.unwrap();
    let erased = sets.iter().find(|set| set.reason == "erase").unwrap();
    assert_eq!(erased.by, ChangedBy::Person(Some(own)));
    let own = post(&admin, &format!("/admin/people/{own}/delete"), &[("confirm", "1")]).await;
    assert_eq!(own.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn pages_of_the_app_are_told_from_those_of_the_server() {
    use matinee_app::{app::has_page, shell::routes};
    for route in routes() {
        assert!(has_page(route.path()), "{}", route.path());
    }
    for path in ["/account/security", "/account/data?said=x", "/admin", "/privacy", "/sign-in/with"] {
        assert!(!has_page(path), "{path}");
    }
    assert!(has_page("/ratings?sort=title") && has_page("/film/1/alien#cast"));
}
