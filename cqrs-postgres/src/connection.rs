//! One connection: dialled, prepared, and held against what was seen before.

use std::{
    collections::HashMap,
    fmt,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{sync::mpsc, time::timeout};
use tokio_postgres::{
    AsyncMessage, Client, Config, Notification, Row, Socket, Statement,
    tls::{MakeTlsConnect, TlsConnect},
    types::{ToSql, Type},
};

use crate::error::DbError;

/// A parameter with its type.
pub(crate) type Param<'a> = (&'a (dyn ToSql + Sync), Type);

/// Makes connections, whatever encrypts them.
pub(crate) type Dial = Arc<dyn Fn(Config, Option<Heard>) -> Dialled + Send + Sync>;

type Dialled = Pin<Box<dyn Future<Output = Result<Client, tokio_postgres::Error>> + Send>>;

/// Where notifications go.
pub(crate) type Heard = mpsc::UnboundedSender<Notification>;

/// How connections are made with this kind of encryption.
pub(crate) fn dial<T>(tls: T) -> Dial
where
    T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
    T::Stream: Send,
    T::TlsConnect: Send,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    Arc::new(move |config, heard| {
        let tls = tls.clone();
        Box::pin(async move {
            let (client, mut connection) = config.connect(tls).await?;
            // Ends when the client is dropped, or the connection breaks: every call then says so.
            drop(tokio::spawn(async move {
                while let Some(message) =
                    std::future::poll_fn(|cx| connection.poll_message(cx)).await
                {
                    match message {
                        Ok(AsyncMessage::Notification(notification)) => {
                            if let Some(heard) = &heard {
                                let _gone = heard.send(notification);
                            }
                        }
                        Ok(_) => {}
                        Err(error) => {
                            tracing::debug!(
                                error = &error as &dyn std::error::Error,
                                "a connection to PostgreSQL ended"
                            );
                            return;
                        }
                    }
                }
            }));
            Ok(client)
        })
    })
}

/// A connection that outlives single calls. Each call is one statement, and so a transaction of its own: nothing that is
/// dropped leaves one open.
pub(crate) struct Connection {
    client: Client,
    /// Statements that the server knows; `None` behind a pooler, where they do not stay.
    statements: Option<Mutex<HashMap<String, Statement>>>,
    limit: Duration,
    /// An answer did not come: whatever is asked next would wait behind it.
    is_stuck: AtomicBool,
}

impl Connection {
    /// How many statements are kept prepared at most.
    const KEPT: usize = 512;

    /// A connection that prepares its statements, unless `pooled`, and waits this long for an answer.
    pub(crate) fn new(client: Client, pooled: bool, limit: Duration) -> Self {
        Self {
            client,
            statements: (!pooled).then(Mutex::default),
            limit,
            is_stuck: AtomicBool::new(false),
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed() || self.is_stuck.load(Ordering::Relaxed)
    }

    /// The rows that a statement answers.
    pub(crate) async fn query(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, DbError> {
        self.in_time(self.ask(sql, params)).await
    }

    /// Statements without parameters and answers.
    pub(crate) async fn execute(&self, sql: &str) -> Result<(), DbError> {
        self.in_time(self.client.batch_execute(sql)).await
    }

    async fn in_time<T>(
        &self,
        call: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, DbError> {
        if let Ok(answer) = timeout(self.limit, call).await {
            return Ok(answer?);
        }
        self.is_stuck.store(true, Ordering::Relaxed);
        Err(DbError::TimedOut(self.limit))
    }

    /// The rows that a statement of a program answers, whose types the server finds out.
    pub(crate) async fn run(
        &self,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, DbError> {
        let answer = async {
            let statement = self.prepared(sql).await?;
            self.client.query(&statement, params).await
        };
        match timeout(self.limit, answer).await {
            Ok(answer) => Ok(answer?),
            Err(_elapsed) => Err(DbError::TimedOut(self.limit)),
        }
    }

    /// As [`run`](Self::run), and answers how many rows were changed.
    pub(crate) async fn change(
        &self,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, DbError> {
        let answer = async {
            let statement = self.prepared(sql).await?;
            self.client.execute(&statement, params).await
        };
        match timeout(self.limit, answer).await {
            Ok(answer) => Ok(answer?),
            Err(_elapsed) => Err(DbError::TimedOut(self.limit)),
        }
    }

    async fn prepared(&self, sql: &str) -> Result<Statement, tokio_postgres::Error> {
        let Some(statements) = &self.statements else {
            return self.client.prepare(sql).await;
        };
        let known = statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(sql)
            .cloned();
        if let Some(statement) = known {
            return Ok(statement);
        }
        let statement = self.client.prepare(sql).await?;
        let mut statements = statements.lock().unwrap_or_else(PoisonError::into_inner);
        // A program may write its values into its statements.
        if statements.len() >= Self::KEPT {
            statements.clear();
        }
        statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    async fn ask(
        &self,
        sql: &str,
        params: &[Param<'_>],
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        let Some(statements) = &self.statements else {
            return self.client.query_typed(sql, params).await;
        };
        let known = statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(sql)
            .cloned();
        let statement = if let Some(statement) = known {
            statement
        } else {
            let types: Vec<_> = params.iter().map(|(_, kind)| kind.clone()).collect();
            let statement = self.client.prepare_typed(sql, &types).await?;
            statements
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(sql.to_owned(), statement.clone());
            statement
        };
        let params: Vec<_> = params.iter().map(|(value, _)| *value).collect();
        self.client.query(&statement, &params).await
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
