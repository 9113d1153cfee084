//! Passkeys: adding one, signing in by it, in place of the code, and answers that are refused.

mod device;

use axum::http::StatusCode;
use matinee_domain::{Email, UserId};
use matinee_services::{
    duty::AskedOf,
    ports::{HistoryRepository, Passkey, PasskeyRepository, PeopleRepository, SelectBy, Selection},
};
use serde_json::Value;

use crate::{
    second_factor,
    support::{Answer, Client, TestApp, post},
};
use device::Device;

const PASSKEYS: &str = "/account/security/passkeys";
const SIGN_IN: &str = "/sign-in/passkey";
const INSTEAD: &str = "/sign-in/code/passkey";

async fn start() -> TestApp {
    TestApp::start_with(|config| "https://films.test".clone_into(&mut config.server.public_origin)).await
}

async fn id_of(app: &TestApp, name: &str) -> UserId {
    let email = Email::parse(&format!("{name}@example.org")).unwrap();
    app.store().lookup_by_email(&email).await.unwrap().unwrap().id
}

/// What the device is to be asked.
async fn begin(browser: &Client<'_>, path: &str, form: &[(&str, &str)]) -> Value {
    let answer = post(browser, &format!("{path}/begin"), form).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.json()
}

async fn add(browser: &Client<'_>, number: u8, name: &str) -> Device {
    let mut device = Device::new(number);
    let options = begin(browser, PASSKEYS, &[("name", name)]).await;
    let answer = post(browser, PASSKEYS, &[("answer", &device.create(&options)), ("name", name)]).await;
    assert_eq!(answer.header("location"), "/account/security?said=passkey", "{answer:?}");
    device
}

async fn sign_in(browser: &Client<'_>, device: &mut Device, back: &str) -> Answer {
    let options = begin(browser, SIGN_IN, &[("back", back)]).await;
    post(browser, SIGN_IN, &[("answer", &device.get(&options))]).await
}

