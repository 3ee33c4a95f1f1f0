//! `ums void` against a gateway that shares nothing with the project: the four outcomes, one
//! complete request each.

use std::net::TcpListener;

use ums_client::auth::open_body_sig::{Authorization, Signer};
use ums_client::auth::{AppId, AppKey};

use crate::gateway::{Gateway, Then, header, json, reply};
use crate::ums::{APP_ID, Home, KEY, ORDER, Ran, run, without_times};

const APPROVED: &str = r#"{"errCode":"00","errInfo":"成功","orderId":"20230718110248029165883554","transactionTime":"150405","transactionDateWithYear":"20230718","retrievalRefNum":"01019283041N","transactionAmount":"4160","actualTransactionAmount":4160,"thirdPartyName":"微信钱包"}"#;

/// Runs a void against a gateway that answers so, and checks the one request.
fn void(then: Then, flags: &[&str]) -> Ran {
    let home = Home::new();
    let gateway = Gateway::start(then);
    let ran = run(home.void(["--base-url", &gateway.url]).args(flags));
    let received = gateway.received();
    let (head, body) = received.one_complete_request();
    assert_eq!(
        head.lines().next(),
        Some("POST /v6/poslink/transaction/voidpayment HTTP/1.1")
    );
    assert_eq!(header(head, "content-type"), Some("application/json"));
    let expected = format!(
        r#"{{"merchantCode":"103290070111417","terminalCode":"12340511","originalOrderId":"{ORDER}"}}"#
    );
    assert_eq!(std::str::from_utf8(body), Ok(expected.as_str()));
    let authorization = Authorization::parse(header(head, "authorization").unwrap()).unwrap();
    let signer = Signer::new(AppId::new(APP_ID).unwrap(), &AppKey::new(KEY).unwrap());
    signer.verify(body, &authorization).unwrap();
    ran
}

