//! The versions of the interface, which are part of the path.

use std::fmt;

/// A version that the queries, the void and the refund are known at.
///
/// Versions can be mixed: a merchant was seen to pay at v4 and to void, query and refund the same
/// orders at v2. An order is not tied to a version, as far as is known.
///
/// A version only changes the path. Fields that only v6 is known to have are marked so where they
/// are documented, and are sent at v2 too when they are given.
///
/// The production host that is known for v1 to v4 is `api-mop.chinaums.com` (community); the v6
/// page of the void names `api-mop-wh.open.chinaums.com`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Version {
    /// Version 2, of POS通交易接口 v20200527.
    V2,
    /// Version 6, of the official pages.
    #[default]
    V6,
}

/// A version that the payment is known at.
///
/// ```
/// use ums_model::{PayVersion, Version};
///
/// assert_eq!(PayVersion::from(Version::V2), PayVersion::V2);
/// assert_eq!(PayVersion::V4.to_string(), "v4");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PayVersion {
    /// Version 2, of POS通交易接口 v20200527.
    V2,
    /// Version 4: seen live and in community code; no document of it could be read.
    V4,
    /// Version 6, of the official pages.
    #[default]
    V6,
}

/// A version that the activation of a terminal is known at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ActivationVersion {
    /// Version 1, of POS通担保交易接口 v20201204: before pre-authorisations.
    V1,
    /// Version 2, of POS通交易接口 v20200527.
    #[default]
    V2,
}

impl Version {
    /// As in the path: `v6`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2 => "v2",
            Self::V6 => "v6",
        }
    }
}

impl PayVersion {
    /// As in the path: `v6`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2 => "v2",
            Self::V4 => "v4",
            Self::V6 => "v6",
        }
    }

    /// The version to query a payment at: the query is not known at v4, and orders paid at v4 were
    /// seen to be queried at v2.
    pub fn of_query(self) -> Version {
        match self {
            Self::V2 | Self::V4 => Version::V2,
            Self::V6 => Version::V6,
        }
    }
}

impl From<Version> for PayVersion {
    fn from(version: Version) -> Self {
        match version {
            Version::V2 => Self::V2,
            Version::V6 => Self::V6,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for PayVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_written_as_in_the_path() {
        for (version, name) in [(Version::V2, "v2"), (Version::V6, "v6")] {
            assert_eq!((version.as_str(), &*version.to_string()), (name, name));
            let of_pay = PayVersion::from(version);
            assert_eq!((of_pay.as_str(), &*of_pay.to_string()), (name, name));
            assert_eq!(of_pay.of_query(), version);
        }
        assert_eq!(PayVersion::V4.to_string(), "v4");
        assert_eq!(PayVersion::V4.of_query(), Version::V2);
        assert_eq!(
            (Version::default(), PayVersion::default()),
            (Version::V6, PayVersion::V6)
        );
    }
}
