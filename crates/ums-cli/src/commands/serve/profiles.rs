//! The profiles that are served.

use ums_client::model::RefusalCodes;
use ums_durable::journal::JournalId;
use ums_server::ServedProfile;

use crate::config::credentials;
use crate::config::destination::Destination;
use crate::config::gateway;
use crate::config::journal::JournalPlace;
use crate::config::settings::Settings;
use crate::context::Context;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::input::refusals::profile_codes;
use crate::language::Message;
use crate::print::visible::visible;

/// What is served.
pub(super) struct Served {
    pub(super) profiles: Vec<ServedProfile>,
    /// The profile of a request that names none.
    pub(super) default: Option<String>,
    /// The journals that the profiles state to be theirs.
    pub(super) journals: Vec<JournalId>,
}

/// Every profile that is served.
///
/// # Errors
///
/// A profile cannot be used, or is kept in another journal.
pub(super) fn all(
    context: &Context<'_>,
    settings: &Settings<'_>,
    place: &JournalPlace,
) -> Result<Served, Failure> {
    const DEFAULT: &str = "default";
    if std::env::var_os("UMS_APP_KEY").is_some_and(|key| !key.is_empty()) {
        return Err(Failure::text(
            FailureKind::Credentials,
            (
                "UMS_APP_KEY is set: a server takes the AppKey from a file only, as all that runs \
                 beside it can read a variable; set app_key_file in the profile, or give \
                 --app-key-file",
                "设置了 UMS_APP_KEY：服务只从文件读取 AppKey，因为环境变量可被其他程序读取；请在 \
                 配置档案中写明 app_key_file，或给出 --app-key-file",
            ),
        ));
    }
    let alone = Settings::each_profile(context.matches)?;
    if alone.is_empty() {
        return Ok(Served {
            profiles: vec![served(DEFAULT, settings)?],
            default: Some(DEFAULT.to_owned()),
            journals: Vec::new(),
        });
    }
    let default = settings.profile_name().map(ToOwned::to_owned);
    let (mut profiles, mut journals) = (Vec::new(), Vec::new());
    for settings in &alone {
        let name = settings.profile_name().unwrap_or(DEFAULT);
        let about = || Message::name(format_args!("profiles.{}", visible(name)));
        if let Some(exposure) = settings.exposure() {
            let is_live = gateway::is_live(settings);
            exposure.tolerate(is_live, FailureKind::Configuration)?;
        }
        let has_own = settings.of_profile("journal").is_some();
        if has_own && JournalPlace::of(settings)?.as_ref() != Some(place) {
            let failure = Failure::text(
                FailureKind::Configuration,
                (
                    "it is kept in another journal: a server has one, for all that it serves",
                    "其交易流水在别处：一个服务的所有配置档案须使用同一份交易流水",
                ),
            );
            return Err(failure.about(about()));
        }
        if let Some(given) = settings.of_profile("journal_id") {
            journals.push(given.read(|id| JournalId::new(id.trim()))?);
        }
        profiles.push(served(name, settings).map_err(|failure| failure.about(about()))?);
    }
    Ok(Served {
        profiles,
        default,
        journals,
    })
}

fn served(name: &str, settings: &Settings<'_>) -> Result<ServedProfile, Failure> {
    let destination = Destination::of(settings)?;
    let is_live = destination.is_live;
    let credentials = credentials::of(settings)?;
    let codes: RefusalCodes = profile_codes(settings)?;
    let client = destination
        .client(credentials)
        .refusal_codes(codes)
        .build()
        .or_fail(FailureKind::Configuration)?;
    let mut profile = ServedProfile::new(name, client).live(is_live);
    if let Some(code) = settings.text("merchant_code") {
        profile = profile.merchant(code.value);
    }
    if let Some(code) = settings.text("terminal_code") {
        profile = profile.terminal(code.value);
    }
    Ok(profile)
}
