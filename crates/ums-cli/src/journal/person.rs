//! Who sits at this machine: what the journal is told of whoever closes, accepts or overrides.

use ums_durable::journal::CallerText;

/// The user that this process runs as, by name or by number.
pub(crate) fn this_person() -> Option<CallerText> {
    let named = ["USER", "LOGNAME"].into_iter().find_map(|variable| {
        let name = std::env::var_os(variable)?.into_string().ok()?;
        CallerText::new(name).ok()
    });
    named.or_else(numbered)
}

#[cfg(unix)]
fn numbered() -> Option<CallerText> {
    let user = rustix::process::getuid().as_raw();
    CallerText::new(format!("uid {user}")).ok()
}

#[cfg(not(unix))]
fn numbered() -> Option<CallerText> {
    CallerText::new("unknown user").ok()
}
