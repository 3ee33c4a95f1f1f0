//! The AppId, and the AppKey from where nobody else can read it.

use std::env;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use ums_client::auth::{AppId, AppKey, InvalidValue};

use crate::failure::{Failure, FailureKind};
use crate::output::talk;
use crate::settings::{Given, Origin, Settings};

/// AppId and AppKey, valid.
pub(crate) struct Credentials {
    pub(crate) app_id: AppId,
    pub(crate) app_key: AppKey,
}

/// The credentials that are set.
///
/// # Errors
///
/// One of the two is missing or cannot be used.
pub(crate) fn of(settings: &Settings<'_>) -> Result<Credentials, Failure> {
    let app_id = app_id(settings)?.ok_or_else(|| {
        refuse("no AppId: give --app-id, or set UMS_APP_ID, or app_id in a profile")
    })?;
    let key = key(settings)?.ok_or_else(|| {
        refuse(
            "no AppKey: write it to a file that only you can read and give --app-key-file, or set \
             UMS_APP_KEY_FILE, UMS_APP_KEY, or app_key_file in a profile",
        )
    })?;
    let app_key = key.check()?;
    Ok(Credentials { app_id, app_key })
}

/// The AppId, if one is set.
///
/// # Errors
///
/// It cannot be used.
pub(crate) fn app_id(settings: &Settings<'_>) -> Result<Option<AppId>, Failure> {
    let Some(Given { value, origin }) = settings.text("app_id") else {
        return Ok(None);
    };
    match AppId::new(&value) {
        Ok(app_id) => Ok(Some(app_id)),
        Err(invalid) => Err(invalid_value(invalid, origin.to_string())),
    }
}

/// An AppKey as it was found, unchecked.
pub(crate) struct FoundKey {
    text: String,
    place: String,
}

impl FoundKey {
    /// The key, if it can be one.
    ///
    /// # Errors
    ///
    /// Names the place and the rule, and nothing of the key.
    pub(crate) fn check(self) -> Result<AppKey, Failure> {
        AppKey::new(self.text).map_err(|invalid| invalid_value(invalid, self.place))
    }

    /// The key's text, for the one who has to keep it: the simulator.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    pub(crate) fn into_text(self) -> Result<String, Failure> {
        let text = self.text.clone();
        self.check().map(|_| text)
    }
}

/// The AppKey, if one is set.
///
/// # Errors
///
/// It is set twice at one level, or cannot be read.
pub(crate) fn key(settings: &Settings<'_>) -> Result<Option<FoundKey>, Failure> {
    let file = settings.path("app_key_file");
    let variable = env::var_os(VARIABLE).filter(|value| !value.is_empty());
    match (file, variable) {
        (Some(file), Some(_)) if matches!(file.origin, Origin::Environment(_)) => Err(refuse(
            "UMS_APP_KEY and UMS_APP_KEY_FILE are both set: unset one of them",
        )),
        (Some(file), variable) if matches!(file.origin, Origin::Flag(_)) || variable.is_none() => {
            read(&file.value)
                .map(Some)
                .map_err(|failure| failure.about(file.origin))
        }
        (_, Some(value)) => value.into_string().map_or_else(
            |_| Err(refuse("UMS_APP_KEY is not text")),
            |text| {
                Ok(Some(FoundKey {
                    text: without_newline(text),
                    place: VARIABLE.to_owned(),
                }))
            },
        ),
        (_, None) => Ok(None),
    }
}

const VARIABLE: &str = "UMS_APP_KEY";

fn read(path: &Path) -> Result<FoundKey, Failure> {
    Ok(FoundKey {
        text: secret_file("AppKey", path)?,
        place: format!("the AppKey file {}", path.display()),
    })
}

/// The text of a file that holds a secret and nothing else.
///
/// # Errors
///
/// It cannot be read, or is too long. Nothing of the content is told, nor the
/// path when that may be the secret itself.
pub(crate) fn secret_file(what: &'static str, path: &Path) -> Result<String, Failure> {
    /// Far above any key; enough to notice that a file is not one.
    const MOST: u64 = 4096;
    let cannot = |error| {
        let message = if may_be_the_key(path) {
            "the file cannot be read; what was given looks like a key rather than a file, so it \
             is not repeated here: write the key to a file and give the file's name"
                .to_owned()
        } else {
            format!("the {what} file {} cannot be read", path.display())
        };
        Failure::new(
            FailureKind::Credentials,
            anyhow::Error::new(error).context(message),
        )
    };
    let file = File::open(path).map_err(cannot)?;
    let mut text = String::with_capacity(MOST as usize + 1);
    let size = (&file)
        .take(MOST + 1)
        .read_to_string(&mut text)
        .map_err(cannot)?;
    if size as u64 > MOST {
        return Err(refuse(&format!(
            "the {what} file {} is no {what}: it is too long",
            path.display()
        )));
    }
    warn_if_open_to_others(what, &file, path);
    Ok(without_newline(text))
}

/// Editors end a file with a newline; it is not part of the key.
fn without_newline(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    text
}

/// AppKeys are 32 hexadecimal digits in practice; file names are not.
fn may_be_the_key(path: &Path) -> bool {
    path.to_str()
        .is_some_and(|name| name.len() >= 16 && name.bytes().all(|b| b.is_ascii_alphanumeric()))
}

#[cfg(unix)]
fn warn_if_open_to_others(what: &str, file: &File, path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let Ok(metadata) = file.metadata() else {
        return;
    };
    if metadata.is_file() && metadata.permissions().mode() & 0o077 != 0 {
        talk(format_args!(
            "warning: others on this machine can use the {what} file {}; run: chmod 600 {}",
            path.display(),
            path.display()
        ));
    }
}

#[cfg(not(unix))]
fn warn_if_open_to_others(_: &str, _: &File, _: &Path) {}

fn invalid_value(invalid: InvalidValue, place: String) -> Failure {
    Failure::new(FailureKind::Credentials, invalid).about(place)
}

fn refuse(message: &str) -> Failure {
    Failure::text(FailureKind::Credentials, message)
}
