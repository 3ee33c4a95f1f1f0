//! `ums sign`.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Serialize;
use ums_client::auth::open_body_sig::Signer;
use ums_client::auth::{BodyDigest, Nonce, StringToSign, Timestamp};
use ums_client::{Clock, NonceSource, RandomNonces, SystemClock};

use crate::context::Context;
use crate::credentials::{self, Credentials};
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::output;
use crate::visible::visible;

/// Sign a request body with OPEN-BODY-SIG and print the Authorization header's value
///
/// Nothing is sent. The signature covers the body's bytes exactly as they are in
/// the file, a newline at its end included: send the same bytes.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {
    /// File that holds the body; - for stdin
    #[arg(long, value_name = "FILE")]
    body: PathBuf,

    /// Timestamp in UTC+8, as yyyyMMddHHmmss [default: now]
    #[arg(long, value_name = "DIGITS")]
    timestamp: Option<String>,

    /// Nonce, up to 128 characters [default: a random one]
    #[arg(long, value_name = "TEXT")]
    nonce: Option<String>,
}

const HELP: &str = "\
With --json, stdout holds one object on one line: header, timestamp, nonce,
body_digest and string_to_sign.

Example:
  printf '{\"merchantCode\":\"103290070111417\"}' > body.json
  ums sign --body body.json --app-id APPID --app-key-file test.key";

/// What `--json` prints.
#[derive(Serialize)]
struct Signed {
    header: String,
    timestamp: String,
    nonce: String,
    body_digest: String,
    string_to_sign: String,
}

impl Args {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let timestamp = match &self.timestamp {
            Some(text) => Timestamp::parse(text)
                .or_fail(FailureKind::InvalidInput)
                .map_err(|failure| failure.named("--timestamp"))?,
            None => Timestamp::at(&SystemClock::default().now())
                .or_fail(FailureKind::System)
                .map_err(|failure| failure.about(("this machine's clock", "本机时钟")))?,
        };
        let nonce = match &self.nonce {
            Some(text) => Nonce::new(text)
                .or_fail(FailureKind::InvalidInput)
                .map_err(|failure| failure.named("--nonce"))?,
            None => RandomNonces::new().draw().or_fail(FailureKind::System)?,
        };
        let Credentials { app_id, app_key } = credentials::of(&context.settings()?)?;
        let digest = digest(&self.body)?;
        let header = Signer::new(app_id, &app_key)
            .sign_digest(&digest, timestamp, &nonce)
            .header();
        let text = if context.json {
            let signed = Signed {
                header,
                timestamp: timestamp.to_string(),
                nonce: nonce.to_string(),
                body_digest: digest.to_string(),
                string_to_sign: StringToSign::new(&app_id, timestamp, &nonce, &digest).to_string(),
            };
            serde_json::to_string(&signed).or_fail(FailureKind::System)?
        } else {
            header
        };
        output::result(text).or_fail(FailureKind::System)?;
        Ok(Exit::Success)
    }
}

/// The digest of a file of any size.
fn digest(path: &Path) -> Result<BodyDigest, Failure> {
    let read = if path == Path::new("-") {
        digest_of(io::stdin().lock())
    } else {
        File::open(path).and_then(digest_of)
    };
    read.or_fail(FailureKind::InvalidInput).map_err(|failure| {
        let name = visible(&path.display().to_string());
        failure.about((
            format!("--body: {name} cannot be read"),
            format!("--body：无法读取 {name}"),
        ))
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
