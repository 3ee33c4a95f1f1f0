//! x
#[path = "../tests/checker/mod.rs"]
mod checker;
use ums_protocol_model::*;
fn main() {
    let pick: Vec<String> = std::env::args().skip(1).collect();
    let mut all = std::collections::BTreeSet::new();
    let scopes = if pick.first().is_some_and(|p| p == "wide") { Scope::wide() } else { Scope::base() };
    for scope in scopes {
        let name = scope.name;
        if pick.first().is_some_and(|p| p == "rules") {
            if !pick[1..].contains(&name.replace(' ', "-")) {continue}
            for rule in Rule::ALL {
              for inv in [invariant::NO_DOUBLE, invariant::NOT_EXECUTED_IS_TRUE, invariant::ANSWERS_STAND, invariant::NO_LOST_KEY, invariant::SENT_IS_WRITTEN] {
                let t = std::time::Instant::now();
                let found = checker::check_without(scope.clone(), rule, inv);
                if found.fallen.is_empty() { break; }
                if let Some((i, path)) = found.fallen.iter().find(|f| f.0 == inv) { println!("{name} {rule:?}: {i} in {} steps, {} states {:?} {}", path.len(), found.states, t.elapsed(), path.join(" "));}
              }
            }
            continue;
        }
        if !pick.is_empty() && pick[0] != "wide" && !pick.contains(&name.replace(' ', "-")) { continue; }
        let t = std::time::Instant::now();
        let found = checker::check(scope);
        println!("{name}: {} states, depth {}, {:?}, {} landmarks", found.states, found.depth, t.elapsed(), found.landmarks.len());
        for (name, path) in &found.fallen { println!("  FALLEN {name}"); for p in path { println!("     {p}"); } }
        all.extend(found.landmarks);
    }
    let missing: Vec<_> = LANDMARKS.iter().filter(|l| !all.contains(l.0)).map(|l| l.0).collect();
    println!("  missing {missing:?}");
}
