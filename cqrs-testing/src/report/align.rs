//! Which of two lists' messages belong together.

use super::Shown;

/// One row of a comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Row<'a> {
    /// Both have it.
    Same(&'a Shown),
    /// Both have one of this name, with other content.
    Differs(&'a Shown, &'a Shown),
    /// Only the first list has it.
    Missing(&'a Shown),
    /// Only the second list has it.
    Extra(&'a Shown),
}

/// Aligns two lists so that as many as possible are the same, and of the rest as many as possible have the same name.
pub(super) fn in_order<'a>(left: &'a [Shown], right: &'a [Shown]) -> Vec<Row<'a>> {
    let best = scores(left, right);
    let (mut l, mut r) = (0, 0);
    let mut rows = Vec::new();
    loop {
        match (left.get(l), right.get(r)) {
            (Some(a), Some(b)) => {
                let here = best[l][r];
                if pair(a, b).is_some_and(|score| add(score, best[l + 1][r + 1]) == here) {
                    rows.push(both(a, b));
                    (l, r) = (l + 1, r + 1);
                } else if best[l + 1][r] == here {
                    rows.push(Row::Missing(a));
                    l += 1;
                } else {
                    rows.push(Row::Extra(b));
                    r += 1;
                }
            }
            (Some(a), None) => {
                rows.push(Row::Missing(a));
                l += 1;
            }
            (None, Some(b)) => {
                rows.push(Row::Extra(b));
                r += 1;
            }
            (None, None) => return rows,
        }
    }
}

/// Puts together what belongs together, wherever it is.
pub(super) fn in_any_order<'a>(left: &'a [Shown], right: &'a [Shown]) -> Vec<Row<'a>> {
    let mut rest: Vec<_> = right.iter().collect();
    let mut partners: Vec<Option<&Shown>> = vec![None; left.len()];
    for is_partner in [Shown::eq as fn(&Shown, &Shown) -> bool, has_same_name] {
        for (a, partner) in left.iter().zip(&mut partners) {
            if partner.is_none()
                && let Some(at) = rest.iter().position(|b| is_partner(a, b))
            {
                *partner = Some(rest.remove(at));
            }
        }
    }
    let paired = left.iter().zip(partners).map(|(a, partner)| match partner {
        Some(b) => both(a, b),
        None => Row::Missing(a),
    });
    paired.chain(rest.iter().map(|b| Row::Extra(b))).collect()
}

/// How many are the same, and how many have the same name only.
type Score = (usize, usize);

/// For every pair of places, the best that can be made of what is behind them.
fn scores(left: &[Shown], right: &[Shown]) -> Vec<Vec<Score>> {
    let mut best = vec![vec![(0, 0); right.len() + 1]; left.len() + 1];
    for l in (0..left.len()).rev() {
        for r in (0..right.len()).rev() {
            let skipped = best[l + 1][r].max(best[l][r + 1]);
            best[l][r] = match pair(&left[l], &right[r]) {
                Some(score) => skipped.max(add(score, best[l + 1][r + 1])),
                None => skipped,
            };
        }
    }
    best
}

fn pair(a: &Shown, b: &Shown) -> Option<Score> {
    if a == b {
        Some((1, 0))
    } else {
        has_same_name(a, b).then_some((0, 1))
    }
}

const fn add(a: Score, b: Score) -> Score {
    (a.0 + b.0, a.1 + b.1)
}

fn has_same_name(a: &Shown, b: &Shown) -> bool {
    a.name == b.name
}

fn both<'a>(a: &'a Shown, b: &'a Shown) -> Row<'a> {
    if a == b {
        Row::Same(a)
    } else {
        Row::Differs(a, b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn list(text: &str) -> Vec<Shown> {
        let shown =
            |word: &str| Shown::of_json(&word.chars().take(1).collect::<String>(), json!(word));
        text.split_whitespace().map(shown).collect()
    }

    fn marks(rows: &[Row<'_>]) -> String {
        rows.iter()
            .map(|row| match row {
                Row::Same(_) => '=',
                Row::Differs(..) => '~',
                Row::Missing(_) => '-',
                Row::Extra(_) => '+',
            })
            .collect()
    }

    fn aligned(left: &str, right: &str) -> String {
        marks(&in_order(&list(left), &list(right)))
    }

    #[test]
    fn one_missing_leaves_the_others_the_same() {
        assert_eq!(aligned("a1 b1 c1", "b1 c1"), "-==");
        assert_eq!(aligned("a1 c1", "a1 b1 c1"), "=+=");
    }

    #[test]
    fn the_same_goes_before_the_same_name() {
        assert_eq!(aligned("a1 a2", "a2 a3"), "-=+");
        assert_eq!(aligned("a1 b1", "a2 b1"), "~=");
        assert_eq!(aligned("a1 b1", "b2 a1"), "+=-");
    }

    #[test]
    fn nothing_is_aligned_with_nothing() {
        assert_eq!(aligned("", ""), "");
        assert_eq!(aligned("a1", ""), "-");
        assert_eq!(aligned("", "a1"), "+");
    }

    #[test]
    fn in_any_order_each_finds_its_own() {
        let (left, right) = (list("a1 b1 a2"), list("a2 c1 a3 b1"));

        assert_eq!(marks(&in_any_order(&left, &right)), "~==+");
    }
}
