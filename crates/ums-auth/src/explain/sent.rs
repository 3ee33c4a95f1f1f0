//! A header read as leniently as possible, to see what its writer meant.

/// What could be made out; each value is as it was sent, quotes aside.
#[derive(Clone, Copy, Default)]
pub(super) struct Sent<'a> {
    pub(super) scheme: &'a str,
    pub(super) app_id: Option<&'a str>,
    pub(super) timestamp: Option<&'a str>,
    pub(super) nonce: Option<&'a str>,
    pub(super) signature: Option<&'a str>,
}

impl<'a> Sent<'a> {
    pub(super) fn read(header: &'a str) -> Self {
        let header = value_of(header);
        let (scheme, mut rest) = header
            .split_once(|c: char| c.is_whitespace())
            .unwrap_or((header, ""));
        let mut sent = Self {
            scheme,
            ..Self::default()
        };
        while let Some((name, after)) = rest.split_once('=') {
            let (value, after) = match after.trim_start().strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
                None => {
                    let (value, after) = after.split_once(',').unwrap_or((after, ""));
                    (value.trim(), after)
                }
            };
            rest = after;
            let name = name.trim_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';'));
            let place = match name.to_ascii_lowercase().as_str() {
                "appid" => &mut sent.app_id,
                "timestamp" => &mut sent.timestamp,
                "nonce" => &mut sent.nonce,
                "signature" => &mut sent.signature,
                _ => continue,
            };
            place.get_or_insert(value);
        }
        sent
    }
}

/// The value alone, where the line was copied with the name of the header.
pub(super) fn value_of(header: &str) -> &str {
    let header = header.trim_matches(['\r', '\n']);
    match header.split_once(':') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("authorization") => value.trim(),
        _ => header,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_out_what_it_can() {
        let sent = Sent::read(
            "Authorization: open-body-sig appid=a , Timestamp=\"2017-01-01 12:00:00\";nonce=\"x, y\",Signature=ab+/=,z=1",
        );
        assert_eq!(sent.scheme, "open-body-sig");
        assert_eq!(sent.app_id, Some("a"));
        assert_eq!(sent.timestamp, Some("2017-01-01 12:00:00"));
        assert_eq!(sent.nonce, Some("x, y"));
        assert_eq!(sent.signature, Some("ab+/="));
        assert_eq!(Sent::read("").signature, None);
        assert_eq!(Sent::read("A Nonce=\"1").nonce, Some("1"));
    }
}
