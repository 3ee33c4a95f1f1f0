//! `ums sign`.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Serialize;
use ums_client::auth::notify::{self, Fields};
use ums_client::auth::open_access_token::{self, SignMethod};
use ums_client::auth::{
    BodyDigest, Nonce, StringToSign, Timestamp, open_body_sig, open_form_param,
};
use ums_client::{Clock, NonceSource, RandomNonces, SystemClock};

use super::verify_notify;
use crate::config::credentials::{self, Credentials};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::files::named;
use crate::input::scheme::{Scheme, SignType};
use crate::language::Message;
use crate::print::output;
use crate::print::visible::visible;

/// Sign by any of the platform's four schemes, and print what to send
///
/// Nothing is sent. The bytes that are signed are the bytes of the file, a newline at its end
/// included: send the same bytes.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {
    /// How to sign
    #[arg(long, value_name = "SCHEME", value_enum, default_value_t)]
    scheme: Scheme,

    /// File that holds what is signed: body, content or notification; - for stdin
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,

    /// Timestamp in UTC+8, as yyyyMMddHHmmss [default: now]
    #[arg(long, value_name = "DIGITS")]
    timestamp: Option<String>,

    /// Nonce, up to 128 characters [default: a random one]
    #[arg(long, value_name = "TEXT")]
    nonce: Option<String>,

    /// Hash of a notification: SHA256 or MD5; of a request for a token: SHA256 (default) or SHA1
    #[arg(
        long,
        value_name = "HASH",
        value_enum,
        ignore_case = true,
        hide_possible_values = true
    )]
    sign_type: Option<SignType>,

    /// File that holds the 通讯密钥, which signs notifications
    #[arg(long, value_name = "FILE")]
    notify_key_file: Option<PathBuf>,
}

const HELP: &str = "\
What is signed, and what is printed:
  open-body-sig      --body, a request's body: the Authorization header's value
  open-form-param    --body, the content (JSON): the query to put after the address's ?
  open-access-token  nothing: the JSON to post to /v1/token/access
  notify             --body, a notification (name=value&…): the same with its sign, to try
                     a receiver with; needs --notify-key-file and --sign-type, no AppKey

With --json, stdout holds one object on one line:
  open-body-sig      header, timestamp, nonce, body_digest, string_to_sign
  open-form-param    query, timestamp, nonce, body_digest, string_to_sign
  open-access-token  path, request (what to post); the string to sign holds the AppKey
  notify             form, sign, sign_type, string_to_sign (without the key)

Examples:
  printf '{\"merchantCode\":\"103290070111417\"}' > body.json
  ums sign --body body.json --app-id APPID --app-key-file test.key
  ums sign --scheme open-form-param --body content.json --profile shop
  ums sign --scheme open-access-token --profile shop
  ums sign --scheme notify --body form.txt --notify-key-file notify.key --sign-type SHA256";

/// What `--json` prints of a request or a query.
#[derive(Serialize)]
struct Signed {
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query: Option<String>,
    timestamp: String,
    nonce: String,
    body_digest: String,
    string_to_sign: String,
}

/// What `--json` prints of a request for a token.
#[derive(Serialize)]
struct SignedTokenRequest {
    path: &'static str,
    request: TokenRequest,
}

/// The request for a token as it is posted: names and order of the wire.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TokenRequest {
    app_id: String,
    timestamp: String,
    nonce: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_method: Option<&'static str>,
    signature: String,
}

/// What `--json` prints of a notification.
#[derive(Serialize)]
struct SignedNotification {
    form: String,
    sign: String,
    sign_type: &'static str,
    string_to_sign: String,
}

