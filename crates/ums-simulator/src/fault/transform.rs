//! The ways in which a fault bends a reply.
//!
//! Each function takes the truth (what the gateway would have said) and the fault's parameter, and
//! gives the script that is played instead.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Map, Value, json};

use crate::code::Code;
use crate::operation::table::SimulatedOperation;
use crate::wire::reply::{HTML, JSON, Reply};
use crate::wire::script::{Close, Script, Step};

/// What the gateway would have said, had no fault struck.
pub(crate) struct TrueReply<'a> {
    pub(crate) reply: Reply,
    pub(crate) path: &'a str,
    pub(crate) operation: Option<SimulatedOperation>,
}

impl TrueReply<'_> {
    /// The reply with its JSON changed. A body that is no JSON object stays.
    fn edited(&self, edit: impl FnOnce(&mut Map<String, Value>)) -> Reply {
        let mut reply = self.reply.clone();
        if let Ok(Value::Object(mut map)) = serde_json::from_slice(&reply.body) {
            edit(&mut map);
            reply.body = Value::Object(map).to_string().into_bytes();
        }
        reply
    }

    /// The reply with this text put in as the first thing in its JSON object.
    fn prefixed(&self, removed: &str, text: &str) -> Reply {
        let mut reply = self.edited(|map| {
            map.remove(removed);
        });
        if let Some(rest) = reply.body.strip_prefix(b"{") {
            reply.body = [b"{", text.as_bytes(), rest].concat();
        }
        reply
    }

    fn with_body(&self, body: impl Into<Vec<u8>>) -> Reply {
        let mut reply = self.reply.clone();
        reply.body = body.into();
        reply.err_code = None;
        reply
    }

    fn is_approval(&self) -> bool {
        self.reply.err_code == Some("00")
    }

    /// A reply of a proxy or web server in place of the gateway's.
    fn replaced(&self, status: u16, content_type: &'static str, body: &str) -> Reply {
        Reply {
            date: self.reply.date,
            keep_alive: self.reply.keep_alive,
            ..Reply::plain(status, content_type, body)
        }
    }
}

// Whole replies, at the wrong time or followed by something.

pub(crate) fn late(truth: &TrueReply<'_>, milliseconds: u64) -> Script {
    let whole = Script::whole(&truth.reply);
    let mut script = Script::of(&truth.reply).wait_ms(milliseconds);
    script.steps.extend(whole.steps);
    script
}

pub(crate) fn drip(truth: &TrueReply<'_>, milliseconds: u64) -> Script {
    let apart = Duration::from_millis(milliseconds);
    Script::of(&truth.reply).step(Step::Drip(truth.reply.encode(), apart))
}

pub(crate) fn informational_first(truth: &TrueReply<'_>, line: &str) -> Script {
    let mut script = Script::of(&truth.reply).send(format!("HTTP/1.1 {line}\r\n\r\n"));
    script.steps.extend(Script::whole(&truth.reply).steps);
    script
}

pub(crate) fn then_close(truth: &TrueReply<'_>, milliseconds: u64, how: Close) -> Script {
    let script = Script::of(&truth.reply).send(truth.reply.encode());
    let script = if milliseconds == 0 {
        script
    } else {
        script.wait_ms(milliseconds)
    };
    script.close(how)
}

/// Something that is no answer, and the true reply so long after it. A client that has used the
/// connection meanwhile takes it for the answer to its next call.
pub(crate) fn then_true_reply(truth: &TrueReply<'_>, first: Script, milliseconds: u64) -> Script {
    let mut script = first.wait_ms(milliseconds);
    script.steps.extend(Script::whole(&truth.reply).steps);
    script
}

/// An approval that nobody asked for, on a connection that rests.
pub(crate) fn stray_reply(truth: &TrueReply<'_>, milliseconds: u64) -> Script {
    let stray = truth.with_body(answer_without_order("00", "10000成功响应码"));
    Script::of(&truth.reply)
        .send(truth.reply.encode())
        .step(Step::SendIfIdle(
            stray.encode(),
            Duration::from_millis(milliseconds),
        ))
}

/// A second reply, to nothing: an approval that the next call on this connection would take for its
/// own.
pub(crate) fn two_replies(truth: &TrueReply<'_>, _: u64) -> Script {
    let body = json!({"errCode": "00", "errInfo": "10000成功响应码", "orderId": OTHER_ORDER});
    let second = truth.with_body(body.to_string());
    Script::of(&truth.reply).send([truth.reply.encode(), second.encode()].concat())
}

