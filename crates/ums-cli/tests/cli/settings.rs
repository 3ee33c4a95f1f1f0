//! Flags, environment and profiles; the configuration file and the key file.

use crate::gateway::{Gateway, json};
use crate::ums::{APP_ID, Home, KEY, ORDER, run, text};

const OK: &str = r#"{"errCode":"00"}"#;

/// An address where nobody listens: a run that takes it ends as not sent.
const NOBODY: &str = "http://127.0.0.1:9";

#[test]
fn a_profile_gives_all_that_a_void_needs() {
    let home = Home::new();
    let gateway = Gateway::start(json(OK));
    home.write(".config/ums/shop.key", KEY);
    home.write_config(&format!(
        "default_profile = \"shop\"\n[profiles.shop]\nbase_url = \"{}\"\ntimeout = 5\n\
         app_id = \"{APP_ID}\"\napp_key_file = \"shop.key\"\n\
         merchant_code = \"103290070111417\"\nterminal_code = \"12340511\"\n",
        gateway.url
    ));
    let ran = run(&mut home.command(["void", "--original-order-id", ORDER]));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let received = gateway.received();
    let (_, body) = received.one_complete_request();
    assert!(String::from_utf8_lossy(body).contains("103290070111417"));
}

#[test]
fn a_flag_beats_the_environment_which_beats_the_profile() {
    let profile = |url: &str| {
        format!(
            "[profiles.p]\nbase_url = \"{url}\"\nterminal_code = \"PROFILE\"\napp_id = \"{APP_ID}\"\n"
        )
    };
    for (flag, variable, wins) in [
        (Some("FLAG"), Some("ENVIRON"), "FLAG"),
        (Some("FLAG"), None, "FLAG"),
        (None, Some("ENVIRON"), "ENVIRON"),
        (None, Some(""), "PROFILE"),
        (None, None, "PROFILE"),
    ] {
        let home = Home::new();
        let gateway = Gateway::start(json(OK));
        home.write_config(&profile(&gateway.url));
        let mut command = home.command(["void", "--profile", "p", "--original-order-id", ORDER]);
        command
            .args(["--merchant-code", "1"])
            .env("UMS_APP_KEY", KEY);
        if let Some(code) = flag {
            command.args(["--terminal-code", code]);
        }
        if let Some(code) = variable {
            command.env("UMS_TERMINAL_CODE", code);
        }
        assert_eq!(run(&mut command).code, 0);
        let received = gateway.received();
        let (_, body) = received.one_complete_request();
        let body = String::from_utf8_lossy(body);
        assert!(
            body.contains(&format!("\"terminalCode\":\"{wins}\"")),
            "{body}"
        );
    }
}

