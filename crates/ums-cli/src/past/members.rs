//! A JSON object member by member, each value token for token as it came.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

/// The members, in order; no name is there twice.
#[derive(Clone, Debug)]
pub(crate) struct Members(Vec<(String, Box<RawValue>)>);

impl Members {
    pub(crate) fn get(&self, name: &str) -> Option<&RawValue> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_ref())
    }

    /// Puts each of `others` in the place of the member of its name, or at the end.
    pub(crate) fn replace(&mut self, others: Self) {
        for (name, value) in others.0 {
            match self.0.iter_mut().find(|(known, _)| *known == name) {
                Some((_, old)) => *old = value,
                None => self.0.push((name, value)),
            }
        }
    }

    /// The members of what `value` serializes to.
    ///
    /// # Errors
    ///
    /// That is no object.
    pub(crate) fn of(value: &impl Serialize) -> serde_json::Result<Self> {
        serde_json::from_str(&serde_json::to_string(value)?)
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Walk;

        impl<'de> Visitor<'de> for Walk {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members: Vec<(String, Box<RawValue>)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, _>()? {
                    if members.iter().any(|(known, _)| *known == name) {
                        return Err(A::Error::custom("a member is there twice"));
                    }
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Walk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_replaced_keeps_every_token() {
        let mut members: Members =
            serde_json::from_str(r#"{"a" : 1.10, "b":"\u0041","c":[ 1 ]}"#).unwrap();
        members.replace(serde_json::from_str(r#"{"b":null,"d":2}"#).unwrap());
        assert_eq!(
            serde_json::to_string(&members).unwrap(),
            r#"{"a":1.10,"b":null,"c":[ 1 ],"d":2}"#
        );
        assert_eq!(members.get("c").map(RawValue::get), Some("[ 1 ]"));
        assert!(members.get("e").is_none());
        assert!(serde_json::from_str::<Members>(r#"{"a":1,"a":1}"#).is_err());
        assert!(serde_json::from_str::<Members>("[]").is_err());
    }
}
