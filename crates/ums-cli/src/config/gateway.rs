//! Which gateway a run talks to, and whether its money is real.

use std::cmp::Ordering;

use ums_client::transport::BaseUrl;
use ums_client::{Environment, Language};

use crate::config::settings::{Given, Origin, Settings};
use crate::failure::Failure;
use crate::language::{Message, Told};

/// The gateway of a run.
#[derive(Debug)]
pub(crate) struct Gateway {
    pub(crate) environment: Environment,
    /// Whether money that is moved there is real: everywhere but at the official test gateway and
    /// on this machine, and at whatever a profile calls its forwarder.
    pub(crate) is_live: bool,
}

/// The gateway that is set, if one is.
///
/// A flag beats the environment, which beats the profile; but what is signed with a live AppKey is
/// good at any gateway, so that none is signed for a gateway which is not the profile's own: a
/// variable that was left over would give it away.
///
/// # Errors
///
/// Two are set at one level, one cannot be used, or one takes the place of a live one.
pub(crate) fn of(settings: &Settings<'_>) -> Result<Option<Gateway>, Failure> {
    let forwarder = settings.of_profile("forwarder");
    let forwards = forwarder.is_some_and(|given| given.value == "true");
    let (name, url) = (settings.text("env"), settings.text("base_url"));
    let says_production = name
        .clone()
        .filter(|name| name.value == PRODUCTION)
        .map(|name| name.origin);
    let Some(chosen) = Set::of(name, url, forwards)? else {
        return Ok(None);
    };
    let is_forwarder = forwards && matches!(chosen.environment, Environment::At(_));
    let own = own(settings)?;
    // A profile that names its forwarder has no other; one that does not takes any.
    let may_be_any = is_forwarder && !own.iter().any(Set::is_address);
    let is_own = own.iter().any(|own| own.is_same(&chosen.environment));
    let live = own.iter().find(|own| forwards || own.environment.is_live());
    if let Some(live) = live
        && !is_own
        && !may_be_any
    {
        return Err(refuse(&live.environment, &live.origin, &chosen, !forwards));
    }
    if let Some(origin) = says_production
        && !is_forwarder
        && !chosen.is_same(&Environment::Production)
    {
        return Err(refuse(&Environment::Production, &origin, &chosen, true));
    }
    Ok(Some(Gateway {
        is_live: is_forwarder || chosen.environment.is_live(),
        environment: chosen.environment,
    }))
}

/// Whether a gateway is set that is live. One that cannot be told may be.
pub(crate) fn is_live(settings: &Settings<'_>) -> bool {
    of(settings).map_or(true, |gateway| {
        gateway.is_some_and(|gateway| gateway.is_live)
    })
}

/// The gateways that the profile itself names.
fn own(settings: &Settings<'_>) -> Result<Vec<Set>, Failure> {
    let name = settings.of_profile("env").map(Set::named);
    let url = settings.of_profile("base_url").map(Set::at);
    name.into_iter().chain(url).collect()
}

/// A gateway, and where it was given.
struct Set {
    environment: Environment,
    origin: Origin,
}

impl Set {
    /// The stronger of the two spellings. Where the profile has both, the address is that of the
    /// forwarder to the environment.
    fn of(
        name: Option<Given<String>>,
        url: Option<Given<String>>,
        forwards: bool,
    ) -> Result<Option<Self>, Failure> {
        let of_profile = |given: &Given<String>| matches!(given.origin, Origin::Profile { .. });
        match (name, url) {
            (None, None) => Ok(None),
            (Some(name), None) => Self::named(name).map(Some),
            (None, Some(url)) => Self::at(url).map(Some),
            (Some(name), Some(url)) => match name.origin.level().cmp(&url.origin.level()) {
                Ordering::Less => Self::named(name).map(Some),
                Ordering::Greater => Self::at(url).map(Some),
                Ordering::Equal if forwards && of_profile(&url) => Self::at(url).map(Some),
                Ordering::Equal => {
                    let both = |language| (name.origin.said(language), url.origin.said(language));
                    let (name_english, url_english) = both(Language::English);
                    let (name_chinese, url_chinese) = both(Language::Chinese);
                    Err(Failure::text(
                        name.origin.blame(),
                        (
                            format!(
                                "{name_english} and {url_english} are both given: keep one of them"
                            ),
                            format!("{name_chinese} 与 {url_chinese} 同时给出：请只保留一个"),
                        ),
                    ))
                }
            },
        }
    }

    /// Whether the scheme, the host and the port are the same.
    fn is_same(&self, other: &Environment) -> bool {
        let place = |environment| {
            let url = address(environment).parse::<BaseUrl>().ok()?;
            Some((url.is_tls(), url.host().to_ascii_lowercase(), url.port()))
        };
        place(&self.environment).is_some_and(|one| place(other) == Some(one))
    }

    fn is_address(&self) -> bool {
        matches!(self.environment, Environment::At(_))
    }

    fn named(given: Given<String>) -> Result<Self, Failure> {
        let origin = given.origin.clone();
        let environment = given.read(|name| match name.as_str() {
            PRODUCTION => Ok(Environment::Production),
            "test" => Ok(Environment::Test),
            _ => Err(UnknownEnvironment),
        })?;
        Ok(Self {
            environment,
            origin,
        })
    }

    fn at(given: Given<String>) -> Result<Self, Failure> {
        let origin = given.origin.clone();
        let environment = given.read(|url| url.parse::<BaseUrl>().map(Environment::At))?;
        Ok(Self {
            environment,
            origin,
        })
    }
}

const PRODUCTION: &str = "production";

fn address(environment: &Environment) -> String {
    match environment {
        Environment::Production => Environment::PRODUCTION_URL.to_owned(),
        Environment::Test => Environment::TEST_URL.to_owned(),
        Environment::At(url) => url.to_string(),
        _ => String::new(),
    }
}

fn refuse(own: &Environment, origin: &Origin, chosen: &Set, may_be_forwarder: bool) -> Failure {
    let (own, other) = (address(own), address(&chosen.environment));
    let both = |language| (chosen.origin.said(language), origin.said(language));
    let (given, from) = both(Language::English);
    let mut english = format!(
        "{given} leads to {other}, and {from} to live money at {own}: nothing is signed, since \
         whoever stands there could use it; take one of the two away"
    );
    let (given, from) = both(Language::Chinese);
    let mut chinese = format!(
        "{given} 指向 {other}，而 {from} 指向生产环境 {own}：不予签名，因为该处的任何人都可能\
         冒用签名；请去掉其中一个"
    );
    if may_be_forwarder {
        english.push_str(
            ", or, if a forwarder of your own stands there, say forwarder = true in the profile",
        );
        chinese.push_str("；若该处是您自己的转发服务，请在配置档案中写明 forwarder = true");
    }
    Failure::text(chosen.origin.blame(), (english, chinese))
}

#[derive(Debug)]
struct UnknownEnvironment;

impl Told for UnknownEnvironment {
    fn told(&self) -> Message {
        Message::new("must be production or test", "应为 production 或 test")
    }
}
