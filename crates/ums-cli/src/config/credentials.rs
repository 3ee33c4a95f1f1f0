//! The AppId, and the AppKey from where nobody else can read it.

use std::env;
use std::path::Path;

use ums_client::auth::{AppId, AppKey, InvalidValue};

use crate::config::gateway;
use crate::config::settings::{Given, Origin, Settings};
use crate::failure::{Failure, FailureKind};
use crate::files::secret;
use crate::language::Message;

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
        refuse((
            "no AppId: give --app-id, or set UMS_APP_ID, or app_id in a profile",
            "缺少 AppId：请用 --app-id 给出，或设置 UMS_APP_ID，或在配置档案中写明 app_id",
        ))
    })?;
    let key = key(settings)?.ok_or_else(|| {
        refuse((
            "no AppKey: write it to a file that only you can read and give --app-key-file, or set \
             UMS_APP_KEY_FILE, UMS_APP_KEY, or app_key_file in a profile",
            "缺少 AppKey：请写入只有您能读取的文件，并用 --app-key-file 给出；也可设置 \
             UMS_APP_KEY_FILE、UMS_APP_KEY，或在配置档案中写明 app_key_file",
        ))
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
        Err(invalid) => Err(invalid_value(&invalid, origin)),
    }
}

/// An AppKey as it was found, unchecked.
pub(crate) struct FoundKey {
    text: String,
    place: Message,
}

impl FoundKey {
    /// The key, if it can be one.
    ///
    /// # Errors
    ///
    /// Names the place and the rule, and nothing of the key.
    pub(crate) fn check(self) -> Result<AppKey, Failure> {
        AppKey::new(self.text).map_err(|invalid| invalid_value(&invalid, self.place))
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
/// It is set twice at one level, cannot be read, or lies open to others while live money is at
/// stake.
pub(crate) fn key(settings: &Settings<'_>) -> Result<Option<FoundKey>, Failure> {
    let file = settings.path("app_key_file");
    let variable = env::var_os(VARIABLE).filter(|value| !value.is_empty());
    match (file, variable) {
        (Some(file), Some(_)) if matches!(file.origin, Origin::Environment(_)) => Err(refuse((
            "UMS_APP_KEY and UMS_APP_KEY_FILE are both set: unset one of them",
            "UMS_APP_KEY 与 UMS_APP_KEY_FILE 同时设置：请取消其中一个",
        ))),
        (Some(file), variable) if matches!(file.origin, Origin::Flag(_)) || variable.is_none() => {
            let is_live = gateway::is_live(settings);
            let (text, place) = secret::file("AppKey", &file.value, is_live)
                .map_err(|failure| failure.about(file.origin))?;
            Ok(Some(FoundKey { text, place }))
        }
        (_, Some(value)) => {
            let place = Message::name(VARIABLE);
            let text = secret::text(value.into_encoded_bytes(), &place)?;
            Ok(Some(FoundKey { text, place }))
        }
        (_, None) => Ok(None),
    }
}

const VARIABLE: &str = "UMS_APP_KEY";

/// The text of a file that holds a secret and nothing else. A file that lies open to others is
/// warned about.
///
/// # Errors
///
/// It cannot be read, or holds something else. Nothing of the content is told, nor the path when
/// that may be the secret itself.
pub(crate) fn secret_file(what: &'static str, path: &Path) -> Result<String, Failure> {
    secret::file(what, path, false).map(|(text, _)| text)
}

fn invalid_value(invalid: &InvalidValue, place: impl Into<Message>) -> Failure {
    Failure::new(FailureKind::Credentials, invalid).about(place)
}

fn refuse(message: impl Into<Message>) -> Failure {
    Failure::text(FailureKind::Credentials, message)
}
