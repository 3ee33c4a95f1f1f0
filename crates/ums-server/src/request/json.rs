//! JSON from outside, read strictly.

use std::fmt;

use serde::de::{DeserializeOwned, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Number, Value};

use crate::problem::Problem;

/// Reads a body.
///
/// # Errors
///
/// It is no JSON, or a field of it is not as it should be.
pub(crate) fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut from = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut from);
    let read = read.map_err(|error| {
        let at = error.path().to_string();
        let inner = error.inner();
        if inner.is_data() {
            let field = if at == "." { String::new() } else { at };
            return Problem::invalid(field, plain(inner));
        }
        Problem::malformed("the body is no well-formed JSON in UTF-8")
    })?;
    let ended = from.end();
    ended.map_err(|_| Problem::malformed("something follows the JSON of the body"))?;
    Ok(read)
}

/// What is wrong, without the value that is wrong, which may be a secret in the wrong place.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let is_about_names = ["unknown field", "missing field", "duplicate field"];
    match is_about_names.iter().any(|start| text.starts_with(start)) {
        true => text,
        false => "it is not of the right type".to_owned(),
    }
}

/// A value in no object of which a name is there twice.
#[derive(Debug)]
pub(crate) struct Unrepeated(pub(crate) Value);

impl<'de> Deserialize<'de> for Unrepeated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UnrepeatedVisitor).map(Self)
    }
}

struct UnrepeatedVisitor;

impl<'de> Visitor<'de> for UnrepeatedVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Unrepeated(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let Unrepeated(value) = members.next_value()?;
            if all.insert(name, value).is_some() {
                return Err(A::Error::custom("a name is there twice"));
            }
        }
        Ok(Value::Object(all))
    }
}
