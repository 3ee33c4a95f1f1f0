//! A process that is stopped within a call, for longer than its send window.

use std::thread;
use std::time::Duration;

use ums_simulator::{Running, Simulator};

use crate::caller::{APP_ID, APP_KEY};
use crate::process::{Player, URL};

const SOON: Duration = Duration::from_secs(30);

/// Stopped between the record and the first byte, nothing is sent. Stopped before the clock is read
/// for the record, all is well: the window has not begun.
#[test]
fn a_process_that_is_stopped_beyond_the_send_window_sends_nothing() {
    for (step, end) in [
        ("sending", "not_sent send_window 0/"),
        ("intent", "declined"),
    ] {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let gateway = runtime
            .block_on(Simulator::builder().credential(APP_ID, APP_KEY).start())
            .unwrap();
        let mut caller = Player::start(
            &[],
            "caller::play",
            &format!("stalls at {step}"),
            &[(URL, &gateway.url())],
        );
        caller.hear("ready", SOON);
        let before = received(&gateway);
        caller.say("go");
        caller.hear("began", SOON);
        thread::sleep(Duration::from_millis(2500));
        caller.signal("CONT");
        let ended = caller.hear("ended", SOON);
        assert!(ended.starts_with(end), "{step}: {ended}");
        let received = received(&gateway) - before;
        assert_eq!(received == 0, step == "sending", "{step}: {received}");
    }
}

fn received(gateway: &Running) -> u64 {
    let ledger = gateway.ledger().snapshot();
    ledger.requests.iter().map(|it| it.bytes_received).sum()
}
