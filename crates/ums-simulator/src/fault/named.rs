//! A fault by its name, with the number that may follow it.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::fault::spec::FaultSpec;

/// A fault with its parameter: what a name such as `fin-in-reply@17` means.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    spec: &'static FaultSpec,
    parameter: Option<u64>,
}

impl Fault {
    /// The row of the table.
    pub fn spec(&self) -> &'static FaultSpec {
        self.spec
    }

    /// The parameter, given or by default; 0 for a fault that takes none.
    pub fn parameter(&self) -> u64 {
        let default = self.spec.parameter.map_or(0, |parameter| parameter.default);
        self.parameter.unwrap_or(default)
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (name, parameter) = match text.split_once('@') {
            None => (text, None),
            Some((name, number)) => (name, Some(number)),
        };
        let spec = FaultSpec::named(name).ok_or_else(|| FaultError::Unknown {
            name: name.escape_debug().take(40).collect(),
        })?;
        let parameter = match (parameter, &spec.parameter) {
            (None, _) => None,
            (Some(_), None) => return Err(FaultError::NoParameter { name: spec.name }),
            (Some(number), Some(parameter)) => {
                let number = number
                    .parse()
                    .ok()
                    .filter(|number| *number <= MAX_PARAMETER);
                Some(number.ok_or(FaultError::BadParameter {
                    name: spec.name,
                    unit: parameter.unit,
                })?)
            }
        };
        Ok(Self { spec, parameter })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.spec.name)?;
        match self.spec.parameter {
            None => Ok(()),
            Some(_) => write!(f, "@{}", self.parameter()),
        }
    }
}

impl Serialize for Fault {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A fault that cannot be armed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultError {
    /// The number after `@` is none.
    #[error("fault {name} takes a whole number of {unit} after @, up to 1000000000")]
    #[non_exhaustive]
    BadParameter {
        /// The fault.
        name: &'static str,
        /// What the number counts.
        unit: &'static str,
    },
    /// A rule's own number is out of range.
    #[error("{rule} must be {must_be}")]
    #[non_exhaustive]
    BadRule {
        /// Which part of the rule.
        rule: &'static str,
        /// What it must be.
        must_be: &'static str,
    },
    /// A TLS fault on a simulator without TLS.
    #[error("fault {name} needs TLS: start the simulator with TLS")]
    #[non_exhaustive]
    NeedsTls {
        /// The fault.
        name: &'static str,
    },
    /// A number was given to a fault that takes none.
    #[error("fault {name} takes no parameter: leave out the @ and what follows")]
    #[non_exhaustive]
    NoParameter {
        /// The fault.
        name: &'static str,
    },
    /// The fault strikes before the order or the use of the connection is known.
    #[error(
        "fault {name} strikes before {what} is known: select it by next call, count or probability"
    )]
    #[non_exhaustive]
    TooEarly {
        /// The fault.
        name: &'static str,
        /// What is not known yet.
        what: &'static str,
    },
    /// There is no such fault.
    #[error("there is no fault {name:?}: list the faults for their names")]
    #[non_exhaustive]
    Unknown {
        /// The name given, shortened and escaped.
        name: String,
    },
}

/// More than a thousand million of anything is of no use to a test.
const MAX_PARAMETER: u64 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fault::table::FAULTS;

    #[test]
    fn names_and_parameters_are_read_back() {
        for spec in FAULTS {
            let fault: Fault = spec.name.parse().unwrap();
            assert_eq!(fault.spec().name, spec.name);
            let again: Fault = fault.to_string().parse().unwrap();
            assert_eq!(again.parameter(), fault.parameter());
        }
        let fault: Fault = "fin-in-reply@17".parse().unwrap();
        assert_eq!(fault.parameter(), 17);
        assert_eq!(fault.to_string(), "fin-in-reply@17");
    }

    #[test]
    fn what_is_wrong_with_a_name_is_said() {
        let messages: Vec<_> = [
            "",
            "no-such",
            "silence@3",
            "drip@x",
            "drip@1000000001",
            "drip@",
        ]
        .iter()
        .map(|text| text.parse::<Fault>().unwrap_err().to_string())
        .collect();
        insta::assert_snapshot!(messages.join("\n"), @r#"
        there is no fault "": list the faults for their names
        there is no fault "no-such": list the faults for their names
        fault silence takes no parameter: leave out the @ and what follows
        fault drip takes a whole number of milliseconds after @, up to 1000000000
        fault drip takes a whole number of milliseconds after @, up to 1000000000
        fault drip takes a whole number of milliseconds after @, up to 1000000000
        "#);
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_without_panic(text in "\\PC*") {
            let _ = text.parse::<Fault>();
        }
    }
}
