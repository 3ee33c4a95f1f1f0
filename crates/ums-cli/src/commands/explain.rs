//! `ums explain`.

use std::path::{Path, PathBuf};

use serde::Serialize;
use ums_client::auth::Timestamp;
use ums_explain::{CapturedRequest, Claim, Explanation, Mistake, Part, Step, explain};

use super::verify_notify;
use crate::config::credentials::{self, Credentials};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::files::named;
use crate::input::scheme::{Scheme, SignType};
use crate::language::Message;
use crate::print::output;
use crate::print::table::{Row, table};

/// Say which part of a signature is wrong, and which mistake made it so
///
/// Takes what was sent and the credentials, goes through the computation step by step, and names
/// the first part that differs. A mistake is named only when making it again gives the very
/// signature that was sent, or when it is there to be seen. Nothing is sent, and no key is printed.
///
/// Give a header and a body, or a captured request (request line, headers, empty line, body), or
/// two headers of the same call, one that is refused and one of an implementation that works. With
/// --scheme: a query, a request for a token, or a notification.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {
    /// How it was signed
    #[arg(long, value_name = "SCHEME", value_enum, default_value_t)]
    scheme: Scheme,

    /// The Authorization header that is refused: its value, or the whole line
    #[arg(long, value_name = "HEADER")]
    header: Option<String>,

    /// File that holds the body exactly as it was sent (of a notification: received); - for stdin
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,

    /// The query of open-form-param that is refused, or the whole address with it
    #[arg(long, value_name = "QUERY")]
    query: Option<String>,

    /// The hash of a notification that is agreed with the platform: SHA256 or MD5
    #[arg(
        long,
        value_name = "HASH",
        value_enum,
        ignore_case = true,
        hide_possible_values = true
    )]
    sign_type: Option<SignType>,

    /// File that holds the whole captured request; - for stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["header", "body", "right_header"])]
    request: Option<PathBuf>,

    /// A right header for the same call, to compare with; needs no credentials
    #[arg(long, value_name = "HEADER", conflicts_with = "body")]
    right_header: Option<String>,

    /// The header of another call, such as the one before: parts of it may have been used again
    #[arg(long, value_name = "HEADER", conflicts_with = "right_header")]
    other_header: Option<String>,

    /// File that holds the 通讯密钥: it signs notifications, and may have been used for the AppKey
    #[arg(long, value_name = "FILE")]
    notify_key_file: Option<PathBuf>,

    /// The request's path with its query, which may have been signed too
    #[arg(long, value_name = "PATH", conflicts_with_all = ["request", "right_header"])]
    path: Option<String>,

    /// When it was really sent, in UTC+8 as yyyyMMddHHmmss, to recognise a wrong time zone
    #[arg(long, value_name = "DIGITS")]
    sent_at: Option<String>,
}

const HELP: &str = "\
What to give:
  open-body-sig      --header and --body, or --request, or --header and --right-header
  open-form-param    --query
  open-access-token  --body, the JSON that was posted to /v1/token/access
  notify             --body, the notification, with --notify-key-file and --sign-type

Exit codes:
  0  the signature matches (two headers: they say the same)
  3  it does not
  2 and 6 as everywhere: what was given cannot be used.

With --json, stdout holds one object on one line:
  match             true or false
  scheme            OPEN-BODY-SIG, OPEN-FORM-PARAM, OPEN-ACCESS-TOKEN or notify
  explained         true when the signature is accounted for: it is right, or the
                    mistakes lead to it
  first_difference  the first part that differs, or null: scheme, header, app_id,
                    timestamp, nonce, body_digest, string_to_sign, key, mac,
                    encoding, signature. With match true it is null, or timestamp
                    when that is in another zone than --sent-at.
  mistake           the first of mistakes, or null
  mistakes          the mistakes that together give exactly what was sent, as
                    stable codes: usually one, none when they are not recognised;
                    with explained false only those that are there to be seen
  advice            one sentence for each, in the language of --lang
  steps             [{part, expected, sent, agrees}] in the order of the
                    computation; what is secret or not known is null

