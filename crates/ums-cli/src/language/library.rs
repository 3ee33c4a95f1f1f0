//! The errors of the libraries, in both languages. In English each says it itself.
//!
//! Only an error that is listed here can become a failure, so that one without Chinese does not
//! compile; and a test reads the libraries' sources for texts that have no row.

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
    io::Error,
    serde_json::Error,
    ums_client::ClientBuildError,
    ums_durable::DurableBuildError,
    ums_durable::JournalError,
    ums_durable::SubmitError,
    ums_durable::WitnessError,
    ums_durable::journal::BrokenChain,
    ums_durable::journal::InvalidExport,
    ums_durable::journal::InvalidLine,
    ums_durable::journal::InvalidText,
    ums_durable::journal::StoreError,
    ums_durable::journal::StoreRefusal,
    ums_durable::journal::TableFault,
    ums_explain::InvalidCapture,
    ums_journal_sqlite::OpenError,
}

#[cfg(feature = "postgres")]
by_their_texts! {
    ums_journal_postgres::InvalidUrl,
    ums_journal_postgres::PostgresOpenError,
}

pub(super) fn of_chain(error: &(dyn Error + 'static)) -> Message {
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
        use auth::{ValueName, ValueRule};
        let name = match self.field() {
            ValueName::AccessToken => "访问令牌",
            ValueName::BodyDigest => "报文体摘要",
            ValueName::Nonce => "随机数",
            ValueName::Signature => "签名",
            ValueName::Timestamp => "时间戳",
            other => other.name(),
        };
        // A byte is the first one in Chinese, where the library counts from 0.
        let rule = match self.rule() {
            ValueRule::Base64 => {
                "不是 32 字节的标准 Base64（应为 44 个字符，以 \"=\" 结尾）".to_owned()
            }
            ValueRule::Calendar => "没有这个日期或时刻（格式为 yyyyMMddHHmmss）".to_owned(),
            ValueRule::Character {
                at,
                character: Some(character),
                allowed,
            } => format!(
                "第 {} 字节处的字符 {character:?} 不允许；只能含有{}",
                at + 1,
                or_untold(allowed)
            ),
            ValueRule::Character {
                at,
                character: None,
                allowed,
            } => format!(
                "第 {} 字节处的字符不允许；只能含有{}",
                at + 1,
                or_untold(allowed)
            ),
            ValueRule::Choice => "不是可选的值".to_owned(),
            ValueRule::Empty => "为空；请填写平台分配的值".to_owned(),
            ValueRule::Hexadecimal => "不是小写十六进制数字".to_owned(),
            ValueRule::Length { exactly, length } => {
                format!("长度为 {length} 字节，应为 {exactly} 字节")
            }
            ValueRule::SurroundingSpace => "首尾有空白，请删除".to_owned(),
            ValueRule::TooLong { at_most, length } => {
                format!("长度为 {length} 字节，最多 {at_most} 字节")
            }
            ValueRule::Year => "换算为北京时间后年份应在 1 至 9999 之间".to_owned(),
            _ => UNTOLD.to_owned(),
        };
        let chinese = match self.given() {
            Some(given) => format!("{name}：{rule}：\"{given}\""),
            None => format!("{name}：{rule}"),
        };
        Message::new(self.to_string(), chinese)
    }
}

/// A rule that a library states, in both languages.
pub(crate) fn rule(english: &str) -> Message {
    Message::new(english, or_untold(english))
}

