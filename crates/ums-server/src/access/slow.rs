//! Whoever shows wrong tokens is answered ever later, and nobody else is.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How much later each wrong token is answered than the one before it.
const STEP: Duration = Duration::from_millis(100);
/// Whoever would have to wait longer is sent away at once.
const LONGEST: Duration = Duration::from_secs(3);
/// Of how many peers something is remembered.
const MOST: usize = 4096;

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Peer {
    /// Another socket of the network.
    Address(IpAddr),
    /// A process on this machine, through a Unix socket.
    Local,
}

impl Peer {
    /// One peer for a whole network of IPv6: whoever has one address of it has all.
    fn network(self) -> Self {
        match self {
            Self::Address(IpAddr::V6(address)) => {
                let network = address.to_bits() & !u128::from(u64::MAX);
                Self::Address(IpAddr::V6(network.into()))
            }
            other => other,
        }
    }
}

/// When each peer that showed wrong tokens is answered next.
#[derive(Debug, Default)]
pub(crate) struct Slow(Mutex<HashMap<Peer, Instant>>);

impl Slow {
    /// How long the answer to a wrong token of this peer must wait. `None`: it is not to wait, but
    /// to go away.
    pub(crate) fn wrong(&self, peer: Peer) -> Option<Duration> {
        let now = Instant::now();
        let mut peers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if peers.len() >= MOST {
            peers.retain(|_, next| *next > now);
        }
        if peers.len() >= MOST {
            peers.clear();
        }
        let next = peers.entry(peer.network()).or_insert(now);
        let at = (*next).max(now);
        let wait = at.saturating_duration_since(now);
        if wait > LONGEST {
            return None;
        }
        *next = at + STEP;
        Some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_wrong_token_is_answered_later_and_nobody_else_is_slowed() {
        let slow = Slow::default();
        let peer = |text: &str| Peer::Address(text.parse().unwrap());
        let one = peer("192.0.2.1");
        let waits: Vec<_> = (0..40).map(|_| slow.wrong(one)).collect();
        assert_eq!(waits[0], Some(Duration::ZERO));
        assert_eq!(waits[1], Some(STEP));
        assert_eq!(waits[30], Some(LONGEST));
        assert_eq!(waits[31..], [None; 9]);
        assert_eq!(slow.wrong(peer("192.0.2.2")), Some(Duration::ZERO));
        assert_eq!(slow.wrong(Peer::Local), Some(Duration::ZERO));
        assert_eq!(slow.wrong(peer("2001:db8::1")), Some(Duration::ZERO));
        assert_eq!(slow.wrong(peer("2001:db8::2")), Some(STEP));
        tokio::time::advance(Duration::from_secs(4)).await;
        assert_eq!(slow.wrong(one), Some(Duration::ZERO));
    }
}
