//! What is to be explained.

use core::fmt;

use ums_auth::notify::SignType;
use ums_auth::{AppId, AppKey, NotifyKey, Timestamp};

/// What was sent, and what is known about it.
#[derive(Clone)]
pub struct Claim<'a> {
    pub(crate) subject: Subject<'a>,
    pub(crate) other: Option<&'a str>,
    pub(crate) app_key: Option<AppKey>,
    pub(crate) notify_key: Option<NotifyKey>,
    pub(crate) method_and_target: Option<(&'a str, &'a str)>,
    pub(crate) sent_at: Option<Timestamp>,
}

/// What was sent, by scheme.
#[derive(Clone)]
pub(crate) enum Subject<'a> {
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
pub(crate) struct Credentials {
    pub(crate) app_id: AppId,
    pub(crate) app_key: AppKey,
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
    /// OPEN-BODY-SIG: a header (`OPEN-BODY-SIG …`, or the whole line with its name), the body
    /// exactly as it was sent, and the credentials that should have signed it.
    pub fn of_request(header: &'a str, body: &'a [u8], app_id: AppId, app_key: &AppKey) -> Self {
        Self::new(Subject::Request {
            header,
            body,
            credentials: Credentials::new(app_id, app_key),
        })
    }

    /// OPEN-FORM-PARAM: a query string, or the whole address with it, and the credentials that
    /// should have signed it.
    pub fn of_query(query: &'a str, app_id: AppId, app_key: &AppKey) -> Self {
        Self::new(Subject::Query {
            query,
            credentials: Credentials::new(app_id, app_key),
        })
    }

    /// OPEN-ACCESS-TOKEN: the fields of a request for a token, and the credentials that should have
    /// signed it. (The requests that the token is then sent with are not signed.)
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

    /// A notification: its body exactly as it was received, the key that should have signed it, and
    /// the hash that is agreed with the platform.
    pub fn of_notification(form: &'a [u8], key: &NotifyKey, sign_type: SignType) -> Self {
        Self::new(Subject::Notification {
            form,
            key: key.clone(),
            sign_type,
        })
    }

    /// A header that is refused, and one made for the same call by an implementation that works.
    /// Without credentials they can only be compared.
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

    /// The header of another call, such as the one before: its nonce, timestamp or signature may
    /// have been used again.
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

    /// When the request was really sent, to see whether the timestamp is in another zone: a
    /// signature over it can be right all the same.
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
