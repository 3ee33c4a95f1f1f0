//! A signal in the middle of a call: whatever it interrupts, the report says what is known, and has
//! the request.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::at_once::at_once;
use crate::terminal::terminal;
use crate::ums::{Home, ORDER, RESOLVE, Ran, signals_are_ignored};

/// Each ends a process that does not listen.
const SIGNALS: [Signal; 4] = [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT];

fn start(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn interrupt(child: Child, signal: Signal) -> Ran {
    kill_process(Pid::from_child(&child), signal).unwrap();
    Ran::of(child.wait_with_output().unwrap())
}

fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

/// The next request on a connection, whole.
fn read_request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    while !request.contains(&b'}') {
        let mut buffer = [0; 1024];
        let size = stream.read(&mut buffer).unwrap();
        assert_ne!(size, 0, "{}", String::from_utf8_lossy(&request));
        request.extend_from_slice(&buffer[..size]);
    }
    String::from_utf8(request).unwrap()
}

fn answer(stream: &mut TcpStream, body: &str) {
    let length = body.len();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
    stream
        .write_all(format!("{head}{body}").as_bytes())
        .unwrap();
}

/// The void of [`ORDER`] as every report has it.
fn void_as_sent() -> Value {
    json!({
        "operation": "void_payment",
        "path": "/v6/poslink/transaction/voidpayment",
        "body": {
            "merchantCode": "103290070111417",
            "terminalCode": "12340511",
            "originalOrderId": ORDER,
        },
    })
}

fn assert_not_sent(ran: &Ran) {
    assert_eq!(ran.code, 4, "{ran:?}");
    let object = ran.json();
    assert_eq!(object["outcome"], "not_sent");
    assert_eq!(object["next_step"], "send_again");
    assert_eq!(object["evidence"]["reason"], "interrupted");
    assert_eq!(object["evidence"]["requests_sent"], 0);
    assert_eq!(object["request"], void_as_sent());
    assert_eq!(object["live"], false);
    assert!(ran.stderr.starts_with("Not sent: "), "{ran:?}");
}

fn assert_unknown(ran: &Ran) {
    assert_eq!(ran.code, 5, "{ran:?}");
    let object = ran.json();
    assert_eq!(object["outcome"], "unknown");
    assert_eq!(object["next_step"], "query");
    assert_eq!(object["evidence"]["reason"], "interrupted");
    assert!(object["evidence"]["requests_sent"].is_null());
    assert_eq!(object["evidence"]["attempt_id"].as_str().unwrap().len(), 32);
    assert_eq!(object["evidence"]["timestamp"].as_str().unwrap().len(), 14);
    assert_eq!(object["request"], void_as_sent());
    assert_eq!(object["live"], false);
    assert!(ran.stderr.starts_with("Unknown: "), "{ran:?}");
}

/// The gateway's queue of connections is full, and the kernel says nothing more.
#[cfg(target_os = "linux")]
pub(crate) fn while_connecting_nothing_was_sent() {
    for signal in SIGNALS {
        let (listener, url) = listen();
        let address = listener.local_addr().unwrap();
        rustix::net::listen(&listener, 0).unwrap();
        let mut queue = Vec::new();
        while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
            queue.push(stream);
        }
        let home = Home::new();
        let child = start(&mut home.void(["--json", "--base-url", &url]));
        while !is_connecting(&child, address) {
            thread::sleep(Duration::from_millis(5));
        }
        assert_not_sent(&interrupt(child, signal));
    }
}

