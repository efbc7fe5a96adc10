//! A server in the hands of a test.

use crate::{
    Options, Server,
    processes::{has_ended, is_stopped},
    shared,
};

#[test]
fn a_server_is_durable_and_takes_settings() {
    let server = Server::with(Options::new().set("max_connections", 17)).unwrap();
    let setting = |name| server.psql("postgres", &format!("SHOW {name}"));
    assert_eq!(setting("fsync"), "on\n");
    assert_eq!(setting("synchronous_commit"), "on\n");
    assert_eq!(setting("max_connections"), "17\n");
    assert_eq!(setting("server_encoding"), "UTF8\n");
    assert_eq!(setting("lc_collate"), "C\n");
}

#[test]
fn a_wrong_setting_is_an_error_with_the_servers_own_words() {
    let error = Server::with(Options::new().set("no_such_setting", 1)).unwrap_err();
    assert!(error.to_string().contains("no_such_setting"), "{error}");
}

#[test]
fn what_was_committed_is_there_after_kills_and_restarts_at_the_same_address() {
    let server = Server::start().unwrap();
    let url = server.create_database();
    let first = server.pid();
    server.psql("test_0", "CREATE TABLE kept (n int)");
    for (n, end) in [Server::kill_9, Server::stop_fast].into_iter().enumerate() {
        server.psql("test_0", &format!("INSERT INTO kept VALUES ({n})"));
        end(&server);
        server.start_again();
    }
    server.restart();
    assert_eq!(server.psql("test_0", "SELECT n FROM kept"), "0\n1\n");
    assert_eq!(server.url("test_0"), url);
    assert!(has_ended(first));
    assert!(server.log().contains("database system was interrupted"));
}

#[test]
fn a_server_can_be_frozen_and_goes_on() {
    let server = Server::start().unwrap();
    server.pause();
    assert!(is_stopped(server.pid()));
    server.resume();
    assert_eq!(server.psql("postgres", "SELECT 1"), "1\n");
}

#[test]
fn a_frozen_server_can_be_killed() {
    let server = Server::start().unwrap();
    server.pause();
    server.kill_9();
    server.start_again();
}

#[test]
fn shared_databases_are_not_the_same() {
    let one = shared().unwrap();
    let other = shared().unwrap();
    assert_ne!(one.url(), other.url());
}

#[test]
fn a_server_given_by_its_address_keeps_nothing() {
    let server = Server::start().unwrap();
    let databases = || server.psql("postgres", "SELECT datname FROM pg_database");
    let before = databases();
    let database = crate::Database::in_the_server_of(&server.url("postgres")).unwrap();
    assert_ne!(databases(), before);
    drop(database);
    assert_eq!(databases(), before);
}
