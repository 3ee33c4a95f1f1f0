//! A port that is listened on, and that can be closed while connections are to be refused.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Handle;

/// A port that can be closed and opened again without losing it to another process.
pub(crate) struct Port {
    address: SocketAddr,
    /// Faults may be armed on a thread outside the runtime.
    runtime: Handle,
    state: Mutex<PortState>,
}

struct PortState {
    socket: PortSocket,
    /// Who waits in `accept`.
    waiting: Option<Waker>,
}

enum PortSocket {
    /// Bound without listening: the kernel refuses connections. None if another process took the
    /// port in between; then it is refused all the same.
    Closed(Option<TcpSocket>),
    Open(TcpListener),
}

impl Port {
    pub(crate) fn open(address: SocketAddr) -> io::Result<Self> {
        let listener = bind(address)?.listen(BACKLOG)?;
        Ok(Self {
            address: listener.local_addr()?,
            runtime: Handle::current(),
            state: Mutex::new(PortState {
                socket: PortSocket::Open(listener),
                waiting: None,
            }),
        })
    }

    /// The address listened on, with its real port.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes or opens the port, before it returns.
    pub(crate) fn set_closed(&self, closed: bool) {
        let _runtime = self.runtime.enter();
        let mut state = self.lock();
        match &mut state.socket {
            PortSocket::Open(_) if closed => {
                // The listener must go before its address can be bound again.
                state.socket = PortSocket::Closed(None);
                state.socket = PortSocket::Closed(bind(self.address).ok());
            }
            PortSocket::Closed(socket) if !closed => {
                let socket = socket.take().map_or_else(|| bind(self.address), Ok);
                if let Ok(listener) = socket.and_then(|socket| socket.listen(BACKLOG)) {
                    state.socket = PortSocket::Open(listener);
                }
            }
            _ => return,
        }
        if let Some(waker) = state.waiting.take() {
            waker.wake();
        }
    }

    pub(crate) async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        poll_fn(|cx| self.poll_accept(cx)).await
    }

    fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        let mut state = self.lock();
        if let PortSocket::Open(listener) = &state.socket {
            let accepted = listener.poll_accept(cx);
            if accepted.is_ready() {
                return accepted;
            }
        }
        state.waiting = Some(cx.waker().clone());
        Poll::Pending
    }

    fn lock(&self) -> MutexGuard<'_, PortState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const BACKLOG: u32 = 1024;

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}
