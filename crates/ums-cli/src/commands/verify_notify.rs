//! `ums verify-notify`.

use std::path::{Path, PathBuf};

use serde::Serialize;
use ums_client::auth::notify::{Fields, SignType, Signer};
use ums_client::auth::{FormProblem, InvalidForm, NotifyKey, Refused};

use crate::config::credentials;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::files::named;
use crate::input::scheme;
use crate::language::Message;
use crate::print::output;
use crate::print::table::{Row, masked, table};
use crate::print::visible::visible;

/// Say whether a received notification (通知) is genuine
///
/// Takes the body of the notification as it was received, checks its signature with the 通讯密钥,
/// and refuses what is signed with another hash than the one agreed, or in a way that can be read
/// as other fields. Nothing is sent.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {
    /// File that holds the notification's body (name=value&…), as it was received; - for stdin
    #[arg(value_name = "FILE")]
    form: PathBuf,

    /// File that holds the 通讯密钥
    #[arg(long, value_name = "FILE")]
    notify_key_file: PathBuf,

    /// The hash that is agreed with the platform: SHA256 or MD5, whatever the notification says
    #[arg(
        long,
        value_name = "HASH",
        value_enum,
        ignore_case = true,
        hide_possible_values = true
    )]
    sign_type: scheme::SignType,
}

const HELP: &str = "\
A genuine notification is not yet yours: hold its order and amount against your own
order. Answer SUCCESS to it only then.

Exit codes:
  0  genuine: signed with this key and this hash, and to be read in one way only
  3  not genuine, or not to be told: do not believe it; query the order
  2 and 6 as everywhere: what was given cannot be used.

With --json, stdout holds one object on one line:
  verified      true or false
  reason        null, or why not: wrong_signature, ambiguous_value (right, but also the
                signature of other fields), other_sign_type, missing_parameter (no sign),
                wrong_length or not_hexadecimal (a sign that cannot be one)
  message       one sentence, in the language of --lang
  sign_type     the hash it was checked with
  mer_order_id, status, total_amount, notify_id
                of a genuine notification, else null

Examples:
  ums verify-notify notification.txt --notify-key-file notify.key --sign-type SHA256
  ums verify-notify - --notify-key-file notify.key --sign-type MD5 --json < body";

/// What `--json` prints.
#[derive(Serialize)]
struct Verified<'a> {
    verified: bool,
    reason: Option<&'static str>,
    message: String,
    sign_type: &'static str,
    mer_order_id: Option<&'a str>,
    status: Option<&'a str>,
    total_amount: Option<&'a str>,
    notify_id: Option<&'a str>,
}

/// The fields that a person looks for: names on the wire, in English and Chinese.
const SHOWN: [(&str, &str, &str); 4] = [
    ("merOrderId", "merchant order id", "商户订单号"),
    ("status", "status", "状态"),
    ("totalAmount", "amount in fen", "金额（分）"),
    ("notifyId", "notification id", "通知号"),
];

impl Args {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let sign_type = sign_type(self.sign_type)?;
        let key = notify_key(&self.notify_key_file)?;
        let form = form("FILE", &self.form)?;
        let about = |failure: Failure| {
            let name = visible(&self.form.display().to_string());
            failure.about(Message::name(name)).named("FILE")
        };
        let fields = Fields::parse(&form).map_err(|invalid| about(unreadable(&invalid)))?;
        if form.is_empty() {
            return Err(about(refuse(("nothing was given", "内容为空"))));
        }

        let refused = Signer::new(&key, sign_type).verify(&fields).err();
        let message = match &refused {
            None => context.say(GENUINE.0, GENUINE.1).to_owned(),
            Some(refused) => why(refused, &fields, sign_type, context),
        };
        let shown = SHOWN.map(|(name, ..)| fields.value(name).filter(|_| refused.is_none()));
        if context.json {
            let [mer_order_id, status, total_amount, notify_id] = shown;
            let verified = Verified {
                verified: refused.is_none(),
                reason: refused.as_ref().map(Refused::code),
                message,
                sign_type: sign_type.name(),
                mer_order_id,
                status,
                total_amount,
                notify_id,
            };
            let text = serde_json::to_string(&verified).or_fail(FailureKind::System)?;
            output::result(text).or_fail(FailureKind::System)?;
        } else {
            let rows: Vec<Row> = SHOWN
                .iter()
                .zip(shown)
                .filter_map(|((_, english, chinese), value)| {
                    Some((context.say(english, chinese), masked(value?)))
                })
                .collect();
            let text = format!("{message}\n{}", table(&rows));
            output::lines(&text).or_fail(FailureKind::System)?;
        }
        Ok(match refused {
            None => Exit::Success,
            Some(_) => Exit::Declined,
        })
    }
}

