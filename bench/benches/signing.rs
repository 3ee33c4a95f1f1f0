//! Signing beside the work that it cannot avoid: the SHA-256 compressions, timed with sha2's own block function.
//!
//! `cargo xtask bench signing` runs this and makes the table of it.

use std::hint::black_box;

use base64::Engine as _;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hmac::{KeyInit as _, Mac as _};
use sha2::Digest as _;
use ums_auth::open_body_sig::Signer;
use ums_auth::{AppId, AppKey, Nonce, Timestamp};
use ums_client::{Clock as _, NonceSource as _, RandomNonces, SystemClock};

const APP_ID: &str = "00000000000000000000000000000001";
const APP_KEY: &str = "ums-simulator-demo-key-not-secret";
const TIMESTAMP: &str = "20230718110500";
const NONCE: &str = "be46cd581c9f46ecbd71b9858311ea12";

fn signing(criterion: &mut Criterion) {
    let app_key = AppKey::new(APP_KEY).expect("valid");
    let signer = Signer::new(AppId::new(APP_ID).expect("valid"), &app_key);
    let timestamp = Timestamp::parse(TIMESTAMP).expect("valid");
    let nonce = Nonce::new(NONCE).expect("valid");
    let (nonces, clock) = (RandomNonces::new(), SystemClock::default());

    for length in [300, 4096, 1 << 20] {
        let body: Vec<u8> = (0..length).map(|at| b' ' + (at % 95) as u8).collect();
        let mut group = criterion.benchmark_group("signing");
        group.throughput(Throughput::Bytes(length as u64));
        if length == 1 << 20 {
            group.sample_size(20);
        }
        // Twice, before and after: the two should agree, or the machine was not at rest.
        for name in ["compressions", "compressions-again"] {
            if name == "compressions-again" {
                group.bench_function(BenchmarkId::new("sign", length), |bencher| {
                    bencher.iter(|| {
                        signer
                            .sign(black_box(&body), timestamp, &nonce)
                            .header_value()
                    });
                });
                group.bench_function(
                    BenchmarkId::new("sign-with-nonce-and-clock", length),
                    |bencher| {
                        bencher.iter(|| {
                            let nonce = nonces.next_nonce().expect("random bytes");
                            let timestamp =
                                Timestamp::at(&clock.now()).expect("a year of four digits");
                            signer
                                .sign(black_box(&body), timestamp, &nonce)
                                .header_value()
                        });
                    },
                );
                group.bench_function(BenchmarkId::new("plain-rustcrypto", length), |bencher| {
                    bencher.iter(|| plain_rustcrypto(black_box(&body)));
                });
                group.bench_function(BenchmarkId::new("plain-ring", length), |bencher| {
                    bencher.iter(|| plain_ring(black_box(&body)));
                });
            }
            let blocks = vec![[0x5a_u8; 64]; compressions(length)];
            group.bench_function(BenchmarkId::new(name, length), |bencher| {
                bencher.iter(|| {
                    let mut state = [0x6a09_e667_u32; 8];
                    sha2::block_api::compress256(&mut state, black_box(&blocks));
                    state
                });
            });
        }
        group.finish();
    }
}

/// The body's blocks with padding, three of the string to sign after the key's block, one of the outer hash after the
/// key's block.
fn compressions(length: usize) -> usize {
    let string_to_sign = APP_ID.len() + TIMESTAMP.len() + NONCE.len() + 64;
    (length + 9).div_ceil(64) + (string_to_sign + 9).div_ceil(64) + 1
}

fn plain_rustcrypto(body: &[u8]) -> String {
    let digest = base16ct::lower::encode_string(&sha2::Sha256::digest(body));
    let text = format!("{APP_ID}{TIMESTAMP}{NONCE}{digest}");
    let mut mac =
        hmac::Hmac::<sha2::Sha256>::new_from_slice(APP_KEY.as_bytes()).expect("any length");
    mac.update(text.as_bytes());
    header(&mac.finalize().into_bytes())
}

fn plain_ring(body: &[u8]) -> String {
    let digest =
        base16ct::lower::encode_string(ring::digest::digest(&ring::digest::SHA256, body).as_ref());
    let text = format!("{APP_ID}{TIMESTAMP}{NONCE}{digest}");
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, APP_KEY.as_bytes());
    header(ring::hmac::sign(&key, text.as_bytes()).as_ref())
}

fn header(signature: &[u8]) -> String {
    let signature = base64::engine::general_purpose::STANDARD.encode(signature);
    format!(
        "OPEN-BODY-SIG AppId=\"{APP_ID}\", Timestamp=\"{TIMESTAMP}\", Nonce=\"{NONCE}\", Signature=\"{signature}\""
    )
}

criterion_group!(benches, signing);
criterion_main!(benches);