/// Whether the process has a connection to there of which only SYN was sent. One of this process
/// does not count: a process that another test starts has it, too, until it runs its own program.
#[cfg(target_os = "linux")]
fn is_connecting(child: &Child, address: SocketAddr) -> bool {
    let Ok(files) = std::fs::read_dir(format!("/proc/{}/fd", child.id())) else {
        return false;
    };
    let links = files.filter_map(|file| std::fs::read_link(file.ok()?.path()).ok());
    let sockets: Vec<_> = links
        .filter_map(|link| {
            let inode = link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
            Some(inode.to_owned())
        })
        .collect();
    let port = format!(":{:04X}", address.port());
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    table.lines().any(|line| {
        let columns: Vec<_> = line.split_whitespace().collect();
        matches!(columns.as_slice(), [_, _, remote, "02", _, _, _, _, _, inode, ..]
            if remote.ends_with(&port) && sockets.iter().any(|socket| socket == inode))
    })
}

/// TLS keeps the request back until the handshake is done, which this gateway never answers.
#[test]
fn connected_but_not_yet_sending_nothing_was_sent() {
    at_once(SIGNALS.map(|signal| {
        (format!("{signal:?}"), move || {
            let (listener, url) = listen();
            let url = url.replace("http", "https");
            let home = Home::new();
            let child = start(&mut home.void(["--json", "--base-url", &url]));
            let (mut stream, _) = listener.accept().unwrap();
            stream.read_exact(&mut [0]).unwrap();
            assert_not_sent(&interrupt(child, signal));
        })
    }));
}

/// More than the kernel's buffers hold, to a gateway that reads a single byte.
pub(crate) fn with_a_part_written_it_is_unknown() {
    for signal in [Signal::INT, Signal::HUP] {
        let (listener, url) = listen();
        rustix::net::sockopt::set_socket_recv_buffer_size(&listener, 4096).unwrap();
        let home = Home::new();
        let body = format!("{{\"remark\":\"{}\"}}", "x".repeat(4_000_000));
        home.write("body.json", &body);
        let call = ["api", "/v1/pay", "--moves-money", "--input=body.json"];
        let mut command = home.operation(call);
        let child = start(command.args(["--json", "--base-url", &url]));
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0]).unwrap();
        let ran = interrupt(child, signal);
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        assert!(rest.len() < body.len(), "written whole");
        assert_eq!(ran.code, 5, "{}", ran.stderr);
        let object = ran.json();
        assert_eq!(object["outcome"], "unknown");
        assert_eq!(object["next_step"], "query");
        assert_eq!(object["evidence"]["reason"], "interrupted");
        assert_eq!(object["request"]["path"], "/v1/pay");
        assert_eq!(
            object["request"]["body"],
            serde_json::from_str::<Value>(&body).unwrap()
        );
    }
}

#[test]
fn waiting_for_the_reply_or_within_it_it_is_unknown() {
    at_once(SIGNALS.map(|signal| {
        (format!("{signal:?}"), move || {
            for beginning in [
                "",
                "HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{\"errCode\"",
            ] {
                let (listener, url) = listen();
                let home = Home::new();
                let child = start(&mut home.void(["--json", "--base-url", &url]));
                let (mut stream, _) = listener.accept().unwrap();
                read_request(&mut stream);
                stream.write_all(beginning.as_bytes()).unwrap();
                assert_unknown(&interrupt(child, signal));
            }
        })
    }));
}

/// How far a process has come in finding out what became of a void whose reply was lost.
#[derive(Clone, Copy, Debug)]
enum Asked {
    NotYet,
    /// The gateway has the query, and does not answer.
    Once,
    /// The first query was answered so that a second is needed, for which it waits.
    OnceAnswered,
    /// The gateway has the second query, and does not answer.
    Twice,
}

const UNSETTLED: &str = r#"{"errCode":"00","queryResCode":"1"}"#;

/// Takes the queries so far; the connection must live until the signal came.
fn take_queries(listener: &TcpListener, asked: Asked) -> Option<TcpStream> {
    if matches!(asked, Asked::NotYet) {
        return None;
    }
    let (mut stream, _) = listener.accept().unwrap();
    assert!(read_request(&mut stream).contains("/query "));
    if !matches!(asked, Asked::Once) {
        answer(&mut stream, UNSETTLED);
    }
    if matches!(asked, Asked::Twice) {
        assert!(read_request(&mut stream).contains("/query "));
    }
    Some(stream)
}

