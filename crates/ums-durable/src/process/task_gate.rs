//! A gate before every task of one process, so that a simulation can let it stand still.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Decides when the tasks of one process run, for tests and simulations of processes that are
/// stopped, swapped out or suspended while others go on.
pub trait TaskGate: Send + Sync + 'static {
    /// Calls `poll` if the process runs now. If not, the task is polled again once its waker is
    /// woken.
    fn pass(&self, context: &mut Context<'_>, poll: &mut dyn FnMut(&mut Context<'_>));
}

/// A task behind a gate.
pub(crate) struct Gated<F> {
    gate: Option<Arc<dyn TaskGate>>,
    task: Pin<Box<F>>,
}

impl<F: Future> Gated<F> {
    pub(crate) fn new(gate: Option<Arc<dyn TaskGate>>, task: F) -> Self {
        Self {
            gate,
            task: Box::pin(task),
        }
    }
}

impl<F: Future> Future for Gated<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Self { gate, task } = self.get_mut();
        let Some(gate) = gate else {
            return task.as_mut().poll(cx);
        };
        let mut polled = Poll::Pending;
        gate.pass(cx, &mut |cx| polled = task.as_mut().poll(cx));
        polled
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::task::Waker;

    use super::*;

    struct Switch(AtomicBool);

    impl TaskGate for Switch {
        fn pass(&self, context: &mut Context<'_>, poll: &mut dyn FnMut(&mut Context<'_>)) {
            if self.0.load(Ordering::Relaxed) {
                poll(context);
            }
        }
    }

    #[test]
    fn a_task_stands_still_while_its_gate_is_closed() {
        let switch = Arc::new(Switch(AtomicBool::new(false)));
        let gate: Arc<dyn TaskGate> = Arc::clone(&switch) as _;
        let mut task = Gated::new(Some(gate), std::future::ready(7));
        let mut context = Context::from_waker(Waker::noop());
        let mut poll = || Pin::new(&mut task).poll(&mut context);
        assert_eq!(poll(), Poll::Pending);
        switch.0.store(true, Ordering::Relaxed);
        assert_eq!(poll(), Poll::Ready(7));
    }
}
