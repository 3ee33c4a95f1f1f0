//! Gateways of a few lines that share nothing with the simulator: one takes one connection, reads
//! one request, and answers with given bytes; the other does so again and again.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
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
    /// Head and body of the one request that came, after checking that it is whole and that nothing
    /// else came.
    pub(crate) fn one_complete_request(&self) -> (&str, &[u8]) {
        assert_eq!(self.further, 0, "connections after the first");
        let (head, body) = split(&self.bytes).expect("a whole head");
        assert_eq!(body.len(), content_length(head), "one request, whole");
        (head, body)
    }
}

/// A gateway that answers one request after the other, in turn.
pub(crate) struct InTurn {
    pub(crate) url: String,
    thread: JoinHandle<Vec<(String, Vec<u8>)>>,
    /// One word for each request that came whole.
    came: Receiver<()>,
}

impl InTurn {
    pub(crate) fn start(turns: impl IntoIterator<Item = Then>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let turns: Vec<Then> = turns.into_iter().collect();
        let (tell, came) = mpsc::channel();
        let thread = thread::spawn(move || serve_in_turn(&listener, turns, &tell));
        Self { url, thread, came }
    }

    /// Waits until so many requests have come.
    #[cfg(unix)]
    pub(crate) fn wait_for(&self, requests: usize) {
        for _ in 0..requests {
            self.came.recv().unwrap();
        }
    }

    /// Request line and body of each request, after checking that there were as many as turns. Call
    /// it when the client has ended.
    pub(crate) fn requests(self) -> Vec<(String, String)> {
        let requests = self.thread.join().unwrap();
        requests
            .into_iter()
            .map(|(head, body)| {
                let line = head.lines().next().unwrap().to_owned();
                (line, String::from_utf8(body).unwrap())
            })
            .collect()
    }
}

fn serve_in_turn(
    listener: &TcpListener,
    turns: Vec<Then>,
    tell: &Sender<()>,
) -> Vec<(String, Vec<u8>)> {
    let mut requests = Vec::new();
    let mut open: Option<TcpStream> = None;
    for turn in turns {
        let (mut stream, bytes) = loop {
            let mut stream = match open.take() {
                Some(stream) => stream,
                None => listener.accept().unwrap().0,
            };
            let mut bytes = Vec::new();
            while !is_whole(&bytes) && read_some(&mut stream, &mut bytes) {}
            if is_whole(&bytes) {
                break (stream, bytes);
            }
            assert!(bytes.is_empty(), "half a request");
        };
        let (head, body) = split(&bytes).unwrap();
        assert_eq!(body.len(), content_length(head), "one request at a time");
        requests.push((head.to_owned(), body.to_vec()));
        // Nobody has to listen.
        let _ = tell.send(());
        match turn {
            Then::Answer(answer) => {
                let _ = stream.write_all(&answer);
                open = Some(stream);
            }
            Then::Close => drop(stream),
            Then::Hang => while read_some(&mut stream, &mut Vec::new()) {},
        }
    }
    let mut further = Vec::new();
    if let Some(mut stream) = open {
        while read_some(&mut stream, &mut further) {}
    }
    listener.set_nonblocking(true).unwrap();
    assert!(
        further.is_empty() && listener.accept().is_err(),
        "more requests than turns"
    );
    requests
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
