//! What a key leaves in this process's memory, read the way another process of
//! the same user would read it: through `/proc/self/mem`. One test alone in its
//! file, as everything in the process is looked at.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs::{self, File};
use std::hint::black_box;
use std::os::unix::fs::FileExt;
use std::thread;

use ums_auth::{
    AppId, AppKey, Nonce, NotifyKey, Timestamp, notify, open_access_token, open_body_sig,
    open_form_param,
};

/// Made up. The binary holds it where nothing is written, and only what can be
/// written is looked at.
const KEY: &str = "Made-Up-Key-Of-The-Memory-Test-1";

/// The two states of HMAC-SHA256 under [`KEY`], computed by another program and
/// masked, so that this test itself holds no copy of what it looks for.
const INNER: [u32; 8] = [
    0x982b_a05e,
    0x33cb_0b6b,
    0xd60c_3fe8,
    0x2ee5_2e99,
    0x6399_fd2b,
    0xd1cd_946a,
    0xd804_44e1,
    0x5e90_67a6,
];
const OUTER: [u32; 8] = [
    0x7ad4_cef4,
    0x4caf_bcba,
    0xfa54_8ab0,
    0x5890_4d03,
    0x9f4a_78c3,
    0x6c6a_5614,
    0x9656_30eb,
    0x93de_fdaa,
];
const MASK: u32 = 0xa5a5_a5a5;

/// How often each was found.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    inner: usize,
    outer: usize,
    /// A half of a state, in the order in which the processor's own
    /// instructions hold it.
    halves: usize,
    /// The key itself, or as it goes into the first block of either hash.
    key: usize,
}

/// Looks through all memory of this process that can be written.
#[inline(never)]
fn look(buffer: &mut [u8]) -> Found {
    let mut found = Found::default();
    let own = buffer.as_ptr() as u64..buffer.as_ptr() as u64 + buffer.len() as u64;
    let memory = File::open("/proc/self/mem").unwrap();
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    for line in maps.lines() {
        let mut words = line.split(' ');
        let (range, rights) = (words.next().unwrap(), words.next().unwrap());
        if !rights.starts_with("rw") || line.ends_with("[vvar]") {
            continue;
        }
        let (from, to) = range.split_once('-').unwrap();
        let [mut at, to] = [from, to].map(|digits| u64::from_str_radix(digits, 16).unwrap());
        while at < to {
            if own.contains(&at) {
                at = own.end;
                continue;
            }
            let before_own = if at < own.start {
                own.start - at
            } else {
                u64::MAX
            };
            let size = (buffer.len() as u64).min(to - at).min(before_own) as usize;
            let Ok(size) = memory.read_at(&mut buffer[..size], at) else {
                break;
            };
            count(&buffer[..size], &mut found);
            buffer[..size].fill(0);
            // What lies across two pieces is found in the next.
            at += if size > 128 && at + (size as u64) < to {
                size as u64 - 64
            } else {
                size as u64
            };
        }
    }
    found
}

fn count(piece: &[u8], found: &mut Found) {
    let word = |at: usize| u32::from_ne_bytes(piece[at..at + 4].try_into().unwrap()) ^ MASK;
    let is = |at: usize, wanted: &[u32]| {
        at + wanted.len() * 4 <= piece.len()
            && wanted
                .iter()
                .enumerate()
                .all(|(place, wanted)| word(at + place * 4) == *wanted)
    };
    for at in (0..piece.len().saturating_sub(16)).step_by(4) {
        for (state, whole) in [(INNER, &mut found.inner), (OUTER, &mut found.outer)] {
            let [a, b, c, d, e, f, g, h] = state;
            *whole += usize::from(is(at, &state));
            found.halves += usize::from(is(at, &[f, e, b, a])) + usize::from(is(at, &[h, g, d, c]));
        }
    }
    for pad in [0, 0x36, 0x5c] {
        let first = KEY.as_bytes()[0] ^ pad;
        for at in 0..piece.len().saturating_sub(KEY.len() - 1) {
            found.key += usize::from(
                piece[at] == first
                    && KEY
                        .bytes()
                        .zip(&piece[at..])
                        .all(|(byte, found)| byte ^ pad == *found),
            );
        }
    }
}

/// Everything that takes a key, once, with all that it makes but the signer
/// that comes out.
#[inline(never)]
fn use_the_key() -> open_body_sig::Signer {
    let app_id = AppId::new("app").unwrap();
    let timestamp = Timestamp::parse("20170101120000").unwrap();
    let nonce = Nonce::new("1").unwrap();

    let app_key = AppKey::new(KEY).unwrap();
    let signer = open_body_sig::Signer::new(app_id, &app_key);
    let form = open_form_param::Signer::new(app_id, &app_key);
    let token = open_access_token::Signer::new(app_id, &app_key);
    let signed = signer.sign(b"A", timestamp, &nonce);
    signer.verify(b"A", &signed).unwrap();
    form.verify(&form.sign("A", timestamp, &nonce)).unwrap();
    let request = token.sign(open_access_token::SignMethod::Sha256, timestamp, &nonce);
    token.verify(&request).unwrap();

    let notify_key = NotifyKey::new(KEY).unwrap();
    let notifications = notify::Signer::new(&notify_key, notify::SignType::Sha256);
    let unsigned = notify::Fields::from_pairs([("a", "1")]).unwrap();
    let sign = notifications.sign(&unsigned).unwrap();
    let fields = notify::Fields::from_pairs([("a", "1"), ("sign", &sign)]).unwrap();
    notifications.verify(&fields).unwrap();
    signer
}

#[test]
fn a_key_leaves_nothing_behind() {
    let mut buffer = vec![0; 1 << 20];
    let nothing = Found::default();
    assert_eq!(look(&mut buffer), nothing, "before it is there");

    // A signer is alive, and its states are in one place, wherever it has been.
    let once = Found {
        inner: 1,
        outer: 1,
        ..Found::default()
    };
    let signer = use_the_key();
    assert_eq!(look(&mut buffer), once, "used");
    let clone = black_box(Box::new(signer.clone()));
    let signer = black_box(Some(signer));
    let elsewhere = thread::spawn(move || (clone.app_id().to_string(), clone));
    let (_, clone) = elsewhere.join().unwrap();
    assert_eq!(look(&mut buffer), once, "cloned and moved");

    drop(signer);
    assert_eq!(look(&mut buffer), once, "a clone is alive");
    drop(clone);
    assert_eq!(look(&mut buffer), nothing, "dropped");
}
