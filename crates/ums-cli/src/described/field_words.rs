//! What a person is told of each field of a request that has a flag, and how the flag is read.

#[cfg(test)]
use ums_client::model::{FieldKind, FieldSpec, Format, Sensitivity};

use super::words::COMMANDS;
use crate::print::entry::Label;

/// The flag of a field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FieldWords {
    /// The field, by its name on the wire.
    pub(crate) field: &'static str,
    /// The flag, which is the field's name but for its spelling.
    pub(crate) flag: &'static str,
    /// What stands for the value in the help.
    pub(crate) value: ValueName,
    /// What the help says of it.
    pub(crate) help: Label,
}

/// What stands for a value in the help, which is how its text is read before the field's own check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueName {
    /// An identifier, which a spreadsheet may have damaged.
    Id,
    /// The same, of digits alone.
    Digits,
    /// The same, of another's making.
    Code,
    /// Any text.
    Text,
    /// An amount.
    Fen,
    /// A day, `yyyyMMdd`.
    Day,
    /// A day without its year, `MMdd`.
    MonthDay,
    /// `true` or `false`.
    Bool,
    /// The file of a code that must not be shown.
    File,
    /// One of these, the first by default.
    OneOf(&'static [&'static str]),
}

impl ValueName {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Id => "ID",
            Self::Digits => "DIGITS",
            Self::Code => "CODE",
            Self::Text => "TEXT",
            Self::Fen => "FEN",
            Self::Day | Self::MonthDay => "DAY",
            Self::Bool => "BOOL",
            Self::File => "FILE",
            Self::OneOf(_) => "MODE",
        }
    }

    /// Whether a field of this kind can be read so.
    #[cfg(test)]
    pub(crate) fn suits(self, field: &FieldSpec) -> bool {
        match self {
            Self::Fen => field.format == Some(Format::Fen),
            Self::Bool => field.kind == FieldKind::Boolean,
            Self::File => field.sensitivity == Sensitivity::Secret,
            Self::Day => field.format == Some(Format::YearMonthDay),
            Self::MonthDay => field.format == Some(Format::MonthDay),
            Self::Id | Self::Digits | Self::Code | Self::Text | Self::OneOf(_) => {
                field.kind == FieldKind::String && field.sensitivity != Sensitivity::Secret
            }
        }
    }
}

impl FieldWords {
    /// Those of every field that has a flag.
    pub(crate) fn all() -> impl Iterator<Item = &'static Self> {
        let of_one = COMMANDS.iter().flat_map(|words| words.fields);
        FIELDS.iter().chain(of_one)
    }

    /// Those of the field with this name, if it has a flag.
    pub(crate) fn of(field: &str) -> Option<&'static Self> {
        Self::all().find(|words| words.field == field)
    }

    /// The place of the field among all that have a flag.
    pub(crate) fn rank(&self) -> usize {
        let place = Self::all().position(|words| words.field == self.field);
        place.unwrap_or(usize::MAX)
    }

    /// The flag without its dashes.
    pub(crate) fn long(&self) -> &'static str {
        self.flag.trim_start_matches('-')
    }
}

/// What a field always holds: it has no flag.
pub(crate) fn constant(field: &str) -> Option<&'static str> {
    let row = CONSTANTS.iter().find(|(known, _)| *known == field);
    row.map(|(_, value)| *value)
}

const CONSTANTS: [(&str, &str); 1] = [("transactionCurrencyCode", "156")];

pub(super) const fn row(
    field: &'static str,
    flag: &'static str,
    value: ValueName,
    help: Label,
) -> FieldWords {
    FieldWords {
        field,
        flag,
        value,
        help,
    }
}

use ValueName::{Bool, Code, Day, Digits, Fen, File, Id, MonthDay, OneOf, Text};

