//! A database of a test's own in a server that others use too.

use std::{
    env,
    hash::{BuildHasher, RandomState},
    process::{self, Command},
    sync::OnceLock,
};

use crate::{
    Server, StartError,
    binaries::{installed, run},
};

/// A fresh database, in the server of `DATABASE_URL` where that is set, else in one that this test program shares.
///
/// # Errors
///
/// There is no server, or it gave no database.
pub fn shared() -> Result<Database, StartError> {
    match env::var("DATABASE_URL") {
        Ok(url) => Database::in_the_server_of(&url),
        Err(_) => Ok(Database {
            url: own_server()?.create_database(),
            dropped: None,
        }),
    }
}

/// One server for the test program. It ends by its watchdog, since nothing drops a static.
fn own_server() -> Result<&'static Server, StartError> {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    let server = SERVER.get_or_init(|| Server::start().map_err(|error| error.to_string()));
    server
        .as_ref()
        .map_err(|text| StartError::new(text.as_str()))
}

/// A database that was empty when it was handed out.
///
/// In the server of `DATABASE_URL` it is dropped with its value; the program's own server takes it along when it ends.
#[derive(Debug)]
pub struct Database {
    url: String,
    dropped: Option<Dropped>,
}

#[derive(Debug)]
struct Dropped {
    server: String,
    name: String,
}

impl Database {
    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn in_the_server_of(server: &str) -> Result<Self, StartError> {
        let random = RandomState::new().hash_one(process::id());
        let name = format!("cqrs_test_{random:016x}");
        let url = with_database(server, &name).ok_or_else(|| {
            StartError::new(
                "`DATABASE_URL` is not of the form `postgres://user@host:port/database`",
            )
        })?;
        run(client("createdb")?
            .arg("--maintenance-db")
            .arg(server)
            .args(["--template=template0", "--encoding=UTF8", "--locale=C"])
            .arg(&name))?;
        Ok(Self {
            url,
            dropped: Some(Dropped {
                server: server.to_owned(),
                name,
            }),
        })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some(Dropped { server, name }) = &self.dropped else {
            return;
        };
        // A server that is gone has nothing to tidy up.
        let _left = client("dropdb").and_then(|mut client| {
            run(client
                .args(["--force", "--if-exists", "--maintenance-db"])
                .arg(server)
                .arg(name))
        });
    }
}

/// With the environment as it is: the password may be there.
fn client(program: &str) -> Result<Command, StartError> {
    Ok(Command::new(installed()?.join(program)))
}

/// `url` with another database in it; what it says about the connection stays.
fn with_database(url: &str, name: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let (rest, parameters) = match rest.split_once('?') {
        Some((rest, parameters)) => (rest, format!("?{parameters}")),
        None => (rest, String::new()),
    };
    let authority = rest.split('/').next()?;
    Some(format!("{scheme}://{authority}/{name}{parameters}"))
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn the_database_in_an_address_is_another_one() {
        for (url, expected) in [
            ("postgres://a:b@host:1/old", "postgres://a:b@host:1/new"),
            ("postgresql://host", "postgresql://host/new"),
            ("postgres:///old?host=/tmp", "postgres:///new?host=/tmp"),
        ] {
            assert_eq!(with_database(url, "new").as_deref(), Some(expected));
        }
        assert_eq!(with_database("host=localhost", "new"), None);
    }
}
