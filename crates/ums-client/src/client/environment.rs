//! Where a client sends its calls.

use ums_transport::BaseUrl;

/// The gateway a client talks to. There is no default: money goes nowhere by accident.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Environment {
    /// Production, `https://api-mop-wh.open.chinaums.com` (official page of the void).
    Production,
    /// Test, `https://test-api-open.chinaums.com` (official page of the void).
    Test,
    /// Any other address: a local simulator, a proxy of one's own, a host that the page does not
    /// name.
    At(BaseUrl),
}

impl Environment {
    /// The address of the production host named on the official page.
    pub const PRODUCTION_URL: &str = "https://api-mop-wh.open.chinaums.com";
    /// The address of the test host named on the official page.
    pub const TEST_URL: &str = "https://test-api-open.chinaums.com";

    /// Whether a call may move real money: everything but the documented test host and this
    /// machine.
    pub fn is_live(&self) -> bool {
        match self {
            Self::Production => true,
            Self::Test => false,
            Self::At(url) => !url.is_loopback() && url.host() != host_of(Self::TEST_URL),
        }
    }

    pub(crate) fn base_url(self) -> Result<BaseUrl, ums_transport::InvalidBaseUrl> {
        match self {
            Self::Production => Self::PRODUCTION_URL.parse(),
            Self::Test => Self::TEST_URL.parse(),
            Self::At(url) => Ok(url),
        }
    }
}

impl From<BaseUrl> for Environment {
    fn from(url: BaseUrl) -> Self {
        Self::At(url)
    }
}

fn host_of(url: &'static str) -> &'static str {
    url.trim_start_matches("https://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn live_is_all_but_the_test_host_and_this_machine() {
        let at = |url: &str| Environment::At(url.parse().unwrap());
        assert!(Environment::Production.is_live());
        assert!(at("https://api-mop.chinaums.com").is_live());
        assert!(at("https://example.com").is_live());
        assert!(!Environment::Test.is_live());
        assert!(!at("https://test-api-open.chinaums.com").is_live());
        assert!(!at("http://127.0.0.1:8080").is_live());
        assert!(!at("https://localhost:8443").is_live());
    }

    #[test]
    fn both_hosts_are_valid() {
        for environment in [Environment::Production, Environment::Test] {
            assert!(environment.base_url().unwrap().is_tls());
        }
    }
}
