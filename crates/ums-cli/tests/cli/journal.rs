//! Calls that the journal keeps: found after a kill, listed with what to do, closed, counted,
//! copied and checked.

use std::io::Read;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::gateway::{Gateway, InTurn, Then, json};
use crate::ums::{Home, ORDER, Ran, run, run_once, text};

pub(crate) const VOIDED: &str = r#"{"errCode":"00","errInfo":"成功","orderId":"20230718110248029165883554","transactionTime":"150405","transactionDateWithYear":"20230718","settlementDateWithYear":"20230719","retrievalRefNum":"01019283041N","transactionAmount":"4160","thirdPartyName":"微信钱包","cardAttr":"91"}"#;
const QUERY_VOIDED: &str = r#"{"errCode":"00","errInfo":"成功","queryResCode":"2","orderId":"20230718110248029165883554","transactionAmount":"4160"}"#;

/// A home whose `ums` keeps its journal where it does unless somebody says otherwise: on a disk,
/// since a file system in memory is refused.
pub(crate) fn home() -> Home {
    Home::on_disk()
}

/// A command that keeps its journal.
pub(crate) fn kept(command: &mut Command) -> &mut Command {
    command.env_remove("UMS_JOURNAL").env("USER", "a-cashier")
}

pub(crate) fn void(home: &Home, url: &str, more: &[&str]) -> Ran {
    run(kept(&mut home.void(["--base-url", url])).args(more))
}

/// `ums journal …` in English, with credentials.
pub(crate) fn journal(home: &Home, more: &[&str]) -> Ran {
    let mut command = home.operation(["journal"]);
    run_once(kept(&mut command).args(more))
}

/// The objects of a run, one a line.
pub(crate) fn lines(ran: &Ran) -> Vec<Value> {
    let lines = ran.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn open(home: &Home) -> Vec<Value> {
    lines(&journal(home, &["list", "--open", "--json"]))
}

#[test]
fn a_call_is_kept_with_all_that_is_known_of_it() {
    let home = home();
    let gateway = Gateway::start(json(VOIDED));
    let url = gateway.url.clone();
    let ran = void(&home, &url, &["--json"]);
    gateway.received().one_complete_request();
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let printed = ran.json();
    assert_eq!(printed["key"], format!("void_payment/ums:{ORDER}"));
    assert_eq!(printed["recorded"], true);
    assert_eq!(printed["replayed"], false);
    assert_eq!(printed["state"], "ended");
    assert_eq!(printed["order"]["ums"], ORDER);
    assert_eq!(printed["amount_fen"], 4160);
    assert_eq!(printed["settlement_date"], "2023-07-19");
    let id = printed["id"].as_str().unwrap();
    let shown = journal(&home, &["show", id, "--json"]).json();
    for member in printed.as_object().unwrap().keys() {
        // What the journal says of it later: it counts as in force, and nobody submits it now.
        if !["history", "replayed", "stands"].contains(&member.as_str()) {
            assert_eq!(shown[member], printed[member], "{member}");
        }
    }
    let facts = shown["history"].as_array().unwrap();
    let facts: Vec<_> = facts
        .iter()
        .map(|fact| fact["fact"].as_str().unwrap())
        .collect();
    assert_eq!(facts, ["intended", "sending", "ended"]);
    assert_eq!(shown["history"][0]["by"], "a-cashier");
    assert!(open(&home).is_empty());
    let none = journal(&home, &["list", "--open"]);
    assert_eq!((none.code, none.stdout.as_str()), (0, "No call is open.\n"));
    let listed = journal(&home, &["list", "--order", ORDER]).stdout;
    assert!(listed.contains("41.60 CNY  approved"), "{listed}");
    let listed = journal(&home, &["list", "--order", "another"]).stdout;
    assert_eq!(listed, "There are no such calls.\n");
}

#[cfg(unix)]
#[test]
fn the_journal_is_made_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let home = home();
    let gateway = Gateway::start(json(VOIDED));
    let url = gateway.url.clone();
    assert_eq!(void(&home, &url, &[]).code, 0);
    gateway.received().one_complete_request();
    for (path, mode) in [
        (".local/state/ums", 0o700),
        (".local/state/ums/journal.sqlite3", 0o600),
    ] {
        let metadata = std::fs::metadata(home.path(path)).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, mode, "{path}");
    }
}

