//! The whole client over a connection whose other end says anything: bytes in,
//! outcome out. Approved needs an approval in the bytes, and nothing is sent
//! twice.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use ums_client::auth::{AppId, AppKey};
use ums_client::model::{MerchantCode, TerminalCode, UmsOrderId, VoidPayment};
use ums_client::transport::{BaseUrl, Connect, ConnectFuture};
use ums_client::{Client, OutcomeKind, Resend};

/// Says `reply` once the request has begun to arrive, in pieces, and closes.
struct Says {
    reply: Vec<u8>,
}

impl Connect for Says {
    fn connect(&self) -> ConnectFuture {
        let (piece, after) = match self.reply.split_first() {
            Some((first, rest)) => (usize::from(*first).max(1), rest.to_vec()),
            None => (1, Vec::new()),
        };
        let (ours, mut theirs) = tokio::io::duplex(1024);
        tokio::spawn(async move {
            let _ = theirs.read(&mut [0; 512]).await;
            for piece in after.chunks(piece) {
                if theirs.write_all(piece).await.is_err() {
                    return;
                }
                tokio::task::yield_now().await;
            }
        });
        Box::pin(async { Ok(Box::new(ours) as _) })
    }
}

fuzz_target!(|reply: &[u8]| {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let client = Client::builder(
            "http://localhost".parse::<BaseUrl>().unwrap(),
            AppId::new("made-up-app").unwrap(),
            &AppKey::new("made-up-key").unwrap(),
        )
        .timeout(Duration::from_secs(1))
        .resend(Resend::UpTo(3))
        .connector(Says {
            reply: reply.to_vec(),
        })
        .build()
        .unwrap();
        let void = VoidPayment::by_ums_order_id(
            MerchantCode::new("103290070111417").unwrap(),
            TerminalCode::new("12340511").unwrap(),
            UmsOrderId::new("20230718110248029165883554").unwrap(),
        );
        let outcome = client.void_payment(&void).await;
        assert!(outcome.evidence().requests_sent() <= 1);
        assert!(!outcome.to_string().is_empty());
        if outcome.evidence().requests_sent() == 1 {
            assert_ne!(outcome.kind(), OutcomeKind::NotSent);
        }
        if outcome.kind() == OutcomeKind::Approved {
            let text = String::from_utf8_lossy(reply);
            assert!(text.contains("HTTP/1."), "{text:?}");
            assert!(text.contains("200"), "{text:?}");
            assert!(text.contains("errCode") || text.contains("\\u"), "{text:?}");
        }
    });
});
