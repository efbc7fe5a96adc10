//! Bars: a group for each case, a bar for each contestant, a line from the least to the greatest.

use std::fmt::Write;

use super::{
    markdown::quantity,
    report::{CaseReport, ContestantReport, MeasureReport, Report},
};

const LABELS: f64 = 120.0;
const BARS: f64 = 480.0;
const NUMBERS: f64 = 160.0;
const BAR: f64 = 16.0;
const HEAD: f64 = 30.0;

/// The plot of the numbers that are compared. Bars are as long as they are in their own group: other groups differ in
/// what they measure.
pub(crate) fn svg(report: &Report) -> String {
    let mut body = String::new();
    let mut y = HEAD + 10.0;
    for case in &report.cases {
        y = group(&mut body, case, y);
    }
    let width = LABELS + BARS + NUMBERS;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {y}\" width=\"{width}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"10\" y=\"20\" font-size=\"15\">{}: {}</text>\n{body}</svg>\n",
        escaped(&report.name),
        escaped(&report.title)
    )
}

/// Draws one case below `y`, and answers where it ends.
fn group(body: &mut String, case: &CaseReport, y: f64) -> f64 {
    let measured = || {
        case.contestants
            .iter()
            .filter_map(|contestant| Some((contestant, contestant.first()?)))
    };
    let longest = measured()
        .map(|(_, measure)| measure.greatest)
        .fold(0.0, f64::max);
    let Some((_, first)) = measured().next() else {
        return y;
    };
    let better = if first.unit.more_is_better() {
        "longer is better"
    } else {
        "shorter is better"
    };
    let label = escaped(&case.label);
    let _written = writeln!(
        body,
        "<text x=\"10\" y=\"{:.1}\" font-weight=\"bold\">{label} ({better})</text>",
        y + 12.0
    );
    let mut y = y + 20.0;
    for (contestant, measure) in measured() {
        bar(body, contestant, measure, longest, y);
        y += BAR + 4.0;
    }
    y + 12.0
}

fn bar(
    body: &mut String,
    contestant: &ContestantReport,
    measure: &MeasureReport,
    longest: f64,
    y: f64,
) {
    let at = |value: f64| LABELS + BARS * (value / longest).clamp(0.0, 1.0);
    let end = at(measure.median);
    let fill = match &*contestant.name {
        "cqrs" => "#b7410e",
        bare if bare.starts_with("bare") => "#9a9a9a",
        _ => "#5b7fa6",
    };
    let middle = y + BAR / 2.0;
    let text = y + BAR - 4.0;
    let _written = writeln!(
        body,
        "<text x=\"{:.1}\" y=\"{text:.1}\" text-anchor=\"end\">{}</text>\n\
         <rect x=\"{LABELS}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{BAR}\" fill=\"{fill}\"/>\n\
         <path d=\"M{:.1} {middle:.1}H{:.1}\" stroke=\"black\"/>\n\
         <text x=\"{:.1}\" y=\"{text:.1}\">{}</text>",
        LABELS - 6.0,
        escaped(&contestant.name),
        end - LABELS,
        at(measure.least),
        at(measure.greatest),
        at(measure.greatest) + 6.0,
        escaped(&quantity(measure.median, measure.unit))
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
