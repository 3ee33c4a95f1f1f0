//! Files that use each other in a circle, and rooms that use a higher one.

use std::collections::BTreeSet;

use super::arrows::Arrows;

/// More files than these two must not use each other in a circle.
const MOST: usize = 2;

/// Checks that no more than two files of a crate use each other in a circle.
pub(super) fn check(krate: &str, arrows: &Arrows, faults: &mut Vec<String>) {
    for circle in circles(arrows) {
        let files: Vec<_> = circle.iter().copied().collect();
        faults.push(format!(
            "{krate}: {} files use each other in a circle: {}; arrows: {}",
            circle.len(),
            files.join(", "),
            shown(&circle, arrows),
        ));
    }
}

/// Checks that no file of a room uses one of a higher room. Rooms are directories, or files beside
/// them, from the lowest to the highest.
pub(super) fn check_rooms(krate: &str, rooms: &[&str], arrows: &Arrows, faults: &mut Vec<String>) {
    let floor = |file: &str| {
        let room = file.split(['/', '.']).next().unwrap_or_default();
        rooms.iter().position(|known| *known == room)
    };
    for (file, uses) in arrows.iter().filter(|(file, _)| *file != "lib.rs") {
        let Some(own) = floor(file) else {
            faults.push(format!("{krate}: {file} is in no room of its layer"));
            continue;
        };
        for used in uses
            .iter()
            .filter(|used| floor(used).is_none_or(|used| used > own))
        {
            faults.push(format!("{krate}: {file} uses {used}, which is higher"));
        }
    }
}

/// Each circle of more than two files: of all that can be reached from each other.
fn circles(arrows: &Arrows) -> Vec<BTreeSet<&str>> {
    let mut circles: Vec<BTreeSet<&str>> = Vec::new();
    for file in arrows.keys() {
        if circles.iter().any(|circle| circle.contains(file.as_str())) {
            continue;
        }
        let mut circle: BTreeSet<_> = reached(file, arrows);
        circle.retain(|other| reached(other, arrows).contains(file.as_str()));
        if circle.len() > MOST {
            circles.push(circle);
        }
    }
    circles
}

fn reached<'a>(file: &str, arrows: &'a Arrows) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![file];
    while let Some(file) = open.pop() {
        for next in arrows.get(file).into_iter().flatten() {
            if reached.insert(next.as_str()) {
                open.push(next);
            }
        }
    }
    reached
}

fn shown(circle: &BTreeSet<&str>, arrows: &Arrows) -> String {
    let lines = circle.iter().map(|file| {
        let uses = arrows.get(*file).into_iter().flatten();
        let inside: Vec<_> = uses
            .map(String::as_str)
            .filter(|used| circle.contains(used))
            .collect();
        format!("{file} > {}", inside.join(" "))
    });
    lines.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrows(list: &[(&str, &[&str])]) -> Arrows {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let arrows = list.iter();
        arrows
            .map(|(file, uses)| ((*file).to_owned(), owned(uses)))
            .collect()
    }

    fn circle_of_three() -> Arrows {
        arrows(&[
            ("a.rs", &["b.rs"]),
            ("b.rs", &["c.rs", "low.rs"]),
            ("c.rs", &["a.rs"]),
            ("high.rs", &["a.rs"]),
            ("low.rs", &[]),
        ])
    }

    #[test]
    fn a_circle_of_three_is_found_and_one_of_two_is_none() {
        let mut faults = Vec::new();
        check("made-up", &circle_of_three(), &mut faults);
        assert_eq!(
            faults,
            [
                "made-up: 3 files use each other in a circle: a.rs, b.rs, c.rs; \
                 arrows: a.rs > b.rs; b.rs > c.rs; c.rs > a.rs"
            ]
        );
        let two = arrows(&[
            ("a.rs", &["b.rs", "c.rs"]),
            ("b.rs", &["a.rs"]),
            ("c.rs", &[]),
        ]);
        faults.clear();
        check("made-up", &two, &mut faults);
        assert!(faults.is_empty(), "{faults:?}");
    }

    #[test]
    fn an_arrow_to_a_higher_room_and_a_file_in_no_room_are_found() {
        let arrows = arrows(&[
            ("lib.rs", &["high.rs"]),
            ("low.rs", &["low/part.rs"]),
            ("low/part.rs", &["high/part.rs"]),
            ("high.rs", &["low/part.rs"]),
            ("high/part.rs", &["high.rs"]),
            ("stray.rs", &[]),
        ]);
        let mut faults = Vec::new();
        check_rooms("made-up", &["low", "high"], &arrows, &mut faults);
        assert_eq!(
            faults,
            [
                "made-up: low/part.rs uses high/part.rs, which is higher",
                "made-up: stray.rs is in no room of its layer"
            ]
        );
    }
}