impl Args {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        self.check_flags()?;
        let text = match self.scheme {
            Scheme::OpenBodySig => self.request(context)?,
            Scheme::OpenFormParam => self.query(context)?,
            Scheme::OpenAccessToken => self.token_request(context)?,
            Scheme::Notify => self.notification(context)?,
        };
        output::result(text).or_fail(FailureKind::System)?;
        Ok(Exit::Success)
    }

    /// A flag that would change nothing is refused: it was meant to.
    fn check_flags(&self) -> Result<(), Failure> {
        use Scheme::{Notify, OpenAccessToken, OpenBodySig, OpenFormParam};
        let flags: [(&str, bool, &[Scheme]); 5] = [
            (
                "--body",
                self.body.is_some(),
                &[OpenBodySig, OpenFormParam, Notify],
            ),
            (
                "--timestamp",
                self.timestamp.is_some(),
                &[OpenBodySig, OpenFormParam, OpenAccessToken],
            ),
            (
                "--nonce",
                self.nonce.is_some(),
                &[OpenBodySig, OpenFormParam, OpenAccessToken],
            ),
            (
                "--sign-type",
                self.sign_type.is_some(),
                &[OpenAccessToken, Notify],
            ),
            (
                "--notify-key-file",
                self.notify_key_file.is_some(),
                &[Notify],
            ),
        ];
        for (flag, is_given, schemes) in flags {
            if is_given && !schemes.contains(&self.scheme) {
                let english = format!("{flag} does not go with --scheme {}", flag_of(self.scheme));
                let chinese = format!("{flag} 不能与 --scheme {} 一起使用", flag_of(self.scheme));
                return Err(refuse((english, chinese)));
            }
        }
        Ok(())
    }

    fn request(&self, context: &Context<'_>) -> Result<String, Failure> {
        let (timestamp, nonce, body) = (self.timestamp()?, self.nonce()?, self.body()?);
        let Credentials { app_id, app_key } = credentials::of(&context.settings()?)?;
        let digest = digest(body)?;
        let header = open_body_sig::Signer::new(app_id, &app_key)
            .sign_digest(&digest, timestamp, &nonce)
            .header();
        if !context.json {
            return Ok(header);
        }
        json(&Signed {
            header: Some(header),
            query: None,
            timestamp: timestamp.to_string(),
            nonce: nonce.to_string(),
            body_digest: digest.to_string(),
            string_to_sign: StringToSign::new(&app_id, timestamp, &nonce, &digest).to_string(),
        })
    }

    fn query(&self, context: &Context<'_>) -> Result<String, Failure> {
        let (timestamp, nonce, path) = (self.timestamp()?, self.nonce()?, self.body()?);
        let Credentials { app_id, app_key } = credentials::of(&context.settings()?)?;
        let content = String::from_utf8(named::bytes("--body", path)?)
            .map_err(|_| refuse(("--body: the content is not UTF-8", "--body：内容不是 UTF-8")))?;
        let digest = BodyDigest::of(content.as_bytes());
        let query = open_form_param::Signer::new(app_id, &app_key).sign(content, timestamp, &nonce);
        if !context.json {
            return Ok(query.encoded());
        }
        json(&Signed {
            header: None,
            query: Some(query.encoded()),
            timestamp: timestamp.to_string(),
            nonce: nonce.to_string(),
            body_digest: digest.to_string(),
            string_to_sign: query.string_to_sign().to_string(),
        })
    }

    fn token_request(&self, context: &Context<'_>) -> Result<String, Failure> {
        let method = match self.sign_type.map(SignType::of_token_request) {
            None => SignMethod::Sha256,
            Some(Some(method)) => method,
            Some(None) => {
                return Err(refuse((
                    "--sign-type: a request for a token is signed with SHA256 or SHA1",
                    "--sign-type：令牌请求只用 SHA256 或 SHA1 签名",
                )));
            }
        };
        let (timestamp, nonce) = (self.timestamp()?, self.nonce()?);
        let Credentials { app_id, app_key } = credentials::of(&context.settings()?)?;
        let signed =
            open_access_token::Signer::new(app_id, &app_key).sign(method, timestamp, &nonce);
        let request = TokenRequest {
            app_id: signed.app_id().to_string(),
            timestamp: timestamp.to_string(),
            nonce: nonce.to_string(),
            sign_method: method.name(),
            signature: signed.signature().to_owned(),
        };
        if !context.json {
            return json(&request);
        }
        json(&SignedTokenRequest {
            path: open_access_token::PATH,
            request,
        })
    }

    fn notification(&self, context: &Context<'_>) -> Result<String, Failure> {
        let (Some(sign_type), Some(key)) = (self.sign_type, &self.notify_key_file) else {
            return Err(refuse((
                "--scheme notify needs --notify-key-file and --sign-type",
                "--scheme notify 需要 --notify-key-file 和 --sign-type",
            )));
        };
        let sign_type = verify_notify::sign_type(sign_type)?;
        let key = verify_notify::notify_key(key)?;
        let path = self.body()?;
        let name = visible(&path.display().to_string());
        let about = |failure: Failure| failure.about(Message::name(&name)).named("--body");
        let form = verify_notify::form("--body", path)?;
        let fields =
            Fields::parse(&form).map_err(|invalid| about(verify_notify::unreadable(&invalid)))?;
        let sign = notify::Signer::new(&key, sign_type)
            .sign(&fields)
            .or_fail(FailureKind::InvalidInput)
            .map_err(about)?;
        // A signature that is there already makes room for the new one.
        let form = String::from_utf8_lossy(&form);
        let kept = form.split('&').filter(|pair| {
            let is_sign = |fields: Fields| fields.value("sign").is_some();
            !pair.is_empty() && !Fields::parse(pair.as_bytes()).is_ok_and(is_sign)
        });
        let own = format!("sign={sign}");
        let form: Vec<&str> = kept.chain([own.as_str()]).collect();
        let form = form.join("&");
        if !context.json {
            return Ok(form);
        }
        json(&SignedNotification {
            form,
            sign,
            sign_type: sign_type.name(),
            string_to_sign: fields.string_to_sign(),
        })
    }

    fn body(&self) -> Result<&Path, Failure> {
        self.body.as_deref().ok_or_else(|| {
            refuse((
                "no --body: the file that holds what is to be signed; - for stdin",
                "缺少 --body：存放待签名内容的文件；用 - 表示标准输入",
            ))
        })
    }

    fn timestamp(&self) -> Result<Timestamp, Failure> {
        match &self.timestamp {
            Some(text) => Timestamp::parse(text)
                .or_fail(FailureKind::InvalidInput)
                .map_err(|failure| failure.named("--timestamp")),
            None => Timestamp::at(&SystemClock::default().now())
                .or_fail(FailureKind::System)
                .map_err(|failure| failure.about(("this machine's clock", "本机时钟"))),
        }
    }

    fn nonce(&self) -> Result<Nonce, Failure> {
        match &self.nonce {
            Some(text) => Nonce::new(text)
                .or_fail(FailureKind::InvalidInput)
                .map_err(|failure| failure.named("--nonce")),
            None => RandomNonces::new()
                .next_nonce()
                .or_fail(FailureKind::System),
        }
    }
}

fn flag_of(scheme: Scheme) -> String {
    let value = clap::ValueEnum::to_possible_value(&scheme);
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

fn json(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).or_fail(FailureKind::System)
}

fn refuse(message: impl Into<Message>) -> Failure {
    Failure::text(FailureKind::InvalidInput, message)
}

/// The digest of a file of any size.
fn digest(path: &Path) -> Result<BodyDigest, Failure> {
    let read = if named::is_stdin(path) {
        digest_of(io::stdin().lock())
    } else {
        File::open(path).and_then(digest_of)
    };
    read.or_fail(FailureKind::InvalidInput).map_err(|failure| {
        let name = visible(&path.display().to_string());
        let what = (format!("{name} cannot be read"), format!("无法读取 {name}"));
        failure.about(what).named("--body")
    })
}

fn digest_of(mut body: impl Read) -> io::Result<BodyDigest> {
    let mut hasher = BodyDigest::hasher();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match body.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finish()),
            Ok(size) => hasher.update(buffer.get(..size).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