async fn who(browser: &Client<'_>) -> Option<String> {
    let me = browser.get("/api/v1/me").await;
    (me.status == StatusCode::OK).then(|| me.json()["name"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_signs_in_without_password_or_code_and_is_told_of() {
    let app = start().await;
    let owner = app.signed_in("ada").await;
    second_factor::switch_on(&app, &owner).await;
    let mut device = add(&owner, 1, "Phone of Ada").await;
    let page = owner.get("/account/security").await.body;
    assert!(page.contains("Phone of Ada") && page.contains("not used yet"), "{page}");

    let browser = app.client();
    let planted = browser.get("/").await;
    assert!(browser.get("/api/ui/door").await.body.contains("href=\\\"/sign-in/passkey\\\""), "{planted:?}");
    let door = browser.get("/sign-in/passkey?back=%2Fratings%3Fsort%3Dtitle").await;
    assert!(door.body.contains("name=\"back\" value=\"/ratings?sort=title\""), "{}", door.body);
    let script = door.body.split("src=\"/passkey.js\"").nth(1).unwrap().split('>').next().unwrap();
    assert!(script.contains("nonce="), "{script}");
    let answer = sign_in(&browser, &mut device, "/ratings?sort=title").await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/ratings?sort=title"));
    assert_eq!(who(&browser).await.as_deref(), Some("ada"));
    // It counts as a recent sign-in.
    let page = browser.get("/account/security").await.body;
    assert!(page.contains("last used") && !page.contains("Sign in once more"), "{page}");

    let export = browser.get("/account/data/matinee.json").await.json();
    let kept = &export["sign_in"]["passkeys"][0];
    assert_eq!(kept["name"], "Phone of Ada");
    assert!(kept["used_at"].is_string() && kept["created_at"].is_string(), "{kept}");
    assert_eq!(kept.as_object().unwrap().len(), 3, "{kept}");
    let theirs = Selection { by: SelectBy::Person(id_of(&app, "ada").await), since: None };
    let told = app.store().list(&theirs, None, 50).await.unwrap();
    for reason in ["add_passkey", "use_passkey"] {
        let set = told.iter().find(|set| set.reason == reason).unwrap();
        assert_eq!(set.note.as_deref(), Some("Phone of Ada"), "{reason}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_worth_nothing_again_in_another_browser_or_too_late() {
    let app = start().await;
    let mut device = add(&app.signed_in("ada").await, 1, "Phone").await;
    let (browser, thief) = (app.client(), app.client());
    let options = begin(&browser, SIGN_IN, &[]).await;
    let answer = device.get(&options);
    let give = async |browser: &Client<'_>, answer: &str| post(browser, SIGN_IN, &[("answer", answer)]).await;
    // Stolen on its way, with an attempt of the thief's own.
    begin(&thief, SIGN_IN, &[]).await;
    let stolen = give(&thief, &answer).await;
    assert_eq!((stolen.status, who(&thief).await), (StatusCode::UNPROCESSABLE_ENTITY, None));
    assert!(stolen.body.contains("took too long, or was answered already"), "{}", stolen.body);
    // With that the attempt is over for its owner, too.
    assert_eq!(give(&browser, &answer).await.status, StatusCode::UNPROCESSABLE_ENTITY);

    let answer = device.get(&begin(&browser, SIGN_IN, &[]).await);
    assert_eq!(give(&browser, &answer).await.header("location"), "/");
    browser.forget_cookies();
    begin(&browser, SIGN_IN, &[]).await;
    assert_eq!(give(&browser, &answer).await.status, StatusCode::UNPROCESSABLE_ENTITY, "used");
    assert_eq!(who(&browser).await, None);

    let answer = device.get(&begin(&browser, SIGN_IN, &[]).await);
    app.clock.advance_seconds(301);
    assert_eq!(give(&browser, &answer).await.status, StatusCode::UNPROCESSABLE_ENTITY, "too late");
    assert_eq!(who(&browser).await, None);
    assert_eq!(
        sign_in(&browser, &mut device, "/").await.header("location"),
        "/",
        "and the passkey is as good as before"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_do_not_fit_let_nobody_in() {
    let app = start().await;
    let good = add(&app.signed_in("ada").await, 1, "Phone").await;
    let bos = add(&app.signed_in("bo").await, 2, "Phone").await;
    let is_refused = async |what: &str, mut device: Device| {
        let browser = app.client();
        let answer = sign_in(&browser, &mut device, "/").await;
        assert_eq!((answer.status, who(&browser).await), (StatusCode::UNPROCESSABLE_ENTITY, None), "{what}");
    };
    let at = |origin: &str| Device { origin: origin.into(), ..good.clone() };
    is_refused("another site's", at("https://films.test.evil.example")).await;
    is_refused("another port's", at("https://films.test:8443")).await;
    is_refused("without TLS", at("http://films.test")).await;
    is_refused("a site below", at("https://evil.films.test")).await;
    is_refused("for another name", Device { rp_id: "evil.example".into(), ..good.clone() }).await;
    is_refused("for a making", Device { kind: Some("webauthn.create"), ..good.clone() }).await;
    is_refused("of nobody who was asked", good.clone().unverified()).await;
    is_refused("of nobody who was there", Device { flags: 0x04, ..good.clone() }).await;
    is_refused("signed by another key", good.clone().forged()).await;
    is_refused("in another's name", Device { user: bos.user.clone(), ..good.clone() }).await;
    is_refused("of nobody", Device { user: "AAAAAAAAAAAAAAAAAAAAAA".into(), ..good.clone() }).await;
    is_refused("never added", Device { user: good.user.clone(), ..Device::new(9) }).await;
    for nonsense in ["", "{}", "null", "[]", "{\"id\":\"AA\"}"] {
        let browser = app.client();
        begin(&browser, SIGN_IN, &[]).await;
        let answer = post(&browser, SIGN_IN, &[("answer", nonsense)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{nonsense}");
    }
    let browser = app.client();
    assert_eq!(sign_in(&browser, &mut good.clone(), "//evil.example").await.header("location"), "/");
    assert_eq!(who(&browser).await.as_deref(), Some("ada"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_passkey_must_be_made_here_by_its_person_for_who_asked() {
    let app = start().await;
    let browser = app.signed_in("ada").await;
    let give = async |options: &Value, mut device: Device| {
        let answer = post(&browser, PASSKEYS, &[("answer", &device.create(options)), ("name", "Phone")]).await;
        answer.header("location").to_owned()
    };
    for (what, device) in [
        ("another site's", Device { origin: "https://evil.example".into(), ..Device::new(1) }),
        ("for another name", Device { rp_id: "evil.example".into(), ..Device::new(1) }),
        ("for showing one", Device { kind: Some("webauthn.get"), ..Device::new(1) }),
        ("of nobody who was asked", Device::new(1).unverified()),
    ] {
        let options = begin(&browser, PASSKEYS, &[("name", "Phone")]).await;
        assert_eq!(give(&options, device).await, "/account/security?said=passkey-wrong", "{what}");
    }
    // What was begun for one person is finished for nobody else, and what was begun for signing in adds nothing.
    let options = begin(&browser, PASSKEYS, &[("name", "Phone")]).await;
    let form = [("email", "bo@example.org"), ("password", "correct horse"), ("name", "bo")];
    post(&browser, "/api/ui/register", &form).await;
    assert_eq!(who(&browser).await.as_deref(), Some("bo"));
    assert_eq!(give(&options, Device::new(1)).await, "/account/security?said=passkey-over");
    let mut options = begin(&browser, SIGN_IN, &[]).await;
    options["user"]["id"] = "AAAAAAAAAAAAAAAAAAAAAA".into();
    assert_eq!(give(&options, Device::new(1)).await, "/account/security?said=passkey-over");
    for name in ["ada", "bo"] {
        assert_eq!(app.store().list_passkeys(id_of(&app, name).await).await.unwrap(), [], "{name}");
    }
    // One that is there is not added again.
    add(&browser, 1, "Phone").await;
    let options = begin(&browser, PASSKEYS, &[("name", "Phone")]).await;
    assert_eq!(options["excludeCredentials"].as_array().unwrap().len(), 1, "{options}");
    let again = post(&browser, PASSKEYS, &[("answer", &Device::new(1).create(&options)), ("name", "Phone")]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_found_out_by_its_counter() {
    let app = start().await;
    let mut device = add(&app.signed_in("ada").await, 1, "Phone").await;
    let mut copy = device.clone();
    for _ in 0..3 {
        assert_eq!(sign_in(&app.client(), &mut device, "/").await.header("location"), "/");
    }
    let browser = app.client();
    let answer = sign_in(&browser, &mut copy, "/").await;
    assert_eq!((answer.status, who(&browser).await), (StatusCode::UNPROCESSABLE_ENTITY, None));
    assert!(answer.body.contains("somebody may have a copy of it"), "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_place_of_the_code_comes_a_passkey_of_the_same_person_after_the_password() {
    let app = start().await;
    let owner = app.signed_in("ada").await;
    second_factor::switch_on(&app, &owner).await;
    let mut device = add(&owner, 1, "Phone").await;
    let mut bos = add(&app.signed_in("bo").await, 2, "Phone").await;
    let browser = app.client();
    let without = post(&browser, &format!("{INSTEAD}/begin"), &[]).await;
    assert_eq!(without.status, StatusCode::BAD_REQUEST, "nobody gave a password");

    assert_eq!(second_factor::give_password(&browser, "/ratings").await, "/sign-in/code");
    let page = browser.get("/sign-in/code").await.body;
    assert!(page.contains("action=\"/sign-in/code/passkey\""), "{page}");
    let options = begin(&browser, INSTEAD, &[]).await;
    let answer = post(&browser, INSTEAD, &[("answer", &bos.get(&options))]).await;
    assert_eq!((answer.status, who(&browser).await), (StatusCode::UNPROCESSABLE_ENTITY, None));
    assert!(answer.body.contains("belongs to another account"), "{}", answer.body);
    // What was asked for one purpose is worth nothing for the other.
    let options = begin(&browser, INSTEAD, &[]).await;
    let answer = post(&browser, SIGN_IN, &[("answer", &device.get(&options))]).await;
    assert_eq!((answer.status, who(&browser).await), (StatusCode::UNPROCESSABLE_ENTITY, None));
    let options = begin(&browser, INSTEAD, &[]).await;
    let answer = post(&browser, INSTEAD, &[("answer", &device.get(&options))]).await;
    assert_eq!(answer.header("location"), "/ratings", "{}", answer.body);
    assert_eq!(who(&browser).await.as_deref(), Some("ada"));
    // Whoever has none is not asked for one.
    second_factor::give_password(&app.client(), "/").await;
    for passkey in app.store().list_passkeys(id_of(&app, "ada").await).await.unwrap() {
        app.store().remove_passkey(passkey.user, &passkey.id).await.unwrap();
    }
    let browser = app.client();
    second_factor::give_password(&browser, "/").await;
    assert!(!browser.get("/sign-in/code").await.body.contains("/sign-in/code/passkey"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_alone_is_a_second_step_and_a_recovery_code_stands_in_for_it() {
    let app = start().await;
    let owner = app.signed_in("ada").await;
    let switch_on = async || post(&owner, "/account/security/factor/passkey", &[]).await;
    assert!(!owner.get("/account/security").await.body.contains("/factor/passkey"));
    assert_eq!(switch_on().await.status, StatusCode::CONFLICT, "there is none to ask for");
    let mut device = add(&owner, 1, "Phone").await;
    assert!(owner.get("/account/security").await.body.contains("/factor/passkey"));
    let elsewhere = app.sign_in("ada").await;
    let page = switch_on().await;
    assert_eq!(page.status, StatusCode::CREATED);
    let list = page.body.split("codes__list").nth(1).unwrap().split("</ol>").next().unwrap();
    let codes: Vec<_> = list.split("<code>").skip(1).map(|code| code.split('<').next().unwrap()).collect();
    assert_eq!((codes.len(), who(&elsewhere).await), (10, None), "what the password alone opened is closed");

    // The last one stays as long as it is asked for.
    let page = owner.get("/account/security").await.body;
    assert!(page.contains("Your second step asks for it") && !page.contains("/remove\""), "{page}");
    let handle = page.split("/account/security/passkeys/").nth(1).unwrap().split('/').next().unwrap().to_owned();
    assert_eq!(post(&owner, &format!("{PASSKEYS}/{handle}/remove"), &[]).await.status, StatusCode::CONFLICT);

    let browser = app.client();
    assert_eq!(second_factor::give_password(&browser, "/ratings").await, "/sign-in/code");
    let page = browser.get("/sign-in/code").await.body;
    assert!(page.contains("Now your passkey") && page.contains("data-at-once"), "{page}");
    for code in ["000000", "", "not a code"] {
        let wrong = post(&browser, "/sign-in/code", &[("code", code)]).await;
        assert_eq!((wrong.status, who(&browser).await), (StatusCode::UNPROCESSABLE_ENTITY, None), "{code}");
        assert!(wrong.body.contains("none of your recovery codes"), "{}", wrong.body);
    }
    let options = begin(&browser, INSTEAD, &[]).await;
    let answer = post(&browser, INSTEAD, &[("answer", &device.get(&options))]).await;
    assert_eq!((answer.header("location"), who(&browser).await.as_deref()), ("/ratings", Some("ada")));

    let browser = app.client();
    second_factor::give_password(&browser, "/").await;
    assert_eq!(post(&browser, "/sign-in/code", &[("code", codes[2])]).await.header("location"), "/");
    assert_eq!(who(&browser).await.as_deref(), Some("ada"));
    // And by the passkey alone, as ever.
    assert_eq!(sign_in(&app.client(), &mut device, "/").await.header("location"), "/");
}

#[tokio::test(flavor = "multi_thread")]
async fn passkeys_are_named_and_removed_by_their_owner_after_a_recent_sign_in() {
    let app = start().await;
    let (ada, bo) = (app.signed_in("ada").await, app.signed_in("bo").await);
    let mut device = add(&ada, 1, "Phone").await;
    let page = ada.get("/account/security").await.body;
    let handle = page.split("/account/security/passkeys/").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let path = |what: &str| format!("{PASSKEYS}/{handle}/{what}");
    for what in ["name", "remove"] {
        assert_eq!(post(&bo, &path(what), &[("name", "Bo's")]).await.status, StatusCode::NOT_FOUND, "{what}");
    }
    let wrong = post(&ada, &path("name"), &[("name", " ")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let named = post(&ada, &path("name"), &[("name", "<b>Telephone</b>")]).await;
    assert_eq!(named.header("location"), "/account/security?said=passkey-named");
    let page = ada.get("/account/security").await.body;
    assert!(page.contains("&lt;b&gt;Telephone&lt;/b&gt;") && !page.contains("<b>Telephone"), "{page}");

    app.clock.advance_seconds(601);
    for path in [path("name"), path("remove"), PASSKEYS.to_owned(), format!("{PASSKEYS}/begin")] {
        let answer = post(&ada, &path, &[("name", "x")]).await;
        assert_eq!(answer.header("location"), "/account/security?said=prove", "{path}");
    }
    assert_eq!(sign_in(&ada, &mut device, "/account/security").await.header("location"), "/account/security");
    assert_eq!(post(&ada, &path("remove"), &[]).await.header("location"), "/account/security?said=passkey-gone");
    let browser = app.client();
    let answer = sign_in(&browser, &mut device, "/").await;
    assert_eq!((answer.status, who(&browser).await), (StatusCode::UNPROCESSABLE_ENTITY, None));
    assert!(answer.body.contains("Nobody here has this passkey"), "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_has_more_than_twenty() {
    let app = start().await;
    let browser = app.signed_in("ada").await;
    let user = id_of(&app, "ada").await;
    for number in 0..20 {
        let passkey = Passkey {
            user,
            id: format!("{number:032}"),
            name: number.to_string(),
            public_key: String::new(),
            state: String::new(),
            created_at: chrono::DateTime::UNIX_EPOCH,
            used_at: None,
        };
        app.store().add_passkey(&passkey, 20).await.unwrap();
    }
    let refused = post(&browser, &format!("{PASSKEYS}/begin"), &[("name", "One more")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = browser.get("/account/security").await.body;
    assert!(page.contains("Remove one before you add another") && !page.contains("data-passkey"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_browsers_know_none_nothing_is_said_of_passkeys() {
    let app = TestApp::start_without_model().await;
    let browser = app.signed_in("ada").await;
    for path in [SIGN_IN, "/api/ui/door", "/account/security"] {
        assert!(!browser.get(path).await.body.to_lowercase().contains("passkey"), "{path}");
    }
    assert_eq!(browser.get(SIGN_IN).await.status, StatusCode::NOT_FOUND);
    for path in [SIGN_IN, "/sign-in/passkey/begin", PASSKEYS, "/account/security/passkeys/begin"] {
        let status = post(&browser, path, &[("answer", "{}"), ("name", "x")]).await.status;
        assert!(status == StatusCode::NOT_FOUND || path == PASSKEYS, "{path}: {status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_second_step_is_asked_for_a_passkey_is_one_and_the_password_beside_it_is_none() {
    let app = TestApp::start_with(|config| {
        "https://films.test".clone_into(&mut config.server.public_origin);
        config.auth.second_step = AskedOf::Everyone;
    })
    .await;
    let owner = app.signed_in("ada").await;
    assert_eq!(who(&owner).await, None, "a password alone");
    let mut device = add(&owner, 1, "Phone").await;
    assert_eq!(who(&owner).await.as_deref(), Some("ada"), "the device has asked its person");

    // Whoever knows the password alone makes no second factor of their own beside the one there is.
    let thief = app.sign_in("ada").await;
    for path in ["/account/security/factor/begin", "/account/security/passkeys/begin", "/account/security/delete"] {
        assert_eq!(post(&thief, path, &[("name", "x")]).await.header("location"), "/account/second-step", "{path}");
    }
    for path in ["/account/security", "/account/data/matinee.json"] {
        assert_eq!(thief.get(path).await.header("location"), "/account/second-step", "{path}");
    }
    assert!(thief.get("/account/second-step").await.body.contains("href=\"/sign-in/passkey?back=/\""));
    let answer = sign_in(&thief, &mut device, "/ratings").await;
    assert_eq!((answer.header("location"), who(&thief).await.as_deref()), ("/ratings", Some("ada")));

    let handle = owner.get("/account/security").await.body;
    let handle =
        handle.split("/account/security/passkeys/").find_map(|part| part.split_once("/remove")).unwrap().0.to_owned();
    let removed = post(&owner, &format!("{PASSKEYS}/{handle}/remove"), &[]).await;
    assert_eq!(removed.header("location"), "/account/security?said=last-one");
}
