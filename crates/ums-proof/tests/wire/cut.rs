//! A network that is cut when a request is written, and mended when its deadline is long over.

use std::thread;
use std::time::Duration;

use ums_client::transport::BootInstant;

use crate::network::{Cut, Network};
use crate::process::{CA, Player, URL};

const SOON: Duration = Duration::from_secs(30);
/// The kernel waits no longer than two minutes before it sends again.
const SENT_AGAIN: Duration = Duration::from_secs(140);
/// How far the kernel's pauses for two connections drift apart.
const DRIFT: Duration = Duration::from_secs(8);

/// How long the network is cut, in seconds; 300 takes seven minutes.
const SECONDS: &str = "UMS_CUT_SECONDS";
/// Set where being unable to make a network is a failure.
const REQUIRED: &str = "UMS_NETWORKS_REQUIRED";

/// A caller that waits to its deadline, one that drops the call, a process that is stopped and one
/// that is killed, each right after its request was written to a cut network. When the network is
/// mended nothing of any request arrives, while the bytes of an ordinary socket do.
#[test]
fn nothing_of_a_request_arrives_after_its_deadline() {
    let cuts = [("down", Cut::LinkDown), ("lost", Cut::Lost)];
    let both = cuts.map(|(name, how)| thread::spawn(move || cut_and_mend(name, how)));
    for (one, (name, _)) in both.into_iter().zip(cuts) {
        match one.join() {
            Ok(Ok(())) => {}
            Ok(Err(why)) if std::env::var_os(REQUIRED).is_none() => {
                eprintln!("SKIPPED, as no network can be made here: {why}");
            }
            Ok(Err(why)) => panic!("{name}: {why}"),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

fn cut_and_mend(name: &str, how: Cut) -> Result<(), String> {
    let network = Network::new(name)?;
    let seconds = std::env::var(SECONDS).map_or(40, |text| text.parse().unwrap());
    let folder = std::env::temp_dir().join(format!("ums-wire-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let ca = folder.join("ca.pem");
    let ca = ca.to_str().unwrap();
    let mut gateway = Player::start(
        &network.on_gateway(),
        "gateway::play",
        "gateway",
        &[(CA, ca)],
    );
    let control = gateway.hear("control at", SOON);
    let url = gateway.hear("url", SOON);
    let caller = |part: &str, url: &str| {
        let settings = [(URL, url), (CA, ca)];
        Player::start(&network.on_caller(), "caller::play", part, &settings)
    };
    let mut waits = caller("waits", &url);
    let mut leaves = caller("leaves", &url);
    let mut stopped = caller("stopped", &url);
    let mut killed = caller("killed", &url);
    let mut control = caller("control", &control);
    for player in [
        &mut waits,
        &mut leaves,
        &mut stopped,
        &mut killed,
        &mut control,
    ] {
        player.hear("ready", SOON);
    }

    network.cut(how);
    let cut = BootInstant::now();
    for player in [
        &mut waits,
        &mut leaves,
        &mut stopped,
        &mut killed,
        &mut control,
    ] {
        player.say("go");
        player.hear("began", SOON);
    }
    thread::sleep(Duration::from_millis(500));
    stopped.signal("STOP");
    killed.signal("KILL");
    leaves.hear("left", SOON);
    let ended = waits.hear("ended", SOON);
    let (written, total) = ended
        .strip_prefix("unknown deadline ")
        .or_else(|| ended.strip_prefix("unknown io "))
        .and_then(|rest| rest.split_once(' '))
        .and_then(|(count, _)| count.split_once('/'))
        .unwrap_or_else(|| panic!("{ended}"));
    assert_eq!(written, total, "{ended}");
    assert!(ended.contains("reused true"), "{ended}");

    let passed = BootInstant::now().checked_duration_since(cut).unwrap();
    thread::sleep(Duration::from_secs(seconds).saturating_sub(passed));
    network.mend(how);
    // What an ordinary socket still held arrives now, though it was closed long ago: so this would
    // be seen.
    loop {
        let at = gateway.hear("control bytes 7", SENT_AGAIN);
        if at.starts_with("00 at") {
            break;
        }
    }
    thread::sleep(DRIFT);
    stopped.signal("CONT");
    let ended = stopped.hear("ended", SOON);
    assert!(ended.starts_with("unknown "), "{ended}");
    thread::sleep(Duration::from_secs(2));
    let cut = cut.ticks().as_millis();
    let late: Vec<&String> = gateway
        .heard()
        .iter()
        .filter(|line| line.contains("request bytes"))
        .filter(|line| arrived(line) >= cut)
        .collect();
    assert!(late.is_empty(), "{how:?}, cut at {cut}: {late:#?}");
    let _ = std::fs::remove_dir_all(folder);
    Ok(())
}

/// When it arrived, in milliseconds of the clock that both machines have.
fn arrived(line: &str) -> u128 {
    line.rsplit(' ').next().unwrap().parse().unwrap()
}
