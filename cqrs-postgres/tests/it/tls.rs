//! Encrypted connections.

use cqrs_core::EventStore;
use cqrs_postgres::{ConnectError, Postgres};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use temporary_postgres::{Options, Server};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::make;

/// A certificate for a name and its key, as PEM.
fn identity(name: &str) -> (String, String) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).expect("a certificate");
    (made.cert.pem(), made.signing_key.serialize_pem())
}

/// A connector that trusts one certificate.
fn trusting(certificate: &str) -> MakeRustlsConnect {
    let mut roots = RootCertStore::empty();
    let certificate =
        CertificateDer::from_pem_slice(certificate.as_bytes()).expect("a certificate");
    roots.add(certificate).expect("it is trusted");
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    MakeRustlsConnect::new(config)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_connection_is_encrypted_when_the_url_asks_for_it() {
    let (certificate, key) = identity("localhost");
    let server = Server::with(Options::new().tls(&certificate, key)).expect("a server");
    let plain = server.create_database();
    let url = plain.replace("127.0.0.1", "localhost") + "?sslmode=require";

    let error = Postgres::connect(&url).await.expect_err("it asks for TLS");
    assert!(matches!(error, ConnectError::NoTls(_)), "{error:?}");
    assert!(error.to_string().contains("options().tls("), "{error}");

    let (other, _) = identity("localhost");
    let connecting = Postgres::options().tls(trusting(&other)).connect(&url);
    let error = connecting.await.expect_err("nobody vouches for the server");
    assert!(matches!(error, ConnectError::Tls { .. }), "{error:?}");
    assert!(format!("{error:?}").contains("certificate"), "{error:?}");

    let connecting = Postgres::options()
        .tls(trusting(&certificate))
        .connect(&url);
    let store = connecting.await.expect("a store");
    make::fill(&store, 20).await;
    assert_eq!(make::everything(&store).await.len(), 20);
    make::assert_sound(&store).await;
    let open = "SELECT count(*) FILTER (WHERE s.ssl) || ' of ' || count(*)
                FROM pg_stat_activity a JOIN pg_stat_ssl s USING (pid)
                WHERE a.application_name = 'cqrs'";
    let owner = make::owner(&plain).await;
    let encrypted = make::value(&owner, open).await.expect("a count");
    let (encrypted, all) = encrypted.split_once(" of ").expect("two counts");
    assert_eq!(encrypted, all);
    assert_ne!(all, "0");
    store.close().await.expect("closed");
}

#[tokio::test]
async fn a_server_that_does_not_encrypt_is_not_spoken_to_when_the_url_asks_for_it() {
    let (certificate, _) = identity("localhost");
    let server = Server::start().expect("a server");
    let url = server.create_database() + "?sslmode=require";
    let connecting = Postgres::options()
        .tls(trusting(&certificate))
        .connect(&url);
    let error = connecting.await.expect_err("it does not encrypt");
    assert!(matches!(error, ConnectError::Tls { .. }), "{error:?}");
}