const FIELDS: &[FieldWords] = &[
    row(
        "originalOrderId",
        "--original-order-id",
        Id,
        (
            "UMS order id (银商订单号), up to 50 characters: the orderId in the payment's reply",
            "银商订单号，最多 50 个字符，即支付应答中的 orderId",
        ),
    ),
    row(
        "merchantOrderId",
        "--merchant-order-id",
        Id,
        (
            "Merchant order id (商户订单号), up to 50 characters; the UMS order id goes before it",
            "商户订单号，最多 50 个字符；与银商订单号同时给出时，以银商订单号为准",
        ),
    ),
    row(
        "refundRequestId",
        "--refund-request-id",
        Id,
        (
            "The refund request id (退款请求号) that the refund was sent with",
            "该笔退款的退款请求标识",
        ),
    ),
    row(
        "transactionAmount",
        "--amount",
        Fen,
        (
            "How much, in fen (分): 4160 is 41.60 yuan",
            "金额，单位为分：4160 即 41.60 元",
        ),
    ),
    row(
        "orderId",
        "--order-id",
        Id,
        (
            "UMS order id (银商订单号) of the hold, as its reply named it",
            "原担保应答中的银商订单号",
        ),
    ),
    row(
        "authorizationCode",
        "--authorization-code",
        Code,
        (
            "Authorisation code (授权码) of the hold, as its reply named it",
            "原担保应答中的授权码",
        ),
    ),
    row(
        "originalTransactionDate",
        "--original-transaction-date",
        MonthDay,
        (
            "Day of the hold (原交易日期), as MMdd, as its reply named it",
            "原担保应答中的交易日期，格式为 MMdd",
        ),
    ),
    row(
        "originalSystemTraceNum",
        "--original-system-trace-num",
        Digits,
        (
            "System trace number (系统跟踪号) that what it is about was sent with",
            "原交易所用的系统跟踪号",
        ),
    ),
    row(
        "systemTraceNum",
        "--system-trace-num",
        Digits,
        (
            "System trace number (系统跟踪号), 6 digits",
            "系统跟踪号，6 位数字",
        ),
    ),
    row(
        "payCode",
        "--pay-code-file",
        File,
        (
            "File that holds the customer's code; - for the next line of stdin, as a scanner types it",
            "存放支付码的文件；- 为标准输入的下一行，适合扫码枪输入",
        ),
    ),
    row(
        "payMode",
        "--pay-mode",
        OneOf(&["CODE_SCAN", "NFC", "SOUNDWAVE", "MANUAL", "E_CASH"]),
        ("How the code was read", "支付方式，即支付码的读取方式"),
    ),
    row(
        "merchantRemark",
        "--merchant-remark",
        Text,
        (
            "Remark (商户备注), up to 50 characters",
            "商户备注，最多 50 个字符",
        ),
    ),
    row(
        "refundDesc",
        "--refund-desc",
        Text,
        ("Why the refund is made (退款说明)", "退款说明"),
    ),
    row(
        "srcReserved",
        "--src-reserved",
        Text,
        (
            "Words of your own that come back (商户冗余信息), up to 100 characters",
            "商户冗余信息，原样返回，最多 100 个字符",
        ),
    ),
    row(
        "attachedData",
        "--attached-data",
        Text,
        ("More about it (附加信息), in words", "附加信息"),
    ),
    row(
        "limitCrossDevice",
        "--limit-cross-device",
        Bool,
        (
            "Whether the void must come from the terminal that took the payment",
            "是否限制只能由原支付终端撤销",
        ),
    ),
    row(
        "operatorId",
        "--operator-id",
        Id,
        ("Operator (操作员编号)", "操作员编号"),
    ),
    row("storeId", "--store-id", Id, ("Store (门店编号)", "门店号")),
    row(
        "bizIdentifier",
        "--biz-identifier",
        Text,
        (
            "Business identifier (业务标识), up to 3 characters; normally not sent",
            "业务标识，最多 3 个字符；通常不发送",
        ),
    ),
    row(
        "oriTransDate",
        "--ori-trans-date",
        Day,
        (
            "Day of the payment (原交易日期), as yyyyMMdd",
            "原交易日期，格式 yyyyMMdd",
        ),
    ),
];

#[cfg(test)]
mod tests {
    use ums_client::model::OPERATIONS;

    use super::*;

    /// `merchantOrderId` is `--merchant-order-id`.
    #[test]
    fn a_flag_is_the_fields_name() {
        for words in FieldWords::all() {
            let mut flag = "--".to_owned();
            for letter in words.field.chars() {
                if letter.is_ascii_uppercase() {
                    flag.push('-');
                }
                flag.push(letter.to_ascii_lowercase());
            }
            if words.value == ValueName::File {
                flag.push_str("-file");
            }
            let is_amount = words.field == "transactionAmount" && words.flag == "--amount";
            assert!(is_amount || words.flag == flag, "{words:?}");
        }
    }

    #[test]
    fn a_flag_is_read_as_its_field_is_documented() {
        for words in FieldWords::all() {
            let fields: Vec<_> = OPERATIONS
                .iter()
                .filter(|operation| operation.name != "pay")
                .flat_map(|operation| operation.request)
                .filter(|field| field.name == words.field)
                .collect();
            assert!(!fields.is_empty(), "{} is in no request", words.field);
            for field in fields {
                assert!(words.value.suits(field), "{words:?} {field:?}");
            }
        }
    }
}