/// The pause before each query: soon if one is to come, else for ever.
fn pace(asked: Asked) -> &'static str {
    match asked {
        Asked::NotYet => "600",
        _ => "0.05",
    }
}

const ALL_ASKED: [Asked; 4] = [
    Asked::NotYet,
    Asked::Once,
    Asked::OnceAnswered,
    Asked::Twice,
];

/// The void may have been carried out, and however often that was asked about, it was sent.
pub(crate) fn while_finding_out_it_stays_unknown() {
    for asked in ALL_ASKED {
        for signal in SIGNALS {
            let (listener, url) = listen();
            let home = Home::new();
            let mut command = home.void(["--json", "--base-url", &url]);
            command.arg(format!("--{RESOLVE}"));
            command.arg(format!("--{RESOLVE}-pace={}", pace(asked)));
            command.arg(format!("--{RESOLVE}-within=3000"));
            let child = start(&mut command);
            let (mut stream, _) = listener.accept().unwrap();
            read_request(&mut stream);
            drop(stream);
            let stream = take_queries(&listener, asked);
            let ran = interrupt(child, signal);
            assert_unknown(&ran);
            drop(stream);
        }
    }
}

/// What the reply said is not lost with it: a payment that was called a duplicate is no payment,
/// whoever asks next.
#[test]
fn what_the_reply_said_outlives_the_signal() {
    let (listener, url) = listen();
    let home = Home::new();
    let mut command = home.operation(["pay", "--merchant-order-id=M1", "--amount=1", "--json"]);
    command.args(["--merchant-remark=r", "--pay-code=285668667587422761"]);
    command.args(["--base-url", &url, &format!("--{RESOLVE}")]);
    command.args([
        &format!("--{RESOLVE}-pace=0.05"),
        &format!("--{RESOLVE}-within=3000"),
    ]);
    let child = start(&mut command);
    let (mut stream, _) = listener.accept().unwrap();
    read_request(&mut stream);
    answer(&mut stream, r#"{"errCode":"94","errInfo":"重复交易"}"#);
    // A connection is kept only after a reply that is believed.
    let (mut stream, _) = listener.accept().unwrap();
    assert!(read_request(&mut stream).contains("/query "));
    let ran = interrupt(child, Signal::INT);
    drop(stream);
    assert_eq!(ran.code, 5, "{ran:?}");
    let object = ran.json();
    assert_eq!(object["err_code"], "94");
    assert_eq!(object["reply"]["errInfo"], "重复交易");
    assert!(object["evidence"]["deadline"].is_string());
    assert_eq!(object["resolution"]["still_open"], "interrupted");
    let next = object["next"].as_str().unwrap();
    assert!(next.contains(" --err-code 94"), "{next}");

    home.write("open.json", &ran.stdout);
    let mut command = home.operation([RESOLVE, "open.json", "--json", "--pace=0.05"]);
    let child = start(command.args(["--base-url", &url]));
    let (mut stream, _) = listener.accept().unwrap();
    read_request(&mut stream);
    answer(&mut stream, r#"{"errCode":"00","queryResCode":"0"}"#);
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!(
        (ran.code, &ran.json()["next_step"]),
        (5, &json!("order_id_in_use"))
    );
}

/// Of several, those that were not asked about yet are not lost.
#[test]
fn a_signal_leaves_no_operation_untold() {
    let (listener, url) = listen();
    let home = Home::new();
    let answered = |order: &str, reply: &[u8]| {
        let mut command = home.operation(["void", "--json", "--original-order-id", order]);
        let child = start(command.args(["--base-url", &url]));
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&mut stream);
        stream.write_all(reply).unwrap();
        drop(stream);
        Ran::of(child.wait_with_output().unwrap()).stdout
    };
    let refusal = b"HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{\"errCode\":\"57\"}";
    let (first, last) = (answered("U1", b""), answered("U2", b""));
    let lines = format!("{first}{}{last}", answered("U0", refusal));
    home.write("lines.json", &lines);
    let mut command = home.operation([RESOLVE, "lines.json", "--json", "--pace=0.05"]);
    let child = start(command.args(["--base-url", &url]));
    let (mut stream, _) = listener.accept().unwrap();
    read_request(&mut stream);
    let ran = interrupt(child, Signal::TERM);
    assert_eq!(ran.code, 5, "{ran:?}");
    let told: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let outcomes: Vec<_> = told
        .iter()
        .map(|line| line["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["unknown", "declined", "unknown"]);
    assert_eq!(told[2]["resolution"]["still_open"], "interrupted");
    assert_eq!(told[2]["request"]["body"]["originalOrderId"], "U2");
}

/// The same from the JSON of an earlier run.
#[test]
fn while_finding_out_from_a_file_it_stays_unknown() {
    for asked in ALL_ASKED {
        let (listener, url) = listen();
        let home = Home::new();
        let child = start(&mut home.void(["--json", "--base-url", &url]));
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&mut stream);
        drop(stream);
        let unknown = Ran::of(child.wait_with_output().unwrap());
        home.write("unknown.json", &unknown.stdout);

        let mut command = home.operation([RESOLVE, "unknown.json", "--json", "--within=3000"]);
        command.args(["--base-url", &url]);
        command.arg(format!("--pace={}", pace(asked)));
        let (mut ours, theirs) = terminal();
        let child = command
            .stdout(Stdio::piped())
            .stderr(theirs)
            .spawn()
            .unwrap();
        // It listens once it says how far it has come.
        ours.read_exact(&mut [0]).unwrap();
        let stream = take_queries(&listener, asked);
        let ran = interrupt(child, Signal::INT);
        assert_eq!(ran.code, 5, "{ran:?}");
        let object = ran.json();
        assert_eq!(object["outcome"], "unknown");
        assert_eq!(object["next_step"], "query");
        assert_eq!(object["request"], void_as_sent());
        drop(stream);
    }
}

/// The request of the report is masked like that of any other, and what a person reads is in their
/// language.
#[test]
fn what_is_told_of_an_interrupted_payment_is_masked() {
    for (flags, sentence) in [
        (&["--json"][..], "Unknown: interrupted"),
        (&[], "Unknown: interrupted"),
        (&["--json", "--lang=zh"], "交易状态未知"),
        (&["--lang=zh"], "交易状态未知"),
    ] {
        let (listener, url) = listen();
        let home = Home::new();
        let mut command = home.operation(["pay", "--merchant-order-id=M1", "--amount=1"]);
        command.args(["--merchant-remark=card 4111111111111111"]);
        command.args(["--pay-code=285668667587422761", "--base-url", &url]);
        let child = start(command.args(flags));
        let (mut stream, _) = listener.accept().unwrap();
        let request = read_request(&mut stream);
        assert!(request.contains("285668667587422761") && request.contains("4111111111111111"));
        let ran = interrupt(child, Signal::TERM);
        assert_eq!(ran.code, 5, "{ran:?}");
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert!(
            !all.contains("2856686") && !all.contains("411111111"),
            "{all}"
        );
        assert!(ran.stderr.starts_with(sentence), "{ran:?}");
        if flags.contains(&"--json") {
            let body = &ran.json()["request"]["body"];
            assert_eq!(body["payCode"], "******");
            assert_eq!(body["merchantRemark"], "card 411111******1111");
            assert_eq!(body["merchantOrderId"], "M1");
        }
    }
}

/// What only reads has moved nothing, whatever became of it.
#[test]
fn a_query_may_be_asked_again() {
    at_once(SIGNALS.map(|signal| {
        (format!("{signal:?}"), move || {
            let (listener, url) = listen();
            let home = Home::new();
            let mut command = home.operation(["query", "--original-order-id=1", "--json"]);
            let child = start(command.args(["--base-url", &url]));
            let (mut stream, _) = listener.accept().unwrap();
            read_request(&mut stream);
            let ran = interrupt(child, signal);
            assert_eq!(ran.code, 5, "{ran:?}");
            assert_eq!(ran.json()["next_step"], "ask_again");
            assert_eq!(ran.json()["request"]["operation"], "query");
        })
    }));
}

/// That is how `nohup` and a shell's `&` ask a process to go on.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_was_ignored_stays_ignored() {
    if signals_are_ignored() {
        eprintln!("SKIPPED: the tests themselves were started with signals ignored");
        return;
    }
    for (name, signal) in [("HUP", Signal::HUP), ("INT", Signal::INT)] {
        let (listener, url) = listen();
        let home = Home::new();
        let void = home.void(["--json", "--base-url", &url]);
        let mut command = Command::new("sh");
        command
            .args(["-c", &format!("trap '' {name}; exec \"$@\""), "sh"])
            .arg(void.get_program())
            .args(void.get_args())
            .env_clear()
            .envs(
                void.get_envs()
                    .filter_map(|(key, value)| Some((key, value?))),
            );
        let child = start(&mut command);
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&mut stream);
        // Which signals a process in a call ignores, and which it listens for.
        let [ignored, heard] = ["SigIgn:", "SigCgt:"].map(|name| mask(&child, name));
        let bit = 1_u64 << (signal.as_raw() - 1);
        assert_eq!((ignored & bit, heard & bit), (bit, 0), "{name}");
        let others = SIGNALS.iter().filter(|other| **other != signal);
        for other in others {
            let bit = 1_u64 << (other.as_raw() - 1);
            assert_eq!((ignored & bit, heard & bit), (0, bit), "{name}: {other:?}");
        }
        kill_process(Pid::from_child(&child), signal).unwrap();
        answer(&mut stream, r#"{"errCode":"00"}"#);
        let ran = Ran::of(child.wait_with_output().unwrap());
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{name}");
    }
}

#[cfg(target_os = "linux")]
fn mask(child: &Child, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix(name));
    u64::from_str_radix(mask.unwrap().trim(), 16).unwrap()
}

