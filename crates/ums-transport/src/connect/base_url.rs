//! The one address a transport talks to.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use http::HeaderValue;
use http::uri::{Authority, PathAndQuery, Scheme, Uri};

/// Scheme, host and port of a gateway: `https://host[:port]`, or `http://` for a gateway on this
/// machine.
///
/// It holds no path: the operation brings its own, and joining the two by hand is how requests end
/// up at the wrong address. Plain `http` is accepted for loopback only (`localhost`, `127.0.0.0/8`,
/// `[::1]`).
///
/// ```
/// use ums_transport::BaseUrl;
///
/// let url: BaseUrl = "https://test-api-open.chinaums.com".parse()?;
/// assert_eq!(url.host(), "test-api-open.chinaums.com");
/// assert_eq!(url.port(), 443);
///
/// let refused = "http://test-api-open.chinaums.com".parse::<BaseUrl>().unwrap_err();
/// assert!(refused.to_string().contains("https"));
/// # Ok::<(), ums_transport::InvalidBaseUrl>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    authority: Authority,
    host_header: HeaderValue,
    tls: bool,
}

impl BaseUrl {
    /// Host name or address, without brackets.
    pub fn host(&self) -> &str {
        unbracketed(self.authority.host())
    }

    /// Port, 443 or 80 when none was given.
    pub fn port(&self) -> u16 {
        let default = if self.tls { 443 } else { 80 };
        self.authority.port_u16().unwrap_or(default)
    }

    /// Whether the connection is encrypted. If not, the host is this machine.
    pub fn is_tls(&self) -> bool {
        self.tls
    }

    /// Whether the host is written as a loopback address or as `localhost`.
    pub fn is_loopback(&self) -> bool {
        names_loopback(self.host())
    }

    /// The value of the `Host` header.
    pub(crate) fn host_header(&self) -> HeaderValue {
        self.host_header.clone()
    }

    /// What a connector wants: an absolute URI, of which it reads scheme, host and port.
    pub(crate) fn connect_uri(&self) -> Result<Uri, http::Error> {
        let scheme = if self.tls {
            Scheme::HTTPS
        } else {
            Scheme::HTTP
        };
        Uri::builder()
            .scheme(scheme)
            .authority(self.authority.clone())
            .path_and_query(PathAndQuery::from_static("/"))
            .build()
    }
}

impl FromStr for BaseUrl {
    type Err = InvalidBaseUrl;

    fn from_str(text: &str) -> Result<Self, InvalidBaseUrl> {
        let refuse = |rule| InvalidBaseUrl {
            given: excerpt(text),
            rule,
        };
        let uri: Uri = text.parse().map_err(|_| refuse(Rule::NotAUrl))?;
        let parts = uri.into_parts();
        let tls = match parts.scheme.as_ref().map(Scheme::as_str) {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(refuse(Rule::Scheme)),
        };
        let authority = parts.authority.ok_or_else(|| refuse(Rule::NotAUrl))?;
        if authority.as_str().contains('@') {
            return Err(refuse(Rule::UserInfo));
        }
        if authority.host().is_empty() {
            return Err(refuse(Rule::NotAUrl));
        }
        if !matches!(port_of(&authority), Port::Default | Port::Stated(_)) {
            return Err(refuse(Rule::Port));
        }
        if parts.path_and_query.is_some_and(|path| path != "/") || text.contains('#') {
            return Err(refuse(Rule::Path));
        }
        if !tls && !names_loopback(unbracketed(authority.host())) {
            return Err(refuse(Rule::PlainHttp));
        }
        let authority = one_spelling(&authority, tls).ok_or_else(|| refuse(Rule::NotAUrl))?;
        let host_header =
            HeaderValue::from_str(authority.as_str()).map_err(|_| refuse(Rule::NotAUrl))?;
        Ok(Self {
            authority,
            host_header,
            tls,
        })
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority)
    }
}

