//! Several teams on one simulator: AppIds with their AppKeys, merchants and terminals, from a file.
//!
//! Walked by hand, so that an error can name the key and never shows a value: any of them may be an
//! AppKey.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

/// AppIds, and for whom they act.
///
/// As TOML, or as JSON with the same keys:
///
/// ```toml
/// [[app]]
/// app_id = "team-a"
/// app_key = "made-up-key-of-team-a"   # or app_key_file = "team-a.key", beside this file
///
/// [[app.merchant]]                    # none: any merchant that is known
/// merchant_code = "103290070111417"
/// terminal_codes = ["12340511", "12340512"]
/// ```
#[derive(Clone)]
pub struct Accounts {
    pub(crate) apps: Vec<App>,
}

#[derive(Clone)]
pub(crate) struct App {
    pub(crate) app_id: String,
    pub(crate) app_key: String,
    pub(crate) merchants: Vec<Merchant>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Merchant {
    pub(crate) merchant_code: String,
    pub(crate) terminal_codes: Vec<String>,
}

impl Accounts {
    /// Reads a file. A document that begins with `{` is JSON, any other TOML.
    ///
    /// # Errors
    ///
    /// Returns an error if the file, or a key file that it names, cannot be read, or a key is
    /// missing, not known or of a wrong kind. No value is repeated.
    pub fn read(path: &Path) -> Result<Self, AccountsFileError> {
        let directory = path.parent().unwrap_or(Path::new(""));
        read_text(path, MOST_BYTES)
            .map_err(AccountsError::Read)
            .and_then(|text| Self::parse(&text, directory))
            .map_err(|source| AccountsFileError {
                path: path.to_owned(),
                source,
            })
    }

    /// Reads a document; key files that it names are in this directory.
    ///
    /// # Errors
    ///
    /// Returns an error as [`read`](Self::read) does.
    pub fn parse(document: &str, directory: &Path) -> Result<Self, AccountsError> {
        let value = value(document)?;
        let root = table(&value, "the document")?;
        known_keys(root, "", &["app"])?;
        if !root.contains_key("app") {
            return Err(key("app", ONE_APP));
        }
        let list = list(root, "", "app")?;
        let mut apps = Vec::with_capacity(list.len());
        let mut app_ids = HashSet::new();
        for (index, value) in list.iter().enumerate() {
            let at = format!("app[{index}]");
            let app = App::parse(value, &at, directory)?;
            if !app_ids.insert(app.app_id.clone()) {
                return Err(key(
                    format!("{at}.app_id"),
                    "is there already: give each app its own",
                ));
            }
            apps.push(app);
        }
        if apps.is_empty() {
            return Err(key("app", ONE_APP));
        }
        Ok(Self { apps })
    }

    /// The AppIds.
    pub fn app_ids(&self) -> impl Iterator<Item = &str> {
        self.apps.iter().map(|app| app.app_id.as_str())
    }
}

/// AppIds only.
impl std::fmt::Debug for Accounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let app_ids: Vec<_> = self.app_ids().collect();
        f.debug_struct("Accounts")
            .field("app_ids", &app_ids)
            .finish_non_exhaustive()
    }
}

impl App {
    fn parse(value: &Value, at: &str, directory: &Path) -> Result<Self, AccountsError> {
        let fields = table(value, at)?;
        known_keys(
            fields,
            at,
            &["app_id", "app_key", "app_key_file", "merchant"],
        )?;
        let app_id = required(text(fields, at, "app_id", 32)?, at, "app_id")?;
        let app_key = match (
            text(fields, at, "app_key", 256)?,
            text(fields, at, "app_key_file", 4096)?,
        ) {
            (Some(app_key), None) => app_key.to_owned(),
            (None, Some(file)) => key_of_file(&directory.join(file), at)?,
            (None, None) => {
                return Err(key(format!("{at}.app_key"), "or app_key_file is required"));
            }
            (Some(_), Some(_)) => {
                return Err(key(
                    format!("{at}.app_key"),
                    "and app_key_file are both there: leave one out",
                ));
            }
        };
        let mut merchants = Vec::new();
        if fields.contains_key("merchant") {
            for (index, value) in list(fields, at, "merchant")?.iter().enumerate() {
                merchants.push(Merchant::parse(value, &format!("{at}.merchant[{index}]"))?);
            }
        }
        Ok(Self {
            app_id: app_id.to_owned(),
            app_key,
            merchants,
        })
    }
}