#[test]
fn approved() {
    let ran = void(json(APPROVED), &["--json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let object = ran.json();
    assert_eq!(object["outcome"], "approved");
    assert_eq!(object["err_code"], "00");
    assert_eq!(object["next_step"], "done");
    assert!(
        ran.stdout.contains(&format!(r#""reply":{APPROVED},"#)),
        "as received: {}",
        ran.stdout
    );
}

#[test]
fn declined() {
    let ran = void(json(r#"{"errCode":"57","errInfo":"不允许"}"#), &["--json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (3, ""));
    assert_eq!(ran.json()["outcome"], "declined");
    assert_eq!(ran.json()["err_info"], "不允许");
}

#[test]
fn refused_credentials_are_declined() {
    let body = r#"{"errCode":"1000","errInfo":"认证失败"}"#;
    let then = reply("412 Precondition Failed", "application/json", body);
    let ran = void(then, &["--json"]);
    assert_eq!(ran.code, 3);
    assert_eq!(ran.json()["next_step"], "fix_credentials");
}

#[test]
fn unknown_after_html() {
    let then = reply("502 Bad Gateway", "text/html", "<html>\n\"502\"</html>");
    let ran = void(then, &["--json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (5, ""));
    let object = ran.json();
    assert_eq!(object["outcome"], "unknown");
    assert_eq!(object["reply"], "<html>\n\"502\"</html>");
    assert_eq!(object["evidence"]["reason"], "status");
    assert_eq!(object["evidence"]["http_status"], 502);
    assert_eq!(object["next_step"], "query");
}

#[test]
fn unknown_after_an_unlisted_code() {
    let ran = void(json(r#"{"errCode":"88"}"#), &["--json"]);
    assert_eq!(ran.code, 5);
    assert_eq!(ran.json()["evidence"]["reason"], "code");
}

#[test]
fn unknown_after_a_close() {
    let ran = void(Then::Close, &["--json"]);
    assert_eq!(ran.code, 5);
    let evidence = &ran.json()["evidence"];
    assert_eq!(evidence["requests_sent"], 1);
    assert_eq!(
        evidence["request_bytes_written"],
        evidence["request_bytes_total"]
    );
    assert!(ran.json()["reply"].is_null());
}

#[test]
fn unknown_after_the_timeout() {
    let ran = void(Then::Hang, &["--json", "--timeout", "0.3"]);
    assert_eq!(ran.code, 5);
    assert_eq!(ran.json()["evidence"]["reason"], "deadline");
    assert_eq!(ran.json()["evidence"]["phase"], "awaiting_reply");
}

#[test]
fn a_cut_reply_is_text() {
    let body = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"errCode\":\"00\"";
    let home = Home::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut stream, _) = listener.accept().unwrap();
        let mut buffer = [0; 4096];
        while !buffer.contains(&b'}') {
            assert_ne!(stream.read(&mut buffer).unwrap(), 0);
        }
        stream.write_all(body.as_bytes()).unwrap();
    });
    let ran = run(&mut home.void(["--json", "--base-url", &url]));
    thread.join().unwrap();
    assert_eq!(ran.code, 5);
    assert_eq!(ran.json()["reply"], "{\"errCode\":\"00\"");
}

#[test]
fn a_reply_of_many_lines_stays_on_one() {
    let body = "{\r\n  \"errCode\" : \"00\",\n \"amount\": 1.10\n}";
    let ran = void(json(body), &["--json"]);
    assert_eq!(ran.code, 0);
    assert_eq!(ran.json()["reply"]["errCode"], "00");
    assert!(ran.stdout.contains("1.10"), "{}", ran.stdout);
}

#[test]
fn not_sent() {
    let home = Home::new();
    // Bound and dropped: nobody listens there.
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let ran = run(&mut home.void(["--json", "--base-url", &format!("http://{address}")]));
    assert_eq!((ran.code, ran.stderr.as_str()), (4, ""));
    let object = ran.json();
    assert_eq!(object["outcome"], "not_sent");
    assert_eq!(object["evidence"]["reason"], "connect");
    assert_eq!(object["evidence"]["requests_sent"], 0);
}

#[test]
fn every_field_is_sent() {
    let home = Home::new();
    let gateway = Gateway::start(json(APPROVED));
    let ran = run(home.void(["--base-url", &gateway.url]).args([
        "--merchant-order-id=2023-1",
        "--system-trace-num=000123",
        "--merchant-remark=顾客 要求",
        "--limit-cross-device=false",
        "--biz-identifier=abc",
    ]));
    assert_eq!(ran.code, 0);
    let received = gateway.received();
    let (_, body) = received.one_complete_request();
    insta::assert_snapshot!(std::str::from_utf8(body).unwrap(), @r#"{"merchantCode":"103290070111417","terminalCode":"12340511","systemTraceNum":"000123","merchantOrderId":"2023-1","originalOrderId":"20230718110248029165883554","merchantRemark":"顾客 要求","limitCrossDevice":false,"bizIdentifier":"abc"}"#);
}

#[test]
fn the_object_keeps_its_keys_and_their_order() {
    let objects = [
        void(json(APPROVED), &["--json"]),
        void(json(r#"{"errCode":"00","orderId":"other"}"#), &["--json"]),
        void(Then::Close, &["--json"]),
        run(&mut Home::new().void(["--json"])),
    ];
    let objects: Vec<_> = objects
        .iter()
        .map(|ran| steady(&without_times(&ran.stdout)))
        .collect();
    insta::assert_snapshot!(objects.join("\n"), @r#"
    {"version":1,"outcome":"approved","as_of":null,"stands":null,"err_code":"00","err_info":"成功","provenance":null,"reply":{"errCode":"00","errInfo":"成功","orderId":"20230718110248029165883554","transactionTime":"150405","transactionDateWithYear":"20230718","retrievalRefNum":"01019283041N","transactionAmount":"4160","actualTransactionAmount":4160,"thirdPartyName":"微信钱包"},"evidence":{"operation":"void_payment","reason":null,"detail":null,"attempt_id":_,"timestamp":_,"phase":"complete","request_bytes_written":491,"request_bytes_total":491,"reply_bytes_read":333,"http_status":200,"connection_reused":false,"timings_ms":{"connected":_,"sent":_,"head":_,"ended":_},"requests_sent":1,"attempts":[],"elapsed_ms":_,"url":_,"clock_ahead_s":null,"deadline":null,"discrepancies":[]},"next":"Nothing more to do.","next_step":"done","may_repeat":"no","state":null,"final":null,"request":{"operation":"void_payment","path":"/v6/poslink/transaction/voidpayment","body":{"merchantCode":"103290070111417","terminalCode":"12340511","originalOrderId":"20230718110248029165883554"}},"resolution":null,"till":null,"steps":null,"live":false,"gateway":_,"id":null,"key":null,"operation":"void_payment","profile":null,"merchant":"103290070111417","terminal":"12340511","store_id":null,"operator_id":null,"order":{"ums":"20230718110248029165883554","merchant":null},"refund_request_id":null,"third_party_order_id":null,"retrieval_ref_num":"01019283041N","wallet":"微信钱包","card_attr":null,"amount_fen":4160,"paid_fen":null,"refunded_fen":null,"transaction_date":"2023-07-18","settlement_date":null,"recorded":null,"replayed":null,"call":null,"labels":{},"history":[]}
    {"version":1,"outcome":"unknown","as_of":null,"stands":null,"err_code":"00","err_info":null,"provenance":null,"reply":{"errCode":"00","orderId":"other"},"evidence":{"operation":"void_payment","reason":"discrepancy","detail":"the reply is not about this request: orderId is \"other\", and \"20230718110248029165883554\" was expected","attempt_id":_,"timestamp":_,"phase":"complete","request_bytes_written":491,"request_bytes_total":491,"reply_bytes_read":105,"http_status":200,"connection_reused":false,"timings_ms":{"connected":_,"sent":_,"head":_,"ended":_},"requests_sent":1,"attempts":[],"elapsed_ms":_,"url":_,"clock_ahead_s":null,"deadline":_,"discrepancies":[{"field":"orderId","expected":"20230718110248029165883554","received":"other"}]},"next":"Confirm it with a query: the reply does not match the request. Run: ums resolve --base-url _ --merchant-code 103290070111417 --terminal-code 12340511 --operation void --original-order-id 20230718110248029165883554 --signed-at _ --deadline _ --err-code 00","next_step":"confirm","may_repeat":"no","state":null,"final":null,"request":{"operation":"void_payment","path":"/v6/poslink/transaction/voidpayment","body":{"merchantCode":"103290070111417","terminalCode":"12340511","originalOrderId":"20230718110248029165883554"}},"resolution":null,"till":null,"steps":null,"live":false,"gateway":_,"id":null,"key":null,"operation":"void_payment","profile":null,"merchant":"103290070111417","terminal":"12340511","store_id":null,"operator_id":null,"order":{"ums":"20230718110248029165883554","merchant":null},"refund_request_id":null,"third_party_order_id":null,"retrieval_ref_num":null,"wallet":null,"card_attr":null,"amount_fen":null,"paid_fen":null,"refunded_fen":null,"transaction_date":null,"settlement_date":null,"recorded":null,"replayed":null,"call":null,"labels":{},"history":[]}
    {"version":1,"outcome":"unknown","as_of":null,"stands":null,"err_code":null,"err_info":null,"provenance":null,"reply":null,"evidence":{"operation":"void_payment","reason":"closed","detail":"the connection was closed before the whole reply was read: connection closed before message completed","attempt_id":_,"timestamp":_,"phase":"awaiting_reply","request_bytes_written":491,"request_bytes_total":491,"reply_bytes_read":0,"http_status":null,"connection_reused":false,"timings_ms":{"connected":_,"sent":_,"head":null,"ended":_},"requests_sent":1,"attempts":[],"elapsed_ms":_,"url":_,"clock_ahead_s":null,"deadline":_,"discrepancies":[]},"next":"Do not send it again. Query the order until its state is certain. Run: ums resolve --base-url _ --merchant-code 103290070111417 --terminal-code 12340511 --operation void --original-order-id 20230718110248029165883554 --signed-at _ --deadline ","next_step":"query","may_repeat":"no","state":null,"final":null,"request":{"operation":"void_payment","path":"/v6/poslink/transaction/voidpayment","body":{"merchantCode":"103290070111417","terminalCode":"12340511","originalOrderId":"20230718110248029165883554"}},"resolution":null,"till":null,"steps":null,"live":false,"gateway":_,"id":null,"key":null,"operation":"void_payment","profile":null,"merchant":"103290070111417","terminal":"12340511","store_id":null,"operator_id":null,"order":{"ums":"20230718110248029165883554","merchant":null},"refund_request_id":null,"third_party_order_id":null,"retrieval_ref_num":null,"wallet":null,"card_attr":null,"amount_fen":null,"paid_fen":null,"refunded_fen":null,"transaction_date":null,"settlement_date":null,"recorded":null,"replayed":null,"call":null,"labels":{},"history":[]}
    {"version":1,"outcome":"not_sent","as_of":null,"stands":null,"err_code":null,"err_info":null,"provenance":null,"reply":null,"evidence":{"operation":"void_payment","reason":"invalid_input","detail":"no gateway: give --env production, --env test or --base-url _ or set UMS_ENV, UMS_BASE_URL, or env or base_url in a profile; there is no default, so that money goes nowhere by accident","attempt_id":null,"timestamp":null,"phase":null,"request_bytes_written":null,"request_bytes_total":null,"reply_bytes_read":null,"http_status":null,"connection_reused":null,"timings_ms":{"connected":null,"sent":null,"head":null,"ended":null},"requests_sent":0,"attempts":[],"elapsed_ms":_,"url":null,"clock_ahead_s":null,"deadline":null,"discrepancies":[]},"next":"Correct the request, then send it again.","next_step":"fix_request","may_repeat":"same_key","state":null,"final":null,"request":null,"resolution":null,"till":null,"steps":null,"live":null,"gateway":null,"id":null,"key":null,"operation":"void_payment","profile":null,"merchant":null,"terminal":null,"store_id":null,"operator_id":null,"order":{"ums":null,"merchant":null},"refund_request_id":null,"third_party_order_id":null,"retrieval_ref_num":null,"wallet":null,"card_attr":null,"amount_fen":null,"paid_fen":null,"refunded_fen":null,"transaction_date":null,"settlement_date":null,"recorded":null,"replayed":null,"call":null,"labels":{},"history":[]}
    "#);
}

#[test]
fn a_person_reads_a_sentence_and_a_table() {
    let runs = [
        void(json(APPROVED), &[]),
        void(json(APPROVED), &["--lang", "zh"]),
        void(json(r#"{"errCode":"00","orderId":"other"}"#), &[]),
        void(reply("502 Bad Gateway", "text/html", "<h1>\u{1b}[2J"), &[]),
    ];
    let texts: Vec<_> = runs
        .iter()
        .map(|ran| steady_text(&without_times(&ran.stdout)))
        .collect();
    insta::assert_snapshot!(texts.join("\n"), @r#"
    Approved: errCode "00" "成功". Nothing more to do.

      UMS order id        20230718110248029165883554
      merchant code       103290070111417
      terminal code       12340511
      amount              41.60 CNY
      moved               41.60 CNY
      date                2023-07-18
      time                15:04:05
      retrieval ref. no.  01019283041N
      wallet              微信钱包
      sent to  _
      HTTP status         200
      bytes sent          491 / 491
      took  _

    交易成功（应答码 00：成功；含义：交易成功）。无需再做处理。

      银商订单号    20230718110248029165883554
      商户号        103290070111417
      终端号        12340511
      订单金额      41.60 元
      实际交易金额  41.60 元
      交易日期      2023-07-18
      交易时间      15:04:05
      检索参考号    01019283041N
      支付渠道      微信钱包
      网关地址  _
      HTTP 状态     200
      已发字节      491 / 491
      耗时  _

    Unknown: the reply is not about this request: orderId is "other", and "20230718110248029165883554" was expected; it may or may not have been carried out. Confirm it with a query: the reply does not match the request. Run: ums resolve --base-url _ --merchant-code 103290070111417 --terminal-code 12340511 --operation void --original-order-id 20230718110248029165883554 --signed-at _ --deadline _ --err-code 00

      UMS order id      20230718110248029165883554
      merchant code     103290070111417
      terminal code     12340511
      not as requested  orderId: 20230718110248029165883554 ≠ other
      sent to  _
      HTTP status       200
      bytes sent        491 / 491
      took  _

    Unknown: HTTP status 502 says nothing certain; it may or may not have been carried out. Do not send it again. Query the order until its state is certain. Run: ums resolve --base-url _ --merchant-code 103290070111417 --terminal-code 12340511 --operation void --original-order-id 20230718110248029165883554 --signed-at _ --deadline 

      UMS order id   20230718110248029165883554
      merchant code  103290070111417
      terminal code  12340511
      reply          <h1>\u001b[2J
      sent to  _
      HTTP status    502
      bytes sent     491 / 491
      took  _
    "#);
}

/// The object with what differs from run to run masked.
fn steady(object: &str) -> String {
    const VARYING: [&str; 11] = [
        "attempt_id",
        "timestamp",
        "connected",
        "sent",
        "head",
        "ended",
        "elapsed_ms",
        "url",
        "clock_ahead_s",
        "gateway",
        "deadline",
    ];
    let mut text = object.trim_end().to_owned();
    for key in VARYING {
        let mark = format!("\"{key}\":");
        let Some(at) = text.find(&mark).map(|at| at + mark.len()) else {
            continue;
        };
        let length = text[at..].find([',', '}']).unwrap();
        if &text[at..at + length] != "null" {
            text.replace_range(at..at + length, "_");
        }
    }
    text
}

/// The text with what differs from run to run masked.
fn steady_text(text: &str) -> String {
    text.lines()
        .map(|line| {
            let varying = ["http://", " @ ", " ms", " 毫秒"]
                .iter()
                .any(|mark| line.contains(mark));
            match line.trim_start().find("  ") {
                Some(at) if varying => format!("{}  _\n", &line[..at + 2]),
                _ => format!("{line}\n"),
            }
        })
        .collect()
}
