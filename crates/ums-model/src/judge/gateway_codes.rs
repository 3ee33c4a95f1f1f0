//! The reply codes with which a gateway refuses a call before any processing.

/// The reply codes with which the gateway in front of an operation refuses a call before any
/// processing.
///
/// By default none are known, so that no code of another product is taken for the gateway's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GatewayCodes {
    /// The codes that say that the call was not authenticated: of a call with an access token, that
    /// the token was refused.
    pub unauthenticated: &'static [&'static str],
    /// Every code that refuses a call before any processing, those above included.
    pub refused: &'static [&'static str],
}

impl GatewayCodes {
    /// None.
    pub const NONE: Self = Self::new(&[], &[]);

    /// Those of POS通 (POS通交易接口 v20200527 §2.1 p.25): 认证失败 is 1000, and 授权失败 and
    /// 参数校验失败 are refused before processing, too.
    pub const POSLINK: Self = Self::new(&["1000"], &["1000", "1001", "9001"]);

    /// These codes.
    pub const fn new(
        unauthenticated: &'static [&'static str],
        refused: &'static [&'static str],
    ) -> Self {
        Self {
            unauthenticated,
            refused,
        }
    }

    /// Whether the code says that the call was not authenticated.
    pub fn is_unauthenticated(&self, code: &str) -> bool {
        self.unauthenticated.contains(&code)
    }

    /// Whether the code refuses a call before any processing.
    pub fn is_refused(&self, code: &str) -> bool {
        self.refused.contains(&code)
    }
}
