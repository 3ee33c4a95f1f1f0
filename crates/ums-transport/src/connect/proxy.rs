//! Which proxy, if any, leads to the gateway.

use std::fmt;
use std::sync::Arc;

use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use crate::connect::base_url::{BaseUrl, Port, port_of, shortened};

/// An HTTP proxy that opens a tunnel (`CONNECT`) to the gateway.
///
/// Only `https` gateways are reached through a proxy: TLS and its check of the certificate are then
/// the gateway's, from end to end, and the proxy sees host and port but no byte of a request. The
/// gateway's name is looked up by the proxy.
///
/// The connection to the proxy itself is plain TCP. A user name and password in the URL are sent to
/// the proxy as `Basic` credentials, which anyone between here and the proxy can read; they are
/// shown in no error and no `Debug`.
///
/// ```
/// use ums_transport::Proxy;
///
/// let proxy = Proxy::http("http://teller:made-up@proxy.example:3128")?;
/// assert!(!format!("{proxy:?}").contains("made-up"));
/// # Ok::<(), ums_transport::InvalidProxy>(())
/// ```
#[derive(Clone)]
pub struct Proxy {
    matcher: Arc<Matcher>,
}

impl Proxy {
    /// This proxy, whatever the gateway.
    ///
    /// The URL is `http://[user:password@]host:port`; `http://` may be left out. The port may not,
    /// as tools differ on what it is then. In user name and password, `@`, `:`, `/` and `%` are
    /// written as `%40`, `%3A`, `%2F` and `%25`.
    ///
    /// # Errors
    ///
    /// The text is no such URL.
    pub fn http(url: &str) -> Result<Self, InvalidProxy> {
        let url = checked(url)?;
        let matcher = Matcher::builder().all(url).build();
        Ok(Self {
            matcher: Arc::new(matcher),
        })
    }

    /// The proxy that the values of the variables `HTTPS_PROXY` and `NO_PROXY` ask for; none if the
    /// first is empty or the second names the gateway.
    ///
    /// The values are arguments, as this crate reads no environment: only who starts the process
    /// knows whether it may. `https_proxy` is a URL as for [`http`](Self::http). `no_proxy` is a
    /// list with commas: a domain, with or without a dot before it, stands for itself and all below
    /// it; an address or a network such as `10.0.0.0/8` for itself; `*` for everything. Plain
    /// `http` gateways, which are on this machine, are reached directly.
    ///
    /// # Errors
    ///
    /// `https_proxy` is neither empty nor such a URL. It is not passed over: a gateway that lists
    /// the proxy's address would refuse the caller's own.
    pub fn from_variables(https_proxy: &str, no_proxy: &str) -> Result<Self, InvalidProxy> {
        let mut matcher = Matcher::builder().no(no_proxy.to_owned());
        if !https_proxy.trim().is_empty() {
            matcher = matcher.https(checked(https_proxy.trim())?);
        }
        Ok(Self {
            matcher: Arc::new(matcher.build()),
        })
    }

    /// The way to this gateway, if it leads through a proxy.
    pub(crate) fn way_to(&self, gateway: &BaseUrl) -> Result<Option<Way>, http::Error> {
        let way = self.matcher.intercept(&gateway.connect_uri()?);
        Ok(way.map(|intercept| Way { intercept }))
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The matcher leaves credentials out.
        write!(f, "Proxy({:?})", self.matcher)
    }
}

/// A proxy's address, and what it wants to know of the caller.
pub(crate) struct Way {
    intercept: Intercept,
}

impl Way {
    pub(crate) fn uri(&self) -> &Uri {
        self.intercept.uri()
    }

    /// Host and port.
    pub(crate) fn address(&self) -> String {
        let authority = self.intercept.uri().authority();
        authority.map_or_else(String::new, ToString::to_string)
    }

    pub(crate) fn authorization(&self) -> Option<&HeaderValue> {
        self.intercept.basic_auth()
    }
}

/// The URL as it was given, in the only form that is understood in full.
fn checked(url: &str) -> Result<String, InvalidProxy> {
    let refuse = |rule| InvalidProxy {
        given: excerpt(url),
        rule,
    };
    let url = match url.split_once("://") {
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("http") => url.to_owned(),
        Some(_) => return Err(refuse(Rule::Scheme)),
        None => format!("http://{url}"),
    };
    let uri: Uri = url.parse().map_err(|_| refuse(Rule::NotAUrl))?;
    if uri.path() != "/" || uri.query().is_some() || url.contains('#') {
        return Err(refuse(Rule::Path));
    }
    let authority = uri.authority().ok_or_else(|| refuse(Rule::NotAUrl))?;
    if authority.as_str().matches('@').count() > 1 {
        return Err(refuse(Rule::At));
    }
    if authority.host().is_empty() {
        return Err(refuse(Rule::NotAUrl));
    }
    if !matches!(port_of(authority), Port::Stated(_)) {
        return Err(refuse(Rule::Port));
    }
    Ok(url)
}