impl Merchant {
    fn parse(value: &Value, at: &str) -> Result<Self, AccountsError> {
        let fields = table(value, at)?;
        known_keys(
            fields,
            at,
            &["merchant_code", "terminal_code", "terminal_codes"],
        )?;
        let merchant_code = text(fields, at, "merchant_code", 15)?;
        let merchant_code = required(merchant_code, at, "merchant_code")?.to_owned();
        let mut terminal_codes = Vec::new();
        if let Some(terminal) = text(fields, at, "terminal_code", 8)? {
            terminal_codes.push(terminal.to_owned());
        }
        if fields.contains_key("terminal_codes") {
            for (index, value) in list(fields, at, "terminal_codes")?.iter().enumerate() {
                let at = format!("{at}.terminal_codes[{index}]");
                terminal_codes.push(text_of(value, at, 8)?.to_owned());
            }
        }
        if terminal_codes.is_empty() {
            return Err(key(format!("{at}.terminal_codes"), "is required"));
        }
        Ok(Self {
            merchant_code,
            terminal_codes,
        })
    }
}

/// An accounts file that could not be used.
#[derive(Debug, thiserror::Error)]
#[error("accounts file {} cannot be used", path.display())]
#[non_exhaustive]
pub struct AccountsFileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub source: AccountsError,
}

/// What is wrong with a document of accounts. It never repeats a value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccountsError {
    /// A key breaks a rule.
    #[error("{key} {rule}")]
    #[non_exhaustive]
    Key {
        /// The key with its whole path, such as `app[0].app_id`.
        key: String,
        /// The rule.
        rule: String,
    },
    /// The file that a key names cannot be read.
    #[error("{key} names a file that cannot be read")]
    #[non_exhaustive]
    KeyFile {
        /// The key with its whole path.
        key: String,
        /// Why.
        source: io::Error,
    },
    /// The file cannot be read.
    #[error("it cannot be read")]
    Read(#[source] io::Error),
    /// It is neither TOML nor JSON.
    #[error("it is not {language}, at line {line}")]
    #[non_exhaustive]
    Syntax {
        /// What it was taken for.
        language: &'static str,
        /// Where it ceases to be that.
        line: usize,
    },
}

const ONE_APP: &str = "must be there at least once, as [[app]]";

/// Far above what many teams need.
const MOST_BYTES: u64 = 1 << 20;

fn value(document: &str) -> Result<Value, AccountsError> {
    let document = document.strip_prefix('\u{feff}').unwrap_or(document);
    if document.trim_start().starts_with('{') {
        return serde_json::from_str(document).map_err(|error| AccountsError::Syntax {
            language: "JSON",
            line: error.line(),
        });
    }
    toml::from_str(document).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let before = document.get(..start).unwrap_or(document);
        AccountsError::Syntax {
            language: "TOML",
            line: before.matches('\n').count() + 1,
        }
    })
}

fn key(key: impl Into<String>, rule: impl Into<String>) -> AccountsError {
    AccountsError::Key {
        key: key.into(),
        rule: rule.into(),
    }
}

fn table<'v>(value: &'v Value, at: &str) -> Result<&'v Map<String, Value>, AccountsError> {
    value.as_object().ok_or_else(|| key(at, "must be a table"))
}

fn list<'v>(
    fields: &'v Map<String, Value>,
    at: &str,
    name: &str,
) -> Result<&'v Vec<Value>, AccountsError> {
    let dot = if at.is_empty() { "" } else { "." };
    let list = fields.get(name).and_then(Value::as_array);
    list.ok_or_else(|| key(format!("{at}{dot}{name}"), "must be a list"))
}

