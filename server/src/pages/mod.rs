//! Pages that the server alone draws: what an account holds, editing films, looking after the site.
//!
//! Plain links and forms, so they work the same with and without JavaScript, and nothing of them is in the browser's bundle.
//! A handler extracts (which authorizes: see [`access`]), calls one use case, and hands what it found to [`Frame::page`],
//! which draws it in the app's own document and layout. What goes wrong leaves as a [`Refusal`], which becomes a page
//! here, in one place. A form that changed something sends the browser on (303) to a page that says so.

pub mod access;
mod admin;
mod changes;
mod data;
mod describe;
mod duty;
mod evening;
mod export;
mod factor;
mod film;
mod frame;
mod import;
mod mail;
mod passkey;
pub mod pieces;
mod privacy;
mod security;
mod tokens;
mod tune;

use axum::{
    Router,
    middleware::from_fn_with_state,
    routing::{get, post},
};

use tower_http::limit::RequestBodyLimitLayer;

pub use mail::language_of;

pub use frame::{Frame, Refusal, draw_arrived, draw_status};

pub use tune::read as read_knobs;

use crate::state::AppState;

/// All of them; `bodies` limits what is sent to those that take no file.
pub fn router(state: &AppState, bodies: RequestBodyLimitLayer) -> Router<AppState> {
    let of_files = Router::new()
        .route(import::PATH, get(import::page).post(import::take))
        .layer(RequestBodyLimitLayer::new(import::MOST_READ));
    Router::new()
        .route("/describe", get(describe::page))
        .route("/describe/here", get(describe::here))
        .route("/tune", get(tune::page).post(tune::turn))
        .route("/evening", get(evening::mine).post(evening::plan))
        .route("/evening/join/{link}", get(evening::invitation).post(evening::join))
        .route("/evening/{id}", get(evening::page))
        .route("/evening/{id}/link", post(evening::new_link))
        .route("/evening/{id}/revoke", post(evening::revoke_link))
        .route("/evening/{id}/leave", post(evening::leave))
        .route("/evening/{id}/end", post(evening::end))
        .route("/privacy", get(privacy::page))
        .route("/account/second-step", get(duty::page))
        .route("/account/data", get(data::page))
        .route("/account/data/matinee.json", get(export::json))
        .route("/account/data/letterboxd.csv", get(export::csv))
        .route("/account/changes", get(changes::list))
        .route("/account/changes/{id}/undo", post(changes::undo))
        .route("/account/tokens", get(tokens::list).post(tokens::add))
        .route("/account/tokens/{id}/revoke", post(tokens::revoke))
        .route("/edit/here", get(film::here))
        .route("/edit/{movie}", get(film::edit::form).post(film::edit::save))
        .route("/edit/{movie}/history", get(film::history::list))
        .route("/edit/{movie}/history/{id}/undo", post(film::history::undo))
        .route("/admin", get(admin::overview::page))
        .route("/admin/history", get(admin::history::list))
        .route("/admin/history/{id}", get(admin::change_set::page))
        .route("/admin/revert", get(admin::revert::plan).post(admin::revert::revert))
        .route("/admin/people", get(admin::people::list))
        .route("/admin/people/{id}", get(admin::people::page))
        .route("/admin/people/{id}/role", post(admin::people::set_role))
        .route("/admin/people/{id}/sessions/end", post(admin::people::end_sessions))
        .route("/admin/people/{id}/delete", post(admin::people::delete))
        .route("/account/security", get(security::page))
        .route("/account/security/link/{provider}", post(security::link))
        .route("/account/security/unlink", post(security::unlink))
        .route("/account/security/password", post(security::set_password))
        .route("/account/security/factor", get(factor::set_up).post(factor::switch_on))
        .route("/account/security/factor/begin", post(factor::begin))
        .route("/account/security/factor/passkey", post(factor::switch_on_by_passkey))
        .route("/account/security/factor/codes", post(factor::renew_codes))
        .route("/account/security/factor/off", post(factor::switch_off))
        .route("/sign-in/code", get(factor::sign_in::ask).post(factor::sign_in::give))
        .route("/sign-in/code/passkey", post(passkey::second_step::finish))
        .route("/sign-in/code/passkey/begin", post(passkey::second_step::begin))
        .route("/sign-in/passkey", get(passkey::sign_in::page).post(passkey::sign_in::finish))
        .route("/sign-in/passkey/begin", post(passkey::sign_in::begin))
        .route("/account/security/passkeys", post(passkey::add))
        .route("/account/security/passkeys/begin", post(passkey::begin))
        .route("/account/security/passkeys/{passkey}/name", post(passkey::rename))
        .route("/account/security/passkeys/{passkey}/remove", post(passkey::remove))
        .route("/account/security/email", post(mail::change))
        .route("/account/security/email/again", post(mail::send_again))
        .route("/account/confirm", get(mail::confirm).post(mail::is_mine))
        .route("/sign-in/forgot", get(mail::forgot).post(mail::send_link))
        .route("/sign-in/reset", get(mail::choose).post(mail::reset))
        .route("/account/security/delete", post(security::delete))
        .route("/account/security/sessions/{session}/end", post(security::end_session))
        .route("/account/security/sessions/end-others", post(security::end_others))
        .layer(bodies)
        .merge(of_files)
        .layer(from_fn_with_state(state.clone(), frame::draw_refusals))
        .layer(from_fn_with_state(state.clone(), access::note_staff))
}
