//! Counting tests by the lines in which the test harness sums them up.

/// How many tests passed, failed and were left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
}

impl Tally {
    /// Counts `line` in, if it is one that sums up a test program:
    /// `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s`.
    pub(crate) fn read(&mut self, line: &str) {
        // After a test that prints without a newline it does not stand at the start of its line.
        let Some((_, summary)) = line.split_once("test result: ") else {
            return;
        };
        let Some((_, counts)) = summary.split_once(". ") else {
            return;
        };
        for part in counts.split("; ") {
            let Some((number, what)) = part.split_once(' ') else {
                continue;
            };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }

    /// The closing line, which stands alone.
    pub(crate) fn closing_line(self) -> String {
        let Self {
            passed,
            failed,
            ignored,
        } = self;
        if ignored == 0 {
            format!("{passed} passed, {failed} failed")
        } else {
            format!("{passed} passed, {failed} failed, {ignored} skipped")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    fn tally(output: &str) -> Tally {
        let mut tally = Tally::default();
        output.lines().for_each(|line| tally.read(line));
        tally
    }

    #[test]
    fn all_test_programs_are_summed_up() {
        let tally = tally(
            "running 4 tests\n\
             test a ... ok\n\
             test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
             \n\
             test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 9 filtered out; finished in 1.25s\n",
        );
        assert_eq!(tally.closing_line(), "8 passed, 2 failed, 1 skipped");
    }

    #[test]
    fn a_summary_behind_other_output_counts() {
        let tally = tally("dots....test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured");
        assert_eq!(tally.closing_line(), "2 passed, 0 failed");
    }

    #[test]
    fn other_lines_count_nothing() {
        let tally = tally("7 passed; 3 failed\ntest result: \ntest result: ok. many passed\n");
        assert_eq!(tally, Tally::default());
    }
}
