//! Idle connections to the one gateway of a transport.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use http::HeaderValue;
use tokio::runtime::{Handle, Id};
use tokio::time::Instant;

use crate::connection::Wire;
use crate::deadline::after;

/// Connections at rest, those of each tokio runtime by themselves.
pub(crate) struct Pool {
    host_header: HeaderValue,
    max_idle: usize,
    idle_timeout: Duration,
    shelves: Mutex<Vec<Shelf>>,
    /// The process whose connections they are.
    process: u32,
}

/// The connections of one runtime, the latest used last. Taking from the end keeps few connections
/// warm and lets the rest age out.
///
/// A shelf stands for as long as its sweep, a task of the same runtime: what belongs to a runtime
/// that is gone is gone with it.
struct Shelf {
    runtime: Id,
    wires: Vec<(Wire, Instant)>,
}

impl Pool {
    pub(crate) fn new(host_header: HeaderValue, max_idle: usize, idle_timeout: Duration) -> Self {
        Self {
            host_header,
            max_idle,
            idle_timeout,
            shelves: Mutex::default(),
            process: std::process::id(),
        }
    }

    pub(crate) fn host_header(&self) -> HeaderValue {
        self.host_header.clone()
    }

    /// Whether a connection that could serve again may be kept at all.
    pub(crate) fn keeps_any(&self) -> bool {
        self.max_idle > 0
    }

    /// The connection of this runtime used last, unless it has rested too long.
    pub(crate) fn take(&self, runtime: Id, now: Instant) -> Option<Wire> {
        let mut shelves = self.lock();
        let wires = &mut shelves
            .iter_mut()
            .find(|shelf| shelf.runtime == runtime)?
            .wires;
        let (wire, since) = wires.pop()?;
        if now.saturating_duration_since(since) < self.idle_timeout {
            return Some(wire);
        }
        // The others have rested longer still.
        let old = std::mem::take(wires);
        drop(shelves);
        drop((wire, old));
        None
    }

    /// Closes the connection instead when it is not its own runtime that asks.
    pub(crate) fn put(self: &Arc<Self>, wire: Wire, now: Instant) {
        let runtime = wire.runtime();
        let Ok(here) = Handle::try_current() else {
            return;
        };
        if here.id() != runtime || !self.keeps_any() {
            return;
        }
        let mut shelves = self.lock();
        match shelves.iter_mut().find(|shelf| shelf.runtime == runtime) {
            Some(shelf) if shelf.wires.len() >= self.max_idle => {}
            Some(shelf) => shelf.wires.push((wire, now)),
            None => {
                let wires = vec![(wire, now)];
                shelves.push(Shelf { runtime, wires });
                drop(shelves);
                // A runtime that is about to end drops the task at once, and with it the shelf.
                let guard = ShelfGuard {
                    pool: Arc::downgrade(self),
                    runtime,
                };
                here.spawn(sweep(guard, after(now, self.idle_timeout)));
            }
        }
    }

    /// Closes what has rested too long on this runtime. Returns when the next one will have, or
    /// `None` when nothing is left, the shelf included.
    fn expire(&self, runtime: Id) -> Option<Instant> {
        let mut shelves = self.lock();
        let at = shelves.iter().position(|shelf| shelf.runtime == runtime)?;
        let wires = &mut shelves.get_mut(at)?.wires;
        let fresh = wires.partition_point(|(_, since)| since.elapsed() >= self.idle_timeout);
        let old: Vec<_> = wires.drain(..fresh).collect();
        let next = wires
            .first()
            .map(|(_, since)| after(*since, self.idle_timeout));
        if next.is_none() {
            shelves.swap_remove(at);
        }
        drop(shelves);
        drop(old);
        next
    }

    fn remove(&self, runtime: Id) {
        let mut shelves = self.lock();
        let at = shelves.iter().position(|shelf| shelf.runtime == runtime);
        let gone = at.map(|at| shelves.swap_remove(at));
        drop(shelves);
        drop(gone);
    }

    /// A panic elsewhere cannot leave the list half changed.
    fn lock(&self) -> MutexGuard<'_, Vec<Shelf>> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// In a process that forked, the connections are left as they are: to close one here would stop its
/// parent from being woken for it, as both watch it by the same means.
impl Drop for Pool {
    fn drop(&mut self) {
        if std::process::id() != self.process {
            let shelves = self.shelves.get_mut();
            let shelves = shelves.unwrap_or_else(PoisonError::into_inner);
            std::mem::forget(std::mem::take(shelves));
        }
    }
}

/// Takes a shelf away when its sweep is dropped, as a runtime that ends does.
struct ShelfGuard {
    pool: Weak<Pool>,
    runtime: Id,
}

impl Drop for ShelfGuard {
    fn drop(&mut self) {
        if let Some(pool) = self.pool.upgrade() {
            pool.remove(self.runtime);
        }
    }
}

/// Runs while there are idle connections, and ends with them or the pool.
async fn sweep(mut guard: ShelfGuard, mut next: Instant) {
    loop {
        tokio::time::sleep_until(next).await;
        let Some(pool) = guard.pool.upgrade() else {
            return;
        };
        match pool.expire(guard.runtime) {
            Some(at) => next = at,
            None => {
                // The shelf is gone, and another may stand in its place.
                guard.pool = Weak::new();
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boot_instant::SystemBootClock;
    use crate::connect::carrier::Carrier;
    use crate::connect::send_fence::SendFence;
    use crate::connection::ReplyCaps;

    const REST: Duration = Duration::from_secs(30);

    async fn wire() -> Wire {
        let (ours, _) = tokio::io::duplex(16);
        let caps = ReplyCaps {
            head: 8192,
            body: 8192,
        };
        let carrier = Carrier::Given {
            stream: Box::new(ours),
            fails_whole: false,
            fence: Arc::new(SendFence::new(Arc::new(SystemBootClock))),
        };
        Wire::open(carrier, caps, here()).await.unwrap()
    }

    fn here() -> Id {
        Handle::current().id()
    }

    /// How many connections each runtime has at rest.
    fn at_rest(pool: &Pool) -> Vec<usize> {
        let shelves = pool.lock();
        shelves.iter().map(|shelf| shelf.wires.len()).collect()
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
            let taken = pool.take(here(), put + after);
            assert_eq!(taken.is_some(), lent, "{after:?}");
            // One was taken, or both were closed.
            assert_eq!(at_rest(&pool), [usize::from(lent)], "{after:?}");
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
            left.push(at_rest(&pool));
        }
        assert_eq!(left, [vec![2], vec![1], vec![], vec![]]);
        // A later one is swept too.
        pool.put(wire().await, Instant::now());
        assert_eq!(at_rest(&pool), [1]);
        tokio::time::sleep(REST + Duration::from_millis(10)).await;
        assert_eq!(at_rest(&pool), [0; 0]);
    }
}
