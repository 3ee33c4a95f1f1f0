//! What a key leaves in this process's memory, read the way another process of the same user would
//! read it: through `/proc/self/mem`. One test alone in its file, as everything in the process is
//! looked at.
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

/// Made up. The binary holds it where nothing is written, and only what can be written is looked
/// at.
const KEY: &str = "Made-Up-Key-Of-The-Memory-Test-1";

/// The two states of HMAC-SHA256 under [`KEY`], computed by another program and masked, so that
/// this test itself holds no copy of what it looks for.
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
    /// A half of a state, in the order in which the processor's own instructions hold it.
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

/// Runs it far down the stack, where nothing that comes after, looking included, writes over what
/// it leaves.
#[inline(never)]
fn deep<T>(levels: usize, run: &mut dyn FnMut() -> T) -> T {
    let room = black_box([0_u8; 4096]);
    let result = match levels {
        0 => run(),
        _ => deep(levels - 1, run),
    };
    black_box(&room);
    result
}

#[test]
fn a_key_leaves_nothing_behind() {
    let mut buffer = vec![0; 1 << 20];
    let mut look = |when: &str, states: usize, keys: usize| {
        let expected = Found {
            inner: states,
            outer: states,
            halves: 0,
            key: keys,
        };
        assert_eq!(look(&mut buffer), expected, "{when}");
    };
    look("before it is there", 0, 0);

    let app_id = AppId::new("app").unwrap();
    let timestamp = Timestamp::parse("20170101120000").unwrap();
    let nonce = Nonce::new("1").unwrap();
    let app_key = AppKey::new(KEY).unwrap();
    look("an AppKey", 0, 1);
    let signer = deep(16, &mut || open_body_sig::Signer::new(app_id, &app_key));
    look("a signer", 1, 1);
    let signed = deep(16, &mut || signer.sign(b"A", timestamp, &nonce));
    look("signed", 1, 1);
    deep(16, &mut || signer.verify(b"A", &signed).unwrap());
    look("verified", 1, 1);

    let form = deep(16, &mut || open_form_param::Signer::new(app_id, &app_key));
    look("a signer of queries", 2, 1);
    let query = deep(16, &mut || form.sign("A", timestamp, &nonce));
    look("a query signed", 2, 1);
    deep(16, &mut || form.verify(&query).unwrap());
    look("a query verified", 2, 1);
    drop(form);
    look("a signer dropped", 1, 1);

    let token = open_access_token::Signer::new(app_id, &app_key);
    let method = open_access_token::SignMethod::Sha256;
    let request = deep(16, &mut || token.sign(method, timestamp, &nonce));
    look("a token request signed", 1, 1);
    deep(16, &mut || token.verify(&request).unwrap());
    look("a token request verified", 1, 1);

    let notify_key = NotifyKey::new(KEY).unwrap();
    let notifications = notify::Signer::new(&notify_key, notify::SignType::Sha256);
    let fields = notify::Fields::from_pairs([("a", "1")]).unwrap();
    let sign = deep(16, &mut || notifications.sign(&fields).unwrap());
    look("a notification signed", 1, 2);
    let fields = notify::Fields::from_pairs([("a", "1"), ("sign", &sign)]).unwrap();
    deep(16, &mut || notifications.verify(&fields).unwrap());
    look("a notification verified", 1, 2);
    drop((app_key, token, notify_key, notifications));
    look("all but one signer dropped", 1, 0);

    // The states are in one place, wherever a signer has been.
    let clone = deep(16, &mut || black_box(Box::new(signer.clone())));
    let signer = black_box(Some(signer));
    let elsewhere = thread::spawn(move || (clone.app_id().to_string(), clone));
    let (_, clone) = elsewhere.join().unwrap();
    look("cloned and moved", 1, 0);
    drop(signer);
    look("a clone is alive", 1, 0);
    drop(clone);
    look("dropped", 0, 0);
}
