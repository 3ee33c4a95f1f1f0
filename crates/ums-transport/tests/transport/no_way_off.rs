//! Nothing in the workspace can turn the verification of certificates off.
//!
//! There is no word for it in any source, and each public way to influence trust is on a list here,
//! so that a new one is looked at before it passes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What a client that does not verify, or the way to it, is called.
const FORBIDDEN: &[&str] = &[
    // rustls, hyper-rustls and the platform verifier
    "dangerous",
    "ServerCertVerifier",
    "ServerCertVerified",
    "set_certificate_verifier",
    "with_custom_certificate_verifier",
    "HandshakeSignatureValid",
    "new_with_extra_roots",
    "SSLKEYLOGFILE",
    "KeyLog",
    // as other clients call it
    "danger_accept_invalid",
    "accept_invalid",
    "accept_any",
    "verify_none",
    "VerifyMode",
    "SslVerify",
    "native_tls",
    "openssl",
    // flags and settings
    "insecure",
    "no_verify",
    "no-verify",
    "skip_verify",
    "skip-verify",
    "verify_tls",
    "verify-tls",
    "tls_verify",
    "tls-verify",
    "no_check",
    "no-check",
    "trust_all",
    "trust-all",
    "allow_http",
    "allow-http",
    "short = 'k'",
    "\"-k\"",
];

#[test]
fn no_source_has_a_word_for_it() {
    let mut found = Vec::new();
    let sources = sources(&workspace().join("crates"));
    // All seven crates are there, not an empty folder.
    assert!(sources.len() > 60, "{} sources", sources.len());
    for path in sources {
        let text = fs::read_to_string(&path).unwrap();
        for word in forbidden_in(&text) {
            found.push(format!("{}: {word}", path.display()));
        }
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn the_search_finds_what_it_looks_for() {
    for word in FORBIDDEN {
        let text = format!("fn x() {{\n    config.{word}();\n}}\n");
        assert!(forbidden_in(&text).contains(word), "{word}");
        assert!(forbidden_in(&text.to_uppercase()).contains(word), "{word}");
        assert!(forbidden_in(&format!("// {word}\n")).is_empty());
    }
}

/// Public items of the files that decide whom to trust. Each was looked at: none weakens the check
/// of a certificate.
const TRUST: &[&str] = &[
    // Roots. They add whom to trust; no value of them trusts everyone.
    "tls.rs: fn ca_file",
    "tls.rs: fn ca_pem",
    "tls.rs: fn platform",
    "tls.rs: struct InvalidTrust",
    "tls.rs: struct Trust",
    "transport.rs: fn trust",
    // Another way to connect altogether: it replaces TCP and TLS, for tests over memory, and has to
    // be written in Rust by the one who wants it.
    "connect.rs: trait Connect",
    "connect.rs: trait Stream",
    "connect.rs: type ConnectFuture",
    "transport.rs: fn connector",
    // A way through another machine, which sees nothing but TLS.
    "proxy.rs: fn from_variables",
    "proxy.rs: fn http",
    "proxy.rs: struct InvalidProxy",
    "proxy.rs: struct Proxy",
    "transport.rs: fn proxy",
    // Limits and the rest.
    "transport.rs: fn base_url",
    "transport.rs: fn boot_clock",
    "transport.rs: fn boot_now",
    "transport.rs: fn build",
    "transport.rs: fn builder",
    "transport.rs: fn connect",
    "transport.rs: fn connect_fresh",
    "transport.rs: fn connect_timeout",
    "transport.rs: fn idle_timeout",
    "transport.rs: fn max_idle",
    "transport.rs: fn max_reply_body",
    "transport.rs: fn max_reply_head",
    "transport.rs: struct TransportBuildError",
    "transport.rs: struct Transport",
    "transport.rs: struct TransportBuilder",
];

#[test]
fn each_public_way_to_trust_is_known() {
    let source = workspace().join("crates/ums-transport/src");
    let mut found = BTreeSet::new();
    for path in sources(&source) {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        // Whatever touches rustls is looked at, in whichever file.
        let decides = ["rustls", "Trust", "dyn Connect", "Matcher"];
        if name == "lib.rs" || !decides.iter().any(|word| text.contains(word)) {
            continue;
        }
        for item in public_items(&text) {
            found.insert(format!("{name}: {item}"));
        }
    }
    let known: BTreeSet<_> = TRUST.iter().map(|item| (*item).to_owned()).collect();
    let new: Vec<_> = found.difference(&known).collect();
    let gone: Vec<_> = known.difference(&found).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "look at what is new, whether it can weaken the check of a certificate, then mend the list: \
         new {new:#?}, gone {gone:#?}"
    );
}

/// What the facade passes on. It has no other function that takes a [`Trust`] or names one, nor one
/// that takes connections, which have a trust of their own.
const TRUST_OF_THE_CLIENT: &[&str] = &[
    "fn connect_timeout",
    "fn connections",
    "fn connector",
    "fn trust",
];

#[test]
fn the_facade_passes_on_nothing_else() {
    let words = ["trust", "connect", "tls", "cert", "rustls", "verif"];
    let mut found = BTreeSet::new();
    for path in sources(&workspace().join("crates/ums-client/src")) {
        let text = fs::read_to_string(&path).unwrap();
        for item in signatures(&text) {
            let lower = item.to_lowercase();
            if words.iter().any(|word| lower.contains(word)) {
                found.insert(name_of(&item));
            }
        }
    }
    let known: BTreeSet<_> = TRUST_OF_THE_CLIENT
        .iter()
        .map(|item| (*item).to_owned())
        .collect();
    assert_eq!(found, known);
}

#[test]
fn items_are_read_from_source() {
    let text = "pub struct A;\n    pub(crate) fn no() {}\n    pub fn b(\n        trust: Trust,\n    ) {\n\
                pub async fn c() {\n// pub fn no() {}\npub const fn d() {}\npub trait E {\n";
    assert_eq!(
        public_items(text).collect::<Vec<_>>(),
        ["struct A", "fn b", "fn c", "fn d", "trait E"]
    );
    assert_eq!(
        signatures(text).collect::<Vec<_>>()[1],
        "fn b( trust: Trust, ) "
    );
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap()
        .to_owned()
}

/// Rust sources below a folder, tests left out: they may talk about it.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("tests") {
                found.extend(sources(&path));
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn forbidden_in(text: &str) -> Vec<&'static str> {
    let code: String = code(text).collect::<Vec<_>>().join("\n").to_lowercase();
    let is_in = |word: &&&str| code.contains(&word.to_lowercase());
    FORBIDDEN.iter().filter(is_in).copied().collect()
}

