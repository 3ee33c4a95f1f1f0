//! A process that forks: parent and child never draw the same nonce, and the child sends nothing
//! over the parent's connections.
//!
//! A test binary of its own, whose tests fork one after the other: what is forked has no other
//! thread at work but those of the client that it is about.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use fork::{Fork, WEXITSTATUS, WIFEXITED, fork, waitpid};
use ums_client::auth::{AppId, AppKey};
use ums_client::blocking::Client;
use ums_client::model::{MerchantCode, TerminalCode, UmsOrderId, VoidPayment};
use ums_client::transport::BaseUrl;
use ums_client::{
    Conclusion, NonceSource, NotSentReason, Outcome, RandomNonces, ResolvePolicy,
    RuntimeUnavailable, StillOpen, UnknownReason,
};

/// Held by the test that forks.
static FORKING: Mutex<()> = Mutex::new(());

#[test]
fn a_forked_process_draws_other_nonces() {
    let _forking = FORKING.lock().unwrap_or_else(PoisonError::into_inner);
    // Of the 32 that were asked for at once, 31 are left.
    let source = RandomNonces::new();
    let mut drawn = HashSet::from([source.next_nonce().unwrap().as_str().to_owned()]);

    let (mut from_child, mut to_parent) = std::io::pipe().unwrap();
    let Fork::Parent(child) = fork().unwrap() else {
        let mut text = String::new();
        for _ in 0..40 {
            text.push_str(source.next_nonce().unwrap().as_str());
            text.push('\n');
        }
        let told = to_parent.write_all(text.as_bytes());
        // Nothing else of the test may run twice.
        std::process::exit(i32::from(told.is_err()));
    };
    drop(to_parent);
    for _ in 0..40 {
        assert!(drawn.insert(source.next_nonce().unwrap().as_str().to_owned()));
    }
    let mut text = String::new();
    from_child.read_to_string(&mut text).unwrap();
    let status = waitpid(child).unwrap();
    assert!(WIFEXITED(status) && WEXITSTATUS(status) == 0);

    assert_eq!(text.lines().count(), 40);
    for nonce in text.lines() {
        assert!(drawn.insert(nonce.to_owned()), "drawn twice: {nonce}");
    }
}

const ORDER: &str = "20230718110248029165883554";

/// Answers each request of one connection with an approval, and ends with it.
fn gateway(mut stream: TcpStream) -> std::io::Result<()> {
    let body = format!(r#"{{"errCode":"00","orderId":"{ORDER}"}}"#);
    let length = body.len();
    let reply = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
    let mut request = Vec::new();
    loop {
        let mut some = [0; 4096];
        let count = stream.read(&mut some)?;
        if count == 0 {
            return Ok(());
        }
        request.extend_from_slice(&some[..count]);
        if request.ends_with(b"}") {
            request.clear();
            stream.write_all(reply.as_bytes())?;
        }
    }
}

/// Whether the child finds that its calls cannot be made, without and with a runtime of its own.
fn child_is_refused(client: &Client, void: &VoidPayment) -> bool {
    let is_refused = |outcome: &Outcome<_>| {
        let Outcome::NotSent(not_sent) = outcome else {
            return false;
        };
        let forked = RuntimeUnavailable::Forked;
        matches!(not_sent.reason, NotSentReason::Runtime(reason) if reason == forked)
    };
    let runtime = tokio::runtime::Builder::new_current_thread();
    let Ok(runtime) = { runtime }.enable_all().build() else {
        return false;
    };
    let open = Outcome::unknown(void, UnknownReason::Code);
    let found = client.resolve(void, open, &ResolvePolicy::default());
    is_refused(&client.void_payment(void))
        && is_refused(&runtime.block_on(client.as_client().void_payment(void)))
        && runtime.block_on(async { is_refused(&client.void_payment(void)) })
        && found.conclusion == Conclusion::Unknown(StillOpen::CannotAsk(RuntimeUnavailable::Forked))
        && client.close(Duration::from_secs(3600)).is_empty()
}

/// Nor does it close them for the parent when it drops the client.
#[test]
fn a_forked_process_sends_nothing_over_its_parents_connections() {
    let _forking = FORKING.lock().unwrap_or_else(PoisonError::into_inner);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url: BaseUrl = format!("http://{}", listener.local_addr().unwrap())
        .parse()
        .unwrap();
    // The one connection there is: another could not be opened.
    let gateway = std::thread::spawn(move || gateway(listener.accept().unwrap().0));
    let app_id = AppId::new("made-up-app").unwrap();
    let app_key = AppKey::new("MADEUPKEY4c0ffee4c0ffee4c0ffee4c").unwrap();
    let client = Client::new(url, app_id, &app_key).unwrap();
    let void = VoidPayment::by_ums_order_id(
        MerchantCode::new("103290070111417").unwrap(),
        TerminalCode::new("12340511").unwrap(),
        UmsOrderId::new(ORDER).unwrap(),
    );
    assert!(client.void_payment(&void).is_approved());

    let Fork::Parent(child) = fork().unwrap() else {
        let refused = child_is_refused(&client, &void);
        drop(client);
        // Nothing else of the test may run twice.
        std::process::exit(if refused { 0 } else { 1 });
    };
    let status = waitpid(child).unwrap();
    assert!(WIFEXITED(status) && WEXITSTATUS(status) == 0);

    let outcome = client.void_payment(&void);
    assert!(outcome.is_approved(), "{outcome}");
    let progress = outcome.evidence().attempt.progress.as_ref().unwrap();
    assert!(progress.reused);
    #[cfg(target_os = "linux")]
    assert!(threads().contains("ums-client\n"));
    drop(client);
    #[cfg(target_os = "linux")]
    assert!(!threads().contains("ums-client\n"));
    gateway.join().unwrap().unwrap();
}

/// The names of the threads of this process, a line each.
#[cfg(target_os = "linux")]
fn threads() -> String {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    // A thread may end meanwhile.
    let names = tasks.map(|task| std::fs::read_to_string(task.unwrap().path().join("comm")));
    names.map(Result::unwrap_or_default).collect()
}