/// Whatever of the three streams is the terminal, the person reads the sentence once on it.
#[test]
fn the_sentence_stands_on_the_terminal_once() {
    for (stdout, json) in [(true, false), (true, true), (false, false), (false, true)] {
        let (listener, url) = listen();
        let home = Home::new();
        let (mut ours, theirs) = terminal();
        let mut command = home.void(["--base-url", &url]);
        if json {
            command.arg("--json");
        }
        if stdout {
            command.stdout(theirs.try_clone().unwrap());
        } else {
            command.stdout(Stdio::null());
        }
        let mut child = command.stderr(theirs).spawn().unwrap();
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&mut stream);
        kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        let mut screen = Vec::new();
        let _ = ours.read_to_end(&mut screen);
        assert_eq!(child.wait().unwrap().code(), Some(5));
        let screen = String::from_utf8_lossy(&screen);
        let times = screen.matches("Unknown: interrupted").count();
        assert_eq!(times, 1, "{stdout} {json}: {screen}");
    }
}

/// The terminal's window was closed: there is nobody to tell, and a script around it still learns
/// how it ended.
#[test]
fn without_its_terminal_the_outcome_is_the_same() {
    let (listener, url) = listen();
    let home = Home::new();
    let (ours, theirs) = terminal();
    let mut command = home.void(["--base-url", &url]);
    command.stdout(theirs.try_clone().unwrap()).stderr(theirs);
    let mut child = command.spawn().unwrap();
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let (mut stream, _) = listener.accept().unwrap();
    read_request(&mut stream);
    drop(ours);
    kill_process(Pid::from_child(&child), Signal::HUP).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(5));
}
