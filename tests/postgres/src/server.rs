//! A whole server of a test's own.

use std::{
    fs::{self, File},
    hash::{BuildHasher, RandomState},
    io::{self, Write},
    net::TcpListener,
    os::unix::{fs::OpenOptionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::{
    Options, StartError,
    binaries::{command, installed, run},
    data,
    processes::{has_ended, is_stopped, send, send_to_all, until, wait_for},
    user::User,
    watchdog::Watchdog,
};

/// How many ports are tried before something else must be wrong.
const PORTS: usize = 20;

/// A `PostgreSQL` server that ends with its value, and with the test program at the latest.
///
/// It listens on a port of 127.0.0.1 and on a socket in [`socket_directory`](Self::socket_directory), and keeps both
/// over restarts. Everybody may connect as `postgres` without a password.
///
/// What cannot be done to a server once it runs is no answer to the test's question, so that these methods panic with
/// the server's log.
#[derive(Debug)]
pub struct Server {
    binaries: PathBuf,
    user: User,
    options: Options,
    port: u16,
    postmaster: Mutex<Option<Child>>,
    databases: AtomicU32,
    directory: TempDir,
    // Dropped after the directory, so that it finds nothing to do.
    _watchdog: Watchdog,
}

impl Server {
    /// Starts a server that is as durable as one in production.
    ///
    /// # Errors
    ///
    /// No server is installed, or it did not start; the text has its log.
    pub fn start() -> Result<Self, StartError> {
        Self::with(Options::new())
    }

    /// Starts a server with settings of one's own.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn with(options: Options) -> Result<Self, StartError> {
        let binaries = installed()?;
        let user = User::choose()?;
        // The path of a socket is at most some hundred bytes long.
        let directory = tempfile::Builder::new()
            .prefix("pg-")
            .tempdir()
            .map_err(StartError::io("a temporary directory"))?;
        user.owns(directory.path())
            .map_err(StartError::io("giving away the temporary directory"))?;
        let watchdog = Watchdog::start(directory.path())?;
        let data = directory.path().join("data");
        data::make(&binaries, user, &data)?;
        for (name, content) in options.files() {
            give(user, &data.join(name), content)
                .map_err(StartError::io("a file for the server"))?;
        }

        let mut server = Self {
            binaries,
            user,
            options,
            port: 0,
            postmaster: Mutex::new(None),
            databases: AtomicU32::new(0),
            directory,
            _watchdog: watchdog,
        };
        for _ in 0..PORTS {
            server.port = free_port()?;
            match server.run() {
                // Somebody else was faster.
                Err(error) if error.to_string().contains("Address already in use") => {}
                Err(error) => return Err(error),
                Ok(()) => return Ok(server),
            }
        }
        Err(StartError::new(format!(
            "{PORTS} ports of 127.0.0.1 were free, and then taken"
        )))
    }

    /// The address of a database in this server.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The port of 127.0.0.1 that the server listens on.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The folder with the server's socket.
    #[must_use]
    pub fn socket_directory(&self) -> &Path {
        self.directory.path()
    }

    /// Creates an empty database, and answers its address.
    ///
    /// # Panics
    ///
    /// It could not be created.
    #[must_use]
    pub fn create_database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.client("createdb", "postgres", &["--template=template0", &name]);
        self.url(&name)
    }

    /// Runs SQL by `psql` and answers what it prints: rows by line, columns by `|`.
    ///
    /// # Panics
    ///
    /// The server does not answer, or answers with an error.
    pub fn psql(&self, database: &str, sql: &str) -> String {
        let arguments = ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql];
        self.client("psql", database, &arguments)
    }

    /// The process id of the postmaster, while it runs.
    ///
    /// # Panics
    ///
    /// The server does not run.
    #[must_use]
    pub fn pid(&self) -> u32 {
        let postmaster = self.lock();
        postmaster.as_ref().expect("the server runs").id()
    }

    /// What the server has logged since it was made.
    #[must_use]
    pub fn log(&self) -> String {
        let log = fs::read(self.log_file()).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// Ends the server in order, with whatever its connections are doing rolled back.
    ///
    /// # Panics
    ///
    /// It does not run, or it does not end.
    pub fn stop_fast(&self) {
        let mut postmaster = self.lock().take().expect("the server runs");
        send(postmaster.id(), Signal::INT);
        let ended = until(|| postmaster.try_wait().is_ok_and(|status| status.is_some()));
        if ended.is_err() {
            kill(&mut postmaster);
            panic!("the server does not end\n{}", self.log());
        }
    }

    /// Starts the server again after it was stopped or killed, on the same port, and waits until it answers.
    ///
    /// # Panics
    ///
    /// It runs already, or it does not start.
    pub fn start_again(&self) {
        assert!(self.lock().is_none(), "the server runs already");
        if let Err(error) = self.run() {
            panic!("{error}");
        }
    }

    /// [`stop_fast`](Self::stop_fast), then [`start_again`](Self::start_again).
    ///
    /// # Panics
    ///
    /// As those.
    pub fn restart(&self) {
        self.stop_fast();
        self.start_again();
    }

    /// Kills the postmaster and every process it has started, by SIGKILL, and waits until they are gone.
    ///
    /// What the operating system has been given stays, as after the death of a process and not as after a power cut.
    ///
    /// # Panics
    ///
    /// It does not run.
    pub fn kill_9(&self) {
        let mut postmaster = self.lock().take().expect("the server runs");
        kill(&mut postmaster);
    }

    /// Freezes all processes of the server (SIGSTOP), as a stalled machine would. Connections stay open and silent.
    pub fn pause(&self) {
        let all = send_to_all(self.pid(), Signal::STOP);
        wait_for(&all, is_stopped);
    }

    /// Lets a server go on that was frozen by [`pause`](Self::pause).
    pub fn resume(&self) {
        send_to_all(self.pid(), Signal::CONT);
    }

    fn run(&self) -> Result<(), StartError> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log_file())
            .map_err(StartError::io("opening the server's log"))?;
        let logged_before = self.log().len();

        let mut postgres = command(&self.binaries, "postgres");
        postgres.arg("-D").arg(self.directory.path().join("data"));
        let own = [
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={}", self.port),
            format!(
                "unix_socket_directories={}",
                self.directory.path().display()
            ),
        ];
        for setting in self.options.settings().chain(own) {
            postgres.args(["-c", &setting]);
        }
        postgres
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        let mut postmaster = self
            .user
            .runs(&mut postgres)
            // What is typed at the terminal is not for this.
            .process_group(0)
            .spawn()
            .map_err(StartError::io("`postgres` cannot be run"))?;

        let mut ended = false;
        let answered = until(|| {
            ended = !matches!(postmaster.try_wait(), Ok(None));
            ended || self.is_ready(postmaster.id())
        });
        if ended || answered.is_err() {
            kill(&mut postmaster);
            let log = self.log();
            let new = log.get(logged_before..).unwrap_or(&log);
            return Err(StartError::new(format!("the server does not start\n{new}")));
        }
        *self.lock() = Some(postmaster);
        Ok(())
    }

    /// As `pg_ctl` finds it out: in the lock file's eighth line, if it is not that of a server that was killed.
    fn is_ready(&self, postmaster: u32) -> bool {
        let file = self.directory.path().join("data").join("postmaster.pid");
        let content = fs::read_to_string(file).unwrap_or_default();
        let mut lines = content.lines();
        lines.next() == Some(postmaster.to_string().as_str())
            && lines.nth(6).is_some_and(|state| state.trim() == "ready")
    }

    fn client(&self, program: &str, database: &str, arguments: &[&str]) -> String {
        let mut client = command(&self.binaries, program);
        client
            .arg("--host")
            .arg(self.directory.path())
            .args(["--port", &self.port.to_string(), "--username=postgres"])
            .args(arguments)
            .env("PGDATABASE", database);
        run(&mut client).unwrap_or_else(|error| panic!("{error}\n{}", self.log()))
    }

    fn log_file(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.postmaster
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut postmaster) = self.lock().take() {
            kill(&mut postmaster);
        }
    }
}

/// Writes a file that nobody but the server may read.
fn give(user: User, path: &Path, content: &str) -> io::Result<()> {
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(content.as_bytes())?;
    user.owns(path)
}

fn kill(postmaster: &mut Child) {
    if matches!(postmaster.try_wait(), Ok(None)) {
        let all = send_to_all(postmaster.id(), Signal::KILL);
        let _status = postmaster.wait();
        wait_for(&all, has_ended);
    }
}

/// A port below those from which the system takes the near ends of connections: one of these may not be taken while
/// a server restarts.
fn free_port() -> Result<u16, StartError> {
    const FIRST: u64 = 20_000;
    const COUNT: u64 = 12_000;
    (0..1_000)
        .find_map(|attempt: u32| {
            // The standard library's source of randomness.
            let random = RandomState::new().hash_one(attempt);
            let port = u16::try_from(FIRST + random % COUNT).ok()?;
            TcpListener::bind(("127.0.0.1", port)).ok()?;
            Some(port)
        })
        .ok_or_else(|| StartError::new("no port of 127.0.0.1 is free"))
}