#[test]
fn two_gateways_at_one_level_are_refused_by_name() {
    let home = Home::new();
    let both = format!("[profiles.both]\nenv = \"test\"\nbase_url = \"{NOBODY}\"\n");
    home.write_config(&both);
    let runs = [
        run(&mut home.void(["--env", "test", "--base-url", NOBODY])),
        run(home
            .void([""; 0])
            .env("UMS_ENV", "test")
            .env("UMS_BASE_URL", NOBODY)),
        run(&mut home.void(["--profile", "both"])),
    ];
    assert_eq!(runs.each_ref().map(|ran| ran.code), [2, 6, 6]);
    let talk: String = runs.iter().map(|ran| home.scrub(&ran.stderr)).collect();
    insta::assert_snapshot!(talk, @"
    error: --env and --base-url are both given: keep one of them
    error: UMS_ENV and UMS_BASE_URL are both given: keep one of them
    error: ~/.config/ums/config.toml, line 2: env and ~/.config/ums/config.toml, line 3: base_url are both given: keep one of them
    ");
}

#[test]
fn what_is_wrong_with_the_configuration_is_named() {
    let home = Home::new();
    let mut talk = String::new();
    let mut refuse = |home: &Home, arguments: &[&str]| {
        let ran = run(&mut home.void(arguments));
        assert_eq!((ran.code, ran.stdout.as_str()), (6, ""), "{ran:?}");
        talk.push_str(&home.scrub(&ran.stderr));
    };
    refuse(&home, &["--profile", "shop"]);
    refuse(&home, &["--config", "elsewhere.toml"]);
    home.write_config("[profiles.a]\n[profiles.b]\n");
    refuse(&home, &["--profile", "shop"]);
    home.write_config("default_profile = \"shop\"");
    refuse(&home, &[]);
    home.write_config(&format!("[profiles.a]\n\napp_key = \"{KEY}\"\n"));
    refuse(&home, &[]);
    home.write_config(&format!("[profiles.a]\n\napp_id = {KEY}\n"));
    refuse(&home, &[]);
    home.write_config("[profiles.a]\nenv = \"prod\"\n");
    refuse(&home, &["--profile", "a"]);
    home.write_config("[profiles.a]\nbase_url = \"http://example.com\"\n");
    refuse(&home, &["--profile", "a"]);
    home.write_config("[profiles.a]\nenv = \"test\"\ntimeout = 0\n");
    refuse(&home, &["--profile", "a"]);
    home.write_config("[profiles.a]\nenv = \"test\"\nca = \"~/ca.pem\"\n");
    refuse(&home, &["--profile", "a"]);
    home.write_config("[profiles.a]\nenv = \"test\"\nmerchant_code = \"1-2\"\n");
    let mut command = home.command(["void", "--profile", "a", "--terminal-code", "1"]);
    let ran = run(command.args(["--original-order-id", ORDER]));
    assert_eq!(ran.code, 6);
    talk.push_str(&home.scrub(&ran.stderr));
    insta::assert_snapshot!(talk, @r#"
    error: --profile: the configuration file ~/.config/ums/config.toml does not exist
    error: --config: the configuration file elsewhere.toml does not exist
    error: --profile: ~/.config/ums/config.toml has no profile "shop"; it has: a, b
    error: default_profile: ~/.config/ums/config.toml has no profile "shop"; it has: none
    error: ~/.config/ums/config.toml, line 3: profiles.a.app_key: the AppKey does not belong in this file; write it to a file of its own that only you can read, and name that with app_key_file
    error: ~/.config/ums/config.toml, line 3: not TOML: string values must be quoted, expected literal string
    error: ~/.config/ums/config.toml, line 2: env: must be production or test
    error: ~/.config/ums/config.toml, line 2: base_url: base URL "http://example.com": plain http is for this machine only (localhost, 127.x.x.x, [::1]); use https for any other host
    error: ~/.config/ums/config.toml, line 3: timeout: must be a number of seconds from 0.001 to 3600, but "0" was given
    error: ~/.config/ums/config.toml, line 3: ca: CA file ~/ca.pem: No such file or directory (os error 2)
    error: ~/.config/ums/config.toml, line 3: merchant_code: merchantCode takes ASCII letters and digits only, but "1-2" was given, 3 characters
    "#);
}

#[test]
fn commands_that_need_no_settings_are_not_stopped_by_bad_ones() {
    let home = Home::new();
    home.write_config("nonsense");
    for arguments in [&["completions", "zsh"][..], &["man"], &["--version"]] {
        assert_eq!(run(&mut home.command(arguments)).code, 0);
    }
}

#[test]
fn the_place_of_the_file_follows_xdg() {
    let home = Home::new();
    home.write("xdg/ums/config.toml", "default_profile = \"nowhere\"\n");
    let ran = run(home.void([""; 0]).env("XDG_CONFIG_HOME", home.path("xdg")));
    assert_eq!(ran.code, 6);
    assert!(ran.stderr.contains("xdg/ums/config.toml"), "{ran:?}");
    // A relative one is to be ignored.
    let ran = run(home.void([""; 0]).env("XDG_CONFIG_HOME", "xdg"));
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[test]
fn a_key_file_that_cannot_serve_is_named_and_not_shown() {
    let home = Home::new();
    let mut talk = String::new();
    for (name, content) in [
        ("empty.key", ""),
        ("newline.key", "\n"),
        ("inner.key", "MARKER MARKER"),
        ("lines.key", "MARKER\nMARKER\n"),
        ("space.key", " MARKER"),
        ("chinese.key", "密钥MARKER"),
        ("long.key", &"MARKER".repeat(1000)),
    ] {
        home.write(name, content);
        let ran = run(&mut home.void(["--env", "test", "--app-key-file", name]));
        assert_eq!(ran.code, 6, "{ran:?}");
        talk.push_str(&ran.stderr);
    }
    std::fs::write(home.path("binary.key"), b"MARKER\xff").unwrap();
    for name in ["binary.key", "missing.key", ".", KEY] {
        let ran = run(&mut home.void(["--env", "test", "--app-key-file", name]));
        assert_eq!(ran.code, 6, "{ran:?}");
        talk.push_str(&ran.stderr);
    }
    insta::assert_snapshot!(talk, @"
    error: --app-key-file: the AppKey file empty.key: it is empty; give the value the platform gave you
    error: --app-key-file: the AppKey file newline.key: it is empty; give the value the platform gave you
    error: the AppKey file inner.key: AppKey: character at byte 6 not allowed; allowed are printable ASCII characters without spaces
    error: --app-key-file: the AppKey file lines.key: it holds more than one line; it must hold the key on one line and nothing else
    error: --app-key-file: the AppKey file space.key: white space stands before or after the key; remove it
    error: the AppKey file chinese.key: AppKey: character at byte 0 not allowed; allowed are printable ASCII characters without spaces
    error: --app-key-file: the AppKey file long.key: it is longer than 4096 bytes
    warning: others on this machine can read the AppKey file binary.key; run: chmod 600 binary.key
    error: --app-key-file: the AppKey file binary.key: it is not text in UTF-8; it must hold the key as text, on one line
    error: --app-key-file: the AppKey file: No such file or directory (os error 2); what was given is not repeated here, as it may be the secret itself: write that to a file, and give the file's name
    error: --app-key-file: the AppKey file .: it is a directory
    error: --app-key-file: the AppKey file: No such file or directory (os error 2); what was given is not repeated here, as it may be the secret itself: write that to a file, and give the file's name
    ");
}

#[test]
fn one_trailing_newline_is_not_part_of_the_key() {
    for end in ["", "\n", "\r\n"] {
        let home = Home::new();
        let gateway = Gateway::start(json(OK));
        home.write("app.key", &format!("{KEY}{end}"));
        assert_eq!(run(&mut home.void(["--base-url", &gateway.url])).code, 0);
        gateway.received().one_complete_request();
    }
}

#[test]
fn credentials_that_are_missing_or_double_are_named() {
    let home = Home::new();
    let file = home.path("app.key");
    let void = || {
        let mut command = home.command(["void", "--env", "test", "--merchant-code", "1"]);
        command.args(["--terminal-code", "1", "--original-order-id", "1"]);
        command
    };
    let runs = [
        run(&mut void()),
        run(void().args(["--app-id", APP_ID])),
        run(void().args(["--app-id", KEY])),
        run(void()
            .args(["--app-id", APP_ID])
            .env("UMS_APP_KEY", "MARKER MARKER")),
        run(void()
            .args(["--app-id", APP_ID])
            .env("UMS_APP_KEY", KEY)
            .env("UMS_APP_KEY_FILE", &file)),
    ];
    let talk: String = runs.iter().map(|ran| ran.stderr.as_str()).collect();
    assert!(runs.iter().all(|ran| ran.code == 6), "{runs:?}");
    insta::assert_snapshot!(talk, @"
    error: no AppId: give --app-id, or set UMS_APP_ID, or app_id in a profile
    error: no AppKey: write it to a file that only you can read and give --app-key-file, or set UMS_APP_KEY_FILE, UMS_APP_KEY, or app_key_file in a profile
    error: --app-id: AppId: 34 bytes given, at most 32 allowed
    error: UMS_APP_KEY: AppKey: character at byte 6 not allowed; allowed are printable ASCII characters without spaces
    error: UMS_APP_KEY and UMS_APP_KEY_FILE are both set: unset one of them
    ");
    // A flag beats the variable without a word.
    let gateway = Gateway::start(json(OK));
    let ran = run(home
        .void(["--base-url", &gateway.url, "--app-key-file", text(&file)])
        .env_remove("UMS_APP_KEY_FILE")
        .env("UMS_APP_KEY", "MARKER MARKER"));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    gateway.received().one_complete_request();
}

#[cfg(unix)]
#[test]
fn a_key_file_open_to_others_is_warned_about() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    for (mode, warned) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true)] {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(home.path("app.key"), permissions).unwrap();
        let ran = run(&mut home.void(["--base-url", NOBODY]));
        assert_eq!(ran.code, 4);
        assert_eq!(
            ran.stderr.starts_with("warning: "),
            warned,
            "{mode:o}: {ran:?}"
        );
    }
}
