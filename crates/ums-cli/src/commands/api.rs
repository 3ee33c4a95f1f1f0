//! `ums api`.

use std::path::PathBuf;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use ums_client::Call as AnyCall;
use ums_client::journal::MaskedJson;
use ums_client::model::{Effect, JsonReply, Operation, PosOperation};

use crate::call::carry_out::{Call, carry_out};
use crate::config::settings::Settings;
use crate::context::Context;
use crate::described::words::CommandWords;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::files::named;
use crate::input::fields::missing;
use crate::language::Message;
use crate::print::entry::{Entry, Label};
use crate::print::visible::excerpt;
use crate::print::visible::visible;
use crate::report;
use crate::report::answer::Answer;

/// Call any UMS API by its path, with a JSON body
///
/// Signs, sends once and judges as every other command does. What the call may do has to be said:
/// an unknown outcome of one that moves money must not be answered by sending it again.
#[derive(Debug, clap::Args)]
#[command(after_long_help = report::help(NOTES, EXAMPLES))]
#[command(group = clap::ArgGroup::new("effect").required(true))]
pub(crate) struct Args {
    /// Path of the API, for example /v1/netpay/query
    #[arg(value_name = "PATH")]
    path: String,

    /// Field of the body; true, false, null and whole numbers are sent as such
    #[arg(short = 'F', long, value_name = "KEY=VALUE")]
    field: Vec<String>,

    /// Field of the body that is a string, whatever it looks like
    #[arg(short = 'f', long, value_name = "KEY=VALUE")]
    raw_field: Vec<String>,

    /// File that holds the body, a JSON object that is sent byte for byte; - for stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["field", "raw_field"])]
    input: Option<PathBuf>,

    /// The call only reads, and may be repeated
    #[arg(long, group = "effect")]
    reads: bool,

    /// The call moves money, or takes a movement back
    #[arg(long, group = "effect")]
    moves_money: bool,

    /// An errCode that means success; may be given more than once [default: those of POS通]
    #[arg(long, value_name = "CODE")]
    success: Vec<String>,
}

const NOTES: &str = "\
The outcome goes by the reply's errCode. Without --success the table of POS通
(poslink) is used, where 00 approves. With it exactly those codes approve, the
gateway's refusals 1000, 1001 and 9001 decline, and every other code leaves the
outcome unknown: netpay succeeds with SUCCESS, the token endpoint with 0000.

What only reads is answered or it is not: a refusal of the question exits with 5. A
query of POS通 exits by the state it found, as ums query does. --reads is refused
for the paths of POS通 that move money.";

const EXAMPLES: &str = "\
Examples:
  ums api /v1/netpay/query --reads --success SUCCESS --profile shop \\
      -f mid=898340149000005 -f tid=88880001 -f merOrderId=31940000201700002
  ums api /v6/poslink/transaction/query --reads --profile shop --input query.json";

impl Args {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        carry_out(self, context)
    }

    fn effect(&self) -> Effect {
        match self.reads {
            true => Effect::ReadOnly,
            false => Effect::MovesMoney,
        }
    }

    fn fields(&self) -> Result<Body, Failure> {
        let mut fields: Vec<(String, Value)> = Vec::new();
        let given = self.field.iter().map(|text| (true, text));
        let given = given.chain(self.raw_field.iter().map(|text| (false, text)));
        for (is_typed, text) in given {
            let flag = if is_typed { "--field" } else { "--raw-field" };
            let Some((key, value)) = text.split_once('=').filter(|(key, _)| !key.is_empty()) else {
                return Err(missing((
                    format!("{flag} must be like KEY=VALUE"),
                    format!("{flag} 应写成 KEY=VALUE"),
                )));
            };
            if fields.iter().any(|(known, _)| known == key) {
                return Err(missing((
                    format!("{flag}: {key} is given twice"),
                    format!("{flag}：{key} 给出了两次"),
                )));
            }
            let value = if is_typed {
                typed(value)
            } else {
                Value::from(value)
            };
            fields.push((key.to_owned(), value));
        }
        Ok(Body(fields))
    }
}

