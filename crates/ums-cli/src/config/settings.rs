//! Where a setting comes from: a flag, the environment, or the profile, in this order.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ArgMatches;
use clap::parser::ValueSource;
use ums_client::Language;

use crate::config::profiles::{Config, Profile};
use crate::failure::{Failure, FailureKind, OrFail};
use crate::files::exposure::Exposure;
use crate::language::{Message, Told};
use crate::print::visible::visible;

/// The settings of one run.
///
/// A setting has one name in three spellings: `app_id` in a profile, `--app-id` as a flag,
/// `UMS_APP_ID` in the environment.
pub(crate) struct Settings<'m> {
    matches: &'m ArgMatches,
    profile: Option<Chosen>,
}

struct Chosen {
    name: String,
    file: Arc<Path>,
    profile: Profile,
    exposure: Option<Exposure>,
}

/// A value, and where it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Given<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

/// Where a value was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Flag(&'static str),
    Environment(&'static str),
    Profile {
        file: Arc<Path>,
        line: usize,
        key: &'static str,
    },
}

/// How strong an origin is: the first beats those after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Flag,
    Environment,
    Profile,
}

impl Origin {
    pub(crate) fn level(&self) -> Level {
        match self {
            Self::Flag(_) => Level::Flag,
            Self::Environment(_) => Level::Environment,
            Self::Profile { .. } => Level::Profile,
        }
    }

    /// What a value from here that cannot be used is: a flag is typed for this run, the rest is
    /// configuration.
    pub(crate) fn blame(&self) -> FailureKind {
        match self {
            Self::Flag(_) => FailureKind::InvalidInput,
            Self::Environment(_) | Self::Profile { .. } => FailureKind::Configuration,
        }
    }
}

impl Origin {
    /// What to call it in this language.
    pub(crate) fn said(&self, language: Language) -> String {
        Message::from(self).said(language).to_owned()
    }
}

impl From<&Origin> for Message {
    fn from(origin: &Origin) -> Self {
        match origin {
            Origin::Flag(id) => Self::name(format_args!("--{}", id.replace('_', "-"))),
            Origin::Environment(id) => Self::name(format_args!("UMS_{}", id.to_uppercase())),
            Origin::Profile { file, line, key } => {
                let file = visible(&file.display().to_string());
                Self::new(
                    format!("{file}, line {line}: {key}"),
                    format!("{file} 第 {line} 行：{key}"),
                )
            }
        }
    }
}

impl From<Origin> for Message {
    fn from(origin: Origin) -> Self {
        Self::from(&origin)
    }
}

impl<T> Given<T> {
    /// What `read` makes of the value. Its error is told with the origin.
    pub(crate) fn read<U, E>(self, read: impl FnOnce(T) -> Result<U, E>) -> Result<U, Failure>
    where
        E: Told,
    {
        let Self { value, origin } = self;
        read(value)
            .or_fail(origin.blame())
            .map_err(|failure| failure.about(origin))
    }
}

impl<'m> Settings<'m> {
    /// Reads the configuration file, if there is one, and takes the profile that was asked for, or
    /// else the file's default.
    ///
    /// # Errors
    ///
    /// The file cannot be used, or what was asked for is not there.
    pub(crate) fn load(matches: &'m ArgMatches) -> Result<Self, Failure> {
        let mut settings = Self {
            matches,
            profile: None,
        };
        let file = settings.given::<PathBuf>("config");
        let name = settings.given::<String>("profile");
        settings.profile = choose(file, name)?;
        Ok(settings)
    }

    /// A setting that is text.
    pub(crate) fn text(&self, id: &'static str) -> Option<Given<String>> {
        self.given(id).or_else(|| self.of_profile(id))
    }

    /// A setting that is a path. In a profile it is relative to the file, and may start with `~/`.
    pub(crate) fn path(&self, id: &'static str) -> Option<Given<PathBuf>> {
        let given = self.given::<PathBuf>(id);
        given.or_else(|| {
            let Given { value, origin } = self.of_profile(id)?;
            let path = self.placed(&origin, &value);
            Some(Given {
                value: path,
                origin,
            })
        })
    }

