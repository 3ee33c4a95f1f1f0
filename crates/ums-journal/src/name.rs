//! Names that scripts and records rely on: each enum's own, in `snake_case`.

/// A name that is none of those it should be one of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is no {what}")]
pub struct UnknownName {
    what: &'static str,
    given: String,
}

impl UnknownName {
    /// That `given` is no `what`, for example `no such` no `outcome`.
    pub fn new(what: &'static str, given: &str) -> Self {
        Self {
            what,
            given: given.to_owned(),
        }
    }
}

/// An enum of names: `ALL`, `as_str`, `Display`, `FromStr`, and serde by name.
macro_rules! names {
    (
        $(#[$meta:meta])*
        pub enum $Name:ident, $what:literal {
            $($(#[$variant_meta:meta])* $Variant:ident = $text:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $Name {
            $($(#[$variant_meta])* $Variant,)+
        }

        impl $Name {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$Variant,)+];

            /// A stable name in `snake_case`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$Variant => $text,)+
                }
            }
        }

        impl ::std::fmt::Display for $Name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::std::str::FromStr for $Name {
            type Err = $crate::name::UnknownName;

            fn from_str(name: &str) -> ::std::result::Result<Self, Self::Err> {
                match name {
                    $($text => Ok(Self::$Variant),)+
                    _ => Err($crate::name::UnknownName::new($what, name)),
                }
            }
        }

        impl ::serde::Serialize for $Name {
            fn serialize<S: ::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $Name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                let name = <::std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
                name.parse().map_err(<D::Error as ::serde::de::Error>::custom)
            }
        }
    };
}

pub(crate) use names;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::fmt::{Debug, Display};
    use std::str::FromStr;

    use serde::Serialize;
    use serde::de::DeserializeOwned;

    use super::*;
    use crate::{
        AlarmKind, AttemptPhase, CallState, ClosedAs, Committed, MayRepeat, NextStep, OrderIdKind,
        OrderRole, OutcomeKind, Reason, RecordedOutcome, State, StoreErrorKind, StoreStep,
    };

    /// Each name is its variant's, is there once, and leads back to it.
    fn check<T>(all: &[T])
    where
        T: Copy + Debug + Display + PartialEq + Serialize + DeserializeOwned,
        T: FromStr<Err = UnknownName>,
    {
        let mut names = HashSet::new();
        for &one in all {
            let name = one.to_string();
            assert_eq!(name.replace('_', ""), format!("{one:?}").to_lowercase());
            assert_eq!(name.parse::<T>().unwrap(), one);
            let json = serde_json::to_string(&one).unwrap();
            assert_eq!(json, format!("{name:?}"));
            assert_eq!(serde_json::from_str::<T>(&json).unwrap(), one);
            assert!(names.insert(name), "{one:?}");
        }
        for wrong in ["", "Done", "no such name", "approved "] {
            let error = wrong.parse::<T>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("{wrong:?} is no ")), "{error}");
            assert!(serde_json::from_str::<T>(&format!("{wrong:?}")).is_err());
        }
    }

    #[test]
    fn each_name_is_its_variants_and_leads_back_to_it() {
        check(AlarmKind::ALL);
        check(AttemptPhase::ALL);
        check(CallState::ALL);
        check(ClosedAs::ALL);
        check(Committed::ALL);
        check(MayRepeat::ALL);
        check(NextStep::ALL);
        check(OrderIdKind::ALL);
        check(OrderRole::ALL);
        check(OutcomeKind::ALL);
        check(Reason::ALL);
        check(RecordedOutcome::ALL);
        check(State::ALL);
        check(StoreErrorKind::ALL);
        check(StoreStep::ALL);
    }

    #[test]
    fn a_name_is_padded_as_a_text_is() {
        assert_eq!(format!("{:>10}|", OutcomeKind::Approved), "  approved|");
    }
}
