//! Tables.

use std::{fmt::Write, fs, path::Path};

use cqrs_bench_harness::{Failure, Unit};

use super::{
    plan::Reach,
    report::{CaseReport, ContestantReport, Judged, MeasureReport, Report},
};

/// The page of one experiment.
pub(crate) fn page(report: &Report) -> String {
    let mut page = format!("# {}: {}\n\n", report.name, report.title);
    let _written = write!(
        page,
        "{} rounds of {} s, contestants in turn: the median, and in brackets the least and the greatest.\n\n\
         ![{}]({}.svg)\n",
        report.rounds, report.seconds, report.title, report.name
    );
    for case in &report.cases {
        table(&mut page, case);
    }
    targets(&mut page, report);
    page.push_str("\n## Where\n\n");
    for (what, fact) in &report.machine.facts {
        let _written = writeln!(page, "- {what}: {fact}");
    }
    for (contestant, versions) in &report.versions {
        let versions: Vec<_> = versions
            .iter()
            .map(|(name, version)| format!("{name} {version}"))
            .collect();
        let _written = writeln!(page, "- `{contestant}`: {}", versions.join(", "));
    }
    page
}

/// All targets of all reports that are in the folder.
pub(crate) fn overview(folder: &Path) -> Result<String, Failure> {
    let mut files: Vec<_> = fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    files.sort();
    let mut page = String::from(
        "# Results\n\nWritten by `cargo xtask bench`. Only ratios count, and only within one table: \
         each was measured on one machine, side by side.\n\n\
         | experiment | case | against | to reach | measured | |\n|---|---|---|---:|---:|---|\n",
    );
    for file in files {
        let report: Report = serde_json::from_slice(&fs::read(file)?)?;
        for judged in report.judged() {
            let _written = writeln!(page, "| [{0}]({0}.md) {1}", report.name, row(&judged));
        }
    }
    Ok(page)
}

fn table(page: &mut String, case: &CaseReport) {
    let measured = |contestant: &&ContestantReport| contestant.first().is_some();
    let names: Vec<&MeasureReport> = case
        .contestants
        .iter()
        .max_by_key(|contestant| contestant.measures.len())
        .map(|contestant| contestant.measures.iter().collect())
        .unwrap_or_default();
    let _written = write!(page, "\n## {}\n\n| contestant |", case.label);
    for measure in &names {
        let _written = write!(page, " {} |", measure.name);
    }
    let own = case.of("cqrs").and_then(ContestantReport::first);
    let _written = write!(
        page,
        " `cqrs` is |\n|---|{}---:|\n",
        "---:|".repeat(names.len())
    );
    for contestant in case.contestants.iter().filter(measured) {
        let _written = write!(page, "| `{}` |", contestant.name);
        for wanted in &names {
            let found = contestant
                .measures
                .iter()
                .find(|measure| measure.name == wanted.name);
            let _written = write!(page, " {} |", found.map(spread).unwrap_or_default());
        }
        let ratio = own
            .zip(contestant.first())
            .map(|(own, other)| own.median / other.median);
        let _written = writeln!(page, " {} |", ratio.map(times).unwrap_or_default());
    }
    for contestant in &case.contestants {
        if let Some(note) = &contestant.note {
            let _written = writeln!(page, "\n`{}`: {note}", contestant.name);
        }
    }
}

fn targets(page: &mut String, report: &Report) {
    let mut judged = report.judged().peekable();
    if judged.peek().is_none() {
        return;
    }
    page.push_str(
        "\n## To reach\n\n| case | against | to reach | measured | |\n|---|---|---:|---:|---|\n",
    );
    for judged in judged {
        let _written = writeln!(page, "{}", row(&judged));
    }
}

fn row(judged: &Judged<'_>) -> String {
    let target = judged.target;
    let (reach, value) = match target.reach {
        Reach::Least(ratio) => (format!("≥ {}", times(ratio)), times(judged.value)),
        Reach::Most(ratio) => (format!("≤ {}", times(ratio)), times(judged.value)),
        Reach::MostMore(more) => (
            format!("≤ +{}", quantity(more, Unit::Nanoseconds)),
            format!("+{}", quantity(judged.value, Unit::Nanoseconds)),
        ),
    };
    let reached = if judged.reached {
        "reached"
    } else {
        "**missed**"
    };
    format!(
        "| {} | `{}` | {reach} | {value} | {reached} |",
        target.case, target.against
    )
}

fn spread(measure: &MeasureReport) -> String {
    let of = |value| quantity(value, measure.unit);
    if measure.rounds.values().len() < 2 {
        return of(measure.median);
    }
    format!(
        "{} ({} .. {})",
        of(measure.median),
        of(measure.least),
        of(measure.greatest)
    )
}

fn times(ratio: f64) -> String {
    format!("{ratio:.2} ×")
}

/// A number with three digits that count, and its unit.
pub(crate) fn quantity(value: f64, unit: Unit) -> String {
    let digits = match value.abs() {
        less if less < 10.0 => 2,
        less if less < 100.0 => 1,
        _ => 0,
    };
    let plain = format!("{value:.digits$}");
    let (whole, rest) = plain.split_at(plain.find('.').unwrap_or(plain.len()));
    let mut grouped = String::new();
    for (number, digit) in whole.chars().enumerate() {
        let left = whole.len() - number;
        if number > 0 && left.is_multiple_of(3) && !grouped.ends_with('-') {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let space = if unit.symbol().starts_with('/') || unit == Unit::Count {
        ""
    } else {
        " "
    };
    format!("{grouped}{rest}{space}{}", unit.symbol())
}

#[cfg(test)]
mod tests {
    use cqrs_bench_harness::Unit;

    use super::quantity;

    #[test]
    fn numbers_are_written_with_the_digits_that_count() {
        assert_eq!(quantity(1_234_567.8, Unit::PerSecond), "1,234,568/s");
        assert_eq!(quantity(4.567, Unit::Nanoseconds), "4.57 ns");
        assert_eq!(quantity(-4567.0, Unit::Bytes), "-4,567 B");
        assert_eq!(quantity(123.4, Unit::Count), "123");
    }
}
