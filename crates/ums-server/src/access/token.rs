//! A token: what a client shows, and what is kept of it.

use std::fmt;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

const PREFIX: &str = "ums_";
/// Bytes of the public id, of the secret, and of the check.
const ID: usize = 8;
const SECRET: usize = 32;
const CHECK: usize = 4;
/// `ums_`, and the three parts in hexadecimal with `_` between them.
const LENGTH: usize = PREFIX.len() + 2 * (ID + SECRET + CHECK) + 2;

/// A token as it is shown, once, when it is made: `ums_`, a public id, 256 random bits, and a check
/// by which a search for secrets that leaked can tell it from other text. It prints nothing.
#[derive(Clone)]
pub struct ServerToken(Zeroizing<String>);

impl ServerToken {
    /// A new one, from the operating system's random source.
    ///
    /// # Errors
    ///
    /// Returns an error if the source gives nothing.
    pub(crate) fn draw() -> Result<Self, std::io::Error> {
        let mut id = [0; ID];
        let mut secret = Zeroizing::new([0; SECRET]);
        getrandom::getrandom(&mut id)?;
        getrandom::getrandom(&mut *secret)?;
        let hex = Zeroizing::new(base16ct::lower::encode_string(&*secret));
        let id = base16ct::lower::encode_string(&id);
        let body = Zeroizing::new(format!("{PREFIX}{id}_{}", &*hex));
        let check = check_of(&body);
        Ok(Self(Zeroizing::new(format!("{}_{check}", &*body))))
    }

    /// The text, to be shown to whoever it is made for.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub(crate) fn shown(&self) -> Option<ShownToken> {
        ShownToken::read(&self.0)
    }
}

impl fmt::Debug for ServerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerToken")
    }
}

/// What is kept of a token that somebody shows: its public id, and a hash of the whole.
pub(crate) struct ShownToken {
    pub(crate) id: String,
    pub(crate) hash: [u8; 32],
}

impl ShownToken {
    /// Reads what somebody shows. `None` when it has not the form of a token: nothing was tried.
    pub(crate) fn read(text: &str) -> Option<Self> {
        if text.len() != LENGTH || !text.is_ascii() {
            return None;
        }
        let (body, check) = text.rsplit_once('_')?;
        let (id, secret) = body.strip_prefix(PREFIX)?.split_once('_')?;
        let is_hex = |part: &str, bytes: usize| {
            let lower = |digit: u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
            part.len() == 2 * bytes && part.bytes().all(lower)
        };
        let is_token = is_hex(id, ID) && is_hex(secret, SECRET) && check == check_of(body);
        is_token.then(|| Self {
            id: id.to_owned(),
            hash: Sha256::digest(text.as_bytes()).into(),
        })
    }
}

fn check_of(body: &str) -> String {
    let hash = Sha256::digest(body.as_bytes());
    let start: Vec<u8> = hash.iter().copied().take(CHECK).collect();
    base16ct::lower::encode_string(&start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_its_form_and_prints_nothing() {
        let token = ServerToken::draw().unwrap();
        let text = token.reveal().to_owned();
        assert_eq!((text.len(), &text[..4]), (LENGTH, "ums_"));
        assert_eq!(format!("{token:?}"), "ServerToken");
        let shown = token.shown().unwrap();
        assert_eq!(text[4..20], shown.id);
        assert_ne!(token.reveal(), ServerToken::draw().unwrap().reveal());

        // A character that is mistyped is no token at all, and is looked up nowhere.
        for at in 0..text.len() {
            let mut wrong = text.clone().into_bytes();
            wrong[at] = if wrong[at] == b'0' { b'1' } else { b'0' };
            let wrong = String::from_utf8(wrong).unwrap();
            assert!(ShownToken::read(&wrong).is_none(), "{at}");
        }
        for wrong in [
            "",
            "ums_",
            &text[1..],
            &text.to_uppercase(),
            &format!("{text}0"),
        ] {
            assert!(ShownToken::read(wrong).is_none());
        }
    }
}
