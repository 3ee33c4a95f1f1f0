//! What a person reads in Chinese: no English stands in it but names and codes.

use std::process::Command;

#[path = "../../src/language/foreign.rs"]
mod foreign;

use self::foreign::foreign_words;
use crate::gateway::{Gateway, InTurn, Then, json, reply};
use crate::help::without_later;
use crate::simulator::{Simulator, with_credentials};
use crate::ums::{Home, ORDER, Ran, run, run_once_with, text};

/// Codes that may stand in what is not JSON: values of flags, and the name that a notification's
/// product has.
const CODES: &[&str] = &[
    "env",
    "ca",
    "proxy",
    "timeout",
    "reversal",
    "longitude",
    "latitude",
    "ip",
    "goods",
    "price",
    "quantity",
    "discount",
    "body",
    "orders",
    "amount",
    "state",
    "becomes",
    "refunds",
    "hold",
    "app",
    "merchant",
    "call",
    "journal",
    "serve",
    "lease",
    "production",
    "test",
    "none",
    "environment",
    "true",
    "false",
    "submit",
    "read",
    "resolve",
    "close",
    "override",
    "pay",
    "query",
    "preauthorize",
    "void",
    "refund",
    "reverse",
    "documented",
    "unionpay",
    "forwarder",
    "notify",
    "simulator",
    "always",
    "profiles",
    "sign",
    "bash",
    "elvish",
    "fish",
    "powershell",
    "zsh",
    "en",
    "zh",
];

/// Fails when English stands in what was printed for a person.
#[track_caller]
pub(crate) fn assert_chinese(printed: &str) {
    for line in printed.lines() {
        // What -v adds for whoever looks it up.
        if line.starts_with("英文原文：") {
            continue;
        }
        let foreign = foreign_words(line, CODES);
        assert!(foreign.is_empty(), "{foreign:?} in: {line}\n{printed}");
    }
}

