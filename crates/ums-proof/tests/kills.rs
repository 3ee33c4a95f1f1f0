//! Processes that are killed and stopped while they make durable calls: few here, thousands by
//! `cargo xtask kills`.

#![cfg(unix)]
#![allow(clippy::panic, clippy::unwrap_used, reason = "tests")]

use std::process::Command;

#[test]
fn whatever_is_killed_or_stopped_no_call_is_lost_and_none_is_sent_twice() {
    let output = Command::new(env!("CARGO_BIN_EXE_ums-proof"))
        .args(["kills", "--runs", "49", "--stalls", "14", "--seed", "7"])
        .args(["--at-once", "12"])
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{errors}");
    let json: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(json["kills"], 49);
    assert_eq!(json["stalls"], 14);
    assert_eq!(json["lost_intents"], 0);
    assert_eq!(json["orders_with_two_complete_requests"], 0);
    // They came to their steps, and calls ended in more than one way.
    assert!(json["processes_killed"].as_u64().unwrap() >= 40, "{told}");
    assert!(json["ends"].as_object().unwrap().len() >= 2, "{told}");
    let steps = json["steps"].as_object().unwrap();
    for step in [
        "before-begin",
        "after-begin",
        "half-request",
        "after-request",
    ] {
        let stopped = &steps[&format!("stopped at {step}")];
        assert_eq!(stopped["reached"], stopped["cases"], "{step}: {told}");
    }
}
