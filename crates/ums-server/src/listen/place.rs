//! Where a server listens.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use tokio::net::TcpListener;

use crate::guard::HostNames;
use crate::listen::tls::{Tls, TlsFiles, TlsFilesError};

/// Where a server listens, and which names it goes by.
///
/// ```
/// use ums_server::ListenAt;
///
/// let any_port_of_this_machine = ListenAt::tcp("127.0.0.1:0".parse()?);
/// let behind_a_name = ListenAt::tcp("0.0.0.0:8443".parse()?).host("pay.shop.example:8443");
/// # let _ = (any_port_of_this_machine, behind_a_name);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ListenAt {
    place: Place,
    tls: Option<TlsFiles>,
    hosts: Vec<String>,
}

#[derive(Clone, Debug)]
enum Place {
    Tcp(SocketAddr),
    #[cfg(unix)]
    Unix(PathBuf),
}

impl ListenAt {
    /// On an address. One that is not this machine's own loopback needs [TLS](Self::tls).
    pub fn tcp(address: SocketAddr) -> Self {
        Self {
            place: Place::Tcp(address),
            tls: None,
            hosts: Vec::new(),
        }
    }

    /// On a Unix socket, in a directory that is closed to others.
    #[cfg(unix)]
    pub fn unix(path: impl Into<PathBuf>) -> Self {
        Self {
            place: Place::Unix(path.into()),
            tls: None,
            hosts: Vec::new(),
        }
    }

    /// With TLS.
    pub fn tls(mut self, files: TlsFiles) -> Self {
        self.tls = Some(files);
        self
    }

    /// Also goes by this name, which is what clients send as `Host`: with the port, unless it is
    /// the usual one of the protocol.
    pub fn host(mut self, name: impl Into<String>) -> Self {
        self.hosts.push(name.into());
        self
    }

    pub(crate) async fn open(self) -> Result<Open, ListenError> {
        let tls = self.tls.map(Tls::read).transpose()?;
        let scheme = match tls {
            Some(_) => "https",
            None => "http",
        };
        match self.place {
            Place::Tcp(address) => {
                if !address.ip().is_loopback() && tls.is_none() {
                    return Err(ListenError::NeedsTls(address));
                }
                let listener = TcpListener::bind(address).await?;
                let address = listener.local_addr()?;
                let own = names_of(address).into_iter();
                let first = self.hosts.first().cloned();
                let shown = first.unwrap_or_else(|| address.to_string());
                Ok(Open {
                    url: format!("{scheme}://{shown}"),
                    hosts: HostNames::new(own.chain(self.hosts)),
                    listener: Listener::Tcp(listener),
                    tls,
                })
            }
            #[cfg(unix)]
            Place::Unix(path) => Ok(Open {
                url: format!("unix:{}", path.display()),
                hosts: HostNames::new(std::iter::once("localhost".to_owned()).chain(self.hosts)),
                listener: Listener::Unix(crate::listen::unix::OwnSocket::bind(path)?),
                tls,
            }),
        }
    }
}

/// The names of a loopback address with its port.
fn names_of(address: SocketAddr) -> Vec<String> {
    let port = address.port();
    let mut names = vec![address.to_string()];
    let is_local = match address.ip() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_unspecified(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unspecified(),
    };
    if is_local {
        let local = ["localhost", "127.0.0.1", "[::1]"];
        names.extend(local.map(|name| format!("{name}:{port}")));
    }
    names
}

/// A place that is listened at.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) url: String,
    pub(crate) hosts: HostNames,
    pub(crate) listener: Listener,
    pub(crate) tls: Option<Tls>,
}

#[derive(Debug)]
pub(crate) enum Listener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(crate::listen::unix::OwnSocket),
}

/// Why a server does not listen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// Others could read along.
    #[error("{0} is not this machine's own: it needs TLS")]
    NeedsTls(SocketAddr),
    /// Others could take the place of the socket.
    #[error("the directory of the socket {} must be closed to others: chmod 700", path.display())]
    OpenDirectory {
        /// The socket.
        path: PathBuf,
    },
    /// A server listens there, or a file is there that is no socket of this user.
    #[error("{} is taken", path.display())]
    Taken {
        /// The socket.
        path: PathBuf,
    },
    /// There is no TLS by these files.
    #[error(transparent)]
    Tls(#[from] TlsFilesError),
    /// The machine does not let it.
    #[error("it cannot be listened there")]
    Io(#[from] io::Error),
}
