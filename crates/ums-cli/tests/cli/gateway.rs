//! A gateway of a few lines that shares nothing with the simulator: it takes
//! one connection, reads one request, and answers with given bytes.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

/// What to do once the whole request is read.
pub(crate) enum Then {
    Answer(Vec<u8>),
    Close,
    /// Say nothing until the peer is gone.
    Hang,
}

/// A gateway that waits for its connection.
pub(crate) struct Gateway {
    pub(crate) url: String,
    thread: JoinHandle<Received>,
}

/// All that came.
#[derive(Debug)]
pub(crate) struct Received {
    /// Every byte of the connection, to its end.
    bytes: Vec<u8>,
    /// Connections after the first.
    further: usize,
}

impl Gateway {
    pub(crate) fn start(then: Then) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let thread = thread::spawn(move || serve(&listener, then));
        Self { url, thread }
    }

    /// What came. Call it when the client has ended.
    pub(crate) fn received(self) -> Received {
        self.thread.join().unwrap()
    }
}

impl Received {
    /// Head and body of the one request that came, after checking that it is
    /// whole and that nothing else came.
    pub(crate) fn one_complete_request(&self) -> (&str, &[u8]) {
        assert_eq!(self.further, 0, "connections after the first");
        let (head, body) = split(&self.bytes).expect("a whole head");
        assert_eq!(body.len(), content_length(head), "one request, whole");
        (head, body)
    }
}

/// A reply with a body.
pub(crate) fn reply(status: &str, content_type: &str, body: &str) -> Then {
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    Then::Answer(text.into_bytes())
}

/// A reply as the gateway's own.
pub(crate) fn json(body: &str) -> Then {
    reply("200 OK", "application/json", body)
}

fn serve(listener: &TcpListener, then: Then) -> Received {
    let (mut stream, _) = listener.accept().unwrap();
    let mut bytes = Vec::new();
    while !is_whole(&bytes) && read_some(&mut stream, &mut bytes) {}
    match then {
        Then::Answer(answer) => {
            // A client may be gone by now.
            let _ = stream.write_all(&answer);
            while read_some(&mut stream, &mut bytes) {}
        }
        Then::Close => drop(stream),
        Then::Hang => while read_some(&mut stream, &mut bytes) {},
    }
    listener.set_nonblocking(true).unwrap();
    let mut further = 0;
    loop {
        match listener.accept() {
            Ok(_) => further += 1,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => panic!("{error}"),
        }
    }
    Received { bytes, further }
}

/// False when there is no more.
fn read_some(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> bool {
    let mut buffer = [0; 4096];
    match stream.read(&mut buffer) {
        Ok(0) | Err(_) => false,
        Ok(size) => {
            bytes.extend_from_slice(&buffer[..size]);
            true
        }
    }
}

fn is_whole(bytes: &[u8]) -> bool {
    split(bytes).is_some_and(|(head, body)| body.len() >= content_length(head))
}

fn split(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some((
        std::str::from_utf8(&bytes[..end]).unwrap(),
        &bytes[end + 4..],
    ))
}

fn content_length(head: &str) -> usize {
    header(head, "content-length").map_or(0, |value| value.parse().unwrap())
}

/// The value of a header, by its name in lower case.
pub(crate) fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines().skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then_some(value.trim())
    })
}