fn or_untold(english: &str) -> String {
    translated(english).unwrap_or_else(|| UNTOLD.to_owned())
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use ums_client::auth::{AppId, AppKey, Nonce, Timestamp};
    use ums_client::model::{
        GoodsName, Longitude, MerchantCode, MerchantRemark, PayCode, PhysicalDevice, Quantity,
        SystemTraceNumber,
    };

    use super::super::foreign::foreign_words;
    use super::*;

    #[derive(Debug)]
    struct Level(&'static str, Option<Box<Level>>);

    impl fmt::Display for Level {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Level {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            let source = self.1.as_deref()?;
            Some(source)
        }
    }

    /// English is the library's own text, and Chinese has no word of it.
    fn said(error: &impl Told) -> String {
        let message = error.told();
        let chinese = message.said(Language::Chinese).to_owned();
        assert_ne!(chinese, message.said(Language::English));
        let codes = ["longitude", "quantity"];
        assert_eq!(foreign_words(&chinese, &codes), [""; 0], "{chinese}");
        assert!(!chinese.contains(UNTOLD), "{chinese}");
        chinese
    }

    #[test]
    fn a_system_error_keeps_its_number() {
        for (error, told) in [
            (
                io::Error::from_raw_os_error(2),
                "文件不存在（系统错误码 2）",
            ),
            (
                io::Error::from_raw_os_error(13),
                "没有权限（系统错误码 13）",
            ),
            (
                io::Error::from_raw_os_error(98),
                "地址已被占用（系统错误码 98）",
            ),
            (
                io::Error::from_raw_os_error(71),
                "系统错误（系统错误码 71）",
            ),
            (io::Error::other("it is too long"), "文件过长"),
            (io::ErrorKind::UnexpectedEof.into(), "内容不完整"),
        ] {
            assert_eq!(said(&error), told, "{error:?}");
        }
    }

    #[test]
    fn every_rule_of_a_field_is_told() {
        let long = "2".repeat(51);
        let told = [
            said(&MerchantCode::new("").unwrap_err()),
            said(&MerchantCode::new("1-2").unwrap_err()),
            said(&MerchantCode::new(" 1").unwrap_err()),
            said(&MerchantCode::new("1234567890123456").unwrap_err()),
            said(&SystemTraceNumber::new("1").unwrap_err()),
            said(&MerchantRemark::new(long).unwrap_err()),
            said(&MerchantRemark::new("a\nb").unwrap_err()),
            said(&PayCode::new("").unwrap_err()),
            said(&PayCode::new("2856 6766").unwrap_err()),
            said(&GoodsName::new("").unwrap_err()),
            said(&Quantity::new(0).unwrap_err()),
            said(&PhysicalDevice::new("01").unwrap_err()),
            said(&Longitude::new("121").unwrap_err()),
        ];
        insta::assert_snapshot!(told.join("\n"), @r#"
        商户号（merchantCode）应为 1 至 15 个字符，但未给出任何内容
        商户号（merchantCode）只能含有半角字母和数字，但给出的是 "1-2"（3 个字符）
        商户号（merchantCode）首尾不能有空白，但给出的是 " 1"（2 个字符）
        商户号（merchantCode）应为 1 至 15 个字符，但给出的是 "1234567890123456"（16 个字符）
        系统跟踪号（systemTraceNum）应为 6 个字符，但给出的是 "1"
        商户备注（merchantRemark）应为 1 至 50 个字符，但给出的是 "2222222222222222…"（51 个字符）
        商户备注（merchantRemark）只能含有可打印字符（不含控制字符、换行符和字节顺序标记），但给出的是 "a\nb"（3 个字符）
        支付码（payCode）不能为空，但未给出任何内容
        支付码（payCode）只能含有可见的半角字符，但给出的值有 9 个字符（此处不显示）
        商品名称（goodsName）应为 1 至 256 个字符，但未给出任何内容
        商品数量（quantity）应为 1 至 9999999999 的整数，但给出的是 "0"
        终端类型（deviceType）应为除 01、11、12、13（非实体终端）以外的 2 位数字，但给出的是 "01"（2 个字符）
        经度（longitude）应为符号、3 位数字、小数点和 5 位数字，范围 -180.00000 至 +180.00000，但给出的是 "121"（3 个字符）
        "#);
    }

    #[test]
    fn every_rule_of_a_credential_is_told() {
        let long = "n".repeat(129);
        let told = [
            said(&AppId::new("").unwrap_err()),
            said(&AppId::new(" a").unwrap_err()),
            said(&AppId::new("a b").unwrap_err()),
            said(&AppKey::new("").unwrap_err()),
            said(&AppKey::new("a ").unwrap_err()),
            said(&AppKey::new("a b").unwrap_err()),
            said(&Nonce::new(&long).unwrap_err()),
            said(&Nonce::new("a,b").unwrap_err()),
            said(&Timestamp::parse("2023").unwrap_err()),
            said(&Timestamp::parse("2023x718030000").unwrap_err()),
            said(&Timestamp::parse("20231318030000").unwrap_err()),
        ];
        insta::assert_snapshot!(told.join("\n"), @r#"
        AppId：为空；请填写平台分配的值
        AppId：首尾有空白，请删除
        AppId：第 2 字节处的字符 ' ' 不允许；只能含有 A-Z a-z 0-9 . _ - 这些字符
        AppKey：为空；请填写平台分配的值
        AppKey：首尾有空白，请删除
        AppKey：第 2 字节处的字符不允许；只能含有可见的半角字符，且不含空格
        随机数：长度为 129 字节，最多 128 字节
        随机数：第 2 字节处的字符 ',' 不允许；只能含有可见的半角字符，且不含引号、逗号和反斜杠
        时间戳：长度为 4 字节，应为 14 字节："2023"
        时间戳：第 5 字节处的字符 'x' 不允许；只能含有数字 0-9："2023x718030000"
        时间戳：没有这个日期或时刻（格式为 yyyyMMddHHmmss）："20231318030000"
        "#);
    }

    /// What only another library can say is left out, unless there is nothing else.
    #[test]
    fn a_cause_from_elsewhere_is_not_told_in_english() {
        let cause = || Level("alas", None);
        let outer = Level("it cannot be read", Some(Box::new(cause())));
        let message = of_chain(&outer);
        assert_eq!(message.said(Language::English), "it cannot be read: alas");
        assert_eq!(message.said(Language::Chinese), "无法读取");
        assert_eq!(of_chain(&cause()).said(Language::Chinese), UNTOLD);
    }

    #[test]
    fn what_is_wrong_with_json_is_told_with_its_place() {
        let error = |text: &str| serde_json::from_str::<Vec<u64>>(text).unwrap_err();
        let told = ["", "[1", "[x]", "[\"a\"]", "{}", "[1]x"].map(|text| said(&error(text)));
        insta::assert_snapshot!(told.join("\n"), @r#"
        JSON 不完整（第 1 行第 0 列）
        JSON 不完整（第 1 行第 2 列）
        JSON 语法错误（第 1 行第 2 列）
        类型不符：给出的是字符串 "a"，应为非负整数（第 1 行第 4 列）
        类型不符：给出的是对象，应为数组（第 1 行第 0 列）
        JSON 语法错误（第 1 行第 4 列）
        "#);
    }
}
