//! What is wrong with a command line, in Chinese: clap's own words are English.

use std::error::Error as _;

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::Message;
use super::help::with_headings;
use super::library::UNTOLD;
use super::phrases::translated;

/// What is wrong, in one sentence.
pub(crate) fn wrong(error: &Error) -> String {
    let text = |kind| text(error, kind);
    let argument = text(ContextKind::InvalidArg).unwrap_or_default();
    let value = text(ContextKind::InvalidValue).unwrap_or_default();
    let given = text(ContextKind::ActualNumValues).unwrap_or_default();
    match error.kind() {
        ErrorKind::ArgumentConflict => match text(ContextKind::PriorArg) {
            Some(other) if other == argument => format!("{argument} 不能重复给出"),
            Some(other) => format!("{argument} 不能与 {other} 同时使用"),
            None => format!("{argument} 不能与其他选项同时使用"),
        },
        ErrorKind::NoEquals => format!("{argument} 的值前须加等号"),
        ErrorKind::InvalidValue if value.is_empty() => {
            format!("{argument} 缺少值{}", values(error))
        }
        ErrorKind::InvalidValue => format!("{argument} 的值“{value}”无效{}", values(error)),
        ErrorKind::ValueValidation => {
            format!("{argument} 的值“{value}”无效：{}", cause(error))
        }
        ErrorKind::InvalidSubcommand => {
            let command = text(ContextKind::InvalidSubcommand).unwrap_or_default();
            format!("没有“{command}”这个命令")
        }
        ErrorKind::MissingRequiredArgument => format!("缺少必填项：{argument}"),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "缺少命令：ums --help 列出所有命令".to_owned()
        }
        ErrorKind::InvalidUtf8 => "命令行中有内容不是 UTF-8 文本".to_owned(),
        ErrorKind::TooManyValues => format!("{argument} 的值过多，多出了“{value}”"),
        ErrorKind::TooFewValues => {
            let least = text(ContextKind::MinValues).unwrap_or_default();
            format!("{argument} 至少需要 {least} 个值，只给出 {given} 个")
        }
        ErrorKind::WrongNumberOfValues => {
            let right = text(ContextKind::ExpectedNumValues).unwrap_or_default();
            format!("{argument} 需要 {right} 个值，给出了 {given} 个")
        }
        ErrorKind::UnknownArgument => format!("没有“{argument}”这个选项"),
        _ => UNTOLD.to_owned(),
    }
}

/// All that is said: what is wrong, what may have been meant, the usage.
pub(crate) fn explained(error: &Error) -> String {
    let mut said = format!("错误：{}", wrong(error));
    for tip in tips(error) {
        said.push_str(&format!("\n\n  提示：{tip}"));
    }
    if let Some(usage) = text(error, ContextKind::Usage) {
        said.push_str(&format!("\n\n{}", with_headings(&usage)));
    }
    said.push_str("\n\n更多信息请用 --help 查看。");
    said
}

/// The cause that a value's reader gave, in Chinese.
fn cause(error: &Error) -> String {
    let cause = error.source();
    if let Some(message) = cause.and_then(|cause| cause.downcast_ref::<Message>()) {
        return message.said(ums_client::Language::Chinese).to_owned();
    }
    let cause = cause.map(ToString::to_string).unwrap_or_default();
    translated(&cause).unwrap_or_else(|| UNTOLD.to_owned())
}

fn values(error: &Error) -> String {
    match text(error, ContextKind::ValidValue) {
        Some(values) => format!("；可选值：{values}"),
        None => String::new(),
    }
}

fn tips(error: &Error) -> Vec<String> {
    let suggested = [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ];
    let mut tips: Vec<_> = suggested
        .into_iter()
        .filter_map(|kind| Some(format!("您要的是否为 {}？", text(error, kind)?)))
        .collect();
    if let Some(ContextValue::StyledStrs(texts)) = error.get(ContextKind::Suggested) {
        tips.extend(
            texts
                .iter()
                .filter_map(|text| translated(&text.to_string())),
        );
    }
    tips
}

fn text(error: &Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) if texts.is_empty() => None,
        ContextValue::Strings(texts) => Some(texts.join("、")),
        ContextValue::StyledStr(text) => Some(text.to_string()),
        ContextValue::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
