//! The errors of the libraries, in both languages. In English each says it itself.
//!
//! Only an error that is listed here can become a failure, so that one without
//! Chinese does not compile; and a test reads the libraries' sources for texts that
//! have no row.

use std::error::Error;
use std::io;

use ums_client::auth::{self, InvalidValue};
use ums_client::model::{EncodeError, InvalidField, NotARefusal, Rule};
use ums_client::transport::{InvalidBaseUrl, InvalidProxy, InvalidTrust};
use ums_client::{InvalidResolvePolicy, Language, NonceUnavailable};
use ums_simulator::{AccountsFileError, FaultError, StartError, TlsError};

use super::phrases::translated;
use super::{Message, fields};

/// An error that can be told in both languages.
pub(crate) trait Told {
    fn told(&self) -> Message;
}

/// Said by their texts and those of their causes, each by a row of the phrases.
macro_rules! by_their_texts {
    ($($error:ty),+ $(,)?) => {
        $(impl Told for $error {
            fn told(&self) -> Message {
                of_chain(self)
            }
        })+
    };
}

by_their_texts! {
    AccountsFileError,
    EncodeError,
    FaultError,
    InvalidBaseUrl,
    InvalidProxy,
    InvalidResolvePolicy,
    InvalidTrust,
    NonceUnavailable,
    NotARefusal,
    StartError,
    TlsError,
    auth::Refused,
    auth::explain::InvalidRequest,
    io::Error,
    serde_json::Error,
    ums_client::BuildError,
}

