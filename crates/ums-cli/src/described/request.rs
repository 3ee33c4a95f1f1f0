//! The request that the flags of a command make.

use std::path::PathBuf;

use clap::ArgMatches;
use serde_json::{Map, Value};
use ums_client::model::{
    AnyRequest, Condition, ConditionRule, FieldProblem, FieldSpec, InvalidRequest, Need,
    OperationSpec, RequestProblem,
};

use super::field_words::{FieldWords, ValueName, constant};
use crate::config::settings::Settings;
use crate::failure::{Failure, FailureKind};
use crate::files::named;
use crate::input::fields::{self, Merchant, missing};
use crate::input::identifier::{identifier, secret_code};
use crate::language::{Message, Told, rule};
use crate::print::table::masked;

/// The request of this operation with what the flags give.
///
/// # Errors
///
/// A flag's value cannot be used, or they do not go together; told with the flag.
pub(crate) fn of_flags(
    spec: &'static OperationSpec,
    matches: &ArgMatches,
    settings: &Settings<'_>,
) -> Result<AnyRequest, Failure> {
    let mut body = Map::new();
    for field in spec.request {
        let constant = constant(field.name).filter(|_| field.need == Need::Required);
        let value = match (FieldWords::of(field.name), constant) {
            (_, Some(constant)) => Some(constant.into()),
            (Some(words), None) => given(field, words, matches)?,
            (None, None) => None,
        };
        body.extend(value.map(|value| (field.name.to_owned(), value)));
    }
    unless_unfulfilled(spec, &body)?;
    for (name, value) in Merchant::fields(settings)? {
        body.insert(name.to_owned(), value.into());
    }
    let path = path(spec, matches);
    let bytes = serde_json::to_vec(&body)
        .map_err(|error| Failure::new(FailureKind::InvalidInput, &error))?;
    AnyRequest::from_wire(spec.name, path, &bytes).map_err(|invalid| wrong(&invalid, &body))
}

/// Whether flags are missing or do not go together.
///
/// # Errors
///
/// They are, or do not.
pub(crate) fn unless_unfulfilled(
    spec: &OperationSpec,
    body: &Map<String, Value>,
) -> Result<(), Failure> {
    for condition in spec.conditions {
        let given = condition
            .fields
            .iter()
            .filter(|name| body.contains_key(**name));
        let is_fulfilled = match (condition.rule, given.count()) {
            (ConditionRule::AtLeastOne, given) => given >= 1,
            (ConditionRule::ExactlyOne, given) => given == 1,
            _ => true,
        };
        if !is_fulfilled {
            return Err(unfulfilled(condition, body));
        }
    }
    Ok(())
}

/// The name of the flag for the interface's version.
pub(crate) const API_VERSION: &str = "api_version";

fn path(spec: &OperationSpec, matches: &ArgMatches) -> &'static str {
    let version = matches
        .try_get_one::<String>(API_VERSION)
        .ok()
        .flatten()
        .map(String::as_str);
    let at = spec
        .paths
        .iter()
        .find(|path| version.is_none_or(|version| path.version == version));
    at.or(spec.paths.first()).map_or("", |path| path.path)
}

/// What the flag of a field gives, if it is there.
///
/// # Errors
///
/// It cannot be used.
pub(crate) fn given(
    field: &FieldSpec,
    words: &FieldWords,
    matches: &ArgMatches,
) -> Result<Option<Value>, Failure> {
    let flag = words.flag;
    if words.value == ValueName::File {
        let Some(file) = matches.get_one::<PathBuf>(field.name) else {
            return Ok(None);
        };
        let code = named::code(flag, file)?;
        return secret_code(flag, &code, Ok).map(|code| Some(code.into()));
    }
    if words.value == ValueName::Bool {
        return Ok(matches
            .get_one::<bool>(field.name)
            .map(|value| (*value).into()));
    }
    let Some(text) = matches.get_one::<String>(field.name) else {
        return Ok(None);
    };
    Ok(Some(match words.value {
        ValueName::Fen => fields::amount(flag, text)?.as_u64().into(),
        ValueName::Day => fields::day(flag, text)?.to_string().into(),
        ValueName::MonthDay => fields::month_day(flag, text)?.to_string().into(),
        ValueName::Id | ValueName::Digits | ValueName::Code => identifier(flag, text, Ok)?.into(),
        ValueName::OneOf(values) => values
            .iter()
            .find(|value| value.eq_ignore_ascii_case(text))
            .map_or(text.as_str(), |value| *value)
            .into(),
        ValueName::Text | ValueName::Bool | ValueName::File => text.as_str().into(),
    }))
}

/// What is wrong with a request, said of the flag that gave it.
fn wrong(invalid: &InvalidRequest, body: &Map<String, Value>) -> Failure {
    let RequestProblem::Field { field, problem } = invalid.problem() else {
        return missing((invalid.to_string(), "不是该交易的请求报文"));
    };
    let flag = FieldWords::of(field).map_or(field.as_str(), |words| words.flag);
    let failure = match problem {
        FieldProblem::Condition(condition) => return unfulfilled(condition, body),
        FieldProblem::Invalid(invalid) => missing(invalid.told().map(masked)),
        other => missing((other.to_string(), "内容不符合要求")),
    };
    failure.about(Message::name(flag))
}

/// What is said of flags that do not go together.
fn unfulfilled(condition: &Condition, body: &Map<String, Value>) -> Failure {
    let mut flags: Vec<_> = condition
        .fields
        .iter()
        .filter_map(|field| FieldWords::of(field))
        .collect();
    flags.sort_by_key(|words| words.rank());
    let flags: Vec<_> = flags.into_iter().map(|words| words.flag).collect();
    let is_given = |field: &&&str| body.contains_key(**field);
    let given = condition.fields.iter().filter(is_given).count();
    missing(match condition.rule {
        ConditionRule::ExactlyOne if given > 1 => (
            format!(
                "two orders: give {}, not both, since the documents contradict each other on which \
                 of them a query goes by",
                flags.join(" or ")
            ),
            format!(
                "指定了两个订单号：{} 只能给一个，因为各文档对查询以哪一个为准说法不一",
                flags.join(" 与 ")
            ),
        ),
        ConditionRule::AtLeastOne | ConditionRule::ExactlyOne => (
            format!("no order: give {}, or both", flags.join(", ")),
            format!("未指定订单：请给出 {}，或两者都给", flags.join("、")),
        ),
        ConditionRule::Words(words) => {
            let flags = Message::name(flags.join(", "));
            return Failure::text(FailureKind::InvalidInput, rule(words)).about(flags);
        }
        _ => (
            format!("{} do not go together", flags.join(", ")),
            format!("{} 不能这样组合", flags.join("、")),
        ),
    })
}
