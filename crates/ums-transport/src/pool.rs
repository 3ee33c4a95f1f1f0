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
