//! Whether what the store has is what was registered.

use serde_json::Value;

use crate::model::Manifest;

/// What reading a number and writing it once more may change.
const NEAR: f64 = 1e-12;

/// Whether a manifest is of the registered model: the same files, and all else that the registered one says. It may say more, for it may
/// be a newer program's.
pub fn is_registered_as(manifest: &Manifest, registered: &Manifest) -> bool {
    let say = |manifest: &Manifest| serde_json::to_value(manifest).unwrap_or_default();
    manifest.is_of_the_files_of(registered) && says(&say(manifest), &say(registered))
}

fn says(all: &Value, part: &Value) -> bool {
    match (all, part) {
        (Value::Object(all), Value::Object(part)) => {
            part.iter().all(|(key, value)| all.get(key).is_some_and(|other| says(other, value)))
        }
        (Value::Array(all), Value::Array(part)) => {
            all.len() == part.len() && all.iter().zip(part).all(|(one, other)| says(one, other))
        }
        (Value::Number(one), Value::Number(other)) => match (one.as_f64(), other.as_f64()) {
            (Some(a), Some(b)) => one == other || (a - b).abs() <= NEAR * a.abs().max(b.abs()),
            _ => one == other,
        },
        _ => all == part,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn more_may_be_said_and_numbers_may_differ_in_their_last_digit_but_nothing_else() {
        let registered = json!({ "name": "a", "prior": { "scale": 0.3 }, "list": [1, 2] });
        for (same, manifest) in [
            (true, json!({ "name": "a", "prior": { "scale": 0.300_000_000_000_000_04 }, "list": [1, 2], "more": 1 })),
            (false, json!({ "name": "a", "prior": { "scale": 0.31 }, "list": [1, 2] })),
            (false, json!({ "name": "a", "prior": {}, "list": [1, 2] })),
            (false, json!({ "name": "a", "prior": { "scale": 0.3 }, "list": [1, 2, 3] })),
            (false, json!({ "name": "b", "prior": { "scale": 0.3 }, "list": [1, 2] })),
        ] {
            assert_eq!(says(&manifest, &registered), same, "{manifest}");
        }
    }
}