pub(crate) fn trailing_garbage(truth: &TrueReply<'_>, _: u64) -> Script {
    Script::of(&truth.reply).send([truth.reply.encode().as_slice(), b"\0garbage\xff"].concat())
}

pub(crate) fn date_off(truth: &TrueReply<'_>, seconds: i64) -> Script {
    let mut reply = truth.reply.clone();
    let skewed = TimeDelta::try_seconds(seconds).and_then(|by| reply.date.checked_add_signed(by));
    reply.date = skewed.unwrap_or(reply.date);
    Script::whole(&reply)
}

// Cuts. The reply never comes whole: the last byte is always missing.

pub(crate) fn cut_reply(truth: &TrueReply<'_>, bytes: u64, how: Close) -> Script {
    cut(&truth.reply, truth.reply.encode(), 0, bytes, how)
}

pub(crate) fn cut_status_line(truth: &TrueReply<'_>, bytes: u64, how: Close) -> Script {
    let mut wire = truth.reply.encode();
    wire.truncate(status_line(&wire));
    cut(&truth.reply, wire, 0, bytes, how)
}

pub(crate) fn cut_head(truth: &TrueReply<'_>, bytes: u64, how: Close) -> Script {
    let mut wire = truth.reply.encode();
    wire.truncate(wire.len() - truth.reply.body.len());
    let start = status_line(&wire);
    cut(&truth.reply, wire, start, bytes, how)
}

pub(crate) fn cut_body(truth: &TrueReply<'_>, bytes: u64, how: Close) -> Script {
    let wire = truth.reply.encode();
    let start = wire.len() - truth.reply.body.len();
    cut(&truth.reply, wire, start, bytes, how)
}

pub(crate) fn cut_chunk(truth: &TrueReply<'_>, bytes: u64, how: Close) -> Script {
    let mut wire = Vec::new();
    truth.reply.head_into(CHUNKED, &mut wire);
    let start = wire.len();
    wire.extend_from_slice(&chunk(&truth.reply.body));
    cut(&truth.reply, wire, start, bytes, how)
}

pub(crate) fn no_last_chunk(truth: &TrueReply<'_>, _: u64) -> Script {
    let mut wire = Vec::new();
    truth.reply.head_into(CHUNKED, &mut wire);
    wire.extend_from_slice(&chunk(&truth.reply.body));
    Script::of(&truth.reply).send(wire).close(Close::Fin)
}

// Framing.

/// The head as it is, the length as the fault has it, the body as it is.
pub(crate) fn framed(truth: &TrueReply<'_>, framing: &str) -> Script {
    let mut wire = Vec::new();
    truth.reply.head_into(framing, &mut wire);
    wire.extend_from_slice(&truth.reply.body);
    Script::of(&truth.reply).send(wire)
}

pub(crate) fn length_too_small(truth: &TrueReply<'_>, bytes: u64) -> Script {
    let length = (truth.reply.body.len() as u64).saturating_sub(bytes.max(1));
    framed(truth, &format!("Content-Length: {length}\r\n"))
}

pub(crate) fn length_too_large(truth: &TrueReply<'_>, bytes: u64) -> Script {
    let length = (truth.reply.body.len() as u64).saturating_add(bytes.max(1));
    framed(truth, &format!("Content-Length: {length}\r\n")).close(Close::Fin)
}

pub(crate) fn two_lengths(truth: &TrueReply<'_>, _: u64) -> Script {
    let length = truth.reply.body.len();
    let shorter = length.saturating_sub(1);
    framed(
        truth,
        &format!("Content-Length: {length}\r\nContent-Length: {shorter}\r\n"),
    )
}

pub(crate) fn no_length(truth: &TrueReply<'_>, _: u64) -> Script {
    framed(truth, "Connection: close\r\n").close(Close::Fin)
}

pub(crate) fn chunked(truth: &TrueReply<'_>, _: u64) -> Script {
    let mut wire = Vec::new();
    truth.reply.head_into(CHUNKED, &mut wire);
    let (first, second) = truth.reply.body.split_at(truth.reply.body.len() / 2);
    for part in [first, second] {
        if !part.is_empty() {
            wire.extend_from_slice(&chunk(part));
        }
    }
    wire.extend_from_slice(LAST_CHUNK);
    Script::of(&truth.reply).send(wire)
}

