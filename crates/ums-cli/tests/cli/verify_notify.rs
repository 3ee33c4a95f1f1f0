//! `ums verify-notify`.

use ums_client::auth::NotifyKey;
use ums_client::auth::notify::{Fields, SignType, Signer};

use crate::ums::{Home, Ran, run, run_with};

/// No run may print this.
const NOTIFY_KEY: &str = "NotifyMARKERNotifyMARKER";

/// The official example: its key is published with it.
const OFFICIAL_KEY: &str = "fcAmtnx7MwismjWNhNKdHC44mNXtnEQeJkRrhKJwyrW2ysRR";
const OFFICIAL: &str = "billDate=2017-06-26&billNo=31940000201700002&goods=%5B%7B%22body%22%3A%22%E5%BE%AE%E4%BF%A1%E4%BA%8C%E7%BB%B4%E7%A0%81%E6%B5%8B%E8%AF%95%22%2C%22price%22%3A%221%22%2C%22goodsName%22%3A%22%E5%BE%AE%E4%BF%A1%E4%BA%8C%E7%BB%B4%E7%A0%81%E6%B5%8B%E8%AF%95%22%2C%22goodsId%22%3A%221%22%2C%22quantity%22%3A%221%22%2C%22goodsCategory%22%3A%22TEST%22%7D%5D&instMid=QRPAYDEFAULT&mid=898340149000005&msgSrc=WWW.TEST.COM&msgType=bills.getQRCode&requestTimestamp=2017-06-26+17%3A28%3A02&tid=88880001&totalAmount=1&walletOption=SINGLE";

const PAID: &str =
    "merOrderId=3194202311250001&status=TRADE_SUCCESS&totalAmount=100&notifyId=n1&signType=SHA256";

/// The form as the platform signs it.
fn signed(form: &str, sign_type: SignType) -> String {
    let key = NotifyKey::new(NOTIFY_KEY).unwrap();
    let fields = Fields::parse(form.as_bytes()).unwrap();
    let sign = Signer::new(&key, sign_type).sign(&fields).unwrap();
    format!("{form}&sign={sign}")
}

fn verify(form: &str, more: &[&str]) -> Ran {
    let home = Home::new();
    home.write("notify.key", &format!("{NOTIFY_KEY}\n"));
    let mut command = home.command(["verify-notify", "-", "--notify-key-file=notify.key"]);
    run_with(command.args(more), form.as_bytes())
}

#[test]
fn the_official_example_is_genuine_under_either_hash() {
    let home = Home::new();
    home.write("notify.key", OFFICIAL_KEY);
    for (hash, sign) in [
        (
            "SHA256",
            "a9eced8dd8425d1fc4047cf94e672c69ed1073557ee831c51287341cfab0b21f",
        ),
        ("md5", "57F81BAF8E3BAE1190B26D6C733038AF"),
    ] {
        home.write("form", &format!("{OFFICIAL}&sign={sign}\n"));
        let verify = |hash| {
            let mut command = home.command(["verify-notify", "form"]);
            run(command.args(["--notify-key-file=notify.key", "--sign-type", hash]))
        };
        let ran = verify(hash);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
        let other = if hash == "md5" { "SHA256" } else { "MD5" };
        assert_eq!(verify(other).code, 3);
    }
}

