//! What the OpenAPI document says of every operation beside what its handler says: how to be let in, and what may be refused
//! before a handler is asked. Extractors and middleware do the same everywhere, so it is said in one place.

use utoipa::openapi::{
    Components, Content, OpenApi, Ref, RefOr,
    path::{Operation, ParameterIn},
    response::Response,
    security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
};

const PROBLEM: &str = "#/components/schemas/Problem";
const PROBLEM_KIND: &str = "application/problem+json";

/// The document as it is given out.
pub fn completed(mut document: OpenApi) -> OpenApi {
    add_ways_in(document.components.get_or_insert_with(Components::default));
    for item in document.paths.paths.values_mut() {
        let changing = [&mut item.put, &mut item.post, &mut item.delete].into_iter().flatten();
        for (operation, changes) in changing.map(|found| (found, true)).chain(item.get.iter_mut().map(|it| (it, false)))
        {
            require_sign_in(operation);
            add_refusals(operation, changes);
            describe(operation);
        }
    }
    document
}

fn add_ways_in(components: &mut Components) {
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A token from /account/tokens: one that may only read is refused for changes with 403."))
        .build();
    let cookie = ApiKeyValue::with_description("matinee_session", "Set by POST /api/v1/session.");
    components.add_security_scheme("token", SecurityScheme::Http(token));
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
}

/// Of each operation that answers 401, how to be let in: by a token or by the session's cookie.
fn require_sign_in(operation: &mut Operation) {
    let is_sign_in = operation.operation_id.as_deref() == Some("sign_in");
    if operation.responses.responses.contains_key("401") && !is_sign_in {
        let ways = ["token", "session"].map(|way| SecurityRequirement::new(way, Vec::<String>::new()));
        operation.security = Some(ways.to_vec());
    }
}

/// What extractors and middleware refuse.
fn add_refusals(operation: &mut Operation, changes: bool) {
    let has = |place: &ParameterIn| {
        let parameters = operation.parameters.iter().flatten();
        parameters.filter_map(known).any(|parameter| parameter.parameter_in == *place)
    };
    let mut statuses = vec!["414", "429", "431", "503"];
    if has(&ParameterIn::Path) {
        statuses.push("404");
    }
    if has(&ParameterIn::Query) {
        statuses.push("400");
    }
    if operation.request_body.is_some() {
        statuses.extend(["400", "413", "415", "422"]);
    }
    if changes {
        statuses.push("403");
    }
    for status in statuses {
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| {
            let mut refusal = Response::new("");
            refusal.content.insert(PROBLEM_KIND.to_owned(), Content::new(Some(Ref::new(PROBLEM))).into());
            refusal.into()
        });
    }
}

/// Gives problems their media type, and each answer the description that OpenAPI asks for.
fn describe(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        let is_problem = response
            .content
            .values()
            .filter_map(known)
            .any(|content| matches!(&content.schema, Some(RefOr::Ref(named)) if named.ref_location == PROBLEM));
        if is_problem && let Some(content) = response.content.shift_remove("application/json") {
            response.content.insert(PROBLEM_KIND.to_owned(), content);
        }
        if response.description.is_empty() {
            meaning(status).clone_into(&mut response.description);
        }
    }
}

const fn known<T>(found: &RefOr<T>) -> Option<&T> {
    match found {
        RefOr::T(found) => Some(found),
        RefOr::Ref(_) => None,
    }
}

fn meaning(status: &str) -> &'static str {
    match status {
        "200" => "Found",
        "201" => "Made",
        "204" => "Done",
        "400" => "The request can't be read",
        "401" => "Nobody is signed in, or what was given is not right",
        "403" => "A token that may only read, or a request from another site",
        "404" => "There is no such thing",
        "409" => "It clashes with what is there",
        "413" => "The body is too large",
        "414" => "The address is too long",
        "415" => "The body is not JSON",
        "422" => "Some fields can't be taken",
        "429" => "Too much at once: `Retry-After` says when to try again",
        "431" => "The headers are too large",
        "503" => "A part of the service does not answer: try again in a moment",
        _ => "See `detail`",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|value| references(value, found));
            }
            Value::Array(values) => values.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_of_the_document_leads_somewhere() {
        let document = serde_json::to_value(crate::api::document()).unwrap();
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > 50, "{found:?}");
        for reference in found {
            assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
        }
    }

    #[test]
    fn every_answer_has_a_description_and_problems_their_media_type() {
        let document = serde_json::to_value(crate::api::document()).unwrap();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                for (status, answer) in operation["responses"].as_object().unwrap() {
                    let what = format!("{method} {path}: {status}");
                    assert!(answer["description"].as_str().is_some_and(|text| !text.is_empty()), "{what}");
                    if status.starts_with(['4', '5']) {
                        let kinds: Vec<_> = answer["content"].as_object().unwrap().keys().collect();
                        assert_eq!(kinds, ["application/problem+json"], "{what}");
                    }
                }
            }
        }
    }
}
