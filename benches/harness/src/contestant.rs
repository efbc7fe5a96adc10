//! The `main` of a contestant.

use std::{collections::BTreeMap, env, error::Error, fmt, process::ExitCode};

use crate::{Measure, Outcome, Request};

/// Why a run has no numbers.
pub type Failure = Box<dyn Error + Send + Sync>;

/// The numbers of a run.
pub type Measured = Result<Vec<Measure>, Failure>;

/// Reads the request, carries it out and prints what became of it.
///
/// `versions` says what took part; `run` is given the contestant's name and the request.
#[expect(clippy::print_stdout, reason = "the answer is a line of output")]
pub fn contestant(
    versions: &[(&str, &str)],
    run: impl FnOnce(&str, &Request) -> Measured,
) -> ExitCode {
    let mut arguments = env::args().skip(1);
    let (Some(name), Some(request)) = (arguments.next(), arguments.next()) else {
        println!("usage: PROGRAM NAME REQUEST");
        return ExitCode::FAILURE;
    };
    let answer = serde_json::from_str(&request)
        .map_err(Failure::from)
        .and_then(|request| run(&name, &request));
    let outcome = match answer {
        Ok(measures) => Outcome::Measured {
            measures,
            versions: owned(versions),
        },
        Err(failure) => match failure.downcast::<Unsupported>() {
            Ok(unsupported) => Outcome::Unsupported(unsupported.0),
            Err(failure) => Outcome::Failed(with_sources(&*failure)),
        },
    };
    match serde_json::to_string(&outcome) {
        Ok(line) => println!("{line}"),
        Err(error) => println!("{{\"failed\":\"{error}\"}}"),
    }
    ExitCode::SUCCESS
}

/// Says that a contestant cannot do what it is asked, and why.
pub fn unsupported(why: impl Into<String>) -> Failure {
    Box::new(Unsupported(why.into()))
}

#[derive(Debug)]
struct Unsupported(String);

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Unsupported {}

fn owned(versions: &[(&str, &str)]) -> BTreeMap<String, String> {
    let pairs = versions.iter().copied();
    pairs
        .map(|(name, version)| (name.to_owned(), version.to_owned()))
        .collect()
}

fn with_sources(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
