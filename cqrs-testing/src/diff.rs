//! Where two JSON values differ, field by field.

use serde_json::Value;

/// How many characters of a value are shown.
const SHOWN: usize = 60;

/// One place in which two values differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The way to it: `.lines[1].qty`.
    pub(crate) path: String,
    /// What the first value has there, as text.
    pub(crate) left: Option<String>,
    /// What the second value has there, as text.
    pub(crate) right: Option<String>,
}

/// Every place in which two values differ, in the order of the fields.
pub(crate) fn differences(left: &Value, right: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(String::new(), Some(left), Some(right), &mut found);
    found
}

/// Whether two values are the same if lists that differ in their order only are: what a set is written as has no order.
pub(crate) fn same_but_order(left: &Value, right: &Value) -> bool {
    left == right || sorted(left) == sorted(right)
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<_> = items.iter().map(sorted).collect();
            items.sort_by_cached_key(ToString::to_string);
            Value::Array(items)
        }
        Value::Object(fields) => {
            let sorted = |(name, value): (&String, &Value)| (name.clone(), sorted(value));
            Value::Object(fields.iter().map(sorted).collect())
        }
        other => other.clone(),
    }
}

fn compare(path: String, left: Option<&Value>, right: Option<&Value>, found: &mut Vec<Difference>) {
    match (left, right) {
        _ if left == right => {}
        (Some(Value::Object(left)), Some(Value::Object(right))) => {
            let mut names: Vec<_> = left.keys().chain(right.keys()).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                compare(step(&path, name), left.get(name), right.get(name), found);
            }
        }
        (Some(Value::Array(left)), Some(Value::Array(right))) => {
            // What is the same at the end stays out of it, so that one item more is one difference.
            let pairs = left.len().min(right.len());
            let is_same = |(left, right): &(&Value, &Value)| left == right;
            let start = left.iter().zip(right).take_while(is_same).count();
            let end = left.iter().rev().zip(right.iter().rev());
            let end = end.take_while(is_same).count().min(pairs - start);
            for index in start..left.len().max(right.len()) - end {
                compare(
                    format!("{path}[{index}]"),
                    left.get(index).filter(|_| index < left.len() - end),
                    right.get(index).filter(|_| index < right.len() - end),
                    found,
                );
            }
        }
        (left, right) => {
            let skip = common_start(left, right);
            found.push(Difference {
                path: if path.is_empty() {
                    "(all)".to_owned()
                } else {
                    path
                },
                left: left.map(|value| shown(value, skip)),
                right: right.map(|value| shown(value, skip)),
            });
        }
    }
}

fn step(path: &str, name: &str) -> String {
    let is_plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if is_plain {
        format!("{path}.{name}")
    } else {
        format!("{path}[{name:?}]")
    }
}

/// How much of two long texts is the same and need not be shown.
fn common_start(left: Option<&Value>, right: Option<&Value>) -> usize {
    let (Some(Value::String(left)), Some(Value::String(right))) = (left, right) else {
        return 0;
    };
    if left.chars().count().max(right.chars().count()) <= SHOWN {
        return 0;
    }
    let same = left.chars().zip(right.chars());
    same.take_while(|(left, right)| left == right)
        .count()
        .saturating_sub(10)
}

/// A value as text, on one line, cut to a length that can be read.
pub(crate) fn shown(value: &Value, skip: usize) -> String {
    let text = value.to_string();
    let mut shown = String::new();
    if skip > 0 {
        shown.push_str("\"..");
    }
    // The quotation mark goes with the text that is left out.
    let skip = if skip > 0 { skip + 1 } else { 0 };
    let rest = text.chars().skip(skip);
    shown.extend(rest.clone().take(SHOWN));
    if rest.count() > SHOWN {
        shown.push_str("..");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn paths(left: &Value, right: &Value) -> Vec<String> {
        differences(left, right)
            .into_iter()
            .map(|found| {
                let side = |side: Option<String>| side.unwrap_or_else(|| "-".into());
                format!("{} {} {}", found.path, side(found.left), side(found.right))
            })
            .collect()
    }

    #[test]
    fn a_difference_is_found_by_its_path() {
        let left = json!({"lines": [{"qty": 1}, {"qty": 3}], "odd key": 1, "same": true});
        let right = json!({"lines": [{"qty": 1}, {"qty": 2}], "odd key": 2, "same": true});

        assert_eq!(
            paths(&left, &right),
            [".lines[1].qty 3 2", "[\"odd key\"] 1 2"]
        );
    }

    #[test]
    fn an_item_more_is_one_difference() {
        assert_eq!(paths(&json!([1, 2, 3]), &json!([1, 3])), ["[1] 2 -"]);
        assert_eq!(paths(&json!([1]), &json!([0, 1])), ["[0] - 0"]);
        assert_eq!(paths(&json!([1, 1]), &json!([1])), ["[1] 1 -"]);
        assert_eq!(paths(&json!([]), &json!([7])), ["[0] - 7"]);
    }

    #[test]
    fn fields_that_one_side_lacks_are_named() {
        assert_eq!(
            paths(&json!({"a": 1}), &json!({"b": 1})),
            [".a 1 -", ".b - 1"]
        );
    }

    #[test]
    fn long_texts_are_shown_from_where_they_differ() {
        let left = json!(format!("{}left", "x".repeat(100)));
        let right = json!(format!("{}right", "x".repeat(100)));

        assert_eq!(
            paths(&left, &right),
            ["(all) \"..xxxxxxxxxxleft\" \"..xxxxxxxxxxright\""]
        );
    }

    #[test]
    fn the_order_of_a_set_does_not_count_where_it_must_not() {
        assert!(same_but_order(&json!({"a": [1, 2]}), &json!({"a": [2, 1]})));
        assert!(!same_but_order(&json!([1, 2]), &json!([1, 1])));
    }
}