fn text<'v>(
    fields: &'v Map<String, Value>,
    at: &str,
    name: &str,
    max: usize,
) -> Result<Option<&'v str>, AccountsError> {
    let value = fields.get(name);
    value
        .map(|value| text_of(value, format!("{at}.{name}"), max))
        .transpose()
}

fn text_of(value: &Value, at: String, max: usize) -> Result<&str, AccountsError> {
    let fits = |text: &&str| {
        // A quotation mark would end the value in a header.
        let visible = text.chars().all(|c| !c.is_control() && c != '"');
        visible && (1..=max).contains(&text.chars().count())
    };
    let text = value.as_str().filter(fits);
    text.ok_or_else(|| {
        key(
            at,
            format!("must be text of 1 to {max} characters, without quotation marks"),
        )
    })
}

fn required<'v>(value: Option<&'v str>, at: &str, name: &str) -> Result<&'v str, AccountsError> {
    value.ok_or_else(|| key(format!("{at}.{name}"), "is required"))
}

fn known_keys(fields: &Map<String, Value>, at: &str, known: &[&str]) -> Result<(), AccountsError> {
    let unknown = fields.keys().find(|name| !known.contains(&name.as_str()));
    let Some(name) = unknown else {
        return Ok(());
    };
    let dot = if at.is_empty() { "" } else { "." };
    let name: String = name.escape_debug().take(40).collect();
    let rule = format!("is not known; the keys are {}", known.join(", "));
    Err(key(format!("{at}{dot}{name}"), rule))
}

fn key_of_file(path: &Path, at: &str) -> Result<String, AccountsError> {
    const MOST_BYTES: u64 = 4096;
    let name = format!("{at}.app_key_file");
    let text = read_text(path, MOST_BYTES).map_err(|source| AccountsError::KeyFile {
        key: name.clone(),
        source,
    })?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    let value = Value::from(text);
    let rule = "names a file whose first line must be the AppKey, and all there is";
    text_of(&value, String::new(), 256)
        .map(str::to_owned)
        .map_err(|_| key(name, rule))
}

