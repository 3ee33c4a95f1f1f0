//! Two network namespaces with a cable between them, which can be cut.

use std::process::Command;

pub(crate) const GATEWAY: &str = "10.213.77.2";
const CALLER: &str = "10.213.77.1";
/// Nobody's address on the cable.
const NOBODY: &str = "02:00:00:00:00:99";

/// How a network is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The caller's end of the cable is taken down, which its kernel knows.
    LinkDown,
    /// What is sent either way reaches nobody, which no kernel knows.
    Lost,
}

/// A network of two machines. It is taken down when it is dropped.
pub(crate) struct Network {
    caller: String,
    gateway: String,
}

impl Network {
    /// Makes one; says why if that is not permitted here.
    pub(crate) fn new(name: &str) -> Result<Self, String> {
        let id = std::process::id();
        let network = Self {
            caller: format!("ums-{name}-{id}-c"),
            gateway: format!("ums-{name}-{id}-g"),
        };
        let (caller, gateway) = (&network.caller, &network.gateway);
        run(&format!("netns add {caller}"))?;
        run(&format!("netns add {gateway}"))?;
        run(&format!(
            "link add cable netns {caller} type veth peer name cable netns {gateway}"
        ))?;
        for (namespace, address) in [(caller, CALLER), (gateway, GATEWAY)] {
            run(&format!("-n {namespace} addr add {address}/30 dev cable"))?;
            run(&format!("-n {namespace} link set cable up"))?;
            run(&format!("-n {namespace} link set lo up"))?;
        }
        Ok(network)
    }

    /// The command before a command that is to run on the caller's machine.
    pub(crate) fn on_caller(&self) -> Vec<String> {
        ["ip", "netns", "exec", &self.caller]
            .map(str::to_owned)
            .to_vec()
    }

    pub(crate) fn on_gateway(&self) -> Vec<String> {
        ["ip", "netns", "exec", &self.gateway]
            .map(str::to_owned)
            .to_vec()
    }

    pub(crate) fn cut(&self, how: Cut) {
        let (caller, gateway) = (&self.caller, &self.gateway);
        let steps = match how {
            Cut::LinkDown => vec![format!("-n {caller} link set cable down")],
            Cut::Lost => vec![
                format!(
                    "-n {caller} neigh replace {GATEWAY} lladdr {NOBODY} dev cable nud permanent"
                ),
                format!(
                    "-n {gateway} neigh replace {CALLER} lladdr {NOBODY} dev cable nud permanent"
                ),
            ],
        };
        for step in steps {
            run(&step).unwrap();
        }
    }

    pub(crate) fn mend(&self, how: Cut) {
        let (caller, gateway) = (&self.caller, &self.gateway);
        let steps = match how {
            Cut::LinkDown => vec![format!("-n {caller} link set cable up")],
            Cut::Lost => vec![
                format!("-n {caller} neigh del {GATEWAY} dev cable"),
                format!("-n {gateway} neigh del {CALLER} dev cable"),
            ],
        };
        for step in steps {
            run(&step).unwrap();
        }
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for namespace in [&self.caller, &self.gateway] {
            let _ = run(&format!("netns del {namespace}"));
        }
    }
}

fn run(words: &str) -> Result<(), String> {
    let output = Command::new("ip").args(words.split(' ')).output();
    let output = output.map_err(|error| format!("ip {words}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&output.stderr);
    Err(format!("ip {words}: {}", why.trim()))
}