const GENUINE: (&str, &str) = (
    "The notification is genuine. Hold its order and amount against your own order.",
    "通知验签通过。请再核对订单号和金额是否与自己的订单一致。",
);

/// Why it is not believed, and what to do.
fn why(refused: &Refused, fields: &Fields, sign_type: SignType, context: &Context<'_>) -> String {
    let hash = sign_type.name();
    let text = match refused {
        Refused::NoSignature => context.say(
            "There is no signature (field sign): do not believe the notification.",
            "通知没有签名（sign 字段）：不要采信。",
        ),
        Refused::SignType => {
            let said: String = fields.value("signType").unwrap_or_default().chars().take(32).collect();
            return match context.language {
                ums_client::Language::Chinese => format!(
                    "通知声称用 {said:?} 签名，而约定的是 {hash}：不要采信；请与平台确认签名方式。"
                ),
                _ => format!(
                    "The notification says it is signed with {said:?}, and {hash} is agreed: do not \
                     believe it; ask the platform which hash your product is signed with."
                ),
            };
        }
        Refused::Value(_) => {
            return match context.language {
                ums_client::Language::Chinese => format!(
                    "sign 不是 {hash} 签名（长度不对或不是十六进制）：不要采信；请核对与平台约定的签名方式。"
                ),
                _ => format!(
                    "What stands in sign cannot be a signature with {hash}: do not believe the \
                     notification; check which hash is agreed with the platform."
                ),
            };
        }
        Refused::Ambiguous(_) => context.say(
            "The signature is right, but it would be right for other fields as well, as a value holds \
             what reads like a field of its own (& name =): do not believe the notification; query \
             the order, and go by the answer.",
            "签名正确，但某个值里含有形如“&字段名=”的内容，同一签名也可对应另一组字段：不要直接采信；请查询订单，以查询结果为准。",
        ),
        _ => context.say(
            "The signature is not that of these fields under this key: do not believe the \
             notification. ums explain --scheme notify may say more.",
            "签名与这些字段和通讯密钥不符：不要采信。可用 ums explain --scheme notify 查找原因。",
        ),
    };
    text.to_owned()
}

/// The body of a notification. A line break at its end was put there by an editor: in a form it
/// would be written `%0A`.
pub(super) fn form(flag: &'static str, path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = named::bytes(flag, path)?;
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    }
    Ok(bytes)
}

/// The 通讯密钥 of a file.
pub(super) fn notify_key(path: &Path) -> Result<NotifyKey, Failure> {
    credentials::secret_file("通讯密钥", path)
        .and_then(|text| NotifyKey::new(text).or_fail(FailureKind::Credentials))
        .map_err(|failure| failure.named("--notify-key-file"))
}

/// The hash of a notification.
pub(super) fn sign_type(given: scheme::SignType) -> Result<SignType, Failure> {
    given.of_notification().ok_or_else(|| {
        refuse((
            "--sign-type: a notification is signed with SHA256 or MD5",
            "--sign-type：通知只用 SHA256 或 MD5 签名",
        ))
    })
}

/// Why a form cannot be read.
pub(super) fn unreadable(invalid: &InvalidForm) -> Failure {
    let chinese = match invalid.problem() {
        FormProblem::Duplicate(name) => format!("字段 \"{name}\" 出现了两次"),
        FormProblem::Encoding { at } => format!("第 {} 字节：% 后面不是两位十六进制", at + 1),
        FormProblem::Nameless => "有一个字段没有名字".to_owned(),
        FormProblem::NoValue { at } => format!("第 {} 字节：字段没有等号", at + 1),
        FormProblem::NotUtf8 { at } => format!("第 {} 字节开始的内容不是 UTF-8", at + 1),
        FormProblem::TooLong { at_most, length } => {
            format!("内容有 {length} 字节，最多 {at_most} 字节")
        }
        _ => "内容无法识别".to_owned(),
    };
    refuse((invalid.to_string(), chinese))
}

fn refuse(message: impl Into<Message>) -> Failure {
    Failure::text(FailureKind::InvalidInput, message)
}
