use figment::{
    Figment,
    value::{Dict, Value},
};

use crate::{
    api,
    config::{Config, source_of},
};

/// `matinee config`: every setting with its value and where it comes from.
pub fn print(config: &Config, figment: &Figment) -> anyhow::Result<()> {
    let all = Value::serialize(config)?;
    for (key, value) in flatten("", all.as_dict().unwrap_or(&Dict::new())) {
        println!("{key} = {value}  ({})", source_of(figment, &key));
    }
    Ok(())
}

/// `matinee openapi`.
pub fn print_openapi() -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(&api::document())?);
    Ok(())
}

/// Dotted keys and JSON values, in order.
fn flatten(prefix: &str, dict: &Dict) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    for (name, value) in dict {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value.as_dict() {
            Some(inner) => rows.extend(flatten(&key, inner)),
            None => rows.push((key, serde_json::to_string(value).unwrap_or_default())),
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_documented() {
        let doc = include_str!("../../../docs/settings.md");
        let all = Value::serialize(Config::default()).unwrap();
        for (key, default) in flatten("", all.as_dict().unwrap()) {
            let line = doc.lines().find(|line| line.contains(&format!("`{key}`")));
            let line = line.unwrap_or_else(|| panic!("docs/settings.md lacks `{key}`"));
            assert!(
                line.contains(&format!("`{default}`")),
                "docs/settings.md: `{key}` has the default `{default}`: {line}"
            );
        }
    }
}