/// A text that is not a [`BaseUrl`]: what was given and which rule it breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("base URL {given:?}: {rule}")]
pub struct InvalidBaseUrl {
    given: String,
    rule: Rule,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Rule {
    #[error("not a URL; write it as https://host or https://host:port")]
    NotAUrl,
    #[error("the scheme must be https, or http for a gateway on this machine")]
    Scheme,
    #[error("a user name or password does not belong in it; UMS signs each request instead")]
    UserInfo,
    #[error("it must end after host and port; the operation brings the path")]
    Path,
    #[error("the port must be a plain number from 1 to 65535")]
    Port,
    #[error(
        "plain http is for this machine only (localhost, 127.x.x.x, [::1]); use https for any other host"
    )]
    PlainHttp,
}

/// A gateway has one spelling, by which its calls are known again: the host in small letters, and
/// no port where it is the scheme's own.
fn one_spelling(authority: &Authority, tls: bool) -> Option<Authority> {
    let own = if tls { 443 } else { 80 };
    let host = authority.host().to_ascii_lowercase();
    let text = match port_of(authority) {
        Port::Stated(port) if port != own => format!("{host}:{port}"),
        _ => host,
    };
    text.parse().ok()
}

fn names_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn unbracketed(host: &str) -> &str {
    host.strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host)
}

/// What stands after the host of an authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Port {
    /// Nothing.
    Default,
    Stated(u16),
    /// Something else than a colon and a number from 1 to 65535 in digits alone.
    Invalid,
}

/// Stricter than [`Authority::port_u16`], which takes `+9` for 9 and passes over what it cannot
/// read: what is connected to must be what the `Host` header says.
pub(crate) fn port_of(authority: &Authority) -> Port {
    let text = authority.as_str();
    let text = text.rsplit_once('@').map_or(text, |(_, after)| after);
    let Some(after) = text.strip_prefix(authority.host()) else {
        return Port::Invalid;
    };
    if after.is_empty() {
        return Port::Default;
    }
    after
        .strip_prefix(':')
        .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))
        .filter(|digits| !digits.starts_with('0'))
        .and_then(|digits| digits.parse().ok())
        .map_or(Port::Invalid, Port::Stated)
}

/// Enough of a wrong URL to recognise it. What stands before an `@` may be a password and is not
/// shown.
fn excerpt(text: &str) -> String {
    let (scheme, rest) = match text.rfind('@') {
        Some(at) => {
            let scheme = ["https://", "http://"]
                .into_iter()
                .find(|scheme| text[..at].starts_with(scheme))
                .unwrap_or_default();
            (format!("{scheme}…"), &text[at..])
        }
        None => (String::new(), text),
    };
    // A query or a fragment may hold a key that somebody pasted with the address.
    let rest = match rest.find(['?', '#']) {
        Some(end) => format!("{}…", &rest[..=end]),
        None => rest.to_owned(),
    };
    shortened(format!("{scheme}{rest}"))
}

