//! What can go wrong as a page sees it. The words for it are in the locale files; see [`AppError::text`].

use leptos::{
    prelude::*,
    server_fn::{codec::JsonEncoding, error::ServerFnErrorErr},
};
use matinee_domain::FieldError;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::i18n::{Locale, td_string};

/// The answer of a server function that could not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Error)]
#[serde(rename_all = "snake_case")]
pub enum AppError {
    /// There is no such film, or whatever was named.
    #[error("not found")]
    NotFound,
    /// Fields of a form were refused.
    #[error("invalid fields: {fields:?}")]
    Invalid {
        fields: Vec<FieldError>,
        /// What had been typed, so that a form without JavaScript shows it again; never a password.
        kept: Vec<(String, String)>,
    },
    /// The e-mail address or the password is wrong.
    #[error("wrong credentials")]
    WrongCredentials {
        /// See [`AppError::Invalid`].
        kept: Vec<(String, String)>,
    },
    #[error("sign in first")]
    SignInNeeded,
    /// Too much at once; again in a moment.
    #[error("busy")]
    Busy,
    /// Something in the server did not answer.
    #[error("unavailable")]
    Unavailable,
    /// The server could not be reached: offline, most of the time.
    #[error("unreachable")]
    Unreachable,
    /// The request made no sense to the server.
    #[error("bad request")]
    BadRequest,
}

pub type AppResult<T> = Result<T, AppError>;

impl AppError {
    /// What happened and what to do, in the reader's language.
    pub fn text(&self, locale: Locale) -> String {
        match self {
            Self::NotFound => td_string!(locale, common.error_not_found).to_string(),
            Self::Invalid { .. } => td_string!(locale, common.error_invalid).to_string(),
            Self::WrongCredentials { .. } => td_string!(locale, common.error_wrong_credentials).to_string(),
            Self::SignInNeeded => td_string!(locale, common.error_sign_in_needed).to_string(),
            Self::Busy => td_string!(locale, common.error_busy).to_string(),
            Self::Unavailable => td_string!(locale, common.error_unavailable).to_string(),
            Self::Unreachable => td_string!(locale, common.error_unreachable).to_string(),
            Self::BadRequest => td_string!(locale, common.error_bad_request).to_string(),
        }
    }

    /// What had been typed in a form's field.
    pub fn kept(&self, field: &str) -> Option<String> {
        match self {
            Self::Invalid { kept, .. } | Self::WrongCredentials { kept } => {
                kept.iter().find(|(name, _)| name == field).map(|(_, value)| value.clone())
            }
            _ => None,
        }
    }

    /// The same error, with what had been typed.
    #[must_use]
    pub fn keep(mut self, values: &[(&str, &str)]) -> Self {
        if let Self::Invalid { kept, .. } | Self::WrongCredentials { kept } = &mut self {
            *kept = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        }
        self
    }

    /// Why a field was refused.
    pub fn field(&self, field: &str) -> Option<&FieldError> {
        match self {
            Self::Invalid { fields, .. } => fields.iter().find(|error| error.field == field),
            _ => None,
        }
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let mapped = match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Serialization(_) => {
                Self::BadRequest
            }
            ServerFnErrorErr::Request(_) => Self::Unreachable,
            _ => Self::Unavailable,
        };
        #[cfg(feature = "ssr")]
        crate::api::answer_status(&mapped);
        mapped
    }
}