/// Lines without comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("//"))
}

fn public_items(text: &str) -> impl Iterator<Item = String> {
    signatures(text).map(|signature| name_of(&signature))
}

/// Each public item up to what it contains, on one line, without `pub`.
fn signatures(text: &str) -> impl Iterator<Item = String> {
    let code = code(text).collect::<Vec<_>>().join(" ");
    let parts: Vec<_> = code.split(" pub ").skip(1).map(str::to_owned).collect();
    let first = code.strip_prefix("pub ").map(|rest| {
        let end = rest.find(" pub ").unwrap_or(rest.len());
        rest[..end].to_owned()
    });
    first.into_iter().chain(parts).filter_map(|part| {
        let end = part.find(['{', ';', '=']).unwrap_or(part.len());
        let mut signature = part[..end].to_owned();
        for modifier in ["const ", "async ", "unsafe "] {
            if let Some(rest) = signature.strip_prefix(modifier) {
                signature = rest.to_owned();
            }
        }
        let kind = signature.split(' ').next()?;
        // Fields and re-exports are no functions, and their types are listed.
        ["fn", "struct", "enum", "trait", "type", "static"]
            .contains(&kind)
            .then_some(signature)
    })
}

/// `fn name`, `struct Name`.
fn name_of(signature: &str) -> String {
    let end = signature
        .char_indices()
        .filter(|(_, letter)| !letter.is_alphanumeric() && *letter != '_')
        .nth(1)
        .map_or(signature.len(), |(index, _)| index);
    signature[..end].to_owned()
}
