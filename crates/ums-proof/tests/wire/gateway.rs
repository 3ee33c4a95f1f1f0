//! The gateway's machine: the simulator, and before it a relay that notes when bytes arrive.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

use ums_client::transport::BootInstant;
use ums_simulator::{Simulator, Tls};

use crate::caller::{APP_ID, APP_KEY};
use crate::network;
use crate::process::{CA, part, told};

/// The part `gateway`: nothing when it is started as a test.
#[test]
fn play() {
    if part().as_deref() != Some("gateway") {
        return;
    }
    let tls = Tls::generate_for([network::GATEWAY]).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let simulator = runtime
        .block_on(
            Simulator::builder()
                .credential(APP_ID, APP_KEY)
                .tls(tls)
                .start(),
        )
        .unwrap();
    std::fs::write(std::env::var(CA).unwrap(), simulator.ca_pem().unwrap()).unwrap();
    let relay = listen(move |stream| {
        let behind = TcpStream::connect(simulator.address()).unwrap();
        let (mut from, mut to) = (behind.try_clone().unwrap(), stream.try_clone().unwrap());
        thread::spawn(move || {
            let _ = std::io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Both);
        });
        note("request", stream, Some(behind));
    });
    let control = listen(|stream| note("control", stream, None));
    println!("control at {control}");
    println!("url https://{relay}");
    while told().is_some() {}
}

/// Listens on the cable, and serves each connection by a thread.
fn listen(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> std::net::SocketAddr {
    let listener = TcpListener::bind((network::GATEWAY, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let serve = std::sync::Arc::new(serve);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let serve = std::sync::Arc::clone(&serve);
            thread::spawn(move || serve(stream.unwrap()));
        }
    });
    address
}

/// Tells of each piece when it arrived, and passes it on.
fn note(what: &str, mut stream: TcpStream, mut behind: Option<TcpStream>) {
    let mut piece = [0; 16 * 1024];
    while let Ok(length @ 1..) = stream.read(&mut piece) {
        println!(
            "{what} bytes {length} at {}",
            BootInstant::now().ticks().as_millis()
        );
        if let Some(behind) = &mut behind {
            let _ = behind.write_all(&piece[..length]);
        }
    }
    if let Some(behind) = behind {
        let _ = behind.shutdown(Shutdown::Write);
    }
}