/// The whole body under a chunk-size line that says something else.
pub(crate) fn chunk_size(truth: &TrueReply<'_>, size: &str) -> Script {
    let mut wire = Vec::new();
    truth.reply.head_into(CHUNKED, &mut wire);
    wire.extend_from_slice(size.as_bytes());
    wire.extend_from_slice(b"\r\n");
    wire.extend_from_slice(&truth.reply.body);
    wire.extend_from_slice(b"\r\n");
    wire.extend_from_slice(LAST_CHUNK);
    Script::of(&truth.reply).send(wire)
}

// Heads.

/// Something that is not a reply, then the end.
pub(crate) fn raw(bytes: &[u8]) -> Script {
    Script::silent().send(bytes).close(Close::Fin)
}

pub(crate) fn bad_status_line(truth: &TrueReply<'_>, _: u64) -> Script {
    let wire = truth.reply.encode();
    let rest = wire.get(status_line(&wire)..).unwrap_or_default();
    Script::of(&truth.reply).send([b"HTTP/1.1 2oo OK\r\n", rest].concat())
}

pub(crate) fn bad_header(truth: &TrueReply<'_>, _: u64) -> Script {
    framed(
        truth,
        &format!(
            "Bad Name\0: x\r\nContent-Length: {}\r\n",
            truth.reply.body.len()
        ),
    )
}

pub(crate) fn endless_head(truth: &TrueReply<'_>, _: u64) -> Script {
    Script::of(&truth.reply)
        .send("HTTP/1.1 200 OK\r\n")
        .step(Step::Flood(
            "X-Filler: 0123456789abcdef\r\n".repeat(512).into(),
        ))
}

pub(crate) fn flood(block: &str) -> Script {
    Script::silent().step(Step::Flood(block.as_bytes().to_vec()))
}

// Statuses.

pub(crate) fn status(truth: &TrueReply<'_>, status: u16) -> Script {
    Script::whole(&truth.replaced(status, "text/plain", ""))
}

pub(crate) fn no_content(truth: &TrueReply<'_>, _: u64) -> Script {
    let reply = truth.replaced(204, "", "");
    let mut wire = Vec::new();
    reply.head_into("", &mut wire);
    Script::of(&reply).send(wire)
}

pub(crate) fn html(truth: &TrueReply<'_>, status: u16) -> Script {
    let page = format!("<html><head><title>{status}</title></head><body>{status}</body></html>");
    Script::whole(&truth.replaced(status, HTML, &page))
}

/// The truth's own JSON under a status that says something else.
pub(crate) fn json_under(truth: &TrueReply<'_>, status: u16) -> Script {
    let mut reply = truth.reply.clone();
    reply.status = status;
    Script::whole(&reply)
}

pub(crate) fn retry_after(truth: &TrueReply<'_>, status: u16) -> Script {
    let mut reply = truth.replaced(status, "text/plain", "");
    reply.headers.push(("Retry-After", "1".to_owned()));
    Script::whole(&reply)
}

pub(crate) fn redirect_elsewhere(truth: &TrueReply<'_>, status: u16) -> Script {
    redirect(truth, status, "http://elsewhere.invalid/".to_owned())
}

pub(crate) fn redirect_to_itself(truth: &TrueReply<'_>, status: u16) -> Script {
    redirect(truth, status, truth.path.to_owned())
}

// Bodies.

pub(crate) fn body(truth: &TrueReply<'_>, body: &[u8]) -> Script {
    Script::whole(&truth.with_body(body))
}

pub(crate) fn refusal(truth: &TrueReply<'_>, code: Code) -> Script {
    refusal_text(truth, code, code.err_info)
}

pub(crate) fn refusal_text(truth: &TrueReply<'_>, code: Code, err_info: &str) -> Script {
    let mut reply = Reply::refusal(code, err_info, truth.reply.date);
    reply.keep_alive = truth.reply.keep_alive;
    Script::whole(&reply)
}

/// `errCode` as this JSON value; absent for none.
pub(crate) fn err_code(truth: &TrueReply<'_>, value: Option<Value>) -> Script {
    let mut reply = truth.edited(|map| {
        map.remove("errCode");
        if let Some(value) = value {
            map.insert("errCode".to_owned(), value);
        }
    });
    reply.err_code = None;
    Script::whole(&reply)
}

pub(crate) fn field(truth: &TrueReply<'_>, name: &str, value: &str) -> Script {
    Script::whole(&truth.edited(|map| {
        map.insert(name.to_owned(), Value::from(value));
    }))
}

