//! Visits every state of the wide scopes, or, with the names of rules, shows what happens without
//! them:
//!
//! ```text
//! cargo run --release -p ums-protocol-model --example check
//! cargo run --release -p ums-protocol-model --example check -- SendingIsFenced
//! ```

#![allow(clippy::print_stdout, reason = "what it finds is what it prints")]

#[path = "../tests/checker/mod.rs"]
mod checker;

use std::process::ExitCode;

use ums_protocol_model::Scope;

use checker::{Found, MISSED, check, check_without};

fn main() -> ExitCode {
    let rules: Vec<String> = std::env::args().skip(1).collect();
    if !rules.is_empty() {
        return show(&rules);
    }
    let mut code = ExitCode::SUCCESS;
    for scope in Scope::wide() {
        let name = scope.name;
        let found = check(scope);
        println!("| {name} | {} | {} |", found.states, found.depth);
        if !found.fallen.is_empty() {
            print_fallen(&found);
            code = ExitCode::FAILURE;
        }
    }
    code
}

fn show(rules: &[String]) -> ExitCode {
    for named in rules {
        let missed = MISSED
            .into_iter()
            .find(|(rule, ..)| format!("{rule:?}") == *named);
        let Some((rule, scope, invariant)) = missed else {
            println!("there is no rule {named}");
            return ExitCode::FAILURE;
        };
        let scope = scope();
        println!("without {named}, in “{}”", scope.name);
        print_fallen(&check_without(scope, rule, invariant));
    }
    ExitCode::SUCCESS
}

fn print_fallen(found: &Found) {
    for (invariant, history) in &found.fallen {
        println!("“{invariant}” falls in {} steps", history.len());
        for step in history {
            println!("  {step}");
        }
    }
}
