//! `ums explain`.

use ums_client::auth::open_body_sig::Signer;
use ums_client::auth::{AppId, AppKey, Nonce, Timestamp};
use ums_explain::Mistake;

use crate::ums::{APP_ID, Home, KEY, Ran, run, run_with};

/// The official vector: body `A`, and credentials that the document prints.
const VECTOR_ID: &str = "12345678901234567890123456789012";
const VECTOR_KEY: &str = "67890123456789012345678901234567";
const VECTOR: &str = r#"OPEN-BODY-SIG AppId="12345678901234567890123456789012", Timestamp="20170101120000", Nonce="09876543210987654321098765432109", Signature="GINsCTyNKTpEI9KXO16KqZJ64fOyAytEKl8aaR/Dy08=""#;

const BODY: &str = r#"{"merchantRemark":"测试","path":"a/b"}"#;

fn signed(key: &str, body: &[u8]) -> String {
    let timestamp = Timestamp::parse("20260917102030").unwrap();
    Signer::new(AppId::new(APP_ID).unwrap(), &AppKey::new(key).unwrap())
        .sign(body, timestamp, &Nonce::new("be46cd581c9f46ec").unwrap())
        .header()
}

/// Explains this header for this body, by the credentials of [`Home`].
fn explain(header: &str, body: &[u8], more: &[&str]) -> Ran {
    let home = Home::new();
    let mut command = home.command(["explain", "--body", "-", "--header", header]);
    command
        .args(["--app-id", APP_ID, "--app-key-file", "app.key"])
        .args(more);
    run_with(&mut command, body)
}