#[test]
fn the_state_directory_of_the_user_is_kept_to() {
    let home = home();
    let gateway = Gateway::start(json(VOIDED));
    let mut command = home.void(["--base-url", &gateway.url]);
    let state = home.path("elsewhere");
    assert_eq!(
        run(kept(&mut command).env("XDG_STATE_HOME", &state)).code,
        0
    );
    gateway.received().one_complete_request();
    assert!(state.join("ums/journal.sqlite3").exists());
    assert!(!home.path(".local").exists());
}

#[test]
fn without_a_journal_it_is_as_ever() {
    let home = home();
    let gateway = Gateway::start(json(VOIDED));
    let url = gateway.url.clone();
    let ran = void(&home, &url, &["--journal", "none", "--json"]);
    gateway.received().one_complete_request();
    assert_eq!(ran.code, 0);
    assert!(ran.json()["id"].is_null() && ran.json()["recorded"].is_null());
    assert_eq!(ran.json()["order"]["ums"], ORDER);
    assert!(!home.path(".local").exists());
    let listed = journal(&home, &["list"]);
    assert_eq!(listed.code, 6, "{listed:?}");
    assert!(
        listed.stderr.contains("there is no journal at "),
        "{listed:?}"
    );
}

/// Nothing listens at the gateway's address, so that a byte would be an error of another kind.
#[test]
fn a_journal_that_cannot_be_used_sends_nothing() {
    let home = home();
    home.write(
        "foreign",
        "this is no journal, but a text that is long enough to be looked at",
    );
    home.write("notes/held", "");
    let refused = |place: &str| {
        let mut command = home.void(["--base-url", "http://127.0.0.1:9", "--json"]);
        let ran = run(kept(&mut command).env("UMS_JOURNAL", place));
        assert_eq!(ran.code, 6, "{place}: {ran:?}");
        let object = ran.json();
        assert_eq!(object["outcome"], "not_sent", "{place}");
        assert_eq!(object["evidence"]["requests_sent"], 0, "{place}");
        ran.stderr.replace(text(&home.path("")), "~/")
    };
    let foreign = refused(&format!("sqlite:{}", text(&home.path("foreign"))));
    assert!(foreign.contains("~/foreign is no journal"), "{foreign}");
    let missing = refused(&format!("sqlite:{}", text(&home.path("none/journal"))));
    assert!(missing.contains("cannot be used"), "{missing}");
    let directory = refused(&format!("sqlite:{}", text(&home.path("notes"))));
    assert!(directory.contains("~/notes is no journal"), "{directory}");
    for place in [
        "sqlite:",
        "sqlite::memory:",
        "sqlite:file::memory:?cache=shared",
        "sqlite:file:journal.sqlite3",
        "sqlite:journal.sqlite3?mode=ro",
        "mysql://host",
        "journal.sqlite3",
    ] {
        let said = refused(place);
        assert!(said.contains("UMS_JOURNAL: "), "{said}");
    }
    let postgres = refused("postgres://user:made-up-word@127.0.0.1:9/db");
    assert!(postgres.contains("postgres://…"), "{postgres}");
    assert!(postgres.contains("server cannot be used"), "{postgres}");
    assert!(!postgres.contains("made-up-word"), "{postgres}");
    let nobody = refused("postgres://127.0.0.1:9/db");
    assert!(nobody.contains("the URL names no user"), "{nobody}");
}

#[test]
fn a_password_does_not_belong_on_the_command_line() {
    let home = home();
    for url in [
        "postgres://user:made-up-word@host/db",
        "postgres://host/db?password=made-up-word",
    ] {
        let ran = void(&home, "http://127.0.0.1:9", &["--journal", url]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(
            ran.stderr.contains("--journal: a password does not belong"),
            "{ran:?}"
        );
        assert!(!ran.stderr.contains("made-up-word"), "{ran:?}");
    }
}

#[test]
fn a_file_that_others_may_read_is_refused() {
    let home = home();
    let gateway = Gateway::start(json(VOIDED));
    let url = gateway.url.clone();
    assert_eq!(void(&home, &url, &[]).code, 0);
    gateway.received().one_complete_request();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let file = home.path(".local/state/ums/journal.sqlite3");
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o640)).unwrap();
        let ran = void(&home, "http://127.0.0.1:9", &[]);
        assert_eq!(ran.code, 6, "{ran:?}");
        assert!(ran.stderr.contains("its mode must be 0600"), "{ran:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_written_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let home = home();
    let file = home.write("journal", "");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o400)).unwrap();
    let place = format!("sqlite:{}", text(&file));
    let ran = void(
        &home,
        "http://127.0.0.1:9",
        &["--journal", &place, "--json"],
    );
    assert_eq!(ran.code, 6, "{ran:?}");
    assert_eq!(ran.json()["evidence"]["reason"], "journal");
    assert_eq!(ran.json()["next_step"], "fix_journal");
    assert!(ran.stderr.contains("cannot be written"), "{ran:?}");
}

