//! A PostgreSQL server of our own, of the binaries that are installed, with the settings of all contestants.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use cqrs_bench_harness::Failure;
use tempfile::TempDir;

use super::{machine::answer, programs::target};

/// Everything but these is as PostgreSQL comes.
const SETTINGS: &[&str] = &[
    "fsync=on",
    "synchronous_commit=on",
    "max_connections=300",
    "shared_buffers=512MB",
    "max_wal_size=8GB",
    "unix_socket_directories=",
    "listen_addresses=127.0.0.1",
];

/// A running server, which is stopped when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    binaries: PathBuf,
    folder: TempDir,
    port: u16,
    version: String,
    databases: u32,
}

/// An empty database, which is dropped when it is dropped.
#[derive(Debug)]
pub(crate) struct Database<'a> {
    server: &'a Server,
    name: String,
}

impl Server {
    /// Makes a cluster and starts a server on it.
    pub(crate) fn start() -> Result<Self, Failure> {
        let binaries = binaries().ok_or("PostgreSQL is not installed")?;
        let folder = tempfile::tempdir_in(target())?;
        let data = folder.path().join("data");
        fs::create_dir(&data)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let version = answer(&binaries.join("postgres").to_string_lossy(), &["--version"]);
        let server = Self {
            version: version.unwrap_or_default(),
            binaries,
            folder,
            port,
            databases: 0,
        };
        server.give_away(&data)?;
        let initialised = server
            .command("initdb")
            .args([
                "--auth=trust",
                "--username=postgres",
                "--encoding=UTF8",
                "--locale=C",
                "-D",
            ])
            .arg(&data)
            .stdout(Stdio::null())
            .status()?;
        let settings = SETTINGS.iter().map(|setting| format!("-c {setting}"));
        let settings: Vec<_> = settings.chain([format!("-p {port}")]).collect();
        let started = initialised.success()
            && server
                .command("pg_ctl")
                .args(["start", "--wait", "--silent", "-D"])
                .arg(&data)
                .arg("-o")
                .arg(settings.join(" "))
                .arg("-l")
                .arg(data.join("log"))
                .stdout(Stdio::null())
                .status()?
                .success();
        if started {
            Ok(server)
        } else {
            Err("PostgreSQL does not start".into())
        }
    }

    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// Makes an empty database.
    pub(crate) fn database(&mut self) -> Result<Database<'_>, Failure> {
        self.databases += 1;
        let name = format!("run_{}", self.databases);
        self.sql(&format!("CREATE DATABASE {name}"))?;
        // What was left behind by the one before is written now, and not while the next one is measured.
        self.sql("CHECKPOINT")?;
        Ok(Database { server: self, name })
    }

    fn sql(&self, sql: &str) -> Result<(), Failure> {
        let status = Command::new(self.binaries.join("psql"))
            .args([
                "--quiet",
                "--no-psqlrc",
                "--dbname",
                &self.url("postgres"),
                "--command",
                sql,
            ])
            .stdout(Stdio::null())
            .status()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("`{sql}` failed").into())
        }
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// A program of the server, which refuses to be run by root.
    fn command(&self, program: &str) -> Command {
        let program = self.binaries.join(program);
        if is_root() {
            let mut command = Command::new("setpriv");
            command
                .args([
                    "--reuid=postgres",
                    "--regid=postgres",
                    "--init-groups",
                    "--",
                ])
                .arg(program)
                .current_dir("/");
            command
        } else {
            Command::new(program)
        }
    }

    fn give_away(&self, data: &Path) -> Result<(), Failure> {
        if is_root() {
            let mut give = Command::new("chown");
            give.args(["-R", "postgres:postgres"])
                .arg(self.folder.path());
            if !give.status()?.success() {
                return Err(format!("{} cannot be given to `postgres`", data.display()).into());
            }
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.folder.path().join("data");
        let _stopped = self
            .command("pg_ctl")
            .args(["stop", "--wait", "--silent", "--mode=immediate", "-D"])
            .arg(data)
            .stdout(Stdio::null())
            .status();
    }
}

impl Database<'_> {
    pub(crate) fn url(&self) -> String {
        self.server.url(&self.name)
    }
}

impl Drop for Database<'_> {
    fn drop(&mut self) {
        let _dropped = self
            .server
            .sql(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}

fn is_root() -> bool {
    answer("id", &["-u"]).as_deref() == Some("0")
}

/// Where `initdb` is: on the path, or where Debian puts it.
fn binaries() -> Option<PathBuf> {
    let told = answer("pg_config", &["--bindir"]).map(PathBuf::from);
    let debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut debian: Vec<_> = debian.map(|entry| entry.path().join("bin")).collect();
    debian.sort();
    told.into_iter()
        .chain(debian.into_iter().rev())
        .find(|folder| folder.join("initdb").is_file())
}