fn read_text(path: &Path, most: u64) -> io::Result<String> {
    // A pipe or a device could keep one waiting, or never end.
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is no regular file",
        ));
    }
    let mut text = String::new();
    let size = File::open(path)?.take(most + 1).read_to_string(&mut text)?;
    if size as u64 > most {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is too long"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TOML: &str = r#"
        [[app]]
        app_id = "team-a"
        app_key = "MARKER-a"
        [[app.merchant]]
        merchant_code = "103290070111417"
        terminal_codes = ["12340511", "12340512"]
        [[app.merchant]]
        merchant_code = "2"
        terminal_code = "3"

        [[app]]
        app_id = "team-b"
        app_key_file = "b.key"
    "#;

    fn parse(document: &str) -> Result<Accounts, AccountsError> {
        Accounts::parse(document, Path::new("/nowhere"))
    }

    #[test]
    fn toml_and_json_say_the_same() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("b.key"), "MARKER-b\r\n").unwrap();
        let json = r#"{"app": [
            {"app_id": "team-a", "app_key": "MARKER-a", "merchant": [
                {"merchant_code": "103290070111417", "terminal_codes": ["12340511", "12340512"]},
                {"merchant_code": "2", "terminal_code": "3"}]},
            {"app_id": "team-b", "app_key_file": "b.key"}]}"#;
        for (name, document) in [("a.toml", TOML), ("a.json", json)] {
            let path = dir.path().join(name);
            std::fs::write(&path, document).unwrap();
            let accounts = Accounts::read(&path).unwrap();
            let keys: Vec<_> = accounts
                .apps
                .iter()
                .map(|app| app.app_key.as_str())
                .collect();
            assert_eq!(keys, ["MARKER-a", "MARKER-b"]);
            assert_eq!(accounts.app_ids().collect::<Vec<_>>(), ["team-a", "team-b"]);
            let merchants = &accounts.apps[0].merchants;
            assert_eq!(merchants[0].terminal_codes, ["12340511", "12340512"]);
            assert_eq!(merchants[1].merchant_code, "2");
            assert_eq!(accounts.apps[1].merchants, []);
            assert!(!format!("{accounts:?}").contains("MARKER"));
        }
    }

    /// Everything in these documents that could be a key is MARKER.
    #[test]
    fn what_is_wrong_is_named_and_no_value_is_repeated() {
        let one = |rest: &str| format!("[[app]]\napp_id = \"a\"\napp_key = \"MARKER\"\n{rest}");
        let cases = [
            String::new(),
            "app = 7".to_owned(),
            "apps = []".to_owned(),
            "app = []".to_owned(),
            "[[app]]\napp_key = \"MARKER\"".to_owned(),
            "[[app]]\napp_id = \"a\"".to_owned(),
            "[[app]]\napp_id = \"a\"\napp_key = 7007007".to_owned(),
            "[[app]]\napp_id = \"a\"\napp_key = \"\"".to_owned(),
            "[[app]]\napp_id = \"a\\\"b\"\napp_key = \"MARKER\"".to_owned(),
            "[[app]]\napp_id = \"a\"\napp_kye = \"MARKER\"".to_owned(),
            one("app_key_file = \"MARKER\""),
            "[[app]]\napp_id = \"a\"\napp_key_file = \"MARKER\"".to_owned(),
            one("[[app]]\napp_id = \"a\"\napp_key = \"MARKER\""),
            one("merchant = \"MARKER\""),
            one("[[app.merchant]]\nmerchant_code = \"1\""),
            one("[[app.merchant]]\nmerchant_code = \"1\"\nterminal_codes = [7]"),
            one("[[app.merchant]]\nmerchant_code = \"1234567890123456\"\nterminal_code = \"1\""),
            "[[app]]\napp_id = \"a\"\napp_key = MARKER".to_owned(),
            "{\"app\":\n MARKER".to_owned(),
        ];
        let mut lines = Vec::new();
        for document in &cases {
            let error = parse(document).unwrap_err();
            let mut line = error.to_string();
            let mut next = std::error::Error::source(&error);
            while let Some(source) = next {
                line += &format!(": {source}");
                next = source.source();
            }
            assert!(!format!("{error:?}{line}").contains("MARKER"), "{document}");
            assert!(!line.contains("7007007"), "{line}");
            lines.push(line);
        }
        insta::assert_snapshot!(lines.join("\n"), @"
        app must be there at least once, as [[app]]
        app must be a list
        apps is not known; the keys are app
        app must be there at least once, as [[app]]
        app[0].app_id is required
        app[0].app_key or app_key_file is required
        app[0].app_key must be text of 1 to 256 characters, without quotation marks
        app[0].app_key must be text of 1 to 256 characters, without quotation marks
        app[0].app_id must be text of 1 to 32 characters, without quotation marks
        app[0].app_kye is not known; the keys are app_id, app_key, app_key_file, merchant
        app[0].app_key and app_key_file are both there: leave one out
        app[0].app_key_file names a file that cannot be read: No such file or directory (os error 2)
        app[1].app_id is there already: give each app its own
        app[0].merchant must be a list
        app[0].merchant[0].terminal_codes is required
        app[0].merchant[0].terminal_codes[0] must be text of 1 to 8 characters, without quotation marks
        app[0].merchant[0].merchant_code must be text of 1 to 15 characters, without quotation marks
        it is not TOML, at line 3
        it is not JSON, at line 2
        ");
    }

    #[test]
    fn a_file_that_is_none_is_named() {
        let dir = tempfile::tempdir().unwrap();
        for path in [dir.path().join("absent.toml"), dir.path().to_owned()] {
            let error = Accounts::read(&path).unwrap_err();
            assert!(
                error.to_string().contains(path.to_str().unwrap()),
                "{error}"
            );
            assert!(matches!(error.source, AccountsError::Read(_)));
        }
        let long = dir.path().join("long");
        std::fs::write(&long, vec![b' '; (1 << 20) + 1]).unwrap();
        assert!(Accounts::read(&long).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "\\PC*") {
            let _ = parse(&text);
            let _ = parse(&format!("{{{text}"));
        }
    }
}
