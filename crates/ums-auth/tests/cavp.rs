//! NIST's vectors for SHA-256, through `BodyDigest` in one piece and in several.
#![allow(clippy::unwrap_used, reason = "tests")]

use ums_auth::BodyDigest;

fn from_hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

/// The values of `name = value` lines, in order.
fn values<'a>(file: &'a str, name: &'static str) -> impl Iterator<Item = &'a str> {
    file.lines()
        .filter_map(|line| line.split_once(" = "))
        .filter(move |(found, _)| *found == name)
        .map(|(_, value)| value.trim())
}

fn messages(file: &str) -> usize {
    let lengths = values(file, "Len").map(|bits| bits.parse::<usize>().unwrap() / 8);
    let cases = lengths.zip(values(file, "Msg")).zip(values(file, "MD"));
    let mut count = 0;
    for ((length, message), digest) in cases {
        let message = &from_hex(message)[..length];
        assert_eq!(BodyDigest::of(message).to_string(), digest);
        let mut hasher = BodyDigest::hasher();
        message.chunks(61).for_each(|piece| hasher.update(piece));
        assert_eq!(hasher.finish(), BodyDigest::parse(digest).unwrap());
        count += 1;
    }
    count
}

#[test]
fn short_messages() {
    assert_eq!(messages(include_str!("data/cavp/SHA256ShortMsg.rsp")), 65);
}

#[test]
fn long_messages() {
    assert_eq!(messages(include_str!("data/cavp/SHA256LongMsg.rsp")), 64);
}

/// Each of the 100 is the last of a thousand digests of three digests in a row.
#[test]
fn monte_carlo() {
    let file = include_str!("data/cavp/SHA256Monte.rsp");
    let seed = values(file, "Seed").next().unwrap();
    let mut seed: [u8; 32] = from_hex(seed).try_into().unwrap();
    let mut count = 0;
    for digest in values(file, "MD") {
        let mut last = [seed; 3];
        for _ in 0..1000 {
            let next = *BodyDigest::of(last.as_flattened()).as_bytes();
            last = [last[1], last[2], next];
        }
        seed = last[2];
        assert_eq!(BodyDigest::from_bytes(seed).to_string(), digest);
        count += 1;
    }
    assert_eq!(count, 100);
}