Examples:
  ums explain --header 'OPEN-BODY-SIG AppId=\"…\", …' --body body.json \\
      --app-id APPID --app-key-file test.key
  ums explain --request captured.txt --app-id APPID --app-key-file test.key --lang zh
  ums explain --scheme open-form-param --query \"$URL\" --profile shop
  ums explain --scheme notify --body form.txt --notify-key-file notify.key \\
      --sign-type SHA256
  ums explain --header \"$REFUSED\" --right-header \"$RIGHT\"";

/// What `--json` prints.
#[derive(Serialize)]
struct Explained<'a> {
    r#match: bool,
    scheme: &'a str,
    explained: bool,
    first_difference: Option<&'a str>,
    mistake: Option<&'a str>,
    mistakes: Vec<&'a str>,
    advice: Vec<&'a str>,
    steps: Vec<StepReport<'a>>,
}

#[derive(Serialize)]
struct StepReport<'a> {
    part: &'a str,
    expected: Option<&'a str>,
    sent: Option<&'a str>,
    agrees: Option<bool>,
}

impl Args {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let explanation = self.explanation(context)?;
        if context.json {
            let explained = Explained::of(&explanation, self.scheme, context);
            let text = serde_json::to_string(&explained).or_fail(FailureKind::System)?;
            output::result(text).or_fail(FailureKind::System)?;
        } else {
            let text = self.human(&explanation, context);
            output::lines(&text).or_fail(FailureKind::System)?;
        }
        Ok(if explanation.is_match() {
            Exit::Success
        } else {
            Exit::Declined
        })
    }

    fn explanation(&self, context: &Context<'_>) -> Result<Explanation, Failure> {
        self.check_flags()?;
        let notify_key = self
            .notify_key_file
            .as_deref()
            .map(verify_notify::notify_key)
            .transpose()?;
        let sent_at = self
            .sent_at
            .as_deref()
            .map(Timestamp::parse)
            .transpose()
            .or_fail(FailureKind::InvalidInput)
            .map_err(|failure| failure.named("--sent-at"))?;
        let adorned = |mut claim: Claim<'_>| {
            if let Some(key) = &notify_key {
                claim = claim.with_notify_key(key);
            }
            if let Some(moment) = sent_at {
                claim = claim.with_sent_at(moment);
            }
            explain(&claim)
        };
        match self.scheme {
            Scheme::OpenBodySig => {}
            Scheme::OpenFormParam => {
                let query = self.query.as_deref().unwrap_or_default();
                let Credentials { app_id, app_key } = credentials::of(&context.settings()?)?;
                return Ok(adorned(Claim::of_query(query, app_id, &app_key)));
            }
            Scheme::OpenAccessToken => {
                let fields = self.token_fields()?;
                let fields: Vec<(&str, &str)> = fields
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_str()))
                    .collect();
                let Credentials { app_id, app_key } = credentials::of(&context.settings()?)?;
                return Ok(adorned(Claim::of_token_request(&fields, app_id, &app_key)));
            }
            Scheme::Notify => {
                let (Some(key), Some(sign_type)) = (&notify_key, self.sign_type) else {
                    return Err(refuse((
                        "--scheme notify needs --notify-key-file and --sign-type",
                        "--scheme notify 需要 --notify-key-file 和 --sign-type",
                    )));
                };
                let sign_type = verify_notify::sign_type(sign_type)?;
                let form =
                    verify_notify::form("--body", self.body.as_deref().unwrap_or(STDIN.as_ref()))?;
                let claim = Claim::of_notification(&form, key, sign_type);
                // The AppKey, where there is one, may have been used by mistake.
                let credentials = context
                    .settings()
                    .and_then(|settings| credentials::of(&settings));
                return Ok(match credentials {
                    Ok(Credentials { app_key, .. }) => explain(&claim.with_app_key(&app_key)),
                    Err(_) => explain(&claim),
                });
            }
        }
        let header = self.header.as_deref().unwrap_or_default();
        if let Some(right) = &self.right_header {
            return Ok(adorned(Claim::of_headers(header, right)));
        }

        let Credentials { app_id, app_key } = credentials::of(&context.settings()?)?;
        let (flag, file) = match (&self.request, &self.body) {
            (Some(request), _) => ("--request", request.as_path()),
            (None, Some(body)) => ("--body", body.as_path()),
            (None, None) => ("--body", Path::new("-")),
        };
        let bytes = named::bytes(flag, file)?;
        let claim = if self.request.is_some() {
            let captured = CapturedRequest::parse(&bytes)
                .or_fail(FailureKind::InvalidInput)
                .map_err(|failure| failure.named("--request"))?;
            let header = captured.authorization();
            Claim::of_request(header, captured.body(), app_id, &app_key)
                .with_request_line(captured.method(), captured.target())
        } else {
            let claim = Claim::of_request(header, &bytes, app_id, &app_key);
            match &self.path {
                Some(path) => claim.with_request_line("POST", path),
                None => claim,
            }
        };
        Ok(adorned(match &self.other_header {
            Some(other) => claim.with_other_call(other),
            None => claim,
        }))
    }

    /// What each scheme needs, and what it has no use for.
    fn check_flags(&self) -> Result<(), Failure> {
        let given = [
            ("--header", self.header.is_some()),
            ("--body", self.body.is_some()),
            ("--query", self.query.is_some()),
            ("--request", self.request.is_some()),
            ("--right-header", self.right_header.is_some()),
            ("--other-header", self.other_header.is_some()),
            ("--path", self.path.is_some()),
            ("--sign-type", self.sign_type.is_some()),
            ("--sent-at", self.sent_at.is_some()),
        ];
        let (needed, also): (&[&str], &[&str]) = match self.scheme {
            Scheme::OpenBodySig if self.request.is_some() => {
                (&["--request"], &["--other-header", "--sent-at"])
            }
            Scheme::OpenBodySig if self.right_header.is_some() => {
                (&["--header", "--right-header"], &["--sent-at"])
            }
            Scheme::OpenBodySig => (
                &["--header", "--body"],
                &["--other-header", "--path", "--sent-at"],
            ),
            Scheme::OpenFormParam => (&["--query"], &["--sent-at"]),
            Scheme::OpenAccessToken => (&["--body"], &["--sent-at"]),
            Scheme::Notify => (&["--body", "--sign-type"], &[]),
        };
        for (flag, is_given) in given {
            let (english, chinese) = if !is_given && needed.contains(&flag) {
                (
                    format!("no {flag}: see ums explain --help for what to give"),
                    format!("缺少 {flag}：各认证方式需要的内容见 ums explain --help"),
                )
            } else if is_given && !needed.contains(&flag) && !also.contains(&flag) {
                (
                    format!("{flag} does not go with what else was given: see ums explain --help"),
                    format!("{flag} 不能与其他给出的内容一起使用：见 ums explain --help"),
                )
            } else {
                continue;
            };
            return Err(refuse((english, chinese)));
        }
        Ok(())
    }

    /// The fields of a request for a token.
    fn token_fields(&self) -> Result<Vec<(String, String)>, Failure> {
        let bytes = named::bytes("--body", self.body.as_deref().unwrap_or(STDIN.as_ref()))?;
        let object: Option<serde_json::Map<String, serde_json::Value>> =
            serde_json::from_slice(&bytes).ok();
        let fields = object.and_then(|object| {
            let field = |(name, value): (String, serde_json::Value)| match value {
                serde_json::Value::String(text) => Some((name, text)),
                _ => None,
            };
            object.into_iter().map(field).collect()
        });
        fields.ok_or_else(|| {
            refuse((
                "--body: not the JSON object of a request for a token, whose values are all strings",
                "--body：不是令牌请求的 JSON 对象（其值应全部是字符串）",
            ))
        })
    }

    fn human(&self, explanation: &Explanation, context: &Context<'_>) -> String {
        let rows: Vec<Row> = explanation
            .steps()
            .iter()
            .map(|step| (self.name(step.part(), context), of_step(step, context)))
            .collect();
        format!("{}\n{}", self.findings(explanation, context), table(&rows))
    }

    fn name(&self, part: Part, context: &Context<'_>) -> &'static str {
        match (self.scheme, part) {
            (Scheme::OpenAccessToken | Scheme::Notify, Part::Mac) => {
                context.say("hash", "摘要算法")
            }
            _ => context.say(part.english(), part.chinese()),
        }
    }

    /// What came out, then each mistake with what to do about it.
    fn findings(&self, explanation: &Explanation, context: &Context<'_>) -> String {
        let two = self.right_header.is_some();
        let mistakes = explanation.mistakes();
        let sentence = match (explanation.is_match(), two) {
            (true, true) => context.say("The two headers say the same.", "两个请求头一致。"),
            (true, false) => context.say("The signature matches.", "签名正确。"),
            (false, true) => context.say("The two headers differ.", "两个请求头不一致。"),
            (false, false) => context.say("The signature does not match.", "签名不正确。"),
        };
        let mut text = sentence.to_owned();
        if let Some(part) = explanation.first_difference() {
            let first = context.say(" The first thing wrong: ", "首先出错的是：");
            let end = context.say(".", "。");
            text.push_str(&format!("{first}{}{end}", self.name(part, context)));
        }
        text.push('\n');
        for mistake in mistakes {
            let between = context.say(": ", "：");
            text.push_str(&format!(
                "{mistake}{between}{}\n",
                advice(*mistake, context)
            ));
        }
        if !explanation.is_explained() && !two {
            let (english, chinese) = match (self.scheme, mistakes) {
                (Scheme::Notify, _) => UNRECOGNISED_NOTIFICATION,
                (_, [.., Mistake::SignatureMissing]) => return text,
                _ => UNRECOGNISED,
            };
            text.push_str(context.say(english, chinese));
            text.push('\n');
        }
        text
    }
}

