//! Further attempts of a call, of which the one before was not sent.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;
use ums_client::Resend;
use ums_client::transport::{Connect, ConnectFuture};
use ums_durable::{Durable, SubmitError, SubmitOptions, record_of};
use ums_journal::{
    NextStep, RecordedOutcome, State, StoreFault, StoreFaults, StoreRefusal, StoreStep,
};
use ums_simulator::Simulator;

use crate::ground::{FAILS, Faults, Ground, LEASE, key, read, view, void, void_by_merchant_order};

/// A connection that stands and takes no byte.
struct Deaf;

impl AsyncRead for Deaf {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

impl AsyncWrite for Deaf {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The way to the gateway: the first connection takes no byte, and those after it stand when the
/// gate is open.
#[derive(Clone)]
struct DeafOnce {
    simulator: Simulator,
    was_deaf: Arc<AtomicBool>,
    gate: Arc<Notify>,
}

impl DeafOnce {
    fn new(ground: &Ground) -> Self {
        Self {
            simulator: ground.simulator.clone(),
            was_deaf: Arc::default(),
            gate: Arc::default(),
        }
    }

    async fn durable(&self, ground: &Ground, faults: &Arc<Faults>) -> Durable {
        let client = ground.client_over(self.clone());
        let faults: Arc<dyn StoreFaults> = Arc::clone(faults) as _;
        let store = ground.store.with_faults(faults);
        Durable::builder(client, store).build().await.unwrap()
    }
}

impl Connect for DeafOnce {
    fn connect(&self) -> ConnectFuture {
        if !self.was_deaf.swap(true, Ordering::Relaxed) {
            return Box::pin(async { Ok(Box::new(Deaf) as _) });
        }
        let (simulator, gate) = (self.simulator.clone(), Arc::clone(&self.gate));
        Box::pin(async move {
            gate.notified().await;
            Ok(Box::new(simulator.connect()?) as _)
        })
    }

    fn fails_whole(&self) -> bool {
        true
    }
}

fn once_more() -> SubmitOptions {
    SubmitOptions::new().resend(Resend::UpTo(1))
}

#[tokio::test(start_paused = true)]
async fn what_was_not_sent_is_sent_again() {
    let (ground, faults) = (Ground::new(), Arc::new(Faults::default()));
    let way = DeafOnce::new(&ground);
    let durable = way.durable(&ground, &faults).await;
    way.gate.notify_one();
    let answer = durable.submit_with(key("k1"), void(), once_more()).await;
    let answer = answer.unwrap();
    assert!(answer.is_approved() && answer.recorded, "{answer:?}");
    let attempts = view(&durable, &answer.call).await.attempts;
    assert_eq!(attempts.len(), 2);
    assert_eq!(ground.voids_sent(), 1);
}

/// A call whose further attempt may or may not be written down says of that one alone that it was
/// not sent: another process may have made an attempt with the same number.
#[tokio::test(start_paused = true)]
async fn an_attempt_of_another_process_is_not_said_to_be_unsent() {
    let (ground, faults) = (Ground::new(), Arc::new(Faults::default()));
    let way = DeafOnce::new(&ground);
    let first = way.durable(&ground, &faults).await;
    way.gate.notify_one();
    // The further attempt is not written down, which its process does not hear. Then it writes down
    // that nothing was sent, which it does not hear either, and the store stays away.
    faults.at(StoreStep::Heartbeat, u32::MAX, FAILS);
    faults.at(StoreStep::Commit, 1, StoreFault::Lost);
    faults.at(StoreStep::Commit, 2, StoreFault::AnswerLost);
    for nth in 3..9 {
        faults.at(StoreStep::Commit, nth, FAILS);
    }
    let answer = first.submit_with(key("k1"), void(), once_more()).await;
    let answer = answer.unwrap();
    assert_eq!(answer.outcome(), Some(RecordedOutcome::NotSent));
    assert!(!answer.recorded);

    // Its lease has ended. Another process makes the further attempt, and dies while it is sent.
    tokio::time::sleep(Duration::from_secs(1)).await;
    ground.simulator.fault("silence-applied").unwrap();
    let second = ground.durable().await;
    let sending = second.submit(key("k1"), void());
    let died = tokio::time::timeout(Duration::from_secs(1), sending).await;
    assert!(died.is_err());
    second.crash();
    assert_eq!(ground.applied(), 1);

    // The store is back, and the first one writes down what it knows.
    let third = ground.durable().await;
    tokio::time::sleep(LEASE).await;
    let call = read(&third, &answer.call).await;
    assert_eq!(call.view.attempts.len(), 2);
    assert_eq!(call.view.state, State::Sending, "{:?}", call.view);
    // So it is asked about, and never sent again.
    assert_eq!(third.recover().await.unwrap(), 1);
    assert_eq!(third.resolve_open(Duration::from_secs(9)).await.unwrap(), 0);
    let told = third.submit(key("k1"), void()).await.unwrap();
    assert!(told.is_approved() && told.is_replay, "{told:?}");
    assert!(!view(&third, &answer.call).await.contradicted);
    assert_eq!(ground.voids_sent(), 1);
}

/// Two calls begin by the two ids of one order. The reply to one of them links the ids, and the
/// other one, of which no byte was sent so far, is not sent any more.
#[tokio::test(start_paused = true)]
async fn what_another_id_of_the_order_has_done_meanwhile_is_not_sent_again() {
    let (ground, faults) = (Ground::new(), Arc::new(Faults::default()));
    let way = DeafOnce::new(&ground);
    let slow = way.durable(&ground, &faults).await;
    let waiting = {
        let slow = slow.clone();
        tokio::spawn(async move { slow.submit_with(key("k1"), void(), once_more()).await })
    };
    tokio::time::sleep(Duration::from_secs(1)).await;
    let other = ground.durable().await;
    let by_merchant = void_by_merchant_order("M-ORDER");
    let done = other.submit(key("k2"), by_merchant).await.unwrap();
    assert!(done.is_approved());
    way.gate.notify_one();
    let answer = waiting.await.unwrap().unwrap();
    assert_eq!(
        answer.outcome(),
        Some(RecordedOutcome::NotSent),
        "{answer:?}"
    );
    assert_eq!(ground.voids_sent(), 1);
    let kept = read(&other, &answer.call).await;
    let is_open = kept.view.is_open();
    assert_eq!((kept.view.attempts.len(), is_open), (1, false));
    // What is told, and what the journal has, names the call that was in the way, and its state.
    for record in [answer.record.unwrap(), record_of(&kept).unwrap()] {
        assert_eq!(record.call.as_deref(), Some(done.call.as_str()));
        assert_eq!(record.next_step, NextStep::LookAtCall);
        let evidence = &record.evidence.last;
        assert_eq!(evidence.reason.as_deref(), Some("call_in_the_way"));
        let detail = evidence.detail.as_deref().unwrap();
        assert!(detail.contains(done.call.as_str()), "{detail}");
        assert!(detail.ends_with("its state is ended"), "{detail}");
    }
    // Under its key it is refused from now on.
    way.gate.notify_one();
    let refused = slow.submit(key("k1"), void()).await.unwrap_err();
    let expected = StoreRefusal::SameIdentity { call: done.call };
    assert!(matches!(refused, SubmitError::Refused(refused) if refused == expected));
}
