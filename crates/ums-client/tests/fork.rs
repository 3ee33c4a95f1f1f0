//! Nonces in a process that forks: parent and child never draw the same.
//!
//! The only test of its process: what is forked has no other thread at work.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::HashSet;
use std::io::{Read, Write};

use fork::{Fork, WEXITSTATUS, WIFEXITED, fork, waitpid};
use ums_client::{NonceSource, RandomNonces};

#[test]
fn a_forked_process_draws_other_nonces() {
    // Of the 32 that were asked for at once, 31 are left.
    let source = RandomNonces::new();
    let mut drawn = HashSet::from([source.draw().unwrap().as_str().to_owned()]);

    let (mut from_child, mut to_parent) = std::io::pipe().unwrap();
    let Fork::Parent(child) = fork().unwrap() else {
        let mut text = String::new();
        for _ in 0..40 {
            text.push_str(source.draw().unwrap().as_str());
            text.push('\n');
        }
        let told = to_parent.write_all(text.as_bytes());
        // Nothing else of the test may run twice.
        std::process::exit(i32::from(told.is_err()));
    };
    drop(to_parent);
    for _ in 0..40 {
        assert!(drawn.insert(source.draw().unwrap().as_str().to_owned()));
    }
    let mut text = String::new();
    from_child.read_to_string(&mut text).unwrap();
    let status = waitpid(child).unwrap();
    assert!(WIFEXITED(status) && WEXITSTATUS(status) == 0);

    assert_eq!(text.lines().count(), 40);
    for nonce in text.lines() {
        assert!(drawn.insert(nonce.to_owned()), "drawn twice: {nonce}");
    }
}
