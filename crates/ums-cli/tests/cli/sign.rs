//! `ums sign`.

use std::collections::BTreeSet;

use ums_client::auth::open_body_sig::Signer;
use ums_client::auth::open_form_param::Query;
use ums_client::auth::{AppId, AppKey, Nonce, Timestamp};

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

/// The bytes that are given, every one of them.
#[test]
fn a_newline_at_the_end_is_signed() {
    let signer = Signer::new(
        AppId::new("12345678901234567890123456789012").unwrap(),
        &AppKey::new("67890123456789012345678901234567").unwrap(),
    );
    let expected = |body: &[u8]| {
        let timestamp = Timestamp::parse("20170101120000").unwrap();
        let nonce = Nonce::new("09876543210987654321098765432109").unwrap();
        signer.sign(body, timestamp, &nonce).header() + "\n"
    };
    let home = home();
    let mut headers = BTreeSet::new();
    for body in [
        "A",
        "A\n",
        "A\r\n",
        "A\n\n",
        " A",
        "A ",
        "\u{feff}A",
        "",
        "\n",
    ] {
        home.write("body", body);
        let from_stdin = run_with(&mut home.command(VECTOR), body.as_bytes());
        let from_file = run(home.command(&VECTOR[..6]).arg("body"));
        assert_eq!(from_stdin.stdout, expected(body.as_bytes()), "{body:?}");
        assert_eq!(from_file.stdout, expected(body.as_bytes()), "{body:?}");
        headers.insert(from_file.stdout);
    }
    assert_eq!(headers.len(), 9);

    // So is that of a content.
    for body in ["{}", "{}\n"] {
        let mut command = home.command(VECTOR);
        let ran = run_with(command.arg("--scheme=open-form-param"), body.as_bytes());
        let query = Query::parse(ran.stdout.trim_end()).unwrap();
        assert_eq!(query.content(), body);
    }
}

