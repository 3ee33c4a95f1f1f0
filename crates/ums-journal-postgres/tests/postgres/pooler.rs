//! A transaction pooler between the journal and its server: pgbouncer, where there is one.

use std::net::TcpListener;
use std::path::Path;
use std::process::Child;
use std::time::Duration;

use tokio::time::Instant;

use crate::cluster::{Cluster, PORT, skipped};
use crate::contract::{PARTS, check};

/// The whole contract through a pooler that gives a connection back after each transaction.
#[test]
fn it_keeps_the_contract_behind_a_transaction_pooler() {
    let Some(program) = find() else {
        skipped("there is no pgbouncer here");
        return;
    };
    let Some(cluster) = Cluster::start("") else {
        return;
    };
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let socket = cluster.socket();
    // `auth_type = any` lets everybody in as the user of the database's line.
    cluster.write(
        "pooler.ini",
        &format!(
            "[databases]\npostgres = host={socket} port={PORT} dbname=postgres user=shop\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = any\npool_mode = transaction\nmax_client_conn = 1000\n\
             default_pool_size = 8\n"
        ),
    );
    let pooler = Pooler(cluster.start_program(
        program,
        &[Path::new(&socket).join("pooler.ini").to_str().unwrap()],
    ));
    let until = Instant::now() + Duration::from_secs(20);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < until, "pgbouncer does not start");
        std::thread::sleep(Duration::from_millis(50));
    }
    let url = format!("postgres://shop@127.0.0.1:{port}/postgres");
    std::thread::scope(|scope| {
        for part in 0..PARTS {
            let url = &url;
            scope.spawn(move || check(url, part));
        }
    });
    drop(pooler);
}

fn find() -> Option<&'static str> {
    ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"]
        .into_iter()
        .find(|place| Path::new(place).is_file())
}

struct Pooler(Child);

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
