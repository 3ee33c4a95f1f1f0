//! Checks the wide scopes.
#[path = "../tests/checker/mod.rs"]
mod checker;
use ums_protocol_model::*;
fn main() {
    let pick: Vec<String> = std::env::args().skip(1).collect();
    for (n, scope) in Scope::experiments().into_iter().enumerate() {
        if !pick.is_empty() && !pick.contains(&n.to_string()) { continue; }
        let name = scope.name;
        let t = std::time::Instant::now();
        let found = checker::check(scope);
        println!("{n} {name}: {} states, depth {}, {:?}, {} landmarks", found.states, found.depth, t.elapsed(), found.landmarks.len());
        for (name, path) in &found.fallen { println!("  FALLEN {name}"); for p in path { println!("     {p}"); } }
        let missing: Vec<_> = LANDMARKS.iter().filter(|l| !found.landmarks.contains(l.0)).map(|l| l.0).collect();
        println!("  missing {missing:?}");
    }
}
