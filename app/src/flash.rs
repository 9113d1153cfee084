//! What a plain form (no JavaScript) has to say on the page that follows it: a notice with its undo, or why it was
//! refused and what had been typed. It travels in a cookie that lives for one page: not in the address, where e-mail
//! addresses would end up in logs and histories.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AppError, feedback::Notice, remote::Json};

/// What is said once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Flash {
    /// Something was done, or failed.
    Notice(Notice),
    /// A form was refused.
    Form {
        /// The server function's path, which tells forms apart.
        form: String,
        error: AppError,
    },
}

/// The flash of the request, given to all components.
#[derive(Clone)]
struct Refused(Option<(String, AppError)>);

/// Reads the request's flash, gives the form's part of it to all components, and returns the notice.
pub fn provide_flash() -> Option<Notice> {
    let flash = SharedValue::<_, Json>::new_with_encoding(take).into_inner();
    let (notice, refused) = match flash {
        Some(Flash::Notice(notice)) => (Some(notice), None),
        Some(Flash::Form { form, error }) => (None, Some((form, error))),
        None => (None, None),
    };
    provide_context(Refused(refused));
    notice
}

/// Why the form of this server function was refused, if it was sent without JavaScript just now.
pub fn refused(form: &str) -> Option<AppError> {
    let (name, error) = use_context::<Refused>()?.0?;
    (name == form).then_some(error)
}

#[cfg(not(feature = "ssr"))]
fn take() -> Option<Flash> {
    None
}

#[cfg(feature = "ssr")]
use server::take;
#[cfg(feature = "ssr")]
pub use server::{answer_form, read, written};

#[cfg(feature = "ssr")]
mod server {
    use http::{
        HeaderValue, Uri,
        header::{REFERER, SET_COOKIE},
        request::Parts,
    };
    use leptos::{prelude::*, serde_json, server_fn::ServerFn};
    use leptos_axum::ResponseOptions;
    use leptos_router::location::Url;

    use super::{AppError, Flash, Notice};
    use crate::api;

    const COOKIE: &str = "flash";
    /// Long enough for a slow redirect.
    const LIFE_S: u32 = 30;
    /// Browsers drop cookies over 4096 bytes.
    const MAX_BYTES: usize = 3_800;
    /// What is kept of a typed text.
    const MAX_KEPT_CHARS: usize = 254;

    /// Reads the flash of a request for a page, and removes it.
    pub fn take() -> Option<Flash> {
        let value = api::request_cookie(COOKIE).filter(|_| api::accepts_html())?;
        set(&format!("{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"));
        read(&value)
    }

    /// What a cookie's value says; `None` where it was made up.
    pub fn read(value: &str) -> Option<Flash> {
        serde_json::from_str(&Url::unescape(value)).ok()
    }

    /// The cookie's value that says it; `None` where it would be too long for browsers.
    pub fn written(flash: &Flash) -> Option<String> {
        let value = Url::escape(&serde_json::to_string(flash).ok()?);
        (value.len() <= MAX_BYTES).then_some(value)
    }

    /// Answers the plain form of the server function `F`: the browser is sent to `to`, or back to the form's page, and told there what happened.
    /// A hydrated app gets the result as it is, and is sent to `to` when all went well.
    ///
    /// # Errors
    /// The result's own.
    pub fn answer_form<F: ServerFn<Error = AppError>>(
        result: Result<F::Output, AppError>,
        notice: impl FnOnce(&Result<F::Output, AppError>) -> Option<Notice>,
        to: Option<&str>,
    ) -> Result<F::Output, AppError> {
        if !api::accepts_html() {
            if let (Ok(_), Some(to)) = (&result, to) {
                api::redirect(to);
            }
            return result;
        }
        let flash = notice(&result).map(Flash::Notice).or_else(|| {
            let error = result.as_ref().err()?.clone();
            Some(Flash::Form { form: F::PATH.to_owned(), error: cut(error) })
        });
        if let Some(flash) = flash {
            keep(&flash);
        }
        let back = referer();
        match (&result, to) {
            (Err(AppError::SignInNeeded), _) => api::redirect(&api::sign_in_path(Some(&back))),
            (Ok(_), Some(to)) => api::redirect(to),
            _ => api::redirect(&back),
        }
        result
    }