/// Runs the command, which has been refused in English, in Chinese too: every test of a refusal is
/// one of its Chinese.
pub(crate) fn refused_in_chinese(command: &mut Command, stdin: &[u8], in_english: &Ran) {
    command.env("LC_ALL", "zh_CN.UTF-8");
    let ran = run_once_with(command, stdin);
    command.env_remove("LC_ALL");
    assert_eq!(ran.code, in_english.code, "{ran:?}");
    // What a person gave is said as it was given.
    let given: Vec<_> = command
        .get_args()
        .flat_map(|argument| {
            let argument = argument.to_string_lossy().into_owned();
            argument.split('=').map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    // The help of a command that lacks all is told by other tests.
    if !in_english
        .stderr
        .contains("Usage: ums [OPTIONS] <COMMAND>\n\nCommands:")
    {
        for line in ran
            .stderr
            .lines()
            .filter(|line| !line.starts_with("英文原文："))
        {
            let mut foreign = foreign_words(line, CODES);
            foreign.retain(|word| !given.contains(word));
            assert!(foreign.is_empty(), "{foreign:?} in: {line}\n{ran:?}");
        }
    }
    assert_ne!(ran.stderr, in_english.stderr);
    let detail = |ran: &Ran| -> Option<serde_json::Value> {
        let object: serde_json::Value = serde_json::from_str(ran.stdout.lines().next()?).ok()?;
        Some(object["evidence"]["detail"].clone())
    };
    assert_eq!(detail(&ran), detail(in_english), "a script reads English");
}

fn in_chinese(command: &mut Command) -> Ran {
    let ran = run(command.args(["--lang", "zh"]));
    assert_chinese(&ran.stderr);
    assert_chinese(&ran.stdout);
    ran
}

#[test]
fn help() {
    let home = Home::new();
    let ran = run(home.command(["--help"]).env("LANG", "zh_CN.UTF-8"));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(without_later(&ran.stdout));
    // However it is asked for.
    for arguments in [
        &["--help", "--lang", "zh"][..],
        &["--lang=zh", "help"],
        &["--lang", "zh", "-v", "--help"],
    ] {
        let other = run(&mut home.command(arguments));
        assert_eq!(other.stdout, ran.stdout, "{arguments:?}");
    }
    let ran = run(&mut home.command(["--lang=en", "--help"]));
    assert!(ran.stdout.contains("Usage: "));
}

#[test]
fn help_of_void() {
    let home = Home::new();
    let ran = run(&mut home.command(["void", "--help", "--lang", "zh"]));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    // The global options are shown above.
    let own = ran.stdout.split("全局选项：").next().unwrap();
    let after = ran.stdout.split_once("退出码").unwrap().1;
    insta::assert_snapshot!(format!("{own}[…]\n{after}"));
    let other = run(&mut home.command(["--lang", "zh", "help", "void"]));
    assert_eq!(other.stdout, ran.stdout);
}

/// What installs itself into an English system.
#[test]
fn pages_and_completions_stay_english() {
    let home = Home::new();
    for arguments in [&["man"][..], &["completions", "bash"], &["--version"]] {
        let english = run(&mut home.command(arguments));
        let chinese = run(home.command(arguments).args(["--lang", "zh"]));
        assert_eq!((chinese.code, chinese.stdout), (0, english.stdout));
    }
}

/// One of each kind that clap knows.
#[test]
fn usage_errors() {
    let home = Home::new();
    let mut talk = String::new();
    for arguments in [
        &["viod"][..],
        &["void", "--nonsense"],
        &["void", "--merchant-ordr-id=1"],
        &["void", "--timeout"],
        &["void", "--api-version=v9"],
        &["void", "--yes", "--yes"],
        &["void", "stray"],
        &["query-refund", "--original-order-id=1"],
        &["api", "/x"],
        &["api", "/x", "--reads", "--moves-money"],
        &["pay", "--pay-code=1", "--pay-code-file=2"],
        &["void", "--resolve-pace=1"],
        &["simulator", "--listen=here"],
        &["simulator", "--max-connections=-1"],
        &["simulator", "--fault=nosuch"],
        &["simulator", "--fault=silence-applied,times=x"],
        &["simulator", "--fault=silence-applied,operation=viod"],
        &["simulator", "--fault=silence-applied,sometimes"],
        &["completions", "tcsh"],
        &["void", "--limit-cross-device=perhaps"],
        &["--lang=de", "void"],
    ] {
        let mut command = home.command(arguments);
        let ran = run(command.env("LANG", "zh_CN.UTF-8"));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{arguments:?}");
        assert_chinese(&ran.stderr);
        let first = ran.stderr.lines().next().unwrap();
        assert!(first.starts_with("错误："), "{first}");
        assert!(
            ran.stderr.ends_with("更多信息请用 --help 查看。\n"),
            "{ran:?}"
        );
        talk.push_str(&format!("{first}\n"));
        for tip in ran.stderr.lines().filter(|line| line.contains("提示：")) {
            talk.push_str(&format!("{tip}\n"));
        }
        // A script reads the same in every language.
        let detail = |language| {
            let mut command = home.command(arguments);
            let ran = run(command.args(["--json"]).env("LANG", language));
            let object = serde_json::from_str::<serde_json::Value>(&ran.stdout).unwrap();
            object["evidence"]["detail"].clone()
        };
        if !arguments.contains(&"--json") {
            assert_eq!(detail("zh_CN.UTF-8"), detail("C"), "{arguments:?}");
        }
    }
    insta::assert_snapshot!(talk);
}

/// The simulator with one paid order, and commands that are sent there.
struct Shop {
    home: Home,
    simulator: Simulator,
}

impl Shop {
    fn open(more: &[&str]) -> Self {
        let home = Home::new();
        let orders = format!(
            r#"{{"orders": [{{"orderId": "{ORDER}", "merchantOrderId": "M0", "amount": 4160}},
                {{"orderId": "U2", "merchantOrderId": "M2", "amount": 100}}]}}"#
        );
        let orders = home.write("orders.json", &orders);
        let mut command = home.command(["simulator", "--lang=zh", "--orders", text(&orders)]);
        let simulator = Simulator::start(with_credentials(command.args(more)));
        Self { home, simulator }
    }

    fn run(&self, arguments: &[&str], code: i32) -> Ran {
        let mut command = self.home.operation(arguments);
        let ran = in_chinese(command.args(["--base-url", &self.simulator.url]));
        assert_eq!(ran.code, code, "{arguments:?}: {ran:?}");
        ran
    }

    fn pay(&self, order: &str, code: &str, more: &[&str], exit: i32) -> Ran {
        let mut arguments = vec![
            "pay",
            "--merchant-order-id",
            order,
            "--amount",
            "100",
            "--merchant-remark",
            "午餐",
            "--pay-code",
            code,
        ];
        arguments.extend(more);
        self.run(&arguments, exit)
    }
}

