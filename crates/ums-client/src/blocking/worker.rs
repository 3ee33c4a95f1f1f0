//! A thread that drives a tokio runtime for calls that other threads wait for.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, JoinHandle, Thread};

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::coop::unconstrained;

use crate::machine::runtime::Process;

/// The thread, which watches the sockets and timers of its runtime until it is dropped.
///
/// A future runs on the thread that waits for it, and the worker only wakes it. So the future may
/// borrow, its panic is its caller's, and callers do not wait for each other.
pub(super) struct Worker {
    process: Process,
    runtime: Handle,
    /// The thread ends when this is dropped.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    pub(super) fn start() -> io::Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let (to_starter, from_thread) = mpsc::sync_channel(1);
        let thread = thread::Builder::new()
            .name("ums-client".to_owned())
            .spawn(move || {
                let runtime = match Builder::new_current_thread().enable_all().build() {
                    Ok(runtime) => runtime,
                    Err(error) => {
                        let _ = to_starter.send(Err(error));
                        return;
                    }
                };
                let _ = to_starter.send(Ok(runtime.handle().clone()));
                let _ = runtime.block_on(stopped);
                // A look-up of a name that hangs is not waited for.
                runtime.shutdown_background();
            })?;
        let runtime = from_thread.recv().map_err(io::Error::other)??;
        Ok(Self {
            process: Process::current(),
            runtime,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Runs the future to its end on this thread.
    ///
    /// This thread may belong to another tokio runtime. It enters this one only for the timers and
    /// sockets that the future opens, which tokio allows anywhere, unlike `block_on`.
    pub(super) fn run<F: Future>(&self, future: F) -> F::Output {
        let _entered = self.runtime.enter();
        // The budget of a task that calls from another runtime would never be renewed here.
        let mut future = pin!(unconstrained(future));
        let alarm = Arc::new(Alarm::of_this_thread());
        let waker = Waker::from(Arc::clone(&alarm));
        let mut cx = Context::from_waker(&waker);
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                return output;
            }
            alarm.wait();
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let (stop, thread) = (self.stop.take(), self.thread.take());
        if self.process.has_forked() {
            // The thread is the parent's, and what would wake it may be locked for ever.
            std::mem::forget((stop, thread, self.runtime.clone()));
            return;
        }
        drop(stop);
        if let Some(thread) = thread
            && thread.thread().id() != thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

/// Wakes the thread that made it.
struct Alarm {
    thread: Thread,
    /// Said beside the thread's own token, which whatever else parks in the thread takes away.
    rang: AtomicBool,
}

impl Alarm {
    fn of_this_thread() -> Self {
        Self {
            thread: thread::current(),
            rang: AtomicBool::new(false),
        }
    }

    fn wait(&self) {
        while !self.rang.swap(false, Ordering::Acquire) {
            thread::park();
        }
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rang.store(true, Ordering::Release);
        self.thread.unpark();
    }
}
