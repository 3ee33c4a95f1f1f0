//! Says which part of a signature is wrong, and what mistake made it so.
//!
//! Give [`explain`] what was sent and the credentials. It goes through the
//! computation step by step, and when the signature is not the right one it
//! makes known mistakes, each alone and the common ones in pairs, until the
//! signature that was sent comes out: then the mistake is certain. When none does it names
//! only what is there to be seen, such as a nonce that is missing, or no mistake at all: a
//! wrong guess is worse than none.
//!
//! All four schemes are gone through: a request ([`Claim::of_request`]), a query
//! ([`Claim::of_query`]), a request for a token ([`Claim::of_token_request`]), and a
//! notification ([`Claim::of_notification`]).
//!
//! ```
//! use ums_auth::{AppId, AppKey};
//! use ums_auth::explain::{Claim, Mistake, Part, explain};
//!
//! // Signed before a library put spaces into the JSON:
//! let header = r#"OPEN-BODY-SIG AppId="12345678901234567890123456789012", Timestamp="20170101120000", Nonce="09876543210987654321098765432109", Signature="G7b2QUPXT7C31cZUuPIZYSk7bhkcr1T4oOWXKbaUN4A=""#;
//! let body = r#"{"merchantRemark": "测试"}"#;
//!
//! let app_id = AppId::new("12345678901234567890123456789012")?;
//! let app_key = AppKey::new("67890123456789012345678901234567")?;
//! let explanation = explain(&Claim::of_request(header, body.as_bytes(), app_id, &app_key));
//!
//! assert!(!explanation.is_match());
//! assert_eq!(explanation.first_difference(), Some(Part::BodyDigest));
//! assert_eq!(explanation.mistakes(), [Mistake::BodySpaces]);
//! println!("{}", Mistake::BodySpaces.english());
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! No key is in anything that comes out, not even when it was sent as the AppId, and no
//! signature that was computed over something that is missing.
//! The cost is some thousand HMACs for a short body, and up to 40 000 more for
//! a JSON object of eight members, whose every order is tried.

mod bodies;
mod captured;
mod comparison;
mod json_text;
mod mask;
mod mistake;
mod notification;
mod readings;
mod request;
mod sent;
mod token_request;
mod trials;
mod zones;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::app_id::AppId;
use crate::app_key::AppKey;
use crate::hex;
use crate::notify::SignType;
use crate::notify_key::NotifyKey;
use crate::timestamp::Timestamp;

pub use captured::{CapturedRequest, InvalidRequest};
pub use mistake::{Mistake, Part};

/// What was sent, and what is known about it.
#[derive(Clone)]
pub struct Claim<'a> {
    subject: Subject<'a>,
    other: Option<&'a str>,
    app_key: Option<AppKey>,
    notify_key: Option<NotifyKey>,
    method_and_target: Option<(&'a str, &'a str)>,
    sent_at: Option<Timestamp>,
}

/// What was sent, by scheme.
#[derive(Clone)]
enum Subject<'a> {
    Request {
        header: &'a str,
        body: &'a [u8],
        credentials: Credentials,
    },
    Query {
        query: &'a str,
        credentials: Credentials,
    },
    TokenRequest {
        fields: &'a [(&'a str, &'a str)],
        credentials: Credentials,
    },
    Notification {
        form: &'a [u8],
        key: NotifyKey,
        sign_type: SignType,
    },
    Headers {
        header: &'a str,
        right: &'a str,
    },
}

#[derive(Clone)]
struct Credentials {
    app_id: AppId,
    app_key: AppKey,
}

impl Credentials {
    fn new(app_id: AppId, app_key: &AppKey) -> Self {
        Self {
            app_id,
            app_key: app_key.clone(),
        }
    }
}

impl<'a> Claim<'a> {
    /// OPEN-BODY-SIG: a header (`OPEN-BODY-SIG …`, or the whole line with its
    /// name), the body exactly as it was sent, and the credentials that should
    /// have signed it.
    #[must_use]
    pub fn of_request(header: &'a str, body: &'a [u8], app_id: AppId, app_key: &AppKey) -> Self {
        Self::new(Subject::Request {
            header,
            body,
            credentials: Credentials::new(app_id, app_key),
        })
    }

    /// OPEN-FORM-PARAM: a query string, or the whole address with it, and the
    /// credentials that should have signed it.
    #[must_use]
    pub fn of_query(query: &'a str, app_id: AppId, app_key: &AppKey) -> Self {
        Self::new(Subject::Query {
            query,
            credentials: Credentials::new(app_id, app_key),
        })
    }

    /// OPEN-ACCESS-TOKEN: the fields of a request for a token, and the
    /// credentials that should have signed it. (The requests that the token is
    /// then sent with are not signed.)
    #[must_use]
    pub fn of_token_request(
        fields: &'a [(&'a str, &'a str)],
        app_id: AppId,
        app_key: &AppKey,
    ) -> Self {
        Self::new(Subject::TokenRequest {
            fields,
            credentials: Credentials::new(app_id, app_key),
        })
    }

    /// A notification: its body exactly as it was received, the key that should
    /// have signed it, and the hash that is agreed with the platform.
    #[must_use]
    pub fn of_notification(form: &'a [u8], key: &NotifyKey, sign_type: SignType) -> Self {
        Self::new(Subject::Notification {
            form,
            key: key.clone(),
            sign_type,
        })
    }

