//! Whom operations are submitted for.

use ums_durable::Durable;
use ums_durable::client::Client;

/// A profile that is served: a client with its gateway and AppId, and what a request that does not
/// say them is for.
#[derive(Debug)]
#[must_use]
pub struct ServedProfile {
    pub(crate) name: String,
    pub(crate) client: Client,
    pub(crate) merchant: Option<String>,
    pub(crate) terminal: Option<String>,
    pub(crate) live: Option<bool>,
}

impl ServedProfile {
    /// Operations by this client.
    pub fn new(name: impl Into<String>, client: Client) -> Self {
        Self {
            name: name.into(),
            client,
            merchant: None,
            terminal: None,
            live: None,
        }
    }

    /// The merchant code (商户号) of a request that says none.
    pub fn merchant(mut self, code: impl Into<String>) -> Self {
        self.merchant = Some(code.into());
        self
    }

    /// The terminal code (终端号) of a request that says none.
    pub fn terminal(mut self, code: impl Into<String>) -> Self {
        self.terminal = Some(code.into());
        self
    }

    /// Whether the money is real, where the gateway's address does not tell.
    pub fn live(mut self, live: bool) -> Self {
        self.live = Some(live);
        self
    }
}

/// A profile that is being served.
#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) merchant: Option<String>,
    pub(crate) terminal: Option<String>,
    pub(crate) durable: Durable,
    pub(crate) is_live: bool,
}
