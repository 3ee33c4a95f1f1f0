//! Whether each public name says one thing: no two crates export another item under the same name.

use std::collections::BTreeMap;

/// The crates that a person takes, by their name and the text of their root file.
pub(super) fn check<'t>(roots: impl IntoIterator<Item = (&'t str, &'t str)>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    for (member, text) in roots {
        for name in exported(text) {
            match owners.insert(name, member) {
                Some(other) if other != member => {
                    faults.push(format!("{other} and {member} both export a {name}"));
                }
                _ => {}
            }
        }
    }
    faults
}

/// What `pub use` at the root exports under a name in capitals, but for what comes from another
/// crate.
fn exported(text: &str) -> impl Iterator<Item = &str> {
    let uses = text.split("\npub use ").skip(1);
    let uses = uses.filter_map(|rest| rest.split_once(';').map(|(item, _)| item));
    let own = uses.filter(|item| !item.starts_with("ums_") && !item.starts_with("::"));
    own.flat_map(|item| {
        let names = item.split(['{', '}', ',', '\n']).map(str::trim);
        names.filter_map(|name| name.rsplit([' ', ':']).next())
    })
    .filter(|name| name.starts_with(char::is_uppercase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_two_crates_export_is_told() {
        let one = "\nmod a;\npub use a::b::{Rule, Thing as Other};\npub use ums_model::Query;\n";
        let two = "\npub use c::Rule;\npub use d::{\n    Thing, Query,\n};\n";
        assert_eq!(
            check([("one", one), ("two", two)]),
            ["one and two both export a Rule"]
        );
        assert_eq!(check([("one", one), ("one", one)]), [""; 0]);
    }
}