    /// A header that is refused, and one made for the same call by an
    /// implementation that works. Without credentials they can only be
    /// compared.
    #[must_use]
    pub fn of_headers(header: &'a str, right: &'a str) -> Self {
        Self::new(Subject::Headers { header, right })
    }

    fn new(subject: Subject<'a>) -> Self {
        Self {
            subject,
            other: None,
            app_key: None,
            notify_key: None,
            method_and_target: None,
            sent_at: None,
        }
    }

    /// The header of another call, such as the one before: its nonce,
    /// timestamp or signature may have been used again.
    #[must_use]
    pub fn with_other_call(self, header: &'a str) -> Self {
        Self {
            other: Some(header),
            ..self
        }
    }

    /// The AppKey, which may have been used in place of the 通讯密钥.
    #[must_use]
    pub fn with_app_key(self, key: &AppKey) -> Self {
        Self {
            app_key: Some(key.clone()),
            ..self
        }
    }

    /// The 通讯密钥, which may have been used in place of the AppKey.
    #[must_use]
    pub fn with_notify_key(self, key: &NotifyKey) -> Self {
        Self {
            notify_key: Some(key.clone()),
            ..self
        }
    }

    /// Method and path (with query), which may have been signed too.
    #[must_use]
    pub fn with_request_line(self, method: &'a str, target: &'a str) -> Self {
        Self {
            method_and_target: Some((method, target)),
            ..self
        }
    }

    /// When the request was really sent, to see whether the timestamp is in
    /// another zone: a signature over it can be right all the same.
    #[must_use]
    pub fn with_sent_at(self, moment: Timestamp) -> Self {
        Self {
            sent_at: Some(moment),
            ..self
        }
    }
}

impl fmt::Debug for Claim<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim").finish_non_exhaustive()
    }
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    is_match: bool,
    is_explained: bool,
    first_difference: Option<Part>,
    mistakes: Vec<Mistake>,
    steps: Vec<Step>,
}

impl Explanation {
    /// Whether what was sent, and its signature, are right for these
    /// credentials; for two headers, whether they say the same.
    #[must_use]
    pub fn is_match(&self) -> bool {
        self.is_match
    }

    /// Whether the signature that was sent is accounted for: it is right, or the
    /// [`mistakes`](Self::mistakes) lead to exactly it. When not, there is
    /// something wrong besides them.
    #[must_use]
    pub fn is_explained(&self) -> bool {
        self.is_explained
    }

    /// The first part that differs; `None` when all is well. When the signature
    /// matches, this is still the timestamp if it is in another zone than the
    /// moment of sending.
    #[must_use]
    pub fn first_difference(&self) -> Option<Part> {
        self.first_difference
    }

    /// The mistakes that together lead to exactly what was sent, in the order
    /// of the computation: usually one, none when they are not known. When the
    /// signature is not [explained](Self::is_explained), only those that are
    /// there to be seen.
    #[must_use]
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }

    /// The computation step by step.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

/// One step of the computation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    part: Part,
    expected: Option<String>,
    sent: Option<String>,
    agrees: Option<bool>,
}

impl Step {
    /// The part this is about.
    #[must_use]
    pub fn part(&self) -> Part {
        self.part
    }

    /// What it should be, fit to be printed; `None` where that is not known or
    /// is secret.
    #[must_use]
    pub fn expected(&self) -> Option<&str> {
        self.expected.as_deref()
    }

    /// What was sent, fit to be printed; `None` where the part is not sent.
    #[must_use]
    pub fn sent(&self) -> Option<&str> {
        self.sent.as_deref()
    }

    /// Whether this step was done right; `None` where that cannot be told, as
    /// with everything between header and signature before the mistake is
    /// known.
    #[must_use]
    pub fn agrees(&self) -> Option<bool> {
        self.agrees
    }
}

/// Goes through the computation and looks for the mistake.
#[must_use]
pub fn explain(claim: &Claim<'_>) -> Explanation {
    match &claim.subject {
        Subject::Request {
            header,
            body,
            credentials,
        } => request::explain(claim, request::Signed::of_header(header, body, credentials)),
        Subject::Query { query, credentials } => {
            request::explain(claim, request::Signed::of_query(query, credentials))
        }
        Subject::TokenRequest {
            fields,
            credentials,
        } => token_request::explain(claim, fields, credentials),
        Subject::Notification {
            form,
            key,
            sign_type,
        } => notification::explain(claim, form, key, *sign_type),
        Subject::Headers { header, right } => comparison::explain(claim, header, right),
    }
}

/// In order, each once; two that are one are made one.
fn tidy(mut mistakes: Vec<Mistake>) -> Vec<Mistake> {
    const SWAPPED: [Mistake; 2] = [Mistake::AppIdIsAppKey, Mistake::KeyIsAppId];
    if SWAPPED.iter().all(|mistake| mistakes.contains(mistake)) {
        mistakes.retain(|mistake| !SWAPPED.contains(mistake));
        mistakes.push(Mistake::AppIdAndAppKeySwapped);
    }
    mistakes.sort();
    mistakes.dedup();
    mistakes
}

fn step(part: Part, expected: Option<String>, sent: Option<String>, agrees: Option<bool>) -> Step {
    Step {
        part,
        expected,
        sent,
        agrees,
    }
}

fn hex_of(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| hex::encode::<1, 2>(&[*byte]));
    digits.map(char::from).collect()
}
