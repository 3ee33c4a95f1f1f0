//! The body of a submission: what is to be done, and how.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use ums_durable::client::model::{AnyRequest, FieldKind, OperationSpec};
use ums_durable::journal::{CallId, CallerText};

use crate::limits::LONGEST_WAIT;
use crate::problem::Problem;
use crate::profile::Profile;
use crate::request::json::read_json;

/// How many labels a call may have, and how long the name of one may be.
const MOST_LABELS: usize = 16;
const LONGEST_LABEL: usize = 64;
/// How many calls one may begin in spite of.
const MOST_DESPITE: usize = 64;

/// What is to be done, and how.
#[derive(Debug)]
pub(crate) struct Submission {
    pub(crate) profile: Option<String>,
    /// The request as the caller wrote it.
    pub(crate) written: String,
    pub(crate) timeout: Option<Duration>,
    pub(crate) not_after: Option<DateTime<Utc>>,
    pub(crate) ask_first: bool,
    pub(crate) despite: Vec<CallId>,
    pub(crate) labels: BTreeMap<String, CallerText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    profile: Option<String>,
    request: Option<Box<RawValue>>,
    timeout_s: Option<f64>,
    not_after: Option<String>,
    ask_first: Option<bool>,
    despite: Option<Vec<String>>,
    on_unknown: Option<String>,
    labels: Option<BTreeMap<String, String>>,
}

impl Submission {
    /// Reads the body.
    ///
    /// # Errors
    ///
    /// It is no JSON object, or a field of it is invalid.
    pub(crate) fn read(body: &[u8]) -> Result<Self, Problem> {
        let written: Written = read_json(body)?;
        let Some(request) = written.request else {
            return Err(Problem::invalid("request", "it is missing"));
        };
        let request = request.get().trim();
        if !request.starts_with('{') {
            return Err(Problem::invalid("request", "it must be an object"));
        }
        if written.on_unknown.is_some() {
            let detail = "only null is taken: nothing is taken back by itself here";
            return Err(Problem::invalid("on_unknown", detail));
        }
        Ok(Self {
            profile: written.profile,
            written: request.to_owned(),
            timeout: written.timeout_s.map(timeout).transpose()?,
            not_after: written.not_after.as_deref().map(time).transpose()?,
            ask_first: written.ask_first.unwrap_or_default(),
            despite: despite(written.despite.unwrap_or_default())?,
            labels: labels(written.labels.unwrap_or_default())?,
        })
    }

    /// The request of this operation, with what the profile says where the caller says nothing.
    ///
    /// # Errors
    ///
    /// A field is invalid.
    pub(crate) fn request(
        &self,
        spec: &OperationSpec,
        profile: &Profile,
    ) -> Result<AnyRequest, Problem> {
        let detail = "it must be an object without a name that is there twice";
        let mut fields = object_without_repeats(&self.written)
            .ok_or_else(|| Problem::invalid("request", detail))?;
        // Null and an empty text are how many languages say that nothing is there.
        fields.retain(|_, value| !value.is_null() && value.as_str() != Some(""));
        for (name, known) in [
            ("merchantCode", &profile.merchant),
            ("terminalCode", &profile.terminal),
        ] {
            let is_field = spec.request.iter().any(|field| field.name == name);
            if let (true, Some(known)) = (is_field, known) {
                let value = || Value::String(known.clone());
                let value = fields.entry(name).or_insert_with(value);
                // A token is for profiles, and so for their merchants.
                if name == "merchantCode" && value.as_str() != Some(known) {
                    return Err(Problem::invalid(
                        name,
                        "the profile is that of another merchant",
                    ));
                }
            }
        }
        for field in spec.request.iter() {
            // An amount in quotes is the same amount.
            if field.kind == FieldKind::Number
                && let Some(value) = fields.get_mut(field.name)
                && let Some(number) = value.as_str().and_then(whole_number)
            {
                *value = number.into();
            }
        }
        let path = spec.paths.first().map(|path| path.path).unwrap_or_default();
        let body = Value::Object(fields).to_string();
        AnyRequest::from_wire(spec.name, path, body.as_bytes()).map_err(|error| {
            let field = error.field().unwrap_or("request").to_owned();
            Problem::invalid(field, error.problem().to_string())
        })
    }
}

fn whole_number(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|digit| digit.is_ascii_digit());
    let has_no_zero = text.len() == 1 || !text.starts_with('0');
    (is_plain && has_no_zero).then(|| text.parse().ok())?
}

/// The members of an object, at no level of which a name is there twice.
fn object_without_repeats(text: &str) -> Option<Map<String, Value>> {
    match serde_json::from_str(text).ok()? {
        crate::request::json::Unrepeated(Value::Object(fields)) => Some(fields),
        _ => None,
    }
}

fn timeout(seconds: f64) -> Result<Duration, Problem> {
    let time = Duration::try_from_secs_f64(seconds).ok();
    let time = time.filter(|time| !time.is_zero() && *time <= LONGEST_WAIT);
    time.ok_or_else(|| Problem::invalid("timeout_s", "it must be above 0 and at most 120"))
}

fn time(text: &str) -> Result<DateTime<Utc>, Problem> {
    let time = DateTime::parse_from_rfc3339(text);
    let time = time.map_err(|_| Problem::invalid("not_after", "it must be a time by RFC 3339"))?;
    Ok(time.to_utc())
}

fn despite(ids: Vec<String>) -> Result<Vec<CallId>, Problem> {
    if ids.len() > MOST_DESPITE {
        return Err(Problem::invalid("despite", "it has more than 64 calls"));
    }
    let ids = ids.into_iter().map(CallId::new);
    let ids: Result<Vec<_>, _> = ids.collect();
    ids.map_err(|error| Problem::invalid("despite", error.to_string()))
}

fn labels(labels: BTreeMap<String, String>) -> Result<BTreeMap<String, CallerText>, Problem> {
    if labels.len() > MOST_LABELS {
        return Err(Problem::invalid("labels", "there are more than 16"));
    }
    let read = labels.into_iter().map(|(name, text)| {
        let is_name = !name.is_empty()
            && name.len() <= LONGEST_LABEL
            && name.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_name {
            let detail = "a label's name must have 1 to 64 visible ASCII characters";
            return Err(Problem::invalid("labels", detail));
        }
        let text = CallerText::new(text)
            .map_err(|error| Problem::invalid(format!("labels.{name}"), error.to_string()))?;
        Ok((name, text))
    });
    read.collect()
}