/// Live money is asked about as ever, and nothing is written down of what was not meant.
#[test]
fn what_is_not_confirmed_is_not_kept() {
    let home = home();
    let mut command = home.void(["--env", "production", "--json"]);
    let ran = run(kept(&mut command));
    assert_eq!(ran.code, 2, "{ran:?}");
    assert_eq!(ran.json()["evidence"]["reason"], "not_confirmed");
    let listed = journal(&home, &["list"]);
    assert_eq!(listed.stdout, "There are no such calls.\n", "{listed:?}");
}

/// A profile says where the journal is, beside its file, and how long a process is taken to live.
#[test]
fn a_profile_says_where_the_journal_is() {
    let home = home();
    home.write_config(
        "default_profile = \"shop\"\n[profiles.shop]\njournal = \"sqlite:shop.sqlite3\"\nlease = 2\n\
         send_window = 1.5\nday_ends = \"23:00\"\n",
    );
    let gateway = Gateway::start(json(VOIDED));
    let url = gateway.url.clone();
    let ran = void(&home, &url, &["--json"]);
    gateway.received().one_complete_request();
    assert_eq!((ran.code, &ran.json()["profile"]), (0, &"shop".into()));
    assert!(home.path(".config/ums/shop.sqlite3").exists());
    assert!(!home.path(".local/state/ums/journal.sqlite3").exists());
}

/// Its address is this machine's, and its money is real.
#[test]
fn what_goes_through_a_forwarder_is_kept_as_live() {
    let home = home();
    let gateway = Gateway::start(json(VOIDED));
    let url = gateway.url.clone();
    home.write_config(&format!(
        "default_profile = \"shop\"\n[profiles.shop]\nforwarder = true\nbase_url = \"{url}\"\n",
    ));
    let ran = void(&home, &url, &["--json", "--yes"]);
    gateway.received().one_complete_request();
    assert_eq!(
        (ran.code, &ran.json()["live"]),
        (0, &true.into()),
        "{ran:?}"
    );
    let again = void(&home, &url, &["--json", "--yes"]).json();
    assert_eq!(
        (&again["replayed"], &again["live"]),
        (&true.into(), &true.into())
    );
}

/// A `ums` that runs on its own.
struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(command.spawn().unwrap())
    }

    /// Ends it as a power cut does: it has no say in it.
    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// A void that is killed when its request has arrived, and no answer was given.
fn killed(home: &Home, gateway: &InTurn, more: &[&str]) {
    let mut command = home.void(["--base-url", &gateway.url]);
    let running = Running::start(kept(&mut command).args(["--lease", "1"]).args(more));
    gateway.wait_for(1);
    running.kill();
}