/// At most 80 characters of an excerpt.
pub(crate) fn shortened(excerpt: String) -> String {
    if excerpt.chars().count() > 80 {
        excerpt.chars().take(79).chain(['…']).collect()
    } else {
        excerpt
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn accepted() {
        for (text, host, port, tls) in [
            ("https://a.example", "a.example", 443, true),
            ("https://a.example/", "a.example", 443, true),
            ("https://a.example:8443", "a.example", 8443, true),
            ("http://localhost:9", "localhost", 9, false),
            ("http://LOCALHOST", "localhost", 80, false),
            ("http://127.3.2.1:80", "127.3.2.1", 80, false),
            ("http://[::1]:8080", "::1", 8080, false),
            ("https://[::1]", "::1", 443, true),
        ] {
            let url: BaseUrl = text.parse().unwrap();
            assert_eq!((url.host(), url.port(), url.is_tls()), (host, port, tls));
            assert_eq!(url.is_loopback(), !host.ends_with(".example"), "{text}");
            assert_eq!(url, url.to_string().parse().unwrap());
        }
    }

    /// By which the calls of a gateway are known again.
    #[test]
    fn a_gateway_has_one_spelling() {
        for (one, texts) in [
            (
                "https://a.example",
                ["https://A.Example:443/", "HTTPS://a.example:443"],
            ),
            (
                "http://localhost",
                ["http://LocalHost:80", "http://localhost/"],
            ),
            ("http://[::1]", ["http://[::1]:80", "HTTP://[::1]/"]),
            (
                "https://a.example:80",
                ["https://A.EXAMPLE:80", "https://a.example:80/"],
            ),
        ] {
            for text in texts {
                let url: BaseUrl = text.parse().unwrap();
                assert_eq!(url.to_string(), one, "{text}");
                assert_eq!(url, one.parse().unwrap());
            }
        }
    }

    #[test]
    fn refused() {
        for (text, word) in [
            ("", "not a URL"),
            ("host", "scheme"),
            ("ftp://host", "scheme"),
            ("https://", "not a URL"),
            ("https://host:", "the port"),
            ("https://host:0", "the port"),
            ("https://host:00443", "the port"),
            ("https://host:65536", "the port"),
            ("https://host:99999", "the port"),
            ("https://host:184467440737095516160", "the port"),
            ("https://host:+443", "the port"),
            ("http://127.0.0.1:+9", "the port"),
            ("http://127.0.0.1:-9", "the port"),
            ("http://127.0.0.1:0x9", "the port"),
            ("http://[::1]:+9", "the port"),
            ("http://[::1]9", "the port"),
            ("https://host:443:443", "not a URL"),
            ("https://host/v6", "path"),
            ("https://host?x=1", "path"),
            ("https://host#x", "path"),
            ("https://me:hunter2@host", "password"),
            ("http://example.com", "this machine only"),
            ("http://127.0.0.1.example.com", "this machine only"),
            ("http://localhost.example.com", "this machine only"),
            ("http://[::2]", "this machine only"),
            ("http://0.0.0.0", "this machine only"),
        ] {
            let error = text.parse::<BaseUrl>().unwrap_err().to_string();
            assert!(error.contains(word), "{text}: {error}");
            assert!(!error.contains("hunter2"));
        }
    }

    #[test]
    fn a_refusal_shows_enough_and_no_password() {
        let long = |letters: usize| "x".repeat(letters);
        for (text, shown) in [
            ("ftp://host".to_owned(), "ftp://host".to_owned()),
            (
                "https://me:hunter2@host".to_owned(),
                "https://…@host".to_owned(),
            ),
            ("http://hunter2@host".to_owned(), "http://…@host".to_owned()),
            ("me:hunter2@host".to_owned(), "…@host".to_owned()),
            (
                "hunter2@https://host".to_owned(),
                "…@https://host".to_owned(),
            ),
            ("hunter2://x@host".to_owned(), "…@host".to_owned()),
            ("@".to_owned(), "…@".to_owned()),
            (long(80), long(80)),
            (long(81), long(79) + "…"),
        ] {
            let error = text.parse::<BaseUrl>().unwrap_err();
            assert_eq!(error.given, shown);
        }
    }

    proptest! {
        #[test]
        fn any_text_parses_or_is_refused(text in "\\PC{0,60}") {
            if let Ok(url) = text.parse::<BaseUrl>() {
                prop_assert!(url.is_tls() || url.is_loopback());
                prop_assert_eq!(url.to_string().parse::<BaseUrl>().unwrap(), url);
            }
        }

        /// Of everything that may stand after a host, a port is what a port is written as, and the
        /// `Host` header says the port that is connected to.
        #[test]
        fn a_port_is_digits_or_is_refused(
            scheme in prop::sample::select(vec!["http", "https"]),
            host in prop::sample::select(vec!["127.0.0.1", "[::1]", "localhost"]),
            after in "(:|: |%3A)?[-+0-9a-fx_. ]{0,6}",
            end in prop::sample::select(vec!["", "/"]),
        ) {
            let text = format!("{scheme}://{host}{after}{end}");
            let number = after.strip_prefix(':').and_then(|digits| digits.parse::<u16>().ok());
            let stated = number.filter(|number| *number > 0 && after == format!(":{number}"));
            match text.parse::<BaseUrl>() {
                Ok(url) if after.is_empty() => prop_assert_eq!(url.host_header(), host),
                // A longer host, such as `127.0.0.12`, or one that TLS will not find.
                Ok(url) if !after.starts_with(':') => prop_assert!(url.host_header() == url.host()),
                Ok(url) => {
                    prop_assert_eq!(Some(url.port()), stated, "{}", text);
                    let header = format!("{host}:{}", url.port());
                    prop_assert_eq!(url.host_header(), header);
                }
                Err(error) => prop_assert!(stated.is_none() && !after.is_empty(), "{}", error),
            }
        }
    }
}
