//! A network that is cut when a request is written, and mended when its deadline is long over.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use ums_client::transport::BootInstant;

use crate::network::{Cut, Network};
use crate::process::{CA, Player, TIMEOUT, URL};

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
/// mended, long after their deadline, nothing of any request arrives, while the bytes of an
/// ordinary socket do.
#[test]
fn nothing_of_a_request_arrives_after_its_deadline() {
    with_networks("late", |network, how| {
        let seconds = std::env::var(SECONDS).map_or(40, |text| text.parse().unwrap());
        let mut stage = Stage::set(network, ["waits", "leaves", "stopped", "killed"], 8);
        stage.cut(how);
        let [waits, leaves, stopped, killed] = &mut stage.callers;
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

        stage.mend(how, Duration::from_secs(seconds));
        let [_, _, stopped, _] = &mut stage.callers;
        stopped.signal("CONT");
        let ended = stopped.hear("ended", SOON);
        assert!(ended.starts_with("unknown "), "{ended}");
        thread::sleep(Duration::from_secs(2));
        assert_eq!(stage.arrived(), [""; 0], "{how:?}");
    });
}

/// A call that is dropped, and one whose process is killed, is over at once: nothing of it arrives
/// though its deadline is far, and the network is mended before the kernel would give up.
#[test]
fn what_ends_a_call_throws_away_what_the_kernel_holds_of_it() {
    with_networks("over", |network, how| {
        let mut stage = Stage::set(network, ["leaves", "killed"], 60);
        stage.cut(how);
        let [leaves, killed] = &mut stage.callers;
        thread::sleep(Duration::from_millis(500));
        killed.signal("KILL");
        leaves.hear("left", SOON);
        stage.mend(how, Duration::from_secs(4));
        assert_eq!(stage.arrived(), [""; 0], "{how:?}");
    });
}

/// Plays in a network that is cut one way and in one that is cut another, at the same time.
fn with_networks(name: &str, play: fn(Network, Cut)) {
    let cuts = [("down", Cut::LinkDown), ("lost", Cut::Lost)];
    let mut both = Vec::new();
    for (suffix, how) in cuts {
        match Network::new(&format!("{name}-{suffix}")) {
            Ok(network) => both.push(thread::spawn(move || play(network, how))),
            Err(why) if std::env::var_os(REQUIRED).is_none() => {
                eprintln!("SKIPPED, as no network can be made here: {why}");
            }
            Err(why) => panic!("{why}"),
        }
    }
    // Both are waited for, so that both networks are taken down.
    let ended: Vec<_> = both.into_iter().map(thread::JoinHandle::join).collect();
    for one in ended {
        if let Err(panic) = one {
            std::panic::resume_unwind(panic);
        }
    }
}

/// A gateway, callers with a connection at hand, and an ordinary socket beside them.
struct Stage<const N: usize> {
    callers: [Player; N],
    control: Player,
    gateway: Player,
    cut: BootInstant,
    folder: PathBuf,
    network: Network,
}

impl<const N: usize> Stage<N> {
    fn set(network: Network, parts: [&str; N], timeout: u64) -> Self {
        let wrapper = network.on_caller();
        let folder = std::env::temp_dir().join(format!("wire-{}", wrapper.concat()));
        std::fs::create_dir_all(&folder).unwrap();
        let ca = folder
            .join("ca.pem")
            .into_os_string()
            .into_string()
            .unwrap();
        let at_gateway = network.on_gateway();
        let mut gateway = Player::start(&at_gateway, "gateway::play", "gateway", &[(CA, &ca)]);
        let control = gateway.hear("control at", SOON);
        let url = gateway.hear("url", SOON);
        let timeout = timeout.to_string();
        let caller = |part: &str, url: &str| {
            let settings = [(URL, url), (CA, &ca), (TIMEOUT, &timeout)];
            let mut player = Player::start(&wrapper, "caller::play", part, &settings);
            player.hear("ready", SOON);
            player
        };
        Self {
            callers: parts.map(|part| caller(part, &url)),
            control: caller("control", &control),
            gateway,
            cut: BootInstant::now(),
            folder,
            network,
        }
    }

    /// Cuts the network, and lets each write its request.
    fn cut(&mut self, how: Cut) {
        self.network.cut(how);
        self.cut = BootInstant::now();
        for player in self.callers.iter_mut().chain([&mut self.control]) {
            player.say("go");
            player.hear("began", SOON);
        }
    }

    /// Mends the network so long after it was cut, and waits for what an ordinary socket still
    /// held: so late bytes would be seen.
    fn mend(&mut self, how: Cut, after: Duration) {
        let passed = BootInstant::now().checked_duration_since(self.cut);
        thread::sleep(after.saturating_sub(passed.unwrap()));
        self.network.mend(how);
        self.gateway.hear("control bytes 700", SENT_AGAIN);
        thread::sleep(after.min(DRIFT));
    }

    /// What has arrived of requests since the network was cut.
    fn arrived(&mut self) -> Vec<&str> {
        let cut = self.cut.ticks().as_millis();
        let lines = self.gateway.heard().iter();
        lines
            .filter(|line| line.contains("request bytes") && arrived(line) >= cut)
            .map(String::as_str)
            .collect()
    }
}

impl<const N: usize> Drop for Stage<N> {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// When it arrived, in milliseconds of the clock that both machines have.
fn arrived(line: &str) -> u128 {
    line.rsplit(' ').next().unwrap().parse().unwrap()
}
