//! Who may make control calls: programs on this machine that mean to, and no web page.
//!
//! Any page in a browser can send a request to a port of this machine, and by a name of its own
//! that it lets lead here (DNS rebinding) it can read the reply. So a call must name the port as
//! this machine names it, must come from no page but the port's own, and must say that its body is
//! JSON, which a page cannot without asking first.

use std::net::SocketAddr;

use crate::wire::http1;

/// Why a control call is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    ContentType,
    HostAmbiguous,
    HostElsewhere,
    Origin,
}

impl Refused {
    pub(crate) fn status(self) -> u16 {
        match self {
            Self::ContentType => 415,
            Self::HostAmbiguous => 400,
            Self::HostElsewhere => 421,
            Self::Origin => 403,
        }
    }

    pub(crate) fn why(self) -> &'static str {
        match self {
            Self::ContentType => "a body must be sent as Content-Type: application/json, exactly",
            Self::HostAmbiguous => "a control call has one Host field",
            Self::HostElsewhere => {
                "Host must be the address of the control port, or localhost with its port"
            }
            Self::Origin => "control calls are not taken from web pages",
        }
    }
}

/// Whether a call with this head, and a body or none, may be made on the port at this address.
pub(crate) fn admit(head: &[u8], has_body: bool, own: SocketAddr) -> Result<(), Refused> {
    match http1::field_values(head, "host").as_slice() {
        [host] if is_own(host, own) => {}
        [_] => return Err(Refused::HostElsewhere),
        _ => return Err(Refused::HostAmbiguous),
    }
    let is_own_page = |origin: &Vec<u8>| {
        let host = origin.strip_prefix(b"http://");
        host.is_some_and(|host| is_own(host, own))
    };
    if !http1::field_values(head, "origin").iter().all(is_own_page) {
        return Err(Refused::Origin);
    }
    let types = http1::field_values(head, "content-type");
    let is_json =
        |types: &[Vec<u8>]| matches!(types, [one] if one.eq_ignore_ascii_case(b"application/json"));
    if has_body && !is_json(&types) {
        return Err(Refused::ContentType);
    }
    Ok(())
}

/// Whether this is the port's own address, or `localhost` with its port.
fn is_own(host: &[u8], own: SocketAddr) -> bool {
    const HTTP: u16 = 80;
    let Ok(host) = str::from_utf8(host) else {
        return false;
    };
    let port = own.port();
    let names = [
        own.ip().to_string(),
        format!("[{}]", own.ip()),
        "localhost".to_owned(),
    ];
    // An IPv6 address stands in brackets, an IPv4 address does not.
    let names = names
        .iter()
        .filter(|name| name.starts_with('[') == name.contains(':'));
    names.into_iter().any(|name| {
        host.eq_ignore_ascii_case(&format!("{name}:{port}"))
            || (port == HTTP && host.eq_ignore_ascii_case(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> SocketAddr {
        "127.0.0.1:8081".parse().unwrap()
    }

    fn asked(fields: &str, has_body: bool) -> Result<(), Refused> {
        let head = format!("POST /x HTTP/1.1\r\n{fields}\r\n\r\n");
        admit(head.as_bytes(), has_body, own())
    }

    #[test]
    fn only_the_ports_own_names_are_its_host() {
        for host in ["127.0.0.1:8081", "localhost:8081", "LOCALHOST:8081"] {
            assert_eq!(asked(&format!("Host: {host}"), false), Ok(()), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:8081",
            "localhost",
            "localhost:80",
            "127.0.0.1",
            "127.0.0.1:8082",
            "127.0.0.1:8081.evil.example",
            "localhost.evil.example:8081",
            "localhost:8081@evil.example",
            "[::1]:8081",
            "0.0.0.0:8081",
            "",
        ] {
            let refused = Err(Refused::HostElsewhere);
            assert_eq!(asked(&format!("Host: {host}"), false), refused, "{host}");
        }
        assert_eq!(asked("X: y", false), Err(Refused::HostAmbiguous));
        let two = "Host: 127.0.0.1:8081\r\nhost: evil.example";
        assert_eq!(asked(two, false), Err(Refused::HostAmbiguous));
    }

    #[test]
    fn an_address_of_version_6_and_port_80_are_written_their_way() {
        let own = "[::1]:80".parse().unwrap();
        for (host, admitted) in [
            ("[::1]:80", true),
            ("[::1]", true),
            ("localhost", true),
            ("::1", false),
            ("::1:80", false),
        ] {
            let head = format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
            assert_eq!(
                admit(head.as_bytes(), false, own).is_ok(),
                admitted,
                "{host}"
            );
        }
    }

    #[test]
    fn a_page_from_elsewhere_is_refused_also_when_it_only_reads() {
        let with = |origin: &str, has_body| {
            let fields = format!(
                "Host: localhost:8081\r\nContent-Type: application/json\r\nOrigin: {origin}"
            );
            asked(&fields, has_body)
        };
        for own in ["http://localhost:8081", "http://127.0.0.1:8081"] {
            assert_eq!(with(own, true), Ok(()), "{own}");
        }
        for origin in [
            "https://evil.example",
            "null",
            "http://localhost:8082",
            "https://localhost:8081",
            "http://localhost:8081.evil.example",
            "http://localhost:8081\r\nOrigin: https://evil.example",
            "",
        ] {
            for has_body in [false, true] {
                assert_eq!(with(origin, has_body), Err(Refused::Origin), "{origin}");
            }
        }
    }

    #[test]
    fn a_body_is_json_and_says_so() {
        let with =
            |types: &str, has_body| asked(&format!("Host: localhost:8081\r\n{types}"), has_body);
        assert_eq!(with("Content-Type: application/json", true), Ok(()));
        assert_eq!(with("content-type: Application/JSON ", true), Ok(()));
        assert_eq!(with("X: y", false), Ok(()));
        for types in [
            "X: y",
            "Content-Type: text/plain",
            "Content-Type: application/json; charset=utf-8",
            "Content-Type: text/plain; application/json",
            "Content-Type: application/jsonp",
            "Content-Type: application/json\r\nContent-Type: text/plain",
            "Content-Type: ",
        ] {
            assert_eq!(with(types, true), Err(Refused::ContentType), "{types}");
        }
    }
}