const STDIN: &str = "-";

fn refuse(message: impl Into<Message>) -> Failure {
    Failure::text(FailureKind::InvalidInput, message)
}

const UNRECOGNISED: (&str, &str) = (
    "No mistake that is known gives this very signature. Check that the AppKey belongs to this AppId \
     and this environment, and that the body is the one that was sent, byte for byte.",
    "已知的错误都得不出这个签名。请核对 AppKey 是否属于该 AppId 和该环境，以及报文体是否与实际发送的逐字节一致。",
);

const UNRECOGNISED_NOTIFICATION: (&str, &str) = (
    "No mistake that is known gives this very signature. Check that the 通讯密钥 belongs to this merchant \
     and this environment, and that the form is the one that was received, byte for byte.",
    "已知的错误都得不出这个签名。请核对通讯密钥是否属于该商户和该环境，以及内容是否与收到的逐字节一致。",
);

impl<'a> Explained<'a> {
    fn of(explanation: &'a Explanation, scheme: Scheme, context: &Context<'_>) -> Self {
        let mistakes = explanation.mistakes();
        Self {
            r#match: explanation.is_match(),
            scheme: scheme.name(),
            explained: explanation.is_explained(),
            first_difference: explanation.first_difference().map(Part::code),
            mistake: mistakes.first().map(|mistake| mistake.code()),
            mistakes: mistakes.iter().map(|mistake| mistake.code()).collect(),
            advice: mistakes.iter().map(|m| advice(*m, context)).collect(),
            steps: explanation.steps().iter().map(StepReport::of).collect(),
        }
    }
}

impl<'a> StepReport<'a> {
    fn of(step: &'a Step) -> Self {
        Self {
            part: step.part().code(),
            expected: step.expected(),
            sent: step.sent(),
            agrees: step.agrees(),
        }
    }
}

fn advice(mistake: Mistake, context: &Context<'_>) -> &'static str {
    context.say(mistake.english(), mistake.chinese())
}

/// What was sent and what it should have been, in as few words as that takes.
fn of_step(step: &Step, context: &Context<'_>) -> String {
    let mark = match step.agrees() {
        Some(true) => context.say("right", "正确"),
        Some(false) => context.say("wrong", "错误"),
        None => context.say("?", "？"),
    };
    let sent = context.say("sent", "发送");
    let right = context.say("expected", "应为");
    match (step.sent(), step.expected()) {
        (Some(text), Some(expected)) if text != expected => {
            format!("{mark}  {sent} {text}  {right} {expected}")
        }
        (Some(text), _) | (None, Some(text)) => format!("{mark}  {text}"),
        (None, None) => mark.to_owned(),
    }
}