#[test]
fn the_official_vector_matches() {
    let home = Home::new();
    home.write("vector.key", VECTOR_KEY);
    let mut command = home.command(["explain", "--app-id", VECTOR_ID, "--body=-"]);
    command.args(["--app-key-file=vector.key", "--header", VECTOR]);
    let ran = run_with(&mut command, b"A");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(ran.stdout, @"
    The signature matches.

      scheme              right  OPEN-BODY-SIG
      AppId               right  12345678901234567890123456789012
      Timestamp           right  20170101120000
      Nonce               right  09876543210987654321098765432109
      digest of the body  right  559aead08264d5795d3909718cdd05abd49572e84fe55590eef31a88a08fdffd
      string to sign      right  123456789012345678901234567890122017010112000009876543210987654321098765432109559aead08264d5795d3909718cdd05abd49572e84fe55590eef31a88a08fdffd
      key                 right
      HMAC-SHA256         right  18836c093c8d293a4423d2973b5e8aa9927ae1f3b2032b442a5f1a691fc3cb4f
      signature           right  GINsCTyNKTpEI9KXO16KqZJ64fOyAytEKl8aaR/Dy08=
    ");
    let ran = run_with(command.arg("--json"), b"A");
    assert_eq!(ran.code, 0);
    ran.json();
    insta::assert_snapshot!(ran.stdout, @r#"{"match":true,"scheme":"OPEN-BODY-SIG","explained":true,"first_difference":null,"mistake":null,"mistakes":[],"advice":[],"steps":[{"part":"scheme","expected":"OPEN-BODY-SIG","sent":"OPEN-BODY-SIG","agrees":true},{"part":"app_id","expected":"12345678901234567890123456789012","sent":"12345678901234567890123456789012","agrees":true},{"part":"timestamp","expected":null,"sent":"20170101120000","agrees":true},{"part":"nonce","expected":null,"sent":"09876543210987654321098765432109","agrees":true},{"part":"body_digest","expected":"559aead08264d5795d3909718cdd05abd49572e84fe55590eef31a88a08fdffd","sent":null,"agrees":true},{"part":"string_to_sign","expected":"123456789012345678901234567890122017010112000009876543210987654321098765432109559aead08264d5795d3909718cdd05abd49572e84fe55590eef31a88a08fdffd","sent":null,"agrees":true},{"part":"key","expected":null,"sent":null,"agrees":true},{"part":"mac","expected":"18836c093c8d293a4423d2973b5e8aa9927ae1f3b2032b442a5f1a691fc3cb4f","sent":null,"agrees":true},{"part":"signature","expected":"GINsCTyNKTpEI9KXO16KqZJ64fOyAytEKl8aaR/Dy08=","sent":"GINsCTyNKTpEI9KXO16KqZJ64fOyAytEKl8aaR/Dy08=","agrees":true}]}"#);
    assert!(!ran.stdout.contains(VECTOR_KEY));
}

/// One mistake of each kind, made by means that are not `explain`'s: by signing something else than
/// is sent.
#[test]
fn a_mistake_is_named_and_exits_with_3() {
    let spaces = BODY.replace(":", ": ").replace(",", ", ");
    let newline = format!("{BODY}\n");
    let escaped = BODY.replace("测试", "\\u6d4b\\u8bd5");
    let slashes = BODY.replace("a/b", "a\\/b");
    let mut gbk = BODY.as_bytes().to_vec();
    let at = BODY.find("测试").unwrap();
    gbk.splice(at..at + 6, [0xb2, 0xe2, 0xca, 0xd4]);
    let lower = signed(KEY, BODY.as_bytes()).replace("OPEN-BODY-SIG", "Open-Body-Sig");
    let padded = signed(KEY, BODY.as_bytes());
    let unpadded = format!("{}\"", padded.strip_suffix("=\"").unwrap());
    for (header, mistake, first) in [
        (signed(KEY, spaces.as_bytes()), "body_spaces", "body_digest"),
        (
            signed(KEY, newline.as_bytes()),
            "body_trailing_newline",
            "body_digest",
        ),
        (
            signed(KEY, escaped.as_bytes()),
            "body_unicode_escape",
            "body_digest",
        ),
        (
            signed(KEY, slashes.as_bytes()),
            "body_slash_escape",
            "body_digest",
        ),
        (signed(KEY, &gbk), "body_gbk", "body_digest"),
        (signed(APP_ID, BODY.as_bytes()), "key_is_app_id", "key"),
        (
            signed(&KEY.to_lowercase(), BODY.as_bytes()),
            "key_case",
            "key",
        ),
        (lower, "scheme_spelling", "scheme"),
        (unpadded, "signature_unpadded", "encoding"),
    ] {
        let ran = explain(&header, BODY.as_bytes(), &["--json"]);
        assert_eq!(
            (ran.code, ran.stderr.as_str()),
            (3, ""),
            "{mistake}: {ran:?}"
        );
        let object = ran.json();
        assert_eq!(object["match"], false);
        assert_eq!(object["mistake"], mistake);
        assert_eq!(object["mistakes"], serde_json::json!([mistake]));
        assert_eq!(object["first_difference"], first, "{mistake}");
        let known = Mistake::ALL.iter().find(|known| known.code() == mistake);
        assert_eq!(object["advice"][0], known.unwrap().english());
    }
}

#[test]
fn what_is_not_recognised_is_not_guessed() {
    let header = signed("anotherKeyOfAnotherMerchant", BODY.as_bytes());
    let ran = explain(&header, BODY.as_bytes(), &["--json"]);
    assert_eq!(ran.code, 3);
    let object = ran.json();
    assert!(object["mistake"].is_null());
    assert_eq!(object["mistakes"], serde_json::json!([]));
    assert_eq!(object["first_difference"], "signature");
    let texts = [
        explain(&header, BODY.as_bytes(), &[]).stdout,
        explain(&header, BODY.as_bytes(), &["--lang=zh"]).stdout,
    ];
    insta::assert_snapshot!(texts.join("\n"), @"
    The signature does not match. The first thing wrong: signature.
    No mistake that is known gives this very signature. Check that the AppKey belongs to this AppId and this environment, and that the body is the one that was sent, byte for byte.

      scheme              right  OPEN-BODY-SIG
      AppId               right  10037e6f6823b20801682b6a5e5a0006
      Timestamp           ?  20260917102030
      Nonce               ?  be46cd581c9f46ec
      digest of the body  ?  1dab6e7ca951ea351344ab5f97ceef4bf00ff6ba45785f10af7fce9809dd4ce6
      string to sign      ?  10037e6f6823b20801682b6a5e5a000620260917102030be46cd581c9f46ec1dab6e7ca951ea351344ab5f97ceef4bf00ff6ba45785f10af7fce9809dd4ce6
      key                 ?
      HMAC-SHA256         ?  5e0bb5c1177bba18973d3c295e74df8ea6410b5cf5704ae8e8d2243d88e22432
      signature           wrong  sent qlKDOinYtd26Mz9IHSDK09TE6b5DKnCeL8IBgAAG9Fc=  expected Xgu1wRd7uhiXPTwpXnTfjqZBC1z1cEro6NIkPYjiJDI=

    签名不正确。首先出错的是：签名。
    已知的错误都得不出这个签名。请核对 AppKey 是否属于该 AppId 和该环境，以及报文体是否与实际发送的逐字节一致。

      认证方式          正确  OPEN-BODY-SIG
      AppId             正确  10037e6f6823b20801682b6a5e5a0006
      时间戳 Timestamp  ？  20260917102030
      随机数 Nonce      ？  be46cd581c9f46ec
      报文体摘要        ？  1dab6e7ca951ea351344ab5f97ceef4bf00ff6ba45785f10af7fce9809dd4ce6
      待签名串          ？  10037e6f6823b20801682b6a5e5a000620260917102030be46cd581c9f46ec1dab6e7ca951ea351344ab5f97ceef4bf00ff6ba45785f10af7fce9809dd4ce6
      密钥              ？
      HMAC-SHA256       ？  5e0bb5c1177bba18973d3c295e74df8ea6410b5cf5704ae8e8d2243d88e22432
      签名              错误  发送 qlKDOinYtd26Mz9IHSDK09TE6b5DKnCeL8IBgAAG9Fc=  应为 Xgu1wRd7uhiXPTwpXnTfjqZBC1z1cEro6NIkPYjiJDI=
    ");
}

#[test]
fn a_person_reads_the_mistake_first_in_either_language() {
    let header = signed(KEY, BODY.replace(":", ": ").as_bytes());
    let texts = [
        explain(&header, BODY.as_bytes(), &[]).stdout,
        explain(&header, BODY.as_bytes(), &["--lang=zh"]).stdout,
    ];
    insta::assert_snapshot!(texts.join("\n"), @"
    The signature does not match. The first thing wrong: digest of the body.
    body_spaces: The body was serialized again after signing: white space between the JSON parts differs. Sign the very bytes that are sent.

      scheme              right  OPEN-BODY-SIG
      AppId               right  10037e6f6823b20801682b6a5e5a0006
      Timestamp           right  20260917102030
      Nonce               right  be46cd581c9f46ec
      digest of the body  wrong  1dab6e7ca951ea351344ab5f97ceef4bf00ff6ba45785f10af7fce9809dd4ce6
      string to sign      right  10037e6f6823b20801682b6a5e5a000620260917102030be46cd581c9f46ec1dab6e7ca951ea351344ab5f97ceef4bf00ff6ba45785f10af7fce9809dd4ce6
      key                 right
      HMAC-SHA256         right  5e0bb5c1177bba18973d3c295e74df8ea6410b5cf5704ae8e8d2243d88e22432
      signature           wrong  sent wTE1iuUgK2iIghZ4vBTH1gX7Uoyn6HvqeWzAeYsUHuE=  expected Xgu1wRd7uhiXPTwpXnTfjqZBC1z1cEro6NIkPYjiJDI=

    签名不正确。首先出错的是：报文体摘要。
    body_spaces：签名后报文体又被重新序列化：JSON 中的空格或换行不同。应对实际发送的字节签名。

      认证方式          正确  OPEN-BODY-SIG
      AppId             正确  10037e6f6823b20801682b6a5e5a0006
      时间戳 Timestamp  正确  20260917102030
      随机数 Nonce      正确  be46cd581c9f46ec
      报文体摘要        错误  1dab6e7ca951ea351344ab5f97ceef4bf00ff6ba45785f10af7fce9809dd4ce6
      待签名串          正确  10037e6f6823b20801682b6a5e5a000620260917102030be46cd581c9f46ec1dab6e7ca951ea351344ab5f97ceef4bf00ff6ba45785f10af7fce9809dd4ce6
      密钥              正确
      HMAC-SHA256       正确  5e0bb5c1177bba18973d3c295e74df8ea6410b5cf5704ae8e8d2243d88e22432
      签名              错误  发送 wTE1iuUgK2iIghZ4vBTH1gX7Uoyn6HvqeWzAeYsUHuE=  应为 Xgu1wRd7uhiXPTwpXnTfjqZBC1z1cEro6NIkPYjiJDI=
    ");
}

/// The AppKey sent as the AppId is the worst that a captured header can hold.
#[test]
fn a_key_that_was_sent_is_not_printed() {
    let header = signed(APP_ID, BODY.as_bytes()).replace(APP_ID, KEY);
    for flags in [&["--json"][..], &[]] {
        // `Ran` fails on any part of the key.
        let ran = explain(&header, BODY.as_bytes(), flags);
        assert_eq!(ran.code, 3);
        assert!(ran.stdout.contains("<secret>"), "{ran:?}");
    }
}

#[test]
fn a_captured_request_tells_path_and_body() {
    let home = Home::new();
    let header = signed(KEY, BODY.as_bytes());
    let length = BODY.len();
    home.write(
        "captured.txt",
        &format!("POST /v6/x HTTP/1.1\nHost: h\nAuthorization: {header}\nContent-Length: {length}\n\n{BODY}\n"),
    );
    let arguments = ["explain", "--request=captured.txt", "--json"];
    let ran = run(home
        .command(arguments)
        .args(["--app-id", APP_ID, "--app-key-file", "app.key"]));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_eq!(ran.json()["match"], true);
    assert!(ran.json()["first_difference"].is_null());
}

#[test]
fn two_headers_are_compared_without_credentials() {
    let right = signed(KEY, BODY.as_bytes());
    let home = Home::new();
    let compare = |sent: &str| {
        run(&mut home.command([
            "explain",
            "--json",
            "--header",
            sent,
            "--right-header",
            &right,
        ]))
    };
    assert_eq!(compare(&right).code, 0);
    let other = compare(&right.replace("20260917102030", "20260917022030"));
    assert_eq!(other.code, 3);
    assert_eq!(other.json()["first_difference"], "timestamp");
    let spelling = compare(&right.replace("OPEN-BODY-SIG", "open-body-sig"));
    assert_eq!(spelling.code, 3);
    assert_eq!(spelling.json()["first_difference"], "scheme");
}

#[test]
fn what_is_known_besides_helps() {
    let zone = signed(KEY, BODY.as_bytes());
    let ran = explain(
        &zone,
        BODY.as_bytes(),
        &["--json", "--sent-at=20260917182030"],
    );
    assert_eq!(ran.code, 0, "right, and eight hours off");
    assert_eq!(ran.json()["mistake"], "timestamp_utc");
    assert_eq!(ran.json()["first_difference"], "timestamp");

    let home = Home::new();
    home.write("notify.key", "NotifyMARKERNotify\n");
    let header = signed("NotifyMARKERNotify", BODY.as_bytes());
    let mut command = home.command(["explain", "--json", "--body=-", "--header", &header]);
    command.args(["--app-id", APP_ID, "--app-key-file=app.key"]);
    command.arg("--notify-key-file=notify.key");
    let ran = run_with(&mut command, BODY.as_bytes());
    assert_eq!(ran.code, 3);
    assert_eq!(ran.json()["mistake"], "key_is_notify_key");
}

/// Signed and explained: what `ums sign` prints is right, and what is changed in it is named.
#[test]
fn each_scheme_is_signed_and_explained() {
    let home = Home::new();
    home.write("notify.key", "NotifyMARKERNotify\n");
    home.write("content", "{\"a\":\"x y\"}");
    home.write("form", "b=2&a=1&empty=&signType=SHA256");
    let credentials = ["--app-id", APP_ID, "--app-key-file", "app.key"];
    let keys = ["--notify-key-file=notify.key", "--sign-type=SHA256"];
    let ums = |arguments: &[&str], more: &[&str]| run(home.command(arguments).args(more));

    let query = ums(
        &["sign", "--scheme=open-form-param", "--body=content"],
        &credentials,
    );
    let explain = |query: &str| {
        ums(
            &[
                "explain",
                "--scheme=open-form-param",
                "--json",
                "--query",
                query,
            ],
            &credentials,
        )
    };
    let address = format!(
        "https://h.example/v1/netpay/qrpay?{}",
        query.stdout.trim_end()
    );
    for (query, code, mistake) in [
        (query.stdout.clone(), 0, None),
        (address, 0, None),
        (
            query.stdout.replace("authorization=OPEN-FORM-PARAM&", ""),
            3,
            Some("scheme_missing"),
        ),
        (query.stdout.replace(APP_ID, ""), 3, Some("app_id_missing")),
    ] {
        let ran = explain(&query);
        assert_eq!((ran.code, ran.stderr.as_str()), (code, ""), "{query}");
        assert_eq!(ran.json()["scheme"], "OPEN-FORM-PARAM");
        assert_eq!(ran.json()["mistake"].as_str(), mistake, "{query}");
    }

    let token = ums(&["sign", "--scheme=open-access-token"], &credentials).stdout;
    for (token, code, mistake) in [
        (token.clone(), 0, None),
        (
            token.replace("\"signMethod\":\"SHA256\",", ""),
            3,
            Some("hash_other"),
        ),
        (token.replace("SHA256", "MD5"), 3, Some("hash_other")),
    ] {
        home.write("token", &token);
        let arguments = [
            "explain",
            "--scheme=open-access-token",
            "--json",
            "--body=token",
        ];
        let ran = ums(&arguments, &credentials);
        assert_eq!((ran.code, ran.stderr.as_str()), (code, ""), "{token}");
        assert_eq!(ran.json()["scheme"], "OPEN-ACCESS-TOKEN");
        assert_eq!(ran.json()["mistake"].as_str(), mistake, "{token}");
    }

    let form = ums(&["sign", "--scheme=notify", "--body=form"], &keys).stdout;
    for (form, code, mistake) in [
        (form.clone(), 0, None),
        (form.replace("&signType=SHA256", ""), 3, None),
        (
            form.replace("&signType=SHA256", "&signType=MD5"),
            3,
            Some("notify_sign_type_other"),
        ),
        (
            form.split_once("&sign=").unwrap().0.into(),
            3,
            Some("signature_missing"),
        ),
    ] {
        home.write("received", &form);
        let arguments = ["explain", "--scheme=notify", "--json", "--body=received"];
        let ran = ums(&arguments, &keys);
        assert_eq!((ran.code, ran.stderr.as_str()), (code, ""), "{form}");
        assert_eq!(ran.json()["scheme"], "notify");
        assert_eq!(ran.json()["mistake"].as_str(), mistake, "{form}");
    }
    // The AppKey in place of the 通讯密钥, where it is at hand.
    home.write("app-key-as.key", &format!("{KEY}\n"));
    let other = ["--notify-key-file=app-key-as.key", "--sign-type=SHA256"];
    home.write(
        "received",
        &ums(&["sign", "--scheme=notify", "--body=form"], &other).stdout,
    );
    let arguments = ["explain", "--scheme=notify", "--json", "--body=received"];
    let ran = ums(&[&arguments[..], &credentials].concat(), &keys);
    assert_eq!(ran.json()["mistake"], "key_is_app_key");
    home.write("received", &form.replace("a=1", "a=2"));
    let texts = [
        ums(&["explain", "--scheme=notify", "--body=received"], &keys).stdout,
        ums(
            &["explain", "--scheme=notify", "--body=received", "--lang=zh"],
            &keys,
        )
        .stdout,
    ];
    insta::assert_snapshot!(texts.join("\n"), @"
    The signature does not match. The first thing wrong: signature.
    No mistake that is known gives this very signature. Check that the 通讯密钥 belongs to this merchant and this environment, and that the form is the one that was received, byte for byte.

      string to sign  ?  a=2&b=2&signType=SHA256
      key             ?
      hash            ?  SHA256
      signature       wrong  sent 9ce0ecbeae0517efdf8a597079d0f484ffca3ebba8f40a252126f7e0cfe65989  expected 6e403d39b693bfa24aafb4e2fbaaa498e6f789e201eb6e4432d472b9234e44af

    签名不正确。首先出错的是：签名。
    已知的错误都得不出这个签名。请核对通讯密钥是否属于该商户和该环境，以及内容是否与收到的逐字节一致。

      待签名串  ？  a=2&b=2&signType=SHA256
      密钥      ？
      摘要算法  ？  SHA256
      签名      错误  发送 9ce0ecbeae0517efdf8a597079d0f484ffca3ebba8f40a252126f7e0cfe65989  应为 6e403d39b693bfa24aafb4e2fbaaa498e6f789e201eb6e4432d472b9234e44af
    ");
}

/// A header that lacks something is named for that, and no signature is shown that someone would
/// copy.
#[test]
fn what_is_missing_is_named_and_nothing_is_computed_over_it() {
    let right = signed(KEY, BODY.as_bytes());
    let own = right.rsplit('"').nth(1).unwrap();
    for (header, mistake, shown) in [
        (format!(" {right}"), "header_white_space", true),
        (right.replace("OPEN-BODY-SIG ", ""), "scheme_missing", true),
        (
            right.replace(&format!("AppId=\"{APP_ID}\", "), ""),
            "app_id_missing",
            true,
        ),
        (
            right.replace("Nonce=\"be46cd581c9f46ec\", ", ""),
            "nonce_missing",
            false,
        ),
        (
            right.replace("Timestamp=\"20260917102030\", ", ""),
            "timestamp_missing",
            false,
        ),
        (
            right.split_once(", Signature").unwrap().0.into(),
            "signature_missing",
            true,
        ),
    ] {
        let ran = explain(&header, BODY.as_bytes(), &["--json"]);
        assert_eq!(ran.code, 3, "{header}");
        let object = ran.json();
        assert_eq!(object["mistakes"], serde_json::json!([mistake]), "{header}");
        for step in object["steps"].as_array().unwrap() {
            let expected = &step["expected"];
            match step["part"].as_str().unwrap() {
                "string_to_sign" | "mac" => assert_eq!(expected.is_string(), shown, "{header}"),
                "signature" => assert_eq!(expected.as_str(), shown.then_some(own), "{header}"),
                _ => {}
            }
        }
    }
    // What is to be seen is not all that is wrong, and that is said.
    let header = format!(
        " {}",
        signed("anotherKeyOfAnotherMerchant", BODY.as_bytes())
    );
    let ran = explain(&header, BODY.as_bytes(), &["--json"]).json();
    assert_eq!(
        (&ran["mistake"], &ran["explained"]),
        (&"header_white_space".into(), &false.into())
    );
    let text = explain(&header, BODY.as_bytes(), &[]).stdout;
    assert!(
        text.contains("No mistake that is known gives this very signature."),
        "{text}"
    );
    let missing = right.split_once(", Signature").unwrap().0;
    let text = explain(missing, BODY.as_bytes(), &[]).stdout;
    assert!(!text.contains("No mistake that is known"), "{text}");
}

/// The clock is blamed only where the signature is right as it was sent.
#[test]
fn a_wrong_signature_is_not_the_fault_of_the_zone() {
    let wrong = signed("anotherKeyOfAnotherMerchant", BODY.as_bytes());
    for sent_at in ["20260917182030", "20260917222030", "20260917092030"] {
        let flag = format!("--sent-at={sent_at}");
        let ran = explain(&wrong, BODY.as_bytes(), &["--json", &flag]);
        assert_eq!(ran.code, 3);
        assert_eq!(ran.json()["mistakes"], serde_json::json!([]), "{sent_at}");
    }
    let right = signed(KEY, BODY.as_bytes());
    for (sent_at, mistake) in [
        ("20260917182030", Some("timestamp_utc")),
        ("20260917222030", Some("timestamp_12_hour")),
        ("20260917092030", Some("timestamp_zone")),
        ("20260917100530", None),
        ("20260917105030", None),
        ("20260918102030", None),
    ] {
        let flag = format!("--sent-at={sent_at}");
        let ran = explain(&right, BODY.as_bytes(), &["--json", &flag]);
        assert_eq!(
            (ran.code, ran.json()["mistake"].as_str()),
            (0, mistake),
            "{sent_at}"
        );
    }
}

#[test]
fn what_a_scheme_needs_or_has_no_use_for_is_named() {
    let home = Home::new();
    home.write("body", "[]");
    home.write("notify.key", "NotifyMARKERNotify\n");
    let mut talk = String::new();
    for arguments in [
        &["--scheme=open-form-param"][..],
        &["--scheme=open-form-param", "--query=a=1", "--header=h"],
        &["--scheme=open-access-token", "--body=body"],
        &[
            "--scheme=open-access-token",
            "--body=body",
            "--sign-type=MD5",
        ],
        &["--scheme=notify", "--body=body", "--sign-type=MD5"],
        &[
            "--scheme=notify",
            "--body=body",
            "--notify-key-file=notify.key",
        ],
        &[
            "--scheme=notify",
            "--body=body",
            "--notify-key-file=notify.key",
            "--sign-type=SHA1",
        ],
        &["--header=h"],
        &["--body=body", "--lang=zh"],
        &["--header=h", "--body=body", "--query=q"],
    ] {
        let mut command = home.command(["explain"]);
        command
            .args(arguments)
            .env("UMS_APP_ID", APP_ID)
            .env("UMS_APP_KEY", KEY);
        let ran = run(&mut command);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        talk.push_str(&ran.stderr);
    }
    insta::assert_snapshot!(talk, @"
    error: no --query: see ums explain --help for what to give
    error: --header does not go with what else was given: see ums explain --help
    error: --body: not the JSON object of a request for a token, whose values are all strings
    error: --sign-type does not go with what else was given: see ums explain --help
    error: --scheme notify needs --notify-key-file and --sign-type
    error: no --sign-type: see ums explain --help for what to give
    error: --sign-type: a notification is signed with SHA256 or MD5
    error: no --body: see ums explain --help for what to give
    错误：缺少 --header：各认证方式需要的内容见 ums explain --help
    error: --query does not go with what else was given: see ums explain --help
    ");
}

#[test]
fn what_cannot_be_explained_is_named() {
    let home = Home::new();
    home.write("request", "not a request");
    home.write("empty", "");
    let mut talk = String::new();
    for (arguments, code) in [
        (&["--header=h", "--body=none"][..], 2),
        (&["--request=request"], 2),
        (&["--header=h", "--body=request", "--sent-at=1"], 2),
        (
            &["--header=h", "--body=request", "--notify-key-file=none"],
            6,
        ),
        (
            &["--header=h", "--body=request", "--notify-key-file=empty"],
            6,
        ),
        (
            &[
                "--header=h",
                "--body=request",
                "--notify-key-file=NotifyMARKERNotify",
            ],
            6,
        ),
        (&["--header=h", "--body=request", "--app-id=a b"], 6),
    ] {
        let mut command = home.command(["explain"]);
        command
            .args(arguments)
            .env("UMS_APP_ID", APP_ID)
            .env("UMS_APP_KEY", KEY);
        let ran = run(&mut command);
        assert_eq!((ran.code, ran.stdout.as_str()), (code, ""), "{ran:?}");
        talk.push_str(&ran.stderr);
    }
    insta::assert_snapshot!(talk, @r#"
    error: --body: none cannot be read: No such file or directory (os error 2)
    error: --request: captured request: no empty line between headers and body
    error: --sent-at: Timestamp: 1 bytes given, exactly 14 needed: "1"
    error: --notify-key-file: the 通讯密钥 file: No such file or directory (os error 2); what was given is not repeated here, as it may be the secret itself: write that to a file, and give the file's name
    error: --notify-key-file: the 通讯密钥 file empty: it is empty; give the value the platform gave you
    error: --notify-key-file: the 通讯密钥 file: No such file or directory (os error 2); what was given is not repeated here, as it may be the secret itself: write that to a file, and give the file's name
    error: --app-id: AppId: character ' ' at byte 1; allowed are A-Z a-z 0-9 . _ -
    "#);
    for arguments in [
        &[][..],
        &["--header=h"],
        &["--header=h", "--body=request", "--request=request"],
        &["--header=h", "--right-header=h", "--body=request"],
    ] {
        let ran = run(home.command(["explain"]).args(arguments));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
    }
}