fn of_chain(error: &(dyn Error + 'static)) -> Message {
    let (mut english, mut chinese) = (Vec::new(), Vec::new());
    let mut next = Some(error);
    while let Some(error) = next {
        english.push(error.to_string());
        chinese.extend(of_level(error));
        next = error.source();
    }
    if chinese.is_empty() {
        chinese.push(UNTOLD.to_owned());
    }
    Message::new(english.join(": "), chinese.join("："))
}

/// `None` for a cause from elsewhere, of which only what failed by it is told.
fn of_level(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(error) = error.downcast_ref::<io::Error>() {
        Some(of_system(error))
    } else if let Some(error) = error.downcast_ref::<serde_json::Error>() {
        Some(of_json(error))
    } else if let Some(error) = error.downcast_ref::<InvalidValue>() {
        Some(error.told().said(Language::Chinese).to_owned())
    } else {
        translated(&error.to_string())
    }
}

/// What is said where there is no Chinese.
pub(super) const UNTOLD: &str = "英文原因请加 -v 查看";

/// What the system says, by its kind; its number is kept, to be looked up.
fn of_system(error: &io::Error) -> String {
    use io::ErrorKind;
    let text = match error.kind() {
        ErrorKind::NotFound => "文件不存在",
        ErrorKind::PermissionDenied => "没有权限",
        ErrorKind::AlreadyExists => "文件已存在",
        ErrorKind::IsADirectory => "这是一个目录",
        ErrorKind::NotADirectory => "路径中有一段不是目录",
        ErrorKind::DirectoryNotEmpty => "目录不为空",
        ErrorKind::ReadOnlyFilesystem => "文件系统只读",
        ErrorKind::StorageFull => "磁盘空间不足",
        ErrorKind::QuotaExceeded => "超出磁盘配额",
        ErrorKind::FileTooLarge => "文件过大",
        ErrorKind::InvalidFilename => "文件名不合法",
        ErrorKind::ResourceBusy => "资源正忙",
        ErrorKind::AddrInUse => "地址已被占用",
        ErrorKind::AddrNotAvailable => "本机没有该地址",
        ErrorKind::ConnectionRefused => "连接被拒绝",
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => "连接被断开",
        ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable => "网络不可达",
        ErrorKind::BrokenPipe => "管道已关闭",
        ErrorKind::TimedOut => "超时",
        ErrorKind::Interrupted => "被中断",
        ErrorKind::InvalidInput => "参数不合法",
        ErrorKind::InvalidData => "内容不合法",
        ErrorKind::UnexpectedEof => "内容不完整",
        ErrorKind::OutOfMemory => "内存不足",
        ErrorKind::Unsupported => "系统不支持该操作",
        _ => "系统错误",
    };
    match error.raw_os_error() {
        Some(number) => format!("{text}（系统错误码 {number}）"),
        // Made by a library, it may have words of its own.
        None => translated(&error.to_string()).unwrap_or_else(|| text.to_owned()),
    }
}

/// What is no JSON, or another JSON than it should be, and where.
fn of_json(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    let (line, column) = (error.line(), error.column());
    let what = match error.classify() {
        Category::Io => "读取失败",
        Category::Eof => "JSON 不完整",
        Category::Syntax => "JSON 语法错误",
        Category::Data => {
            let what = without_place(error).said(Language::Chinese).to_owned();
            return match line {
                0 => what,
                _ => format!("{what}（第 {line} 行第 {column} 列）"),
            };
        }
    };
    format!("{what}（第 {line} 行第 {column} 列）")
}

/// What is wrong with a JSON value, and not where.
pub(crate) fn without_place(error: &serde_json::Error) -> Message {
    let text = error.to_string();
    let what = text
        .rsplit_once(" at line ")
        .map_or(&*text, |(what, _)| what);
    let chinese = translated(what).unwrap_or_else(|| "JSON 的内容不符合要求".to_owned());
    Message::new(what, chinese)
}

impl Told for InvalidField {
    fn told(&self) -> Message {
        let field = self.field();
        let name = match fields::chinese(field) {
            Some(chinese) => format!("{chinese}（{field}）"),
            None => field.to_owned(),
        };
        let rule = match self.rule() {
            Rule::Length { min, max } if min == max => format!("应为 {max} 个字符"),
            Rule::Length { min, max } => format!("应为 {min} 至 {max} 个字符"),
            Rule::NotEmpty => "不能为空".to_owned(),
            Rule::Range { min, max } => format!("应为 {min} 至 {max} 的整数"),
            Rule::Characters(which) => format!("只能含有{}", or_untold(which)),
            Rule::Form(form) => format!("应为{}", or_untold(form)),
            Rule::OuterWhitespace => "首尾不能有空白".to_owned(),
            other => or_untold(&other.to_string()),
        };
        let english = self.to_string();
        let before_given = format!("{field} {}, but ", self.rule());
        let given = english.strip_prefix(&before_given).map(or_untold);
        let chinese = match given {
            Some(given) => format!("{name}{rule}，{given}"),
            None => format!("{name}{rule}"),
        };
        Message::new(english, chinese)
    }
}

impl Told for InvalidValue {
    fn told(&self) -> Message {
        use auth::{Field, Rule};
        let name = match self.field() {
            Field::AccessToken => "访问令牌",
            Field::BodyDigest => "报文体摘要",
            Field::Nonce => "随机数",
            Field::Signature => "签名",
            Field::Timestamp => "时间戳",
            other => other.name(),
        };
        let rule = match self.rule() {
            Rule::Base64 => "不是 32 字节的标准 Base64（应为 44 个字符，以 \"=\" 结尾）".to_owned(),
            Rule::Calendar => "没有这个日期或时刻（格式为 yyyyMMddHHmmss）".to_owned(),
            Rule::Character {
                at,
                character: Some(character),
                allowed,
            } => format!(
                "第 {at} 字节处的字符 {character:?} 不允许；只能含有{}",
                or_untold(allowed)
            ),
            Rule::Character {
                at,
                character: None,
                allowed,
            } => format!("第 {at} 字节处的字符不允许；只能含有{}", or_untold(allowed)),
            Rule::Choice => "不是可选的值".to_owned(),
            Rule::Empty => "为空；请填写平台分配的值".to_owned(),
            Rule::Hexadecimal => "不是小写十六进制数字".to_owned(),
            Rule::Length { exactly, length } => {
                format!("长度为 {length} 字节，应为 {exactly} 字节")
            }
            Rule::SurroundingSpace => "首尾有空白，请删除".to_owned(),
            Rule::TooLong { at_most, length } => {
                format!("长度为 {length} 字节，最多 {at_most} 字节")
            }
            Rule::Year => "换算为北京时间后年份应在 1 至 9999 之间".to_owned(),
            _ => UNTOLD.to_owned(),
        };
        let chinese = match self.given() {
            Some(given) => format!("{name}：{rule}：\"{given}\""),
            None => format!("{name}：{rule}"),
        };
        Message::new(self.to_string(), chinese)
    }
}

fn or_untold(english: &str) -> String {
    translated(english).unwrap_or_else(|| UNTOLD.to_owned())
}