#[test]
fn a_query_is_signed() {
    let home = home();
    let mut command = home.command(VECTOR);
    command.arg("--scheme=open-form-param");
    let content = r#"{"merOrderId":"31940001","a":"x y+z%/="}"#;
    let ran = run_with(&mut command, content.as_bytes());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let json = run_with(command.arg("--json"), content.as_bytes());
    json.json();
    insta::assert_snapshot!(ran.stdout + &json.stdout, @r#"
    authorization=OPEN-FORM-PARAM&appId=12345678901234567890123456789012&timestamp=20170101120000&nonce=09876543210987654321098765432109&content=%7B%22merOrderId%22%3A%2231940001%22%2C%22a%22%3A%22x+y%2Bz%25%2F%3D%22%7D&signature=hdzWYr43ZWuPnjrySknuE2XYy47OiusBXEwFLY67974%3D
    {"query":"authorization=OPEN-FORM-PARAM&appId=12345678901234567890123456789012&timestamp=20170101120000&nonce=09876543210987654321098765432109&content=%7B%22merOrderId%22%3A%2231940001%22%2C%22a%22%3A%22x+y%2Bz%25%2F%3D%22%7D&signature=hdzWYr43ZWuPnjrySknuE2XYy47OiusBXEwFLY67974%3D","timestamp":"20170101120000","nonce":"09876543210987654321098765432109","body_digest":"6d5654c8c0741f82deca92b5e5c3202310ec550916a90f92f3945a88ae2aa8fd","string_to_sign":"1234567890123456789012345678901220170101120000098765432109876543210987654321096d5654c8c0741f82deca92b5e5c3202310ec550916a90f92f3945a88ae2aa8fd"}
    "#);
}

#[test]
fn a_request_for_a_token_is_signed() {
    let home = home();
    let token = |more: &[&str]| {
        let mut command = home.command(&VECTOR[..5]);
        let ran = run(command.arg("--scheme=open-access-token").args(more));
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        ran.json();
        ran.stdout
    };
    let texts = [
        token(&[]),
        token(&["--json"]),
        token(&["--sign-type=sha256"]),
        token(&["--sign-type=SHA1"]),
    ];
    assert_eq!(texts[0], texts[2]);
    insta::assert_snapshot!(texts.join(""), @r#"
    {"appId":"12345678901234567890123456789012","timestamp":"20170101120000","nonce":"09876543210987654321098765432109","signMethod":"SHA256","signature":"d373659c51c1767d0ce2674ee6367823f6cc7339c0411f7772d30765ed70a942"}
    {"path":"/v1/token/access","request":{"appId":"12345678901234567890123456789012","timestamp":"20170101120000","nonce":"09876543210987654321098765432109","signMethod":"SHA256","signature":"d373659c51c1767d0ce2674ee6367823f6cc7339c0411f7772d30765ed70a942"}}
    {"appId":"12345678901234567890123456789012","timestamp":"20170101120000","nonce":"09876543210987654321098765432109","signMethod":"SHA256","signature":"d373659c51c1767d0ce2674ee6367823f6cc7339c0411f7772d30765ed70a942"}
    {"appId":"12345678901234567890123456789012","timestamp":"20170101120000","nonce":"09876543210987654321098765432109","signature":"3657048573452d73ed938d65dae37825fe788d12"}
    "#);
}

#[test]
fn a_notification_is_signed_to_try_a_receiver_with() {
    let home = home();
    home.write("notify.key", "NotifyMARKERNotify\n");
    let sign = |form: &str, more: &[&str]| {
        let mut command = home.command(["sign", "--scheme=notify", "--body=-"]);
        command.args(["--notify-key-file=notify.key", "--sign-type=SHA256"]);
        let ran = run_with(command.args(more), form.as_bytes());
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
        ran.stdout
    };
    let form = "b=x+y&a=%E6%B5%8B&empty=&signType=SHA256";
    let signed = sign(form, &[]);
    insta::assert_snapshot!(signed.clone() + &sign(form, &["--json"]), @r#"
    b=x+y&a=%E6%B5%8B&empty=&signType=SHA256&sign=989600cb529258818e133c22a9ee3976608c9579b15b448870dcd5e541213ec2
    {"form":"b=x+y&a=%E6%B5%8B&empty=&signType=SHA256&sign=989600cb529258818e133c22a9ee3976608c9579b15b448870dcd5e541213ec2","sign":"989600cb529258818e133c22a9ee3976608c9579b15b448870dcd5e541213ec2","sign_type":"SHA256","string_to_sign":"a=测&b=x y&signType=SHA256"}
    "#);
    // One that is signed already is signed anew.
    assert_eq!(sign(&signed, &[]), signed);
    assert_eq!(sign(&format!("sign=00&{form}"), &[]), signed);
    home.write("form", &signed);
    let mut verify = home.command(["verify-notify", "form", "--sign-type=SHA256"]);
    assert_eq!(run(verify.arg("--notify-key-file=notify.key")).code, 0);
}

#[test]
fn a_flag_that_a_scheme_has_no_use_for_is_refused() {
    let home = home();
    home.write("body", "{}");
    home.write("gbk", "a=1");
    std::fs::write(home.path("gbk"), b"\xb2\xe2").unwrap();
    let mut talk = String::new();
    for arguments in [
        &["--body=body", "--sign-type=MD5"][..],
        &["--body=body", "--notify-key-file=body"],
        &["--scheme=open-form-param", "--body=body", "--sign-type=MD5"],
        &["--scheme=open-access-token", "--body=body"],
        &["--scheme=open-access-token", "--sign-type=MD5"],
        &["--scheme=notify", "--body=body", "--nonce=1"],
        &["--scheme=notify", "--body=body", "--timestamp=1"],
        &["--scheme=notify", "--body=body"],
        &[
            "--scheme=notify",
            "--body=body",
            "--notify-key-file=vector.key",
        ],
        &[
            "--scheme=notify",
            "--body=body",
            "--notify-key-file=vector.key",
            "--sign-type=SHA1",
        ],
        &[
            "--scheme=notify",
            "--body=body",
            "--notify-key-file=vector.key",
            "--sign-type=MD5",
        ],
        &["--scheme=notify", "--body=body", "--lang=zh"],
        &[
            "--scheme=open-form-param",
            "--body=gbk",
            "--app-id=a",
            "--app-key-file=vector.key",
        ],
        &[
            "--scheme=open-form-param",
            "--app-id=a",
            "--app-key-file=vector.key",
            "--lang=zh",
        ],
        &["--app-id=a", "--app-key-file=vector.key"],
    ] {
        let ran = run(home.command(["sign"]).args(arguments));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        talk.push_str(&ran.stderr);
    }
    insta::assert_snapshot!(talk, @r#"
    error: --sign-type does not go with --scheme open-body-sig
    error: --notify-key-file does not go with --scheme open-body-sig
    error: --sign-type does not go with --scheme open-form-param
    error: --body does not go with --scheme open-access-token
    error: --sign-type: a request for a token is signed with SHA256 or SHA1
    error: --nonce does not go with --scheme notify
    error: --timestamp does not go with --scheme notify
    error: --scheme notify needs --notify-key-file and --sign-type
    error: --scheme notify needs --notify-key-file and --sign-type
    error: --sign-type: a notification is signed with SHA256 or MD5
    error: --body: body: byte 0: a parameter without "="
    错误：--scheme notify 需要 --notify-key-file 和 --sign-type
    error: --body: the content is not UTF-8
    错误：缺少 --body：存放待签名内容的文件；用 - 表示标准输入
    error: no --body: the file that holds what is to be signed; - for stdin
    "#);
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