/// Whatever is printed of the payments, voids and refunds of a day.
pub(crate) fn the_main_paths_of_every_command() {
    let shop = Shop::open(&[]);
    let quick = [
        "--timeout=1",
        "--resolve",
        "--resolve-pace=0.05",
        "--resolve-within=1",
    ];
    let paid = shop.pay("P1", "285668667587422761", &[], 0);
    for words in [
        "交易成功（应答码 00",
        "订单金额",
        "1.00 元",
        "支付渠道",
        "耗时",
        "毫秒",
    ] {
        assert!(paid.stdout.contains(words), "{words}: {paid:?}");
    }
    shop.pay("P2", "995700000000000001", &[], 3);
    shop.pay("P3", "990000000000000001", &["--timeout=2"], 5);
    shop.pay("P4", "990000000000000001", &quick, 0);
    shop.pay("P5", "990100000000000001", &quick, 5);
    shop.pay("P4", "285668667587422761", &[], 5);
    // A query finds a payment of this minute, and nothing tells it from this one.
    shop.pay("P4", "285668667587422761", &quick, 0);
    shop.pay(
        "T1",
        "285668667587422761",
        &["--on-unknown=void", "--within=2"],
        0,
    );
    shop.pay(
        "T2",
        "992000600000000001",
        &["--on-unknown=void", "--within=2"],
        5,
    );
    shop.run(&["query", "--merchant-order-id=P1"], 0);
    shop.run(&["query", "--merchant-order-id=NONE"], 5);
    shop.run(&["query", "--merchant-order-id=P2"], 3);
    let refund = [
        "refund",
        "--merchant-order-id=P1",
        "--refund-request-id=R1",
        "--amount=30",
    ];
    shop.run(&refund, 0);
    shop.run(&refund, 0);
    let query = [
        "query-refund",
        "--merchant-order-id=P1",
        "--refund-request-id=R1",
    ];
    shop.run(&query, 0);
    shop.run(
        &[
            "query-refund",
            "--merchant-order-id=P1",
            "--refund-request-id=NONE",
        ],
        5,
    );
    shop.run(&["query", "--merchant-order-id=P1"], 5);
    shop.run(
        &[
            "refund",
            "--merchant-order-id=P1",
            "--refund-request-id=R2",
            "--amount=9999",
        ],
        3,
    );
    shop.run(&["void", "--original-order-id", ORDER], 0);
    shop.run(&["void", "--original-order-id", ORDER], 3);
    shop.run(&["query", "--original-order-id", ORDER], 3);
    shop.run(&["void", "--original-order-id=NONE"], 3);
    shop.run(&["reverse", "--merchant-order-id=M2", "--amount=100"], 0);
    shop.run(&["activate"], 0);
    let path = "/v6/poslink/transaction/query";
    let body = [
        "-f",
        "merchantCode=103290070111417",
        "-f",
        "terminalCode=12340511",
    ];
    let mut call = vec!["api", path, "--reads", "-f", "merchantOrderId=P1"];
    call.extend(body);
    shop.run(&call, 5);
}

pub(crate) fn what_became_of_a_lost_answer() {
    let shop = Shop::open(&["--fault", "silence-applied,always,operation=void"]);
    let void = ["void", "--original-order-id", ORDER, "--timeout=2"];
    let ran = shop.run(&void, 5);
    assert!(
        ran.stdout
            .starts_with("交易状态未知：请求已发送完毕，等待应答超时；"),
        "{ran:?}"
    );
    assert!(ran.stdout.contains("请勿重新发起"), "{ran:?}");
    let mut command = shop.home.operation(void);
    let json = run(command.args(["--json", "--base-url", &shop.simulator.url]));
    shop.home.write("void.json", &json.stdout);
    let ran = shop.run(&["resolve", "void.json", "--pace=0.05"], 0);
    assert!(ran.stdout.starts_with("已核实：撤销已成功"), "{ran:?}");
    // Known already.
    shop.home.write(
        "known.json",
        &run(shop
            .home
            .operation(["query", "--merchant-order-id=M2", "--json"])
            .args(["--base-url", &shop.simulator.url]))
        .stdout,
    );
    shop.run(&["resolve", "known.json"], 0);
    shop.home.write("broken.json", "{\"outcome\": 7}");
    shop.run(&["resolve", "broken.json"], 2);
    // Nothing can be asked.
    let mut command = shop.home.command(["resolve", "void.json"]);
    let ran = in_chinese(command.args(["--base-url", &shop.simulator.url]));
    assert_eq!(ran.code, 6, "{ran:?}");
    assert!(ran.stdout.contains("缺少 AppId"), "{ran:?}");
}

