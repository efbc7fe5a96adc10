//! Texts with places in them.

/// The text without the lines and columns of its places, which move with everything that is written above them.
pub(crate) fn without_lines(text: &str) -> String {
    let mut parts = text.split(".rs:");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push_str(".rs");
        kept.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':'));
    }
    kept
}
