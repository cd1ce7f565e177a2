//! Withdrawn ciphers stay out of every product: nobody asks for the feature `legacy` of `card-ota` but its own tests.
use serde_json::Value;

const CRATE: &str = "card-ota";
const FEATURE: &str = "legacy";

/// Every normal or build dependency with the feature, and every feature that turns it on.
pub(crate) fn check(metadata: &Value) -> Vec<String> {
    let packages = metadata["packages"].as_array().into_iter().flatten();
    packages.flat_map(|package| dependencies(package).into_iter().chain(features(package))).collect()
}

fn dependencies(package: &Value) -> Vec<String> {
    let asks = card_ota(package).filter(|dependency| {
        dependency["kind"] != "dev" && list(&dependency["features"]).any(|feature| feature == FEATURE)
    });
    asks.map(|_| format!("{} depends on {CRATE} with {FEATURE}: no product may", package["name"])).collect()
}

fn features(package: &Value) -> Vec<String> {
    // Inside a feature's list the dependency has the name that the package gave it.
    let names: Vec<_> =
        card_ota(package).map(|dependency| dependency["rename"].as_str().unwrap_or(CRATE)).collect();
    let forwarded = |value: &str| {
        (package["name"] == CRATE && value == FEATURE)
            || names
                .iter()
                .any(|name| value == format!("{name}/{FEATURE}") || value == format!("{name}?/{FEATURE}"))
    };
    let features = package["features"].as_object().into_iter().flatten();
    let findings = features.filter(|(_, values)| list(values).any(forwarded));
    findings
        .map(|(feature, _)| {
            format!("{}: the feature {feature} turns on {FEATURE} of {CRATE}", package["name"])
        })
        .collect()
}

fn card_ota(package: &Value) -> impl Iterator<Item = &Value> {
    package["dependencies"].as_array().into_iter().flatten().filter(|dependency| dependency["name"] == CRATE)
}

fn list(values: &Value) -> impl Iterator<Item = &str> {
    values.as_array().into_iter().flatten().filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn findings(package: Value) -> usize {
        check(&json!({ "packages": [package] })).len()
    }

    fn user(kind: Value, asked: &[&str], features: Value) -> Value {
        let dependency = json!({ "name": "card-ota", "kind": kind, "rename": null, "features": asked });
        json!({ "name": "sinetti", "dependencies": [dependency], "features": features })
    }

    #[test]
    fn dependencies_that_ask_for_it() {
        assert_eq!(findings(user(Value::Null, &[], json!({}))), 0);
        assert_eq!(findings(user(Value::Null, &["legacy"], json!({}))), 1);
        assert_eq!(findings(user(json!("build"), &["legacy"], json!({}))), 1);
        assert_eq!(findings(user(json!("dev"), &["legacy"], json!({}))), 0);
    }

    #[test]
    fn features_that_forward_it() {
        assert_eq!(findings(user(Value::Null, &[], json!({ "home": ["dep:card-ota"] }))), 0);
        assert_eq!(findings(user(Value::Null, &[], json!({ "home": ["card-ota/legacy"] }))), 1);
        assert_eq!(findings(user(Value::Null, &[], json!({ "home": ["card-ota?/legacy"] }))), 1);
        let mut renamed = user(Value::Null, &[], json!({ "home": ["ota/legacy"] }));
        renamed["dependencies"][0]["rename"] = json!("ota");
        assert_eq!(findings(renamed), 1);
    }

    #[test]
    fn it_is_no_part_of_another_feature() {
        let own = |features: Value| json!({ "name": "card-ota", "dependencies": [], "features": features });
        assert_eq!(findings(own(json!({ "legacy": [] }))), 0);
        assert_eq!(findings(own(json!({ "legacy": [], "default": ["legacy"] }))), 1);
    }
}
