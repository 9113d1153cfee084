//! ID tokens whose claims are right and whose signature is not the provider's.

use axum::http::StatusCode;
use serde_json::json;

use super::{
    EcKey, Hostile,
    provider::{KID, SECRET},
    token::{RsaKey, encode, hmac},
    visit::{Visit, refused, start},
};

async fn refused_by(spoil: impl FnOnce(&Hostile)) {
    refused(StatusCode::BAD_GATEWAY, spoil).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsigned_token_is_refused() {
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        refused_by(|provider| {
            provider.forge(move |_, mut token| {
                token.header = json!({ "alg": alg, "typ": "JWT" });
                token.with_signature(|_| String::new())
            });
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_calls_itself_unsigned_is_refused_with_a_good_signature_too() {
    refused_by(|provider| {
        provider.forge(|book, mut token| {
            token.header["alg"] = json!("none");
            token.with_signature(|text| book.key.sign(text))
        });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_a_header_alg_is_refused() {
    refused_by(|provider| {
        provider.forge(|book, mut token| {
            token.header = json!({ "typ": "JWT", "kid": KID });
            token.with_signature(|text| book.key.sign(text))
        });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_signed_with_the_client_secret_is_refused() {
    refused_by(|provider| {
        provider.forge(|_, mut token| {
            token.header["alg"] = json!("HS256");
            token.with_signature(|text| hmac(SECRET.as_bytes(), text))
        });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_signed_with_the_public_key_as_a_secret_is_refused() {
    refused_by(|provider| {
        provider.forge(|book, mut token| {
            token.header["alg"] = json!("HS256");
            token.with_signature(|text| hmac(&book.key.public_bytes(), text))
        });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_signed_with_the_public_rsa_key_as_a_secret_is_refused() {
    let key = RsaKey::new();
    refused_by(|provider| {
        provider.with(|book| book.keys = vec![key.jwk(KID)]);
        let modulus = key.modulus();
        provider.forge(move |_, mut token| {
            token.header["alg"] = json!("HS256");
            token.with_signature(|text| hmac(&modulus, text))
        });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_symmetric_key_is_not_used() {
    refused_by(|provider| {
        provider.with(|book| {
            book.keys.push(json!({ "kty": "oct", "kid": "shared", "k": encode("shared"), "alg": "HS256" }));
        });
        provider.forge(|_, mut token| {
            token.header = json!({ "alg": "HS256", "kid": "shared" });
            token.with_signature(|text| hmac(b"shared", text))
        });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_signed_with_another_key_of_the_same_name_is_refused() {
    refused_by(|provider| {
        let other = EcKey::new();
        provider.forge(move |_, token| token.with_signature(|text| other.sign(text)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_whose_key_is_unknown_is_refused() {
    for kid in ["key-2", "../../dev/null", "' OR 1=1 --"] {
        refused_by(|provider| {
            let other = EcKey::new();
            provider.forge(move |_, mut token| {
                token.header["kid"] = json!(kid);
                token.with_signature(|text| other.sign(text))
            });
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_keys_do_not_have_the_keys_fetched_again_and_again() {
    let (app, provider) = start().await;
    let other = EcKey::new();
    provider.forge(move |_, mut token| {
        token.header["kid"] = json!("made-up");
        token.with_signature(|text| other.sign(text))
    });
    for _ in 0..5 {
        let visit = Visit::begin(&app).await;
        let answer = visit.agree(&provider).await;
        visit.assert_refused(&answer, StatusCode::BAD_GATEWAY).await;
    }
    assert_eq!(provider.asked("/keys"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_comes_with_the_token_is_not_used() {
    refused_by(|provider| {
        let other = EcKey::new();
        provider.forge(move |_, mut token| {
            token.header = json!({ "alg": "ES256", "jwk": other.jwk("mine"), "kid": "mine" });
            token.with_signature(|text| other.sign(text))
        });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_a_token_points_to_are_not_fetched() {
    let attacker = Hostile::start(crate::support::BEGINNING_S).await;
    let (issuer, key) = attacker.with(|book| (book.issuer.clone(), std::mem::replace(&mut book.key, EcKey::new())));
    refused_by(|provider| {
        provider.forge(move |_, mut token| {
            let jku = format!("{issuer}/keys");
            token.header = json!({ "alg": "ES256", "jku": jku, "x5u": jku, "kid": KID });
            token.with_signature(|text| key.sign(text))
        });
    })
    .await;
    assert_eq!(attacker.asked("/keys"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_of_zeros_is_refused() {
    refused_by(|provider| provider.forge(|_, token| token.with_signature(|_| encode([0; 64])))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_signature_is_refused() {
    refused_by(|provider| {
        provider.forge(|book, token| token.with_signature(|text| book.key.sign(text)[..40].to_owned()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_changed_after_signing_are_refused() {
    refused_by(|provider| {
        provider.forge(|book, mut token| {
            let signature = book.key.sign(&token.signed_part());
            token.claims["sub"] = json!("somebody-else");
            token.with_signature(|_| signature)
        });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_with_critical_headers_that_nobody_knows_is_refused() {
    refused_by(|provider| {
        provider.forge(|book, mut token| {
            token.header["crit"] = json!(["b64"]);
            token.header["b64"] = json!(false);
            token.with_signature(|text| book.key.sign(text))
        });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_kind_of_token_is_no_id_token() {
    for typ in ["at+jwt", "logout+jwt", "JOSE+JSON"] {
        refused_by(|provider| {
            provider.forge(move |book, mut token| {
                token.header["typ"] = json!(typ);
                token.with_signature(|text| book.key.sign(text))
            });
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_token_at_all_is_refused() {
    for text in ["", "a.b.c", "a.b.c.d.e", "e30.e30.", "null", "...."] {
        refused_by(|provider| provider.forge(move |_, _| text.to_owned())).await;
    }
}
