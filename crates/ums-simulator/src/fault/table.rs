//! The table of faults: the one source for selecting by name, for listing and for what a client
//! should conclude.

use serde_json::Value;

use crate::code::{NOT_ALLOWED, code};
use crate::fault::spec::{
    AcceptFault, Effect, ExpectedOutcome, FaultPhase, FaultSpec, Parameter, Point, RequestFault,
    TlsFault,
};
use crate::fault::transform;
use crate::wire::script::{Close, Script, Step};
use crate::wire::tls::CertificateFault;

/// The table of faults as text: name, conclusion, and what happens on the wire.
pub fn list_faults() -> String {
    let width = FAULTS.iter().map(|spec| spec.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for spec in FAULTS {
        text.push_str(&format!(
            "{:width$}  {:9}  {:8}  {:29}  {}",
            spec.name,
            spec.phase.to_string(),
            match (spec.applied, spec.late) {
                (true, true) => "late",
                (true, false) => "applied",
                (false, _) => "",
            },
            spec.conclusion.to_string(),
            spec.wire,
        ));
        if let Some(parameter) = &spec.parameter {
            let Parameter { unit, default } = parameter;
            text.push_str(&format!(" [@{unit}, default {default}]"));
        }
        text.push('\n');
    }
    text
}

impl FaultSpec {
    /// The fault with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        FAULTS.iter().find(|spec| spec.name == name)
    }
}

/// Builds the table. A row is one fault, or two: `a | b` gives the fault `a`, which does not apply
/// the request, and `b`, which does, each with its conclusion. A fault whose effect is
/// [`Effect::Late`] applies it later.
macro_rules! faults {
    ($(
        $name:literal $(| $applied:literal)?, $parameter:expr,
        $conclusion:ident $(| $applied_conclusion:ident)?,
        $wire:literal, $effect:expr;
    )*) => {
        &[$(
            FaultSpec {
                name: $name,
                phase: phase(&$effect),
                wire: $wire,
                applied: is_late(&$effect),
                late: is_late(&$effect),
                conclusion: ExpectedOutcome::$conclusion,
                parameter: $parameter,
                needs_tls: needs_tls(&$effect),
                effect: $effect,
            },
            $(FaultSpec {
                name: $applied,
                phase: phase(&$effect),
                wire: $wire,
                applied: true,
                late: is_late(&$effect),
                conclusion: ExpectedOutcome::$applied_conclusion,
                parameter: $parameter,
                needs_tls: needs_tls(&$effect),
                effect: $effect,
            },)?
        )*]
    };
}

const NONE: Option<Parameter> = None;

const fn count(unit: &'static str, default: u64) -> Option<Parameter> {
    Some(Parameter { unit, default })
}

const fn bytes(default: u64) -> Option<Parameter> {
    count("bytes", default)
}

const fn ms(default: u64) -> Option<Parameter> {
    count("milliseconds", default)
}

const fn seconds(default: u64) -> Option<Parameter> {
    count("seconds", default)
}

const fn phase(effect: &Effect) -> FaultPhase {
    match effect {
        Effect::Accept(_) | Effect::Refuse | Effect::Tls(_) => FaultPhase::Connect,
        Effect::Request(_) => FaultPhase::Request,
        Effect::Late(_) | Effect::Reply(_) => FaultPhase::Reply,
    }
}

const fn is_late(effect: &Effect) -> bool {
    matches!(effect, Effect::Late(_))
}

const fn needs_tls(effect: &Effect) -> bool {
    matches!(effect, Effect::Tls(_))
}

const fn request(point: Point, how: Close) -> Effect {
    Effect::Request(RequestFault::Cut(point, how))
}

const fn certificate(fault: CertificateFault) -> Effect {
    Effect::Tls(TlsFault::Certificate(fault))
}