/// What is listed once the lease of what was killed has ended.
fn open_when_let_go(home: &Home) -> Vec<Value> {
    for _ in 0..200 {
        let open = open(home);
        if open.iter().all(|call| call["next_step"] != "wait") {
            return open;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("still held");
}

/// In `at_once`: the lease must end.
pub(crate) fn a_void_that_was_killed_is_found_and_found_out() {
    let home = home();
    let gateway = InTurn::start([Then::Hang, json(QUERY_VOIDED)]);
    killed(&home, &gateway, &[]);
    let held = open(&home);
    assert_eq!(held.len(), 1, "{held:?}");
    assert_eq!(held[0]["state"], "sending");
    assert_eq!(held[0]["outcome"], "unknown");
    let call = open_when_let_go(&home).remove(0);
    assert_eq!(call["next_step"], "query");
    let id = call["id"].as_str().unwrap();
    assert!(
        call["next"]
            .as_str()
            .unwrap()
            .contains(&format!("ums journal resolve {id}"))
    );
    let listed = journal(&home, &["list", "--open"]).stdout;
    assert!(
        listed.contains("Its process died, and the request may have left."),
        "{listed}"
    );
    let listed = journal(&home, &["list", "--open", "--lang", "zh"]).stdout;
    assert!(
        listed.contains("处理该笔的进程已中断，请求可能已发出。"),
        "{listed}"
    );
    let more = [
        "resolve",
        "--base-url",
        &gateway.url,
        "--within",
        "10",
        "--json",
        id,
    ];
    let ran = journal(&home, &more);
    assert_eq!(ran.code, 0, "{ran:?}");
    let found = ran.json();
    assert_eq!(
        (&found["outcome"], &found["state"]),
        (&"approved".into(), &"resolved".into())
    );
    assert!(open(&home).is_empty());
    assert_eq!(
        gateway.requests().len(),
        2,
        "the void once, and one question"
    );
}

/// In `at_once`: the lease must end. The same command again waits for it, and sends nothing.
pub(crate) fn the_command_that_was_killed_says_so_when_it_is_run_again() {
    let home = home();
    let gateway = InTurn::start([Then::Hang]);
    killed(&home, &gateway, &[]);
    let url = gateway.url.clone();
    let again = void(&home, &url, &["--lease", "1", "--json"]);
    assert_eq!(again.code, 5, "{again:?}");
    let object = again.json();
    assert_eq!(object["outcome"], "unknown");
    assert_eq!(object["next_step"], "query");
    assert!(
        object["next"]
            .as_str()
            .unwrap()
            .contains("ums journal resolve ")
    );
    assert_eq!(
        gateway.requests().len(),
        1,
        "the void once, and nothing else"
    );
    // A refund of the same order is not to come on top of it. It connects, and sends nothing.
    let idle = TcpListener::bind(url.strip_prefix("http://").unwrap()).unwrap();
    let mut refund = home.operation(["refund", "--original-order-id", ORDER, "--amount", "1"]);
    refund.args(["--refund-request-id", "R1", "--base-url", &url, "--json"]);
    let refused = run(kept(&mut refund));
    assert_eq!(refused.code, 4, "{refused:?}");
    assert_eq!(refused.json()["next_step"], "look_at_call");
    assert_eq!(refused.json()["may_repeat"], "no");
    assert_eq!(refused.json()["call"], object["id"]);
    let mut came = Vec::new();
    // Reset or closed, it had nothing to say.
    let _ = idle.accept().unwrap().0.read_to_end(&mut came);
    assert_eq!(came, b"");
}

#[test]
fn an_unknown_call_is_closed_by_a_person_in_two_steps() {
    let home = home();
    let gateway = Gateway::start(Then::Close);
    let url = gateway.url.clone();
    let ran = void(&home, &url, &["--json"]);
    gateway.received().one_complete_request();
    assert_eq!(ran.code, 5);
    let printed = ran.json();
    let id = printed["id"].as_str().unwrap();
    assert!(
        printed["next"]
            .as_str()
            .unwrap()
            .contains("ums journal resolve ")
    );
    let close = |what: &str, yes: &[&str]| {
        let words = ["--reason", "the terminal is gone", "--evidence", "slip 17"];
        let more = [&["close", id, "--as", what], &words[..], yes].concat();
        journal(&home, &more)
    };
    let first = close("approved", &[]);
    assert_eq!(first.code, 2, "{first:?}");
    assert!(
        first.stdout.starts_with("Nothing is closed yet."),
        "{first:?}"
    );
    assert_eq!(open(&home).len(), 1);
    let early = close("declined", &["--yes"]);
    assert_ne!(
        early.code, 0,
        "not before the late window is over: {early:?}"
    );
    assert_eq!(open(&home).len(), 1);
    let closed = close("approved", &["--yes", "--json"]);
    assert_eq!(closed.code, 0, "{closed:?}");
    let object = closed.json();
    assert_eq!(
        (&object["outcome"], &object["state"]),
        (&"approved".into(), &"closed".into())
    );
    let last = object["history"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["fact"], &last["by"]),
        (&"closed".into(), &"a-cashier".into())
    );
    assert_eq!(last["evidence"], "slip 17");
    assert!(open(&home).is_empty());
    let once_more = void(&home, &url, &["--json"]);
    assert_eq!(
        (once_more.code, &once_more.json()["state"]),
        (0, &"closed".into())
    );
    let again = close("approved", &["--yes"]);
    assert_eq!(again.code, 4, "{again:?}");
}

#[test]
fn a_day_is_counted_for_the_shifts_close() {
    let home = home();
    let gateway = Gateway::start(json(VOIDED));
    let url = gateway.url.clone();
    assert_eq!(void(&home, &url, &[]).code, 0);
    gateway.received().one_complete_request();
    let ran = journal(&home, &["summary", "--by", "terminal", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let sum = ran.json();
    assert_eq!(sum["name"], "12340511");
    assert_eq!(sum["taken_back"]["count"], 1);
    assert_eq!(sum["taken_back"]["fen"], 4160);
    assert_eq!(sum["net_fen"], -4160);
    let wallet = journal(&home, &["summary", "--by", "wallet"]).stdout;
    assert!(wallet.contains("wallet 微信钱包"), "{wallet}");
    let gateway = Gateway::start(Then::Close);
    let mut command = home.operation(["void", "--merchant-order-id", "M2"]);
    command.args(["--base-url", &gateway.url]);
    assert_eq!(run(kept(&mut command)).code, 5);
    gateway.received().one_complete_request();
    let ran = journal(&home, &["summary", "--by", "terminal", "--json"]);
    assert_eq!((ran.code, &ran.json()["unknown"]["count"]), (5, &1.into()));
    let none = journal(&home, &["summary", "--by", "store", "--day", "2001-01-01"]);
    assert_eq!(none.stdout, "There are no calls of that day.\n");
    assert_eq!(
        journal(&home, &["summary", "--by", "store", "--day", "1.1."]).code,
        2
    );
}

#[test]
fn what_is_exported_is_imported_and_checked() {
    let home = home();
    let gateway = Gateway::start(json(VOIDED));
    let url = gateway.url.clone();
    assert_eq!(void(&home, &url, &[]).code, 0);
    gateway.received().one_complete_request();
    let check = journal(&home, &["check", "--json"]).json();
    assert_eq!(check["facts"], 3);
    let head = check["head"].as_str().unwrap();
    assert_eq!(journal(&home, &["check", "--head", head]).code, 0);
    let exported = journal(&home, &["export"]);
    // Between the line that says of which journal it is and the one that says where it ends.
    assert_eq!((exported.code, exported.stdout.lines().count()), (0, 5));
    let file = home.write("export.jsonl", &exported.stdout);
    let copy = format!("sqlite:{}", text(&home.path("copy.sqlite3")));
    let import = ["import", text(&file), "--journal", &copy, "--json"];
    assert_eq!(journal(&home, &import).json()["added"], 3);
    assert_eq!(
        journal(&home, &import).json()["added"],
        0,
        "once more is nothing new"
    );
    let listed = journal(&home, &["list", "--journal", &copy, "--json"]).json();
    assert_eq!(
        (&listed["outcome"], &listed["amount_fen"]),
        (&"approved".into(), &4160.into())
    );
    assert_eq!(journal(&home, &["check", "--journal", &copy]).code, 0);
    let other = format!("3:{}", "0".repeat(64));
    let refused = journal(&home, &["check", "--head", &other]);
    assert_eq!(refused.code, 6, "{refused:?}");
    assert_eq!(journal(&home, &["check", "--head", "3"]).code, 2);
    let broken = home.write("broken.jsonl", "{\"number\":1}\n");
    let refused = journal(&home, &["import", text(&broken), "--journal", &copy]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("line 1"), "{refused:?}");
}

/// Of an export that is not as it was written nothing is taken, and no journal is made for it.
#[test]
fn an_export_that_was_cut_or_changed_is_refused_whole() {
    let home = home();
    let gateway = Gateway::start(json(VOIDED));
    let url = gateway.url.clone();
    assert_eq!(void(&home, &url, &[]).code, 0);
    gateway.received().one_complete_request();
    let whole = journal(&home, &["export"]).stdout;
    let lines: Vec<&str> = whole.lines().collect();
    fn with<'l>(lines: &[&'l str], at: usize, line: &'l str) -> Vec<&'l str> {
        let mut changed = lines.to_vec();
        changed[at] = line;
        changed
    }
    let mut swapped = lines.clone();
    swapped.swap(2, 3);
    let edited = lines[1].replace("103290070111417", "103290070111418");
    let ended = lines[4].replace("\"facts\":3", "\"facts\":2");
    let copy = home.path("copy.sqlite3");
    for (what, changed, line) in [
        ("cut after a fact", lines[..4].to_vec(), "line 4"),
        ("cut in a fact", with(&lines, 3, &lines[3][..200]), "line 4"),
        (
            "without its end",
            [&lines[..3], &lines[4..]].concat(),
            "line 4",
        ),
        ("without its beginning", lines[1..].to_vec(), "line 1"),
        (
            "without a fact",
            [&lines[..2], &lines[3..]].concat(),
            "line 3",
        ),
        ("in another order", swapped, "line 3"),
        ("edited", with(&lines, 1, &edited), "line"),
        ("with another end", with(&lines, 4, &ended), "line 5"),
        ("going on", [&lines[..], &lines[1..2]].concat(), "line 6"),
        ("empty", vec![""], "line"),
        ("no text", vec!["\u{0}\u{1}\u{7f}"], "line 1"),
    ] {
        let file = home.write("changed.jsonl", &(changed.join("\n") + "\n"));
        let place = format!("sqlite:{}", text(&copy));
        let mut command = home.operation(["journal", "import", text(&file), "--journal", &place]);
        let ran = run(kept(&mut command));
        assert_eq!(ran.code, 2, "{what}: {ran:?}");
        assert!(ran.stderr.contains(line), "{what}: {ran:?}");
        assert!(!copy.exists(), "{what}");
    }
}

/// Where calls are imported the same key is the same call, and of another request refused.
#[test]
fn an_imported_call_is_known_by_its_key() {
    let home = home();
    let gateway = Gateway::start(json(VOIDED));
    let url = gateway.url.clone();
    assert_eq!(void(&home, &url, &["--key", "k1"]).code, 0);
    gateway.received().one_complete_request();
    let export = |place: &[&str]| {
        let exported = journal(&home, &[&["export"], place].concat()).stdout;
        home.write("export.jsonl", &exported)
    };
    let places: Vec<String> = ["copy.sqlite3", "copy-of-copy.sqlite3"]
        .map(|name| format!("sqlite:{}", text(&home.path(name))))
        .to_vec();
    let mut file = export(&[]);
    for place in &places {
        let imported = journal(
            &home,
            &["import", text(&file), "--journal", place, "--json"],
        );
        assert_eq!(imported.code, 0, "{imported:?}");
        let same = ["--key", "k1", "--journal", place, "--json"];
        let known = void(&home, &url, &same);
        assert_eq!(known.code, 0, "{known:?}");
        assert_eq!(known.json()["replayed"], true);
        let mut other = home.operation(["void", "--original-order-id", "another", "--json"]);
        kept(&mut other).args(["--base-url", &url, "--key", "k1", "--journal", place]);
        let refused = run(&mut other);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert_eq!(
            refused.json()["evidence"]["reason"],
            "key_of_another_request"
        );
        assert_eq!(journal(&home, &["check", "--journal", place]).code, 0);
        // An import of an import is as good.
        file = export(&["--journal", place]);
    }
}

/// Two refunds whose ids are written alike once they are joined are two calls.
#[test]
fn ids_with_a_slash_have_keys_of_their_own() {
    let home = home();
    let gateway = InTurn::start([Then::Close, Then::Close]);
    for (order, id) in [("A/B", "C"), ("A", "B/C")] {
        let refund = [
            "refund",
            "--merchant-order-id",
            order,
            "--refund-request-id",
            id,
        ];
        let mut command = home.operation(refund);
        kept(&mut command).args(["--amount", "1", "--base-url", &gateway.url, "--json"]);
        let ran = run_once(&mut command);
        assert_eq!(ran.code, 5, "{ran:?}");
        assert_eq!(ran.json()["replayed"], false, "{ran:?}");
    }
    gateway.requests();
}

#[test]
fn an_accepted_journal_says_who_accepted_it() {
    let home = home();
    let gateway = Gateway::start(json(VOIDED));
    let url = gateway.url.clone();
    assert_eq!(void(&home, &url, &[]).code, 0);
    gateway.received().one_complete_request();
    let ran = journal(
        &home,
        &[
            "accept",
            "--reason",
            "put back from Tuesday's copy",
            "--json",
        ],
    );
    assert_eq!((ran.code, &ran.json()["accepted"]), (0, &true.into()));
    let exported = journal(&home, &["export"]).stdout;
    assert!(exported.contains("put back from Tuesday's copy") && exported.contains("a-cashier"));
}
