//! What the OpenAPI document says of every operation beside what its handler says itself.

use utoipa::openapi::{
    OpenApi, RefOr, Response, Schema,
    path::Parameter,
    schema::{SchemaType, Type},
};

/// Gives problems their media type, and each answer the description that OpenAPI asks for.
pub fn completed(mut document: OpenApi) -> OpenApi {
    for item in document.paths.paths.values_mut() {
        for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
            operation.parameters.iter_mut().flatten().for_each(left_out_or_given);
            for (status, response) in &mut operation.responses.responses {
                if let RefOr::T(response) = response {
                    describe(status, response);
                }
            }
        }
    }
    document
}

/// A header that need not be there is left out; there is no null among headers.
fn left_out_or_given(parameter: &mut RefOr<Parameter>) {
    if let RefOr::T(Parameter { schema: Some(RefOr::T(Schema::Object(object))), .. }) = parameter
        && let SchemaType::Array(types) = &mut object.schema_type
    {
        types.retain(|of| !matches!(of, Type::Null));
    }
}

fn describe(status: &str, response: &mut Response) {
    if status.starts_with(['4', '5'])
        && let Some(content) = response.content.shift_remove("application/json")
    {
        response.content.insert("application/problem+json".to_owned(), content);
    }
    if response.description.is_empty() {
        let meaning = match status {
            "200" => "Computed",
            "400" => "The request can't be read",
            "404" => "The model does not know this film",
            "413" => "The request is too large",
            "429" => "Too much at once: `Retry-After` says when to try again",
            "503" => "There is no model, or this worker is stopping",
            "504" => "It took too long",
            _ => "See `detail`",
        };
        meaning.clone_into(&mut response.description);
    }
}