/// Every fault that the simulator can make, by phase.
#[rustfmt::skip]
pub static FAULTS: &[FaultSpec] = faults! {
    // Before any request.
    "refuse", NONE, NotSent,
        "nobody listens on the port while the rule is armed", Effect::Refuse;
    "reset-on-accept", NONE, NotSentIfNothingWritten,
        "the connection is accepted, then RST", Effect::Accept(AcceptFault::Close(Close::Reset));
    "fin-on-accept", NONE, NotSentIfNothingWritten,
        "the connection is accepted, then FIN", Effect::Accept(AcceptFault::Close(Close::Fin));
    "silence-on-accept", NONE, NotSentIfTls,
        "the connection is accepted and never read", Effect::Accept(AcceptFault::Silence);
    "tls-alert", NONE, NotSent,
        "the ClientHello is answered by a handshake_failure alert", Effect::Tls(TlsFault::Alert);
    "tls-stall", NONE, NotSent,
        "the ClientHello is never answered", Effect::Tls(TlsFault::Stall);
    "tls-reset", NONE, NotSent,
        "the ClientHello is answered by RST", Effect::Tls(TlsFault::Reset);
    "tls-garbage", NONE, NotSent,
        "the ClientHello is answered by a plain HTTP reply", Effect::Tls(TlsFault::Garbage);
    "tls-cut-handshake", bytes(100), NotSent,
        "the handshake is cut by FIN after so many bytes from the server", Effect::Tls(TlsFault::Cut);
    "cert-expired", NONE, NotSent,
        "the certificate has expired", certificate(CertificateFault::Expired);
    "cert-not-yet-valid", NONE, NotSent,
        "the certificate is not valid yet", certificate(CertificateFault::NotYetValid);
    "cert-self-signed", NONE, NotSent,
        "the certificate is signed by itself", certificate(CertificateFault::SelfSigned);
    "cert-unknown-ca", NONE, NotSent,
        "the certificate is of another CA", certificate(CertificateFault::UnknownCa);
    "cert-wrong-host", NONE, NotSent,
        "the certificate is for another host", certificate(CertificateFault::WrongHost);
    "cert-no-name", NONE, NotSent,
        "the certificate has no subject alternative name", certificate(CertificateFault::NoName);
    "cert-client-usage", NONE, NotSent,
        "the certificate is for clients only", certificate(CertificateFault::ClientUsage);

    // While the request is read.
    "reset-before-reading", NONE, NotSentIfNothingWritten,
        "RST as soon as the first byte of a request comes", request(Point::FirstByte, Close::Reset);
    "fin-before-reading", NONE, NotSentIfNothingWritten,
        "FIN as soon as the first byte of a request comes", request(Point::FirstByte, Close::Fin);
    "reset-in-head", bytes(20), Unknown,
        "RST after so many bytes of the request's head", request(Point::Head, Close::Reset);
    "fin-in-head", bytes(20), Unknown,
        "FIN after so many bytes of the request's head", request(Point::Head, Close::Fin);
    "reset-after-head", NONE, Unknown,
        "RST after the request's head", request(Point::WholeHead, Close::Reset);
    "fin-after-head", NONE, Unknown,
        "FIN after the request's head", request(Point::WholeHead, Close::Fin);
    "reset-in-body", bytes(17), Unknown,
        "RST after so many bytes of the request's body, but before its last", request(Point::Body, Close::Reset);
    "fin-in-body", bytes(17), Unknown,
        "FIN after so many bytes of the request's body, but before its last", request(Point::Body, Close::Fin);
    "stall-before-reading", NONE, Unknown,
        "nothing is read after the first byte", Effect::Request(RequestFault::Stall(Point::FirstByte));
    "stall-after-head", NONE, Unknown,
        "nothing is read after the request's head", Effect::Request(RequestFault::Stall(Point::WholeHead));
    "slow-read" | "slow-read-applied", ms(1000), UnknownAfterDeadline | UnknownAfterDeadline,
        "the request is read one byte at a time, so far apart, and then answered",
        Effect::Request(RequestFault::SlowRead);
    "early-500", NONE, Unknown,
        "500 is sent after the request's head, then FIN; the body is not read",
        Effect::Request(RequestFault::EarlyReply);
    "early-head" | "early-head-applied", NONE, Declined | Approved,
        "the reply's head is sent before the request's body is read, the reply's body after",
        Effect::Request(RequestFault::EarlyHead);

    "early-reply" | "early-reply-applied", bytes(17), Declined | Approved,
        "a whole answer, which names no order, is sent after so many bytes of the request's body, but before its \
         last; then the rest is read. A client that has not written all by then cannot believe it",
        Effect::Request(RequestFault::EarlyAnswer);

    // After the whole request: no reply.
    "fin-after-request" | "fin-after-request-applied", NONE, Unknown | Unknown,
        "FIN instead of a reply", Effect::Reply(|_, _| Script::silent().close(Close::Fin));
    "reset-after-request" | "reset-after-request-applied", NONE, Unknown | Unknown,
        "RST instead of a reply", Effect::Reply(|_, _| Script::silent().close(Close::Reset));
    "truncate-after-request" | "truncate-after-request-applied", NONE, Unknown | Unknown,
        "FIN instead of a reply, under TLS without close_notify",
        Effect::Reply(|_, _| Script::silent().close(Close::Truncate));
    "silence" | "silence-applied", NONE, Unknown | Unknown,
        "no reply; the connection is held until the peer closes it",
        Effect::Reply(|_, _| Script::silent().step(Step::Hold));
    "continue-flood" | "continue-flood-applied", NONE, Unknown | Unknown,
        "endless 100 Continue", Effect::Reply(|_, _| transform::flood(&"HTTP/1.1 100 Continue\r\n\r\n".repeat(100)));
    "switching-protocols" | "switching-protocols-applied", NONE, Unknown | Unknown,
        "101 Switching Protocols, then FIN",
        Effect::Reply(|_, _| transform::raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"));

    // Applied after the client has given up.
    "silence-applied-late", seconds(60), Unknown,
        "no reply, the connection is held; the request is applied so many seconds later",
        Effect::Late(|_, _| Script::silent().step(Step::Hold));
    "fin-after-request-applied-late", seconds(60), Unknown,
        "FIN instead of a reply; the request is applied so many seconds later",
        Effect::Late(|_, _| Script::silent().close(Close::Fin));
    "reset-after-request-applied-late", seconds(60), Unknown,
        "RST instead of a reply; the request is applied so many seconds later",
        Effect::Late(|_, _| Script::silent().close(Close::Reset));
    "status-504-applied-late", seconds(60), Unknown,
        "504 with HTML; the request is applied so many seconds later",
        Effect::Late(|truth, _| transform::html(truth, 504));
    "code-96-applied-late", seconds(60), Unknown,
        "96 交换中心异常; the request is applied so many seconds later",
        Effect::Late(|truth, _| transform::refusal(truth, code("96")));

    // Two replies to one request, the true one late.
    "status-504-then-reply" | "status-504-then-reply-applied", ms(1000), Unknown | Unknown,
        "504 with HTML, and so long after it the true reply on the same connection",
        Effect::Reply(|truth, wait| transform::then_true_reply(truth, transform::html(truth, 504), wait));
    "code-96-then-reply" | "code-96-then-reply-applied", ms(1000), Unknown | Unknown,
        "96 交换中心异常, and so long after it the true reply on the same connection",
        Effect::Reply(|truth, wait| transform::then_true_reply(truth, transform::refusal(truth, code("96")), wait));

    // A whole, truthful reply in an unusual way.
    "late-reply" | "late-reply-applied", ms(60_000), UnknownAfterDeadline | UnknownAfterDeadline,
        "the reply comes so late", Effect::Reply(transform::late);
    "drip" | "drip-applied", ms(1000), UnknownAfterDeadline | UnknownAfterDeadline,
        "the reply comes one byte at a time, so far apart", Effect::Reply(transform::drip);
    "continue-once" | "continue-once-applied", NONE, Declined | Approved,
        "100 Continue before the reply", Effect::Reply(|truth, _| transform::informational_first(truth, "100 Continue"));
    "early-hints" | "early-hints-applied", NONE, Declined | Approved,
        "103 Early Hints before the reply", Effect::Reply(|truth, _| transform::informational_first(truth, "103 Early Hints"));
    "chunked" | "chunked-applied", NONE, Declined | Approved,
        "the reply's body comes in two chunks", Effect::Reply(transform::chunked);
    "no-length" | "no-length-applied", NONE, Declined | Approved,
        "the end of the reply's body is told by FIN alone", Effect::Reply(transform::no_length);
    "fin-after-reply" | "fin-after-reply-applied", NONE, Declined | Approved,
        "FIN right after the reply, unannounced",
        Effect::Reply(|truth, _| transform::then_close(truth, 0, Close::Fin));
    "reset-after-reply" | "reset-after-reply-applied", NONE, Declined | Approved,
        "RST right after the reply",
        Effect::Reply(|truth, _| transform::then_close(truth, 0, Close::Reset));
    "idle-fin" | "idle-fin-applied", ms(10), Declined | Approved,
        "FIN so long after the reply, as the next request may be under way",
        Effect::Reply(|truth, wait| transform::then_close(truth, wait, Close::Fin));
    "idle-reset" | "idle-reset-applied", ms(10), Declined | Approved,
        "RST so long after the reply, as the next request may be under way",
        Effect::Reply(|truth, wait| transform::then_close(truth, wait, Close::Reset));
    "two-replies" | "two-replies-applied", NONE, Unknown | Unknown,
        "the reply, and at once an approval of another order that nobody asked for",
        Effect::Reply(transform::two_replies);
    "stray-reply" | "stray-reply-applied", ms(10), Declined | Approved,
        "the reply, and so long after it, if no next request has begun, an approval that nobody asked for and that \
         names no order",
        Effect::Reply(transform::stray_reply);
    "trailing-garbage" | "trailing-garbage-applied", NONE, Unknown | Unknown,
        "the reply, and at once bytes that are no reply", Effect::Reply(transform::trailing_garbage);
    "date-ahead" | "date-ahead-applied", count("seconds", 3600), Declined | Approved,
        "the reply's Date is so far ahead",
        Effect::Reply(|truth, by| transform::date_off(truth, by.cast_signed()));
    "date-behind" | "date-behind-applied", count("seconds", 3600), Declined | Approved,
        "the reply's Date is so far behind",
        Effect::Reply(|truth, by| transform::date_off(truth, by.cast_signed().saturating_neg()));

    // A reply that is cut.
    "fin-in-reply" | "fin-in-reply-applied", bytes(100), Unknown | Unknown,
        "FIN after so many bytes of the reply, but before its last",
        Effect::Reply(|truth, at| transform::cut_reply(truth, at, Close::Fin));
    "reset-in-reply" | "reset-in-reply-applied", bytes(100), Unknown | Unknown,
        "RST after so many bytes of the reply, but before its last",
        Effect::Reply(|truth, at| transform::cut_reply(truth, at, Close::Reset));
    "truncate-in-reply" | "truncate-in-reply-applied", bytes(100), Unknown | Unknown,
        "FIN after so many bytes of the reply, under TLS without close_notify",
        Effect::Reply(|truth, at| transform::cut_reply(truth, at, Close::Truncate));
    "fin-in-status-line" | "fin-in-status-line-applied", bytes(5), Unknown | Unknown,
        "FIN after so many bytes of the status line",
        Effect::Reply(|truth, at| transform::cut_status_line(truth, at, Close::Fin));
    "reset-in-status-line" | "reset-in-status-line-applied", bytes(5), Unknown | Unknown,
        "RST after so many bytes of the status line",
        Effect::Reply(|truth, at| transform::cut_status_line(truth, at, Close::Reset));
    "fin-in-reply-head" | "fin-in-reply-head-applied", bytes(20), Unknown | Unknown,
        "FIN after so many bytes of the reply's header fields",
        Effect::Reply(|truth, at| transform::cut_head(truth, at, Close::Fin));
    "reset-in-reply-head" | "reset-in-reply-head-applied", bytes(20), Unknown | Unknown,
        "RST after so many bytes of the reply's header fields",
        Effect::Reply(|truth, at| transform::cut_head(truth, at, Close::Reset));
    "fin-in-reply-body" | "fin-in-reply-body-applied", bytes(17), Unknown | Unknown,
        "FIN after so many bytes of the reply's body",
        Effect::Reply(|truth, at| transform::cut_body(truth, at, Close::Fin));
    "reset-in-reply-body" | "reset-in-reply-body-applied", bytes(17), Unknown | Unknown,
        "RST after so many bytes of the reply's body",
        Effect::Reply(|truth, at| transform::cut_body(truth, at, Close::Reset));
    "fin-in-chunk" | "fin-in-chunk-applied", bytes(10), Unknown | Unknown,
        "FIN after so many bytes of the reply's only chunk",
        Effect::Reply(|truth, at| transform::cut_chunk(truth, at, Close::Fin));
    "reset-in-chunk" | "reset-in-chunk-applied", bytes(10), Unknown | Unknown,
        "RST after so many bytes of the reply's only chunk",
        Effect::Reply(|truth, at| transform::cut_chunk(truth, at, Close::Reset));
    "no-last-chunk" | "no-last-chunk-applied", NONE, Unknown | Unknown,
        "the whole body in a chunk, then FIN without the last chunk", Effect::Reply(transform::no_last_chunk);

    // A reply whose framing or head is wrong.
    "length-too-small" | "length-too-small-applied", bytes(1), Unknown | Unknown,
        "Content-Length is so many bytes less than the body", Effect::Reply(transform::length_too_small);
    "length-too-large" | "length-too-large-applied", bytes(1), Unknown | Unknown,
        "Content-Length is so many bytes more than the body, then FIN", Effect::Reply(transform::length_too_large);
    "two-lengths" | "two-lengths-applied", NONE, Unknown | Unknown,
        "two Content-Length fields that differ", Effect::Reply(transform::two_lengths);
    "length-not-a-number" | "length-not-a-number-applied", NONE, Unknown | Unknown,
        "Content-Length: all", Effect::Reply(|truth, _| transform::framed(truth, "Content-Length: all\r\n"));
    "length-negative" | "length-negative-applied", NONE, Unknown | Unknown,
        "Content-Length: -1", Effect::Reply(|truth, _| transform::framed(truth, "Content-Length: -1\r\n"));
    "length-overflow" | "length-overflow-applied", NONE, Unknown | Unknown,
        "Content-Length: 18446744073709551616",
        Effect::Reply(|truth, _| transform::framed(truth, "Content-Length: 18446744073709551616\r\n"));
    "chunk-size-not-hex" | "chunk-size-not-hex-applied", NONE, Unknown | Unknown,
        "a chunk-size line that is no number", Effect::Reply(|truth, _| transform::chunk_size(truth, "xyz"));
    "chunk-size-overflow" | "chunk-size-overflow-applied", NONE, Unknown | Unknown,
        "a chunk-size line above 64 bits", Effect::Reply(|truth, _| transform::chunk_size(truth, "10000000000000000"));
    "chunk-size-too-small" | "chunk-size-too-small-applied", NONE, Unknown | Unknown,
        "a chunk-size line less than its chunk", Effect::Reply(|truth, _| transform::chunk_size(truth, "3"));
    "garbage" | "garbage-applied", NONE, Unknown | Unknown,
        "bytes that are no reply, then FIN",
        Effect::Reply(|_, _| transform::raw(b"\x16\x03\x01\x00\xa5\x01 not a reply\r\n\r\n"));
    "bad-status-line" | "bad-status-line-applied", NONE, Unknown | Unknown,
        "HTTP/1.1 2oo OK", Effect::Reply(transform::bad_status_line);
    "bad-header" | "bad-header-applied", NONE, Unknown | Unknown,
        "a header field whose name has a space and a NUL", Effect::Reply(transform::bad_header);
    "endless-head" | "endless-head-applied", NONE, Unknown | Unknown,
        "header fields without end", Effect::Reply(transform::endless_head);

    // A reply of something else than the gateway.
    "empty-200" | "empty-200-applied", NONE, Unknown | Unknown,
        "200 without a body", Effect::Reply(|truth, _| transform::status(truth, 200));
    "html-200" | "html-200-applied", NONE, Unknown | Unknown,
        "200 with HTML", Effect::Reply(|truth, _| transform::html(truth, 200));
    "no-content" | "no-content-applied", NONE, Unknown | Unknown,
        "204", Effect::Reply(transform::no_content);
    "redirect-301-elsewhere" | "redirect-301-elsewhere-applied", NONE, Unknown | Unknown,
        "301 to another host", Effect::Reply(|truth, _| transform::redirect_elsewhere(truth, 301));
    "redirect-302-elsewhere" | "redirect-302-elsewhere-applied", NONE, Unknown | Unknown,
        "302 to another host", Effect::Reply(|truth, _| transform::redirect_elsewhere(truth, 302));
    "redirect-307-elsewhere" | "redirect-307-elsewhere-applied", NONE, Unknown | Unknown,
        "307 to another host", Effect::Reply(|truth, _| transform::redirect_elsewhere(truth, 307));
    "redirect-308-elsewhere" | "redirect-308-elsewhere-applied", NONE, Unknown | Unknown,
        "308 to another host", Effect::Reply(|truth, _| transform::redirect_elsewhere(truth, 308));
    "redirect-301-itself" | "redirect-301-itself-applied", NONE, Unknown | Unknown,
        "301 to the same path", Effect::Reply(|truth, _| transform::redirect_to_itself(truth, 301));
    "redirect-302-itself" | "redirect-302-itself-applied", NONE, Unknown | Unknown,
        "302 to the same path", Effect::Reply(|truth, _| transform::redirect_to_itself(truth, 302));
    "redirect-307-itself" | "redirect-307-itself-applied", NONE, Unknown | Unknown,
        "307 to the same path", Effect::Reply(|truth, _| transform::redirect_to_itself(truth, 307));
    "redirect-308-itself" | "redirect-308-itself-applied", NONE, Unknown | Unknown,
        "308 to the same path", Effect::Reply(|truth, _| transform::redirect_to_itself(truth, 308));
    "status-401" | "status-401-applied", NONE, Unknown | Unknown,
        "401 without JSON", Effect::Reply(|truth, _| transform::status(truth, 401));
    "status-403" | "status-403-applied", NONE, Unknown | Unknown,
        "403 with HTML", Effect::Reply(|truth, _| transform::html(truth, 403));
    "status-404" | "status-404-applied", NONE, Unknown | Unknown,
        "404 with HTML", Effect::Reply(|truth, _| transform::html(truth, 404));
    "status-408" | "status-408-applied", NONE, Unknown | Unknown,
        "408 without JSON", Effect::Reply(|truth, _| transform::status(truth, 408));
    "status-409" | "status-409-applied", NONE, Unknown | Unknown,
        "409 without JSON", Effect::Reply(|truth, _| transform::status(truth, 409));
    "status-412" | "status-412-applied", NONE, Unknown | Unknown,
        "412 without JSON", Effect::Reply(|truth, _| transform::status(truth, 412));
    "status-425" | "status-425-applied", NONE, Unknown | Unknown,
        "425 without JSON", Effect::Reply(|truth, _| transform::status(truth, 425));
    "status-429" | "status-429-applied", NONE, Unknown | Unknown,
        "429 with Retry-After: 1", Effect::Reply(|truth, _| transform::retry_after(truth, 429));
    "status-500" | "status-500-applied", NONE, Unknown | Unknown,
        "500 without JSON", Effect::Reply(|truth, _| transform::status(truth, 500));
    "status-408-json" | "status-408-json-applied", NONE, Unknown | Unknown,
        "408 with the truth's own JSON", Effect::Reply(|truth, _| transform::json_under(truth, 408));
    "status-409-json" | "status-409-json-applied", NONE, Unknown | Unknown,
        "409 with the truth's own JSON", Effect::Reply(|truth, _| transform::json_under(truth, 409));
    "status-412-json" | "status-412-json-applied", NONE, Unknown | Unknown,
        "412 with the truth's own JSON", Effect::Reply(|truth, _| transform::json_under(truth, 412));
    "status-429-json" | "status-429-json-applied", NONE, Unknown | Unknown,
        "429 with the truth's own JSON", Effect::Reply(|truth, _| transform::json_under(truth, 429));
    "status-500-json" | "status-500-json-applied", NONE, Unknown | Unknown,
        "500 with the truth's own JSON", Effect::Reply(|truth, _| transform::json_under(truth, 500));
    "status-502-html" | "status-502-html-applied", NONE, Unknown | Unknown,
        "502 with HTML", Effect::Reply(|truth, _| transform::html(truth, 502));
    "status-503" | "status-503-applied", NONE, Unknown | Unknown,
        "503 with Retry-After: 1", Effect::Reply(|truth, _| transform::retry_after(truth, 503));
    "status-504" | "status-504-applied", NONE, Unknown | Unknown,
        "504 with HTML", Effect::Reply(|truth, _| transform::html(truth, 504));

    // A body that is not what it should be.
    "gzip" | "gzip-applied", NONE, Unknown | Unknown,
        "a gzip body that nobody asked for", Effect::Reply(transform::gzip);
    "bom" | "bom-applied", NONE, Unknown | Unknown,
        "JSON behind a UTF-8 byte order mark", Effect::Reply(|truth, _| transform::with_prefix(truth, b"\xef\xbb\xbf"));
    "utf16" | "utf16-applied", NONE, Unknown | Unknown,
        "JSON in UTF-16", Effect::Reply(transform::utf16);
    "gbk" | "gbk-applied", NONE, Unknown | Unknown,
        "errInfo in GBK bytes",
        Effect::Reply(|truth, _| transform::err_info_bytes(truth, b"\xb3\xc9\xb9\xa6"));
    "lone-surrogate" | "lone-surrogate-applied", NONE, Unknown | Unknown,
        "errInfo with an escaped lone surrogate",
        Effect::Reply(|truth, _| transform::err_info_bytes(truth, b"\\ud800"));
    "raw-newline" | "raw-newline-applied", NONE, Unknown | Unknown,
        "errInfo with an unescaped newline", Effect::Reply(|truth, _| transform::err_info_bytes(truth, b"a\nb"));
    "duplicate-key" | "duplicate-key-applied", NONE, Unknown | Unknown,
        "errCode twice, first a lie, then the truth", Effect::Reply(transform::duplicate_key);
    "deep-nesting" | "deep-nesting-applied", count("levels", 10_000), Unknown | Unknown,
        "a field nested so deep", Effect::Reply(transform::deep_nesting);
    "half-json" | "half-json-applied", NONE, Unknown | Unknown,
        "half of the JSON, with the Content-Length of that half", Effect::Reply(transform::half_json);
    "two-json" | "two-json-applied", NONE, Unknown | Unknown,
        "a second JSON object after the first", Effect::Reply(|truth, _| transform::with_suffix(truth, b"{}"));
    "not-json" | "not-json-applied", NONE, Unknown | Unknown,
        "the word SUCCESS", Effect::Reply(|truth, _| transform::body(truth, b"SUCCESS"));
    "json-array" | "json-array-applied", NONE, Unknown | Unknown,
        "a JSON list", Effect::Reply(|truth, _| transform::body(truth, br#"["00"]"#));
    "json-string" | "json-string-applied", NONE, Unknown | Unknown,
        "a JSON string", Effect::Reply(|truth, _| transform::body(truth, br#""00""#));
    "json-null" | "json-null-applied", NONE, Unknown | Unknown,
        "null", Effect::Reply(|truth, _| transform::body(truth, b"null"));
    "nan" | "nan-applied", NONE, Unknown | Unknown,
        "an amount of NaN", Effect::Reply(|truth, _| transform::amount(truth, "NaN"));
    // Well-formed JSON: an amount that no integer holds takes nothing from the code.
    "huge-number" | "huge-number-applied", NONE, Declined | Approved,
        "an amount of 1e999", Effect::Reply(|truth, _| transform::amount(truth, "1e999"));
    "huge-body" | "huge-body-applied", count("MiB", 100), Unknown | Unknown,
        "valid JSON of such a size", Effect::Reply(transform::huge_body);
    "endless-body" | "endless-body-applied", NONE, Unknown | Unknown,
        "JSON without end, chunked", Effect::Reply(transform::endless_body);
    "err-code-number" | "err-code-number-applied", NONE, Unknown | Unknown,
        "errCode is the number 0", Effect::Reply(|truth, _| transform::err_code(truth, Some(Value::from(0))));
    "err-code-missing" | "err-code-missing-applied", NONE, Unknown | Unknown,
        "no errCode", Effect::Reply(|truth, _| transform::err_code(truth, None));
    "err-code-null" | "err-code-null-applied", NONE, Unknown | Unknown,
        "errCode is null", Effect::Reply(|truth, _| transform::err_code(truth, Some(Value::Null)));
    "err-code-empty" | "err-code-empty-applied", NONE, Unknown | Unknown,
        "errCode is empty", Effect::Reply(|truth, _| transform::err_code(truth, Some(Value::from(""))));
    "other-order" | "other-order-applied", NONE, Unknown | Unknown,
        "orderId is another order's", Effect::Reply(transform::other_order);
    "other-merchant-order" | "other-merchant-order-applied", NONE, Declined | Approved,
        "merchantOrderId is another order's; unknown, if the request names one",
        Effect::Reply(|truth, _| transform::field(truth, "merchantOrderId", transform::OTHER_MERCHANT_ORDER));
    "other-refund" | "other-refund-applied", NONE, Declined | Approved,
        "refundRequestId is another refund's; unknown, if the request names one",
        Effect::Reply(|truth, _| transform::field(truth, "refundRequestId", "another-refund"));
    "other-amount" | "other-amount-applied", NONE, Declined | Approved,
        "transactionAmount is not the order's",
        Effect::Reply(|truth, _| transform::field(truth, "transactionAmount", "999999"));
    "other-original-amount" | "other-original-amount-applied", NONE, Declined | Approved,
        "in the reply of a query, the amount asked about is another; others as they are",
        Effect::Reply(|truth, _| transform::fields_there(truth, &transform::ORIGINAL_AMOUNTS, "999999"));
    "unreadable-original-amount" | "unreadable-original-amount-applied", NONE, Declined | Approved,
        "in the reply of a query, the amount asked about is \"1.00\"; others as they are",
        Effect::Reply(|truth, _| transform::fields_there(truth, &transform::ORIGINAL_AMOUNTS, "1.00"));
    "no-original-time" | "no-original-time-applied", NONE, Declined | Approved,
        "the reply of a query has no originalTransactionTime; others as they are",
        Effect::Reply(|truth, _| transform::without(truth, "originalTransactionTime"));
    "query-res-57" | "query-res-57-applied", NONE, Declined | Approved,
        "the reply of a query has queryResCode 57, which no document lists; others as they are",
        Effect::Reply(|truth, _| transform::fields_there(truth, &["queryResCode"], "57"));
    "query-res-5131016" | "query-res-5131016-applied", NONE, Declined | Approved,
        "the reply of a query has queryResCode 5131016, which no document lists; others as they are",
        Effect::Reply(|truth, _| transform::fields_there(truth, &["queryResCode"], "5131016"));
    "query-res-5-words" | "query-res-5-words-applied", NONE, Declined | Approved,
        "the reply of a query has queryResCode 5 with words behind it; others as they are",
        Effect::Reply(|truth, _| transform::fields_there(truth, &["queryResCode"], "5失败:余额不足"));
    "other-operation" | "other-operation-applied", NONE, Unknown | Unknown,
        "the reply of a query, errCode 00, payment still paid; to a query, that of a void", Effect::Reply(transform::other_operation);

    // Refusals by code: before processing.
    "code-1000", NONE, Declined,
        "412 with 1000 认证失败", Effect::Reply(|truth, _| transform::refusal(truth, code("1000")));
    "code-1001", NONE, Declined,
        "412 with 1001 授权失败", Effect::Reply(|truth, _| transform::refusal(truth, code("1001")));
    "code-9001", NONE, Declined,
        "412 with 9001 参数校验失败", Effect::Reply(|truth, _| transform::refusal(truth, code("9001")));
    "ip-not-allowed", NONE, Declined,
        "412 with 1001, as for an address that is not on the list (which code UMS gives is not known)",
        Effect::Reply(|truth, _| transform::refusal_text(truth, code("1001"), "授权失败: IP address is not on the list"));

    // Refusals by code: not executed.
    "code-03", NONE, Declined, "03 无效商户", Effect::Reply(|truth, _| transform::refusal(truth, code("03")));
    "code-13", NONE, Declined, "13 无效金额", Effect::Reply(|truth, _| transform::refusal(truth, code("13")));
    "code-22", NONE, Declined, "22 原交易不存在", Effect::Reply(|truth, _| transform::refusal(truth, code("22")));
    "code-25", NONE, Declined, "25 找不到原始交易", Effect::Reply(|truth, _| transform::refusal(truth, code("25")));
    "code-30", NONE, Declined, "30 报文格式错误", Effect::Reply(|truth, _| transform::refusal(truth, code("30")));
    "code-57", NONE, Declined, "57 不允许此交易", Effect::Reply(|truth, _| transform::refusal(truth, NOT_ALLOWED));
    "code-61", NONE, Declined, "61 超出金额限制", Effect::Reply(|truth, _| transform::refusal(truth, code("61")));
    "code-97", NONE, Declined, "97 终端号未登记", Effect::Reply(|truth, _| transform::refusal(truth, code("97")));

    // Codes that say nothing.
    "code-0000" | "code-0000-applied", NONE, Unknown | Unknown,
        "0000, success elsewhere on the platform", Effect::Reply(|truth, _| transform::refusal(truth, code("0000")));
    "code-64" | "code-64-applied", NONE, Unknown | Unknown,
        "64 原始金额错误", Effect::Reply(|truth, _| transform::refusal(truth, code("64")));
    "code-A7" | "code-A7-applied", NONE, Unknown | Unknown,
        "A7 安全处理失败", Effect::Reply(|truth, _| transform::refusal(truth, code("A7")));
    "code-92" | "code-92-applied", NONE, Unknown | Unknown,
        "92 发卡方线路异常", Effect::Reply(|truth, _| transform::refusal(truth, code("92")));
    "code-94" | "code-94-applied", NONE, Unknown | Unknown,
        "94 重复交易", Effect::Reply(|truth, _| transform::refusal(truth, code("94")));
    "code-96" | "code-96-applied", NONE, Unknown | Unknown,
        "96 交换中心异常", Effect::Reply(|truth, _| transform::refusal(truth, code("96")));
    "code-ER" | "code-ER-applied", NONE, Unknown | Unknown,
        "ER 参见具体返回信息", Effect::Reply(|truth, _| transform::refusal(truth, code("ER")));
    "code-FF" | "code-FF-applied", NONE, Unknown | Unknown,
        "FF 交易状态未知", Effect::Reply(|truth, _| transform::refusal(truth, code("FF")));
    "code-9200" | "code-9200-applied", NONE, Unknown | Unknown,
        "412 with 9200, seen one time in four in the sandbox", Effect::Reply(|truth, _| transform::refusal(truth, code("9200")));
    "code-9999" | "code-9999-applied", NONE, Unknown | Unknown,
        "412 with 9999 系统错误", Effect::Reply(|truth, _| transform::refusal(truth, code("9999")));
    "code-5131016" | "code-5131016-applied", NONE, Unknown | Unknown,
        "412 with 5131016", Effect::Reply(|truth, _| transform::refusal(truth, code("5131016")));
    "code-unlisted" | "code-unlisted-applied", NONE, Unknown | Unknown,
        "X9, a code of no table", Effect::Reply(|truth, _| transform::refusal(truth, code("X9")));
};

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_table_is_complete_and_without_doubles() {
        let names: HashSet<_> = FAULTS.iter().map(|spec| spec.name).collect();
        assert_eq!(names.len(), FAULTS.len());
        // A new row must be added here too, so that it is noticed in review.
        assert_eq!(FAULTS.len(), 292);
        for spec in FAULTS {
            assert_eq!(
                spec.applied,
                spec.name.ends_with("-applied") || spec.late,
                "{}",
                spec.name
            );
            assert_eq!(spec.late, spec.name.ends_with("-applied-late"));
            // How late is always the caller's to say.
            let unit = spec.parameter.map(|parameter| parameter.unit);
            assert!(!spec.late || unit == Some("seconds"), "{}", spec.name);
            assert!(
                spec.name
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-')
            );
        }
    }

    #[test]
    fn the_list_has_a_line_for_each_fault() {
        let list = list_faults();
        assert_eq!(list.lines().count(), FAULTS.len());
        for (line, spec) in list.lines().zip(FAULTS) {
            assert!(line.starts_with(&format!("{} ", spec.name)), "{line}");
        }
        // The columns stand under each other.
        let width = FAULTS.iter().map(|spec| spec.name.len()).max().unwrap();
        for line in list.lines() {
            let (name, rest) = line.split_at(width + 2);
            assert!(name.ends_with("  ") && !rest.starts_with(' '), "{line}");
        }
        let some: Vec<_> = list
            .lines()
            .filter(|line| line.contains("-in-reply") || line.starts_with("silence-"))
            .take(5)
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        insta::assert_snapshot!(some.join("\n"), @r#"
        silence-on-accept connect not_sent_if_tls the connection is accepted and never read
        silence-applied reply applied unknown no reply; the connection is held until the peer closes it
        silence-applied-late reply late unknown no reply, the connection is held; the request is applied so many seconds later [@seconds, default 60]
        fin-in-reply reply unknown FIN after so many bytes of the reply, but before its last [@bytes, default 100]
        fin-in-reply-applied reply applied unknown FIN after so many bytes of the reply, but before its last [@bytes, default 100]
        "#);
    }

    #[test]
    fn a_conclusion_never_contradicts_what_was_applied() {
        for spec in FAULTS {
            match spec.conclusion {
                ExpectedOutcome::Approved => assert!(spec.applied, "{}", spec.name),
                ExpectedOutcome::Declined | ExpectedOutcome::NotSent => {
                    assert!(!spec.applied, "{}", spec.name);
                }
                _ => {}
            }
        }
    }
}
