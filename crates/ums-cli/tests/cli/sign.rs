//! `ums sign`.

use crate::ums::{Home, run, run_with};

/// The official vector: body `A`, and credentials that the document prints.
const VECTOR: [&str; 7] = [
    "sign",
    "--app-id=12345678901234567890123456789012",
    "--app-key-file=vector.key",
    "--timestamp=20170101120000",
    "--nonce=09876543210987654321098765432109",
    "--body",
    "-",
];

fn home() -> Home {
    let home = Home::new();
    home.write("vector.key", "67890123456789012345678901234567\n");
    home
}

#[test]
fn the_official_vector() {
    let ran = run_with(&mut home().command(VECTOR), b"A");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(ran.stdout, @r#"OPEN-BODY-SIG AppId="12345678901234567890123456789012", Timestamp="20170101120000", Nonce="09876543210987654321098765432109", Signature="GINsCTyNKTpEI9KXO16KqZJ64fOyAytEKl8aaR/Dy08=""#);
}

#[test]
fn the_steps_as_json() {
    let ran = run_with(home().command(VECTOR).arg("--json"), b"A");
    assert_eq!(ran.code, 0);
    ran.json();
    insta::assert_snapshot!(ran.stdout, @r#"{"header":"OPEN-BODY-SIG AppId=\"12345678901234567890123456789012\", Timestamp=\"20170101120000\", Nonce=\"09876543210987654321098765432109\", Signature=\"GINsCTyNKTpEI9KXO16KqZJ64fOyAytEKl8aaR/Dy08=\"","timestamp":"20170101120000","nonce":"09876543210987654321098765432109","body_digest":"559aead08264d5795d3909718cdd05abd49572e84fe55590eef31a88a08fdffd","string_to_sign":"123456789012345678901234567890122017010112000009876543210987654321098765432109559aead08264d5795d3909718cdd05abd49572e84fe55590eef31a88a08fdffd"}"#);
}

#[test]
fn a_file_is_signed_as_stdin_is_whatever_its_size() {
    let home = home();
    let body = "很".repeat(100_000);
    home.write("body", &body);
    let from_stdin = run_with(&mut home.command(VECTOR), body.as_bytes());
    let from_file = run(home.command(&VECTOR[..6]).arg("body"));
    assert_eq!(from_stdin.stdout, from_file.stdout);
    assert_ne!(
        from_file.stdout,
        run_with(&mut home.command(VECTOR), b"A").stdout
    );
}

#[test]
fn each_signature_has_a_nonce_of_its_own() {
    let home = home();
    home.write("body", "{}");
    let sign = || {
        let flags = &VECTOR[..3];
        run(home.command(flags).args(["--json", "--body", "body"])).json()
    };
    let (one, two) = (sign(), sign());
    assert_ne!(one["nonce"], two["nonce"]);
    assert_eq!(one["timestamp"].as_str().unwrap().len(), 14);
}

#[test]
fn what_cannot_be_signed_is_named() {
    let home = home();
    home.write("body", "{}");
    let mut talk = String::new();
    for (flag, code) in [
        ("--timestamp=20170230120000", 2),
        ("--timestamp=1", 2),
        ("--nonce=a b", 2),
        ("--nonce=", 2),
        ("--body=none", 2),
        ("--app-id=a b", 6),
    ] {
        let mut command = home.command(["sign", "--app-key-file=vector.key", flag]);
        if !flag.starts_with("--body") {
            command.arg("--body=body");
        }
        if !flag.starts_with("--app-id") {
            command.arg("--app-id=a");
        }
        let ran = run(&mut command);
        assert_eq!((ran.code, ran.stdout.as_str()), (code, ""), "{ran:?}");
        talk.push_str(&ran.stderr);
    }
    insta::assert_snapshot!(talk, @r#"
    error: --timestamp: Timestamp: no such day or time of day (yyyyMMddHHmmss): "20170230120000"
    error: --timestamp: Timestamp: 1 bytes given, exactly 14 needed: "1"
    error: --nonce: Nonce: character ' ' at byte 1; allowed are printable ASCII characters except space, quotes, comma and backslash
    error: --nonce: Nonce: empty; give the value the platform gave you
    error: --body: none cannot be read: No such file or directory (os error 2)
    error: --app-id: AppId: character ' ' at byte 1; allowed are A-Z a-z 0-9 . _ -
    "#);
}