    fn given<T>(&self, id: &'static str) -> Option<Given<T>>
    where
        T: Clone + Send + Sync + AsRef<std::ffi::OsStr> + 'static,
    {
        let value: T = self.matches.try_get_one(id).ok().flatten().cloned()?;
        let origin = match self.matches.value_source(id)? {
            ValueSource::CommandLine => Origin::Flag(id),
            _ => Origin::Environment(id),
        };
        // An empty variable is how shells and containers say "not set".
        let unset = origin.level() == Level::Environment && value.as_ref().is_empty();
        (!unset).then_some(Given { value, origin })
    }

    /// How the file that the profile comes from lies open, if it does.
    pub(crate) fn exposure(&self) -> Option<&Exposure> {
        self.profile.as_ref()?.exposure.as_ref()
    }

    /// A setting as the profile has it, whatever a flag or the environment says.
    pub(crate) fn of_profile(&self, id: &'static str) -> Option<Given<String>> {
        let chosen = self.profile.as_ref()?;
        let setting = chosen.profile.setting(id)?;
        Some(Given {
            value: setting.text.clone(),
            origin: Origin::Profile {
                file: Arc::clone(&chosen.file),
                line: setting.line,
                key: id,
            },
        })
    }

    /// A path that was given there. In a profile it is relative to the file, and may start with
    /// `~/`.
    pub(crate) fn placed(&self, origin: &Origin, path: &str) -> PathBuf {
        match (origin.level(), path.strip_prefix("~/"), home()) {
            (Level::Profile, Some(rest), Some(home)) => home.join(rest),
            (Level::Profile, ..) => self.beside_profile(path),
            _ => PathBuf::from(path),
        }
    }

    /// The name of the profile that is used, if one is.
    pub(crate) fn profile_name(&self) -> Option<&str> {
        self.profile.as_ref().map(|chosen| chosen.name.as_str())
    }

    fn beside_profile(&self, path: &str) -> PathBuf {
        let file = self.profile.as_ref().map(|chosen| &chosen.file);
        match file.and_then(|file| file.parent()) {
            Some(directory) => directory.join(path),
            None => PathBuf::from(path),
        }
    }
}

fn choose(
    file: Option<Given<PathBuf>>,
    name: Option<Given<String>>,
) -> Result<Option<Chosen>, Failure> {
    let fail = |english: String, chinese: String, about: Message| {
        Err(Failure::text(FailureKind::Configuration, (english, chinese)).about(about))
    };
    let Some(path) = file.as_ref().map(|file| file.value.clone()).or_else(place) else {
        return match name {
            Some(name) => fail(
                "there is no place for a configuration file: neither XDG_CONFIG_HOME nor HOME is set"
                    .to_owned(),
                "找不到配置文件的位置：XDG_CONFIG_HOME 与 HOME 均未设置".to_owned(),
                name.origin.into(),
            ),
            None => Ok(None),
        };
    };
    let shown = visible(&path.display().to_string());
    let read = Config::read(&path).or_fail(FailureKind::Configuration)?;
    let Some(mut config) = read else {
        let asked = file
            .map(|file| file.origin)
            .or(name.map(|name| name.origin));
        return match asked {
            Some(origin) => fail(
                format!("the configuration file {shown} does not exist"),
                format!("配置文件 {shown} 不存在"),
                origin.into(),
            ),
            None => Ok(None),
        };
    };
    let (name, asked) = match (name, config.default_profile.take()) {
        (Some(name), _) => (name.value, Message::from(name.origin)),
        (None, Some(name)) => (name, Message::name("default_profile")),
        (None, None) => return Ok(None),
    };
    match config.profiles.remove(&name) {
        Some(profile) => Ok(Some(Chosen {
            name,
            file: path.into(),
            profile,
            exposure: config.exposure,
        })),
        None => {
            let known: Vec<_> = config.profiles.keys().map(|name| visible(name)).collect();
            let (english, chinese) = if known.is_empty() {
                ("none".to_owned(), "（无）".to_owned())
            } else {
                (known.join(", "), known.join("、"))
            };
            let name = visible(&name);
            fail(
                format!("{shown} has no profile \"{name}\"; it has: {english}"),
                format!("{shown} 中没有名为 \"{name}\" 的配置档案；现有：{chinese}"),
                asked,
            )
        }
    }
}

/// `$XDG_CONFIG_HOME/ums/config.toml`, or `~/.config/ums/config.toml`. A relative `XDG_CONFIG_HOME`
/// is to be ignored (XDG base directory specification).
fn place() -> Option<PathBuf> {
    Some(configuration_directory()?.join("config.toml"))
}

/// `$XDG_CONFIG_HOME/ums`, or `~/.config/ums`.
pub(crate) fn configuration_directory() -> Option<PathBuf> {
    let base = env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| home().map(|home| home.join(".config")))?;
    Some(base.join("ums"))
}

/// The home directory of whoever runs this.
pub(crate) fn home() -> Option<PathBuf> {
    env::home_dir().filter(|home| !home.as_os_str().is_empty())
}