    /// The page that the form stood on, without what an earlier answer left in its address.
    fn referer() -> String {
        let parts = use_context::<Parts>();
        let uri = parts.and_then(|parts| parts.headers.get(REFERER)?.to_str().ok()?.parse::<Uri>().ok());
        uri.and_then(|uri| Some(uri.path_and_query()?.as_str().to_owned())).unwrap_or_else(|| "/".to_owned())
    }

    fn keep(flash: &Flash) {
        if let Some(value) = written(flash) {
            set(&format!("{COOKIE}={value}; Path=/; Max-Age={LIFE_S}; HttpOnly; SameSite=Lax"));
        }
    }

    fn set(cookie: &str) {
        if let (Some(response), Ok(cookie)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(cookie)) {
            response.append_header(SET_COOKIE, cookie);
        }
    }

    fn cut(mut error: AppError) -> AppError {
        if let AppError::Invalid { kept, .. } | AppError::WrongCredentials { kept } = &mut error {
            for (_, value) in kept {
                *value = value.chars().take(MAX_KEPT_CHARS).collect();
            }
        }
        error
    }

    #[cfg(test)]
    mod tests {
        use http::{
            Request, StatusCode,
            header::{ACCEPT, COOKIE as COOKIE_HEADER, LOCATION},
        };
        use matinee_domain::FieldError;

        use super::*;
        use crate::api::accounts::Register;

        /// Runs `work` as if for a request with these headers; returns what it gave and the answer's headers.
        fn request<T>(headers: &[(http::HeaderName, &str)], work: impl FnOnce() -> T) -> (T, ResponseOptions) {
            let mut request = Request::post("/api/ui/register");
            for (name, value) in headers {
                request = request.header(name, *value);
            }
            let (parts, ()) = request.body(()).unwrap().into_parts();
            let response = ResponseOptions::default();
            let given = Owner::new().with(|| {
                provide_context(parts);
                provide_context(response.clone());
                work()
            });
            (given, response)
        }

        fn header(response: &ResponseOptions, name: http::HeaderName) -> Option<String> {
            let parts = response.0.read().unwrap();
            parts.headers.get(name).map(|value| value.to_str().unwrap().to_owned())
        }

        fn refused() -> Result<(), AppError> {
            let fields =
                vec![FieldError::new("email", "not_an_email", "an e-mail address looks like name@example.org")];
            Err(AppError::Invalid { fields, kept: vec![("email".into(), "ädä; \"=,%".into())] })
        }

        #[test]
        fn a_refused_plain_form_comes_back_to_its_page_with_what_was_typed() {
            let headers = [(ACCEPT, "text/html,*/*"), (REFERER, "https://example.org/register?back=%2Faccount")];
            let (_, response) = request(&headers, || answer_form::<Register>(refused(), |_| None, Some("/")));
            assert_eq!(header(&response, LOCATION).as_deref(), Some("/register?back=%2Faccount"));
            assert_eq!(response.0.read().unwrap().status, Some(StatusCode::FOUND));
            let cookie = header(&response, SET_COOKIE).unwrap();
            let pair = cookie.split(';').next().unwrap();
            let (flash, after) = request(&[(ACCEPT, "text/html"), (COOKIE_HEADER, pair)], take);
            let Some(Flash::Form { form, error }) = flash else { panic!("no form in {flash:?}") };
            assert_eq!(form, <Register as ServerFn>::PATH);
            assert_eq!(Err(error), refused());
            assert!(header(&after, SET_COOKIE).unwrap().contains("Max-Age=0"));
        }

        #[test]
        fn a_hydrated_form_gets_its_error_and_stays_where_it_is() {
            let (result, response) =
                request(&[(ACCEPT, "application/json")], || answer_form::<Register>(refused(), |_| None, Some("/")));
            assert_eq!(result, refused());
            assert_eq!((header(&response, LOCATION), header(&response, SET_COOKIE)), (None, None));
        }

        #[test]
        fn requests_for_data_leave_the_flash_to_the_page() {
            let pair = format!("{COOKIE}=%7B%22Notice%22%3Anull%7D");
            let (flash, response) = request(&[(ACCEPT, "image/*"), (COOKIE_HEADER, &pair)], take);
            assert_eq!((flash, header(&response, SET_COOKIE)), (None, None));
        }

        #[test]
        fn a_forged_flash_is_none() {
            let (flash, _) = request(&[(ACCEPT, "text/html"), (COOKIE_HEADER, "flash=%7Bnonsense")], take);
            assert_eq!(flash, None);
        }
    }
}
