//! What other processes may take from a running `ums`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::process::Stdio;

use rustix::process::geteuid;

use crate::ums::Home;

const NOBODY: u32 = 65534;

/// The kernel gives a process that must not be dumped to root in `/proc`, which keeps its memory
/// from its own user; and it says the limit of a core file.
#[test]
fn the_memory_of_a_running_process_is_its_own() {
    let home = Home::new();
    let mut command = home.command(["simulator"]);
    // Else root would be the owner either way.
    let user = if geteuid().is_root() {
        command.uid(NOBODY).current_dir("/");
        NOBODY
    } else {
        geteuid().as_raw()
    };
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let about = |name: &str| format!("/proc/{}/{name}", child.id());
    let status = fs::read_to_string(about("status")).unwrap();
    let owner = fs::metadata(about("status")).unwrap().uid();
    let limits = fs::read_to_string(about("limits")).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let runs_as = format!("Uid:\t{user}\t{user}\t{user}\t{user}\n");
    assert!(status.contains(&runs_as), "{status}");
    assert_eq!(owner, 0, "dumpable");
    let core = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max core file size"))
        .unwrap();
    let numbers: Vec<_> = core.split_whitespace().take(2).collect();
    assert_eq!(numbers, ["0", "0"]);
}