/// Those of the fields that the reply has, with this value.
pub(crate) fn fields_there(truth: &TrueReply<'_>, names: &[&str], value: &str) -> Script {
    Script::whole(&truth.edited(|map| {
        for name in names {
            if let Some(field) = map.get_mut(*name) {
                *field = Value::from(value);
            }
        }
    }))
}

pub(crate) fn without(truth: &TrueReply<'_>, name: &str) -> Script {
    Script::whole(&truth.edited(|map| {
        map.remove(name);
    }))
}

pub(crate) fn other_order(truth: &TrueReply<'_>, _: u64) -> Script {
    field(truth, "orderId", OTHER_ORDER)
}

/// The reply of a query that found the payment still paid, which also says `00`; to a query, the
/// reply of a void.
pub(crate) fn other_operation(truth: &TrueReply<'_>, _: u64) -> Script {
    if truth
        .operation
        .is_some_and(|operation| operation.row().is_query())
    {
        let body = json!({
            "errCode": "00",
            "errInfo": "10000成功响应码",
            "retrievalRefNum": "29165883554W",
            "transactionAmount": "1",
        });
        return Script::whole(&truth.with_body(body.to_string()));
    }
    let body = json!({
        "errCode": "00",
        "errInfo": "00000成功响应码",
        "queryResCode": "0",
        "queryResDesc": "成功",
        "originalTransactionAmount": "1",
        "refundedAmount": "0",
    });
    Script::whole(&truth.with_body(body.to_string()))
}

/// The same key twice: first a lie, then the truth.
pub(crate) fn duplicate_key(truth: &TrueReply<'_>, _: u64) -> Script {
    let lie = if truth.is_approval() { "57" } else { "00" };
    Script::whole(&truth.prefixed("", &format!("\"errCode\":\"{lie}\",")))
}

/// The amount as JSON text that no JSON parser should take, or that is too large for one.
pub(crate) fn amount(truth: &TrueReply<'_>, text: &str) -> Script {
    Script::whole(&truth.prefixed(
        "transactionAmount",
        &format!("\"transactionAmount\":{text},"),
    ))
}

pub(crate) fn deep_nesting(truth: &TrueReply<'_>, depth: u64) -> Script {
    let depth = usize::try_from(depth).unwrap_or(usize::MAX).min(1 << 20);
    let text = format!("\"deep\":{}{},", "[".repeat(depth), "]".repeat(depth));
    Script::whole(&truth.prefixed("deep", &text))
}

/// `errInfo` as these raw bytes between quotation marks.
pub(crate) fn err_info_bytes(truth: &TrueReply<'_>, bytes: &[u8]) -> Script {
    let reply = truth.prefixed("errInfo", "\"errInfo\":\"?\",");
    let at = reply.body.iter().position(|byte| *byte == b'?');
    let (before, after) = reply.body.split_at(at.unwrap_or(0));
    let after = after.get(1..).unwrap_or_default();
    Script::whole(&Reply {
        body: [before, bytes, after].concat(),
        ..reply
    })
}

pub(crate) fn with_prefix(truth: &TrueReply<'_>, prefix: &[u8]) -> Script {
    let mut reply = truth.reply.clone();
    reply.body = [prefix, &reply.body].concat();
    Script::whole(&reply)
}

pub(crate) fn with_suffix(truth: &TrueReply<'_>, suffix: &[u8]) -> Script {
    let mut reply = truth.reply.clone();
    reply.body.extend_from_slice(suffix);
    Script::whole(&reply)
}

/// The JSON loses its end, but the length agrees with what is left.
pub(crate) fn half_json(truth: &TrueReply<'_>, _: u64) -> Script {
    let mut reply = truth.reply.clone();
    reply.body.truncate(reply.body.len() / 2);
    Script::whole(&reply)
}

pub(crate) fn utf16(truth: &TrueReply<'_>, _: u64) -> Script {
    let text = String::from_utf8_lossy(&truth.reply.body);
    let mut reply = truth.reply.clone();
    reply.body = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    Script::whole(&reply)
}

/// The truth in a gzip wrapping (RFC 1952) that nobody asked for, stored without compression.
pub(crate) fn gzip(truth: &TrueReply<'_>, _: u64) -> Script {
    let mut reply = truth.reply.clone();
    let body = &reply.body;
    let length = u16::try_from(body.len()).unwrap_or(u16::MAX);
    let stored = body.get(..usize::from(length)).unwrap_or_default();
    let mut wrapped = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    wrapped.extend_from_slice(&length.to_le_bytes());
    wrapped.extend_from_slice(&(!length).to_le_bytes());
    wrapped.extend_from_slice(stored);
    wrapped.extend_from_slice(&crc32(stored).to_le_bytes());
    wrapped.extend_from_slice(&u32::from(length).to_le_bytes());
    reply.body = wrapped;
    reply.headers.push(("Content-Encoding", "gzip".to_owned()));
    Script::whole(&reply)
}

