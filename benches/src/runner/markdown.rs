//! Tables.

use std::{collections::BTreeMap, fmt::Write};

use cqrs_bench_harness::Unit;

use super::{
    machine::Machine,
    plan::Reach,
    report::{CaseReport, ContestantReport, Judged, MeasureReport, Report},
};

/// All experiments on one page: what was to be reached, the tables, and where it was measured.
pub(crate) fn page(reports: &[Report]) -> String {
    let mut page = String::from(
        "# Results\n\nWritten by `cargo xtask bench`. Only ratios count, and only within one table: each was measured \
         on one machine, side by side, contestants in turn. Numbers are medians over the rounds, in brackets the least \
         and the greatest.\n",
    );
    targets(&mut page, reports);
    for report in reports {
        experiment(&mut page, report);
    }
    places(&mut page, reports);
    page
}

fn targets(page: &mut String, reports: &[Report]) {
    page.push_str(
        "\n## To reach\n\n| experiment | case | against | to reach | measured | |\n|---|---|---|---:|---:|---|\n",
    );
    for report in reports {
        for judged in report.judged() {
            let _written = writeln!(page, "| {} {}", report.name, row(&judged));
        }
    }
}

fn experiment(page: &mut String, report: &Report) {
    let _written = write!(
        page,
        "\n## {}: {}\n\n{} {} of {} s.\n",
        report.name,
        report.title,
        report.rounds,
        if report.rounds == 1 {
            "round"
        } else {
            "rounds"
        },
        report.seconds
    );
    if let Some(server) = &report.server {
        let _written = writeln!(page, "PostgreSQL {server}.");
    }
    let _written = writeln!(page, "\n![{}]({}.svg)", report.title, report.name);
    for case in &report.cases {
        table(page, case);
    }
}

/// The machine of each run, and the versions of everything.
fn places(page: &mut String, reports: &[Report]) {
    page.push_str("\n## Where\n");
    let mut runs: Vec<(&Machine, Vec<&str>)> = Vec::new();
    for report in reports {
        match runs
            .iter_mut()
            .find(|(machine, _)| **machine == report.machine)
        {
            Some((_, names)) => names.push(&report.name),
            None => runs.push((&report.machine, vec![&report.name])),
        }
    }
    for (machine, names) in runs {
        let _written = writeln!(page, "\n{}:\n", names.join(", "));
        for (what, fact) in &machine.facts {
            let _written = writeln!(page, "- {what}: {fact}");
        }
    }
    page.push_str("\nVersions:\n\n");
    let mut all: BTreeMap<_, _> = BTreeMap::new();
    for report in reports {
        all.extend(&report.versions);
    }
    for (contestant, versions) in all {
        let versions: Vec<_> = versions
            .iter()
            .map(|(name, version)| format!("{name} {version}"))
            .collect();
        if !versions.is_empty() {
            let _written = writeln!(page, "- `{contestant}`: {}", versions.join(", "));
        }
    }
}

fn table(page: &mut String, case: &CaseReport) {
    let measured = |contestant: &&ContestantReport| contestant.first().is_some();
    let names: Vec<&MeasureReport> = case
        .contestants
        .iter()
        .max_by_key(|contestant| contestant.measures.len())
        .map(|contestant| contestant.measures.iter().collect())
        .unwrap_or_default();
    let _written = write!(page, "\n### {}\n\n| contestant |", case.label);
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
