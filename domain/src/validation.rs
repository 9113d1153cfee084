//! What is wrong with a form: one entry for each field, so that a page can say it beside the field.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A field that was refused, and why. `code` is stable (pages translate it), `message` is plain English for APIs and logs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Error)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[error("{field}: {message}")]
pub struct FieldError {
    /// The field's name as it is sent.
    pub field: String,
    /// A stable name of the rule, such as `too_short`.
    pub code: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl FieldError {
    pub fn new(field: &str, code: &str, message: impl Into<String>) -> Self {
        Self { field: field.to_owned(), code: code.to_owned(), message: message.into() }
    }
}