/// A text that is not the URL of a [`Proxy`]: its host, and which rule it breaks. The rest of it is
/// not shown, as a password may be anywhere in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("proxy {given:?}: {rule}")]
pub struct InvalidProxy {
    given: String,
    rule: Rule,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Rule {
    #[error("not a URL; write it as http://host:port")]
    NotAUrl,
    #[error("the scheme must be http: a tunnel is asked for over plain HTTP, by no other protocol")]
    Scheme,
    #[error("it must end after host and port")]
    Path,
    #[error("more than one @; in a user name or password write it as %40")]
    At,
    #[error("state the port, from 1 to 65535")]
    Port,
}

/// What follows the last `@` and the scheme, up to a colon or a slash.
fn excerpt(url: &str) -> String {
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) if scheme.chars().all(|letter| letter.is_ascii_alphanumeric()) => {
            (format!("{scheme}://"), rest)
        }
        _ => (String::new(), url),
    };
    let (before, host) = match rest.rsplit_once('@') {
        Some((_, host)) => ("…@", host),
        None => ("", rest),
    };
    let shown = match host.split_once([':', '/', '?', '#']) {
        Some((host, _)) => format!("{host}…"),
        None => host.to_owned(),
    };
    shortened(format!("{scheme}{before}{shown}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn gateway(url: &str) -> BaseUrl {
        url.parse().unwrap()
    }

    #[test]
    fn accepted() {
        for (url, address, authorization) in [
            ("http://proxy.example:3128", "proxy.example:3128", None),
            ("HTTP://proxy.example:3128/", "proxy.example:3128", None),
            ("proxy.example:3128", "proxy.example:3128", None),
            ("http://127.0.0.1:8080", "127.0.0.1:8080", None),
            ("http://[::1]:8080", "[::1]:8080", None),
            // Aladdin's pair is RFC 7617's own example.
            (
                "http://Aladdin:open%20sesame@proxy.example:1",
                "proxy.example:1",
                Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            ),
            (
                "Aladdin@proxy.example:1",
                "proxy.example:1",
                Some("Basic QWxhZGRpbjo="),
            ),
        ] {
            let proxy = Proxy::http(url).unwrap();
            let way = proxy.way_to(&gateway("https://x.example")).unwrap();
            let way = way.unwrap();
            assert_eq!(way.address(), address, "{url}");
            assert_eq!(way.uri().scheme_str(), Some("http"), "{url}");
            let given = way.authorization().map(|value| value.to_str().unwrap());
            assert_eq!(given, authorization, "{url}");
        }
    }

    #[test]
    fn refused_without_showing_a_password() {
        for (url, word) in [
            ("", "not a URL"),
            ("http://", "not a URL"),
            ("http://:3128", "not a URL"),
            ("http://a b:3128", "not a URL"),
            ("proxy.example", "state the port"),
            ("http://proxy.example", "state the port"),
            ("http://proxy.example:0", "state the port"),
            ("http://proxy.example:65536", "state the port"),
            ("http://proxy.example:+3128", "state the port"),
            ("http://proxy.example:03128", "state the port"),
            ("http://proxy.example:", "state the port"),
            ("http://me:hunter2@proxy.example:+3128", "state the port"),
            ("http://me:3128@proxy.example", "state the port"),
            ("http://[::1]:+3128", "state the port"),
            ("https://proxy.example:3128", "scheme must be http"),
            ("socks5://proxy.example:1080", "scheme must be http"),
            ("http://proxy.example:3128/path", "end after host"),
            ("http://proxy.example:3128?x", "end after host"),
            ("http://proxy.example:3128#x", "end after host"),
            (
                "https://me:hunter2@proxy.example:3128",
                "scheme must be http",
            ),
            ("http://me:hunter2@proxy.example", "state the port"),
            ("http://me:hunter2", "state the port"),
            ("http://me:hunter2/x@proxy.example:1", "end after host"),
            ("http://me:hunter2#x@proxy.example:1", "end after host"),
            ("http://me:hunter2@x@proxy.example:1", ""),
            ("me:hunter2@proxy.example:1/x", "end after host"),
            ("me:hunter2", "state the port"),
            ("http://me:hunter2@", "not a URL"),
        ] {
            let error = Proxy::http(url).unwrap_err();
            assert!(error.to_string().contains(word), "{url}: {error}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
            if !url.is_empty() {
                assert!(Proxy::from_variables(url, "").is_err());
            }
        }
    }

    #[test]
    fn a_refusal_shows_scheme_and_host() {
        let long = |letters: usize| "x".repeat(letters);
        for (url, shown) in [
            ("", ""),
            ("proxy.example", "proxy.example"),
            ("https://proxy.example:3128", "https://proxy.example…"),
            ("http://me:hunter2@proxy.example", "http://…@proxy.example"),
            ("me:hunter2@proxy.example/x", "…@proxy.example…"),
            ("http://proxy.example?hunter2", "http://proxy.example…"),
            ("http://proxy.example#hunter2", "http://proxy.example…"),
            ("socks5://proxy.example:1", "socks5://proxy.example…"),
            ("me:hunter2://x", "me…"),
            (&long(80), &long(80)),
            (&long(81), &(long(79) + "…")),
        ] {
            assert_eq!(Proxy::http(url).unwrap_err().given, shown);
        }
    }

    #[test]
    fn variables_are_followed() {
        const PROXY: &str = "http://proxy.example:3128";
        for (https_proxy, no_proxy, gateway_url, through) in [
            (PROXY, "", "https://pay.example", true),
            (
                " http://proxy.example:3128 ",
                "",
                "https://pay.example",
                true,
            ),
            ("", "", "https://pay.example", false),
            ("  ", "", "https://pay.example", false),
            (PROXY, "*", "https://pay.example", false),
            (PROXY, "pay.example", "https://pay.example", false),
            (PROXY, "PAY.example", "https://pay.example", false),
            (PROXY, ".pay.example", "https://pay.example", false),
            (PROXY, "example", "https://pay.example", false),
            (
                PROXY,
                "other.example, pay.example",
                "https://pay.example",
                false,
            ),
            (PROXY, "pay.example", "https://a.pay.example", false),
            (PROXY, "pay.example", "https://notpay.example", true),
            (PROXY, "other.example", "https://pay.example", true),
            (PROXY, "10.0.0.0/8", "https://10.1.2.3", false),
            (PROXY, "10.0.0.0/8", "https://11.1.2.3", true),
            (PROXY, "10.1.2.3", "https://10.1.2.3:8443", false),
            (PROXY, "::1", "https://[::1]", false),
            (PROXY, "localhost", "https://127.0.0.1", true),
            (PROXY, "", "http://127.0.0.1", false),
        ] {
            let proxy = Proxy::from_variables(https_proxy, no_proxy).unwrap();
            let way = proxy.way_to(&gateway(gateway_url)).unwrap();
            assert_eq!(
                way.is_some(),
                through,
                "{https_proxy:?} {no_proxy:?} {gateway_url}"
            );
        }
    }

    #[test]
    fn debug_shows_the_address_alone() {
        let proxy = Proxy::http("http://me:hunter2@proxy.example:3128").unwrap();
        let shown = format!("{proxy:?}");
        assert!(shown.contains("proxy.example:3128"), "{shown}");
        // Neither plain nor in Base64.
        assert!(
            !shown.contains("hunter2") && !shown.contains("bWU6"),
            "{shown}"
        );
        let way = proxy.way_to(&gateway("https://x.example")).unwrap();
        let authorization = way.as_ref().and_then(Way::authorization).unwrap();
        assert!(authorization.is_sensitive());
    }

    proptest! {
        #[test]
        fn any_text_is_a_proxy_or_is_refused(url in "\\PC{0,60}", list in "\\PC{0,40}") {
            let _ = Proxy::http(&url);
            if let Ok(proxy) = Proxy::from_variables(&url, &list) {
                let _ = proxy.way_to(&gateway("https://pay.example")).unwrap();
            }
        }

        #[test]
        fn a_port_is_digits_or_is_refused(
            user in prop::sample::select(vec!["", "me@", "me:3128@", "me:+1@"]),
            host in prop::sample::select(vec!["127.0.0.1", "[::1]", "proxy.example"]),
            port in "[-+0-9a-fx_. ]{0,6}",
        ) {
            let stated = port.parse::<u16>().ok();
            let stated = stated.filter(|number| *number > 0 && port == number.to_string());
            let proxy = Proxy::http(&format!("http://{user}{host}:{port}"));
            prop_assert_eq!(proxy.is_ok(), stated.is_some(), "{:?}", proxy);
            if let Ok(proxy) = proxy {
                let way = proxy.way_to(&gateway("https://pay.example")).unwrap().unwrap();
                prop_assert_eq!(way.address(), format!("{host}:{port}"));
            }
        }

        #[test]
        fn what_precedes_the_host_is_never_shown(
            secret in "[a-z0-9:/?#%!@]{0,20}",
            scheme in prop::sample::select(vec!["http://", "https://", ""]),
            host in prop::sample::select(vec!["h.example", "h.example:3128", "h.example:x", ""]),
        ) {
            let url = format!("{scheme}HUNTER{secret}@{host}");
            if let Err(error) = Proxy::http(&url) {
                prop_assert!(!error.to_string().contains("HUNTER"), "{}", error);
            }
        }
    }
}