/// Replies that no gateway should give.
#[test]
fn what_cannot_be_judged() {
    let home = Home::new();
    let replies = [
        json(r#"{"errCode":"96","errInfo":"系统异常"}"#),
        json(r#"{"errCode":"ZZ"}"#),
        json("{}"),
        json(r#"{"errCode":"00","errInfo":"成功","orderId":"20230718000000000000000001"}"#),
        json("[7]"),
        reply("502 Bad Gateway", "text/html", "网关错误"),
        reply(
            "412 Precondition Failed",
            "application/json",
            r#"{"errCode":"1000","errInfo":"认证失败"}"#,
        ),
    ];
    for then in replies {
        let gateway = Gateway::start(then);
        in_chinese(&mut home.void(["--base-url", &gateway.url]));
        drop(gateway.received());
    }
    // Nobody there.
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let ran = in_chinese(&mut home.void(["--base-url", &format!("http://{closed}")]));
    assert_eq!(ran.code, 4);
    assert!(ran.stdout.starts_with("未发送：无法建立连接。"), "{ran:?}");
    // A query of which nothing comes back, and what -v adds to it.
    let gateway = InTurn::start([Then::Hang]);
    let arguments = [
        "--original-order-id",
        ORDER,
        "--timeout=1",
        "--base-url",
        &gateway.url,
    ];
    in_chinese(home.operation(["query"]).args(arguments));
}

/// Codes and nonces help a technician, and nobody else.
pub(crate) fn codes_and_nonces_are_shown_when_asked_for() {
    let shop = Shop::open(&["--fault", "silence-applied,always"]);
    let void = ["void", "--original-order-id", ORDER, "--timeout=1"];
    for (language, reason, nonce) in [("zh", "原因代码", "随机数"), ("en", "reason", "nonce")]
    {
        let run = |more: &[&str]| {
            let mut command = shop.home.operation(void);
            command.args(["--lang", language, "--base-url", &shop.simulator.url]);
            run(command.args(more)).stdout
        };
        let plain = run(&[]);
        assert!(!plain.contains(reason) && !plain.contains(nonce), "{plain}");
        let verbose = run(&["-v"]);
        assert!(
            verbose.contains(reason) && verbose.contains(nonce),
            "{verbose}"
        );
        assert!(verbose.contains("deadline"), "{verbose}");
    }
}

#[test]
fn signing_and_what_is_wrong_with_a_signature() {
    let home = Home::new();
    home.write("body.json", "{}");
    home.write("notify.key", "NotifyMARKERNotifyMARKER");
    home.write(
        "form.txt",
        "merOrderId=1&status=TRADE_SUCCESS&totalAmount=1&sign=00",
    );
    let header = run(&mut home.operation(["sign", "--body=body.json"])).stdout;
    let header = header.trim();
    let explain = |header: &str, body: &str| {
        home.write("other.json", body);
        in_chinese(&mut home.operation(["explain", "--header", header, "--body=other.json"]))
    };
    assert_eq!(explain(header, "{}").code, 0);
    assert_eq!(explain(header, "{}\n").code, 3);
    assert_eq!(
        explain(&header.replace("AppId=\"1", "AppId=\"2"), "{}").code,
        3
    );
    assert_eq!(explain(&header.to_lowercase(), "{}").code, 3);
    let both = ["explain", "--header", header, "--right-header", header];
    assert_eq!(in_chinese(&mut home.command(both)).code, 0);
    let form = ["--notify-key-file=notify.key", "--sign-type=SHA256"];
    let ran = in_chinese(home.command(["verify-notify", "form.txt"]).args(form));
    assert_eq!(ran.code, 3);
    let ran = in_chinese(
        home.command(["explain", "--scheme=notify", "--body=form.txt"])
            .args(form),
    );
    assert_eq!(ran.code, 3);
}

pub(crate) fn the_demo() {
    let ran = in_chinese(&mut Home::new().command(["demo"]));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(
        ran.stdout
            .contains("此时若重发，就可能重复操作；若报“失败”，则与事实不符。")
    );
}

#[cfg(unix)]
#[test]
fn the_simulator() {
    let home = Home::new();
    for more in [
        &[][..],
        &["--listen=0.0.0.0:0", "--control=127.0.0.1:0"],
        &["--tls"],
        &["--tls-ca-out=ca.pem"],
    ] {
        let mut command = home.command(["simulator", "--lang=zh"]);
        let simulator = Simulator::start(command.args(more));
        let (_, talk) = simulator.interrupt(rustix::process::Signal::INT);
        let talk: String = talk
            .split_inclusive('\n')
            .skip_while(|line| line.starts_with("-----BEGIN"))
            .filter(|line| line.contains(|c: char| !c.is_ascii()) || line.contains("ums"))
            .collect();
        assert_chinese(&talk);
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_call() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let home = Home::new();
    let mut command = home.void(["--lang=zh", "--base-url", &url]);
    command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    let (mut stream, _) = listener.accept().unwrap();
    let mut request = Vec::new();
    while !request.contains(&b'}') {
        let mut buffer = [0; 1024];
        let size = std::io::Read::read(&mut stream, &mut buffer).unwrap();
        request.extend_from_slice(&buffer[..size]);
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 5, "{ran:?}");
    assert_chinese(&ran.stdout);
    assert_chinese(&ran.stderr);
    assert!(ran.stderr.starts_with("交易状态未知："), "{ran:?}");
}