impl Call for Args {
    type Operation = AnyCall;

    fn name(&self) -> &'static str {
        "call"
    }

    fn title(&self) -> Label {
        ("Call", "调用")
    }

    fn operation(&self, _: &Settings<'_>) -> Result<AnyCall, Failure> {
        let is_path = self.path.starts_with('/')
            && self
                .path
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'#');
        if !is_path {
            return Err(missing((
                "PATH must begin with / and hold visible ASCII characters only, as in \
                 /v1/netpay/query",
                "PATH 应以 / 开头，且只含可见的半角字符，例如 /v1/netpay/query",
            )));
        }
        if self.reads && PosOperation::path_moves_money(&self.path) == Some(true) {
            return Err(missing((
                "--reads: this path moves money, and an unknown outcome of it must not be \
                 answered by calling it again; give --moves-money",
                "--reads：该路径会变动资金，状态未知时不得重复调用；请改用 --moves-money",
            )));
        }
        let call = match &self.input {
            Some(file) => {
                let bytes = named::bytes("--input", file)?;
                let text = std::str::from_utf8(&bytes).unwrap_or_default();
                if MaskedJson::object(text).is_none() {
                    return Err(missing((
                        "--input is not one JSON object in UTF-8",
                        "--input 的内容不是一个 UTF-8 编码的 JSON 对象",
                    )));
                }
                AnyCall::of_bytes(self.path.as_str(), bytes, self.effect())
            }
            None => AnyCall::new(self.path.as_str(), &self.fields()?, self.effect())
                .or_fail(FailureKind::InvalidInput)?,
        };
        Ok(call.approved_by(self.success.iter().cloned()))
    }

    fn asks(&self) -> bool {
        self.reads
    }

    /// A query of the POS通 family says what `ums query` would say of it.
    fn answer(&self, reply: &JsonReply, context: &Context<'_>) -> Option<Answer> {
        let read = CommandWords::answer_at(&self.path)?;
        read(reply.received(), context.language)
    }

    fn of_request(&self, _: &AnyCall) -> Vec<Entry> {
        Vec::new()
    }

    fn of_reply(&self, reply: &JsonReply) -> Vec<Entry> {
        let shown = MaskedJson::object(reply.received()).map(|reply| Message::name(reply.get()));
        vec![(("reply", "应答"), shown)]
    }

    fn question(&self, call: &AnyCall) -> Message {
        let body = call.encode().unwrap_or_default();
        let body = MaskedJson::object(&String::from_utf8_lossy(&body));
        let body = body.map(|body| visible(&excerpt(body.get())));
        let (english, chinese) = self.title();
        let call = format!(" {} {}", self.path, body.unwrap_or_default());
        Message::new(english, chinese).and(Message::name(call))
    }
}

/// A body in the order in which its fields were given.
struct Body(Vec<(String, Value)>);

impl Serialize for Body {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

/// The value that a text stands for, if it is one that stays the same when it is written again; a
/// string otherwise, so that `007` and `1.10` are not changed.
fn typed(text: &str) -> Value {
    let read: Option<Value> = serde_json::from_str(text).ok();
    match read {
        Some(Value::Null) => Value::Null,
        Some(Value::Bool(value)) => Value::Bool(value),
        Some(Value::Number(number)) if number.to_string() == text && !number.is_f64() => {
            Value::Number(number)
        }
        _ => Value::from(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stays_the_same_is_typed() {
        for (text, json) in [
            ("1", "1"),
            ("-1", "-1"),
            ("18446744073709551615", "18446744073709551615"),
            ("18446744073709551616", "\"18446744073709551616\""),
            ("007", "\"007\""),
            ("1.10", "\"1.10\""),
            ("1e2", "\"1e2\""),
            (" 1", "\" 1\""),
            ("true", "true"),
            ("false", "false"),
            ("null", "null"),
            ("", "\"\""),
            ("{}", "\"{}\""),
            ("[1]", "\"[1]\""),
            ("\"a\"", "\"\\\"a\\\"\""),
        ] {
            assert_eq!(typed(text).to_string(), json, "{text}");
        }
    }
}