/// Valid JSON of so many MiB: the truth with a very long `errInfo`.
pub(crate) fn huge_body(truth: &TrueReply<'_>, mebibytes: u64) -> Script {
    let reply = truth.prefixed("errInfo", "\"errInfo\":\"");
    let rest = reply
        .body
        .get(b"{\"errInfo\":\"".len()..)
        .unwrap_or_default();
    let start = b"{\"errInfo\":\"";
    let filler = mebibytes.saturating_mul(1 << 20);
    let end = [b"\",", rest].concat();
    let length = filler.saturating_add((start.len() + end.len()) as u64);
    let mut head = Vec::new();
    reply.head_into(&format!("Content-Length: {length}\r\n"), &mut head);
    head.extend_from_slice(start);
    const BLOCK: u64 = 64 * 1024;
    Script::of(&reply)
        .send(head)
        .step(Step::Repeat(vec![b'x'; BLOCK as usize], filler / BLOCK))
        .send(end)
}

pub(crate) fn endless_body(truth: &TrueReply<'_>, _: u64) -> Script {
    let mut head = Vec::new();
    truth.reply.head_into(CHUNKED, &mut head);
    head.extend_from_slice(&chunk(b"{\"errInfo\":\""));
    Script::of(&truth.reply)
        .send(head)
        .step(Step::Flood(chunk(&[b'x'; 16 * 1024])))
}

/// A whole answer while the order is not known yet.
pub(crate) fn early_answer(reply: &Reply, code: Code) -> Vec<u8> {
    Reply {
        body: answer_without_order(code.code, code.err_info).into_bytes(),
        content_type: JSON,
        ..reply.clone()
    }
    .encode()
}

/// An answer that contradicts no request, since it says nothing of one.
fn answer_without_order(code: &str, err_info: &str) -> String {
    json!({"errCode": code, "errInfo": err_info}).to_string()
}

/// Head first: the reply's body follows as one chunk, once it is known.
pub(crate) fn early_head(reply: &Reply) -> Vec<u8> {
    let mut wire = Vec::new();
    let early = Reply {
        status: 200,
        content_type: JSON,
        ..reply.clone()
    };
    early.head_into(CHUNKED, &mut wire);
    wire
}

pub(crate) fn body_after_early_head(reply: &Reply) -> Script {
    let script = Script {
        status: Some(200),
        err_code: reply.err_code,
        steps: Vec::new(),
    };
    script.send([&chunk(&reply.body), LAST_CHUNK].concat())
}

/// A merchant order id that no order book holds.
pub(crate) const OTHER_MERCHANT_ORDER: &str = "19700101000000000000000001";
/// Where the replies of the two queries have the amount that was asked about.
pub(crate) const ORIGINAL_AMOUNTS: [&str; 2] = ["originalTransactionAmount", "originalAmount"];
/// An order id that no order book holds.
const OTHER_ORDER: &str = "19700101000000000000000000";
const CHUNKED: &str = "Transfer-Encoding: chunked\r\n";
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// Sends `bytes` bytes from `start` on, but never the last one.
fn cut(reply: &Reply, mut wire: Vec<u8>, start: usize, bytes: u64, how: Close) -> Script {
    let wanted = start.saturating_add(usize::try_from(bytes).unwrap_or(usize::MAX));
    wire.truncate(wanted.min(wire.len().saturating_sub(1)));
    Script::of(reply).send(wire).close(how)
}

fn status_line(wire: &[u8]) -> usize {
    let end = wire.windows(2).position(|pair| pair == b"\r\n");
    end.map_or(wire.len(), |at| at + 2)
}

fn chunk(content: &[u8]) -> Vec<u8> {
    [
        format!("{:x}\r\n", content.len()).as_bytes(),
        content,
        b"\r\n",
    ]
    .concat()
}

fn redirect(truth: &TrueReply<'_>, status: u16, location: String) -> Script {
    let mut reply = truth.replaced(status, HTML, "");
    reply.headers.push(("Location", location));
    Script::whole(&reply)
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_standard_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
