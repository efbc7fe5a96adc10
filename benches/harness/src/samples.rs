//! Medians and spread.

use serde::{Deserialize, Serialize};

/// What several rounds have measured of the same thing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// Adds what one more round has measured.
    pub fn add(&mut self, value: f64) {
        self.0.push(value);
    }

    /// All of them, in the order of the rounds.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.0
    }

    /// The one in the middle.
    #[must_use]
    pub fn median(&self) -> f64 {
        median(&self.0)
    }

    /// The least.
    #[must_use]
    pub fn least(&self) -> f64 {
        self.0.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// The greatest.
    #[must_use]
    pub fn greatest(&self) -> f64 {
        self.0.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }

    /// How far apart they are, as a share of the median.
    #[must_use]
    pub fn spread(&self) -> f64 {
        (self.greatest() - self.least()) / self.median()
    }
}

/// The value in the middle; between the two in the middle, their mean. Not a number when there is none.
#[must_use]
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.len().is_multiple_of(2), sorted.get(middle)) {
        (_, None) => f64::NAN,
        (false, Some(value)) => *value,
        (true, Some(upper)) => f64::midpoint(sorted[middle - 1], *upper),
    }
}

/// The value that this share of the others is not greater than. Not a number when there is none.
#[must_use]
pub fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    values
        .get(last * percent / 100)
        .copied()
        .unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::{Samples, median, percentile};

    #[test]
    fn the_median_is_in_the_middle() {
        assert!(median(&[]).is_nan());
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
    }

    #[test]
    fn the_spread_is_a_share_of_the_median() {
        let mut samples = Samples::default();
        for value in [90.0, 100.0, 120.0] {
            samples.add(value);
        }
        assert!((samples.spread() - 0.3).abs() < f64::EPSILON);
    }

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let mut values: Vec<f64> = (0..=100).rev().map(f64::from).collect();
        assert!((percentile(&mut values, 99) - 99.0).abs() < f64::EPSILON);
        assert!((percentile(&mut values, 50) - 50.0).abs() < f64::EPSILON);
    }
}
