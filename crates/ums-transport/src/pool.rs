//! Idle connections to the one gateway of a transport.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use http::HeaderValue;
use tokio::time::Instant;

use crate::connection::Wire;

/// Connections at rest, the latest used last. Taking from the end keeps few
/// connections warm and lets the rest age out.
pub(crate) struct Pool {
    host_header: HeaderValue,
    max_idle: usize,
    idle_timeout: Duration,
    idle: Mutex<Idle>,
}

#[derive(Default)]
struct Idle {
    wires: Vec<(Wire, Instant)>,
    swept: bool,
}

impl Pool {
    pub(crate) fn new(host_header: HeaderValue, max_idle: usize, idle_timeout: Duration) -> Self {
        Self {
            host_header,
            max_idle,
            idle_timeout,
            idle: Mutex::default(),
        }
    }

    pub(crate) fn host_header(&self) -> HeaderValue {
        self.host_header.clone()
    }

    /// The connection used last, unless it has rested too long.
    pub(crate) fn take(&self, now: Instant) -> Option<Wire> {
        let mut idle = self.lock();
        let (wire, since) = idle.wires.pop()?;
        if now.saturating_duration_since(since) < self.idle_timeout {
            return Some(wire);
        }
        // The others have rested longer still.
        let old = std::mem::take(&mut idle.wires);
        drop(idle);
        drop((wire, old));
        None
    }

    pub(crate) fn put(self: &Arc<Self>, wire: Wire, now: Instant) {
        let mut idle = self.lock();
        if idle.wires.len() >= self.max_idle {
            return;
        }
        idle.wires.push((wire, now));
        if !idle.swept {
            idle.swept = true;
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
    }

    /// Closes what has rested too long. Returns when the next one will have,
    /// or `None` when nothing is left.
    fn expire(&self) -> Option<Instant> {
        let mut idle = self.lock();
        let fresh = idle
            .wires
            .partition_point(|(_, since)| since.elapsed() >= self.idle_timeout);
        let old: Vec<_> = idle.wires.drain(..fresh).collect();
        let next = idle
            .wires
            .first()
            .map(|(_, since)| *since + self.idle_timeout);
        idle.swept = next.is_some();
        drop(idle);
        drop(old);
        next
    }

    /// A panic elsewhere cannot leave the list half changed.
    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs while there are idle connections, and ends with them or the pool.
async fn sweep(pool: Weak<Pool>) {
    let Some(mut next) = pool
        .upgrade()
        .map(|pool| Instant::now() + pool.idle_timeout)
    else {
        return;
    };
    loop {
        tokio::time::sleep_until(next).await;
        match pool.upgrade().and_then(|pool| pool.expire()) {
            Some(at) => next = at,
            None => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::ReplyCaps;

    const REST: Duration = Duration::from_secs(30);

    async fn wire() -> Wire {
        let (ours, _) = tokio::io::duplex(16);
        let caps = ReplyCaps {
            head: 8192,
            body: 8192,
        };
        Wire::open(Box::new(ours), caps).await.unwrap()
    }

    /// As when the sweep comes late.
    #[tokio::test(start_paused = true)]
    async fn what_has_rested_too_long_is_not_lent() {
        let put = Instant::now();
        for (after, lent) in [
            (Duration::ZERO, true),
            (REST - Duration::from_nanos(1), true),
            (REST, false),
            (REST * 2, false),
        ] {
            let pool = Arc::new(Pool::new(HeaderValue::from_static("x"), 4, REST));
            pool.put(wire().await, put);
            pool.put(wire().await, put);
            assert_eq!(pool.take(put + after).is_some(), lent, "{after:?}");
            // One was taken, or both were closed.
            let left = pool.lock().wires.len();
            assert_eq!(left, usize::from(lent), "{after:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_sweep_closes_each_in_its_time_and_ends_with_the_last() {
        let pool = Arc::new(Pool::new(HeaderValue::from_static("x"), 4, REST));
        for _ in 0..3 {
            pool.put(wire().await, Instant::now());
            tokio::time::sleep(REST / 4).await;
        }
        let mut left = Vec::new();
        for _ in 0..4 {
            tokio::time::sleep(REST / 4 + Duration::from_millis(10)).await;
            let idle = pool.lock();
            left.push((idle.wires.len(), idle.swept));
        }
        assert_eq!(left, [(2, true), (1, true), (0, false), (0, false)]);
        // A later one is swept too.
        pool.put(wire().await, Instant::now());
        tokio::time::sleep(REST + Duration::from_millis(10)).await;
        assert_eq!(pool.lock().wires.len(), 0);
    }
}
