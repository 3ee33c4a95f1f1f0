//! Which proxy leads to the gateway: none, unless one is asked for.

use std::env;

use ums_client::Environment;
use ums_client::transport::Proxy;

use crate::config::settings::{Given, Origin, Settings};
use crate::failure::{Failure, FailureKind, OrFail};
use crate::print::entry::Label;

/// The proxy that is set.
///
/// # Errors
///
/// It cannot be used, or not for this gateway.
pub(crate) fn of(settings: &Settings<'_>, gateway: &Environment) -> Result<Option<Proxy>, Failure> {
    let Some(Given { value, origin }) = settings.text("proxy") else {
        return Ok(None);
    };
    match value.as_str() {
        NONE => Ok(None),
        ENVIRONMENT => of_variables().map(Some),
        url => at(url, &origin, gateway).map(Some),
    }
    .map_err(|failure| failure.about(origin))
}

/// Where a URL could stand; neither word is one, as it states no port.
const NONE: &str = "none";
const ENVIRONMENT: &str = "environment";

fn at(url: &str, origin: &Origin, gateway: &Environment) -> Result<Proxy, Failure> {
    let refuse = |message: Label| Failure::text(origin.blame(), message);
    // Everyone on this machine can read a command line, and a profile is no place for a secret.
    if url.contains('@') {
        return Err(refuse((
            "a user name and password do not belong here; set HTTPS_PROXY to the whole URL, and \
             this to environment",
            "此处不能带用户名和密码；请把完整网址写入 HTTPS_PROXY，并将此项设为 environment",
        )));
    }
    let proxy = Proxy::http(url).or_fail(origin.blame())?;
    match gateway {
        Environment::At(url) if !url.is_tls() => Err(refuse((
            "a plain http gateway is on this machine and is not reached through a proxy: leave \
             the proxy out, or set it to none",
            "明文 http 的网关在本机，不经代理访问：请去掉代理，或设为 none",
        ))),
        _ => Ok(proxy),
    }
}

fn of_variables() -> Result<Proxy, Failure> {
    let https_proxy = variable("HTTPS_PROXY", "https_proxy")?;
    let no_proxy = variable("NO_PROXY", "no_proxy")?;
    Proxy::from_variables(&https_proxy, &no_proxy)
        .or_fail(FailureKind::Configuration)
        .map_err(|failure| failure.named("HTTPS_PROXY"))
}

/// A variable that is known in two spellings. Programs differ on which of them counts, so both
/// count only when they agree.
fn variable(upper: &str, lower: &str) -> Result<String, Failure> {
    let fail = |english: String, chinese: String| {
        Failure::text(FailureKind::Configuration, (english, chinese))
    };
    let read = |name: &str| {
        let value = env::var_os(name).unwrap_or_default();
        let text = value.into_string();
        text.map_err(|_| fail(format!("{name} is not text"), format!("{name} 不是文本")))
    };
    match (read(upper)?, read(lower)?) {
        (one, other) if other.is_empty() || one == other => Ok(one),
        (one, other) if one.is_empty() => Ok(other),
        _ => Err(fail(
            format!("{upper} and {lower} are both set and differ: unset one of them"),
            format!("{upper} 与 {lower} 同时设置且不一致：请取消其中一个"),
        )),
    }
}