#[test]
fn a_genuine_notification_shows_what_it_is_about() {
    let form = signed(PAID, SignType::Sha256);
    let texts = [
        verify(&form, &["--sign-type=SHA256"]),
        verify(&form, &["--sign-type=SHA256", "--lang=zh"]),
        verify(&form, &["--sign-type=SHA256", "--json"]),
    ]
    .map(|ran| {
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        ran.stdout
    });
    insta::assert_snapshot!(texts.join("\n"), @r#"
    The notification is genuine. Hold its order and amount against your own order.
      merchant order id  3194202311250001
      status             TRADE_SUCCESS
      amount in fen      100
      notification id    n1

    通知验签通过。请再核对订单号和金额是否与自己的订单一致。
      商户订单号  3194202311250001
      状态        TRADE_SUCCESS
      金额（分）  100
      通知号      n1

    {"verified":true,"reason":null,"message":"The notification is genuine. Hold its order and amount against your own order.","sign_type":"SHA256","mer_order_id":"3194202311250001","status":"TRADE_SUCCESS","total_amount":"100","notify_id":"n1"}
    "#);
}

#[test]
fn what_is_not_genuine_is_told_with_the_reason() {
    let genuine = signed(PAID, SignType::Sha256);
    let memo = "attachedData=x%26merOrderId%3DVICTIM%26status%3DTRADE_SUCCESS%26z%3D&merOrderId=MINE&status=CLOSED";
    let memo = signed(memo, SignType::Sha256);
    let (_, sign) = memo.split_once("&sign=").unwrap();
    let forged = format!(
        "attachedData=x&merOrderId=VICTIM&status=TRADE_SUCCESS&z=%26merOrderId%3DMINE%26status%3DCLOSED&sign={sign}"
    );
    let md5 = signed(&PAID.replace("SHA256", "MD5"), SignType::Md5);
    let mut texts = String::new();
    for (form, reason) in [
        (genuine.replace("=100", "=1"), "wrong_signature"),
        (memo, "ambiguous_value"),
        (forged, "ambiguous_value"),
        (md5, "other_sign_type"),
        (PAID.into(), "missing_parameter"),
        (format!("{PAID}&sign=00"), "wrong_length"),
        (
            format!("{PAID}&sign={}", "zz".repeat(32)),
            "not_hexadecimal",
        ),
    ] {
        let ran = verify(&form, &["--sign-type=SHA256", "--json"]);
        assert_eq!((ran.code, ran.stderr.as_str()), (3, ""), "{form}");
        let object = ran.json();
        assert_eq!(object["verified"], false, "{form}");
        assert_eq!(object["reason"], reason, "{form}");
        for field in ["mer_order_id", "status", "total_amount", "notify_id"] {
            assert!(object[field].is_null(), "{form}");
        }
        let english = verify(&form, &["--sign-type=SHA256"]);
        let chinese = verify(&form, &["--sign-type=SHA256", "--lang=zh"]);
        assert_eq!((english.code, chinese.code), (3, 3));
        texts += &format!("{reason}\n{}{}", english.stdout, chinese.stdout);
    }
    insta::assert_snapshot!(texts, @r#"
    wrong_signature
    The signature is not that of these fields under this key: do not believe the notification. ums explain --scheme notify may say more.
    签名与这些字段和通讯密钥不符：不要采信。可用 ums explain --scheme notify 查找原因。
    ambiguous_value
    The signature is right, but it would be right for other fields as well, as a value holds what reads like a field of its own (& name =): do not believe the notification; query the order, and go by the answer.
    签名正确，但某个值里含有形如“&字段名=”的内容，同一签名也可对应另一组字段：不要直接采信；请查询订单，以查询结果为准。
    ambiguous_value
    The signature is right, but it would be right for other fields as well, as a value holds what reads like a field of its own (& name =): do not believe the notification; query the order, and go by the answer.
    签名正确，但某个值里含有形如“&字段名=”的内容，同一签名也可对应另一组字段：不要直接采信；请查询订单，以查询结果为准。
    other_sign_type
    The notification says it is signed with "MD5", and SHA256 is agreed: do not believe it; ask the platform which hash your product is signed with.
    通知声称用 "MD5" 签名，而约定的是 SHA256：不要采信；请与平台确认签名方式。
    missing_parameter
    There is no signature (field sign): do not believe the notification.
    通知没有签名（sign 字段）：不要采信。
    wrong_length
    What stands in sign cannot be a signature with SHA256: do not believe the notification; check which hash is agreed with the platform.
    sign 不是 SHA256 签名（长度不对或不是十六进制）：不要采信；请核对与平台约定的签名方式。
    not_hexadecimal
    What stands in sign cannot be a signature with SHA256: do not believe the notification; check which hash is agreed with the platform.
    sign 不是 SHA256 签名（长度不对或不是十六进制）：不要采信；请核对与平台约定的签名方式。
    "#);
}

/// A line break at the end is an editor's; anything else counts.
#[test]
fn the_bytes_count_as_they_were_received() {
    let form = signed(PAID, SignType::Sha256);
    for (form, code) in [
        (form.clone(), 0),
        (format!("{form}\n"), 0),
        (format!("{form}\r\n"), 0),
        (format!("{form}\n\n"), 3),
        (format!(" {form}"), 3),
        (form.replace("3194", "%33194"), 0),
    ] {
        assert_eq!(
            verify(&form, &["--sign-type=SHA256"]).code,
            code,
            "{form:?}"
        );
    }
}

#[test]
fn what_cannot_be_used_is_named() {
    let home = Home::new();
    home.write("notify.key", NOTIFY_KEY);
    home.write("form", PAID);
    home.write("empty", "");
    home.write("twice", "a=1&a=2");
    home.write("cut", "a=%4");
    let mut talk = String::new();
    for (arguments, code) in [
        (
            &["none", "--notify-key-file=notify.key", "--sign-type=MD5"][..],
            2,
        ),
        (
            &["empty", "--notify-key-file=notify.key", "--sign-type=MD5"],
            2,
        ),
        (
            &["twice", "--notify-key-file=notify.key", "--sign-type=MD5"],
            2,
        ),
        (
            &[
                "twice",
                "--notify-key-file=notify.key",
                "--sign-type=MD5",
                "--lang=zh",
            ],
            2,
        ),
        (
            &[
                "cut",
                "--notify-key-file=notify.key",
                "--sign-type=MD5",
                "--lang=zh",
            ],
            2,
        ),
        (
            &["form", "--notify-key-file=notify.key", "--sign-type=SHA1"],
            2,
        ),
        (&["form", "--notify-key-file=none", "--sign-type=MD5"], 6),
        (&["form", "--notify-key-file=empty", "--sign-type=MD5"], 6),
    ] {
        let ran = run(home.command(["verify-notify"]).args(arguments));
        assert_eq!((ran.code, ran.stdout.as_str()), (code, ""), "{ran:?}");
        talk.push_str(&ran.stderr);
    }
    insta::assert_snapshot!(talk, @r#"
    error: FILE: none cannot be read: No such file or directory (os error 2)
    error: FILE: empty: nothing was given
    error: FILE: twice: parameter "a" given twice
    错误：FILE：twice：字段 "a" 出现了两次
    错误：FILE：cut：第 3 字节：% 后面不是两位十六进制
    error: --sign-type: a notification is signed with SHA256 or MD5
    error: --notify-key-file: the 通讯密钥 file: No such file or directory (os error 2); what was given is not repeated here, as it may be the secret itself: write that to a file, and give the file's name
    error: --notify-key-file: the 通讯密钥 file empty: it is empty; give the value the platform gave you
    "#);
    // The hash has no default: the documents contradict each other.
    for arguments in [
        &["form", "--notify-key-file=notify.key"][..],
        &["form", "--sign-type=SHA256"],
        &["--notify-key-file=notify.key", "--sign-type=SHA256"],
    ] {
        let ran = run(home.command(["verify-notify"]).args(arguments));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
    }
}
