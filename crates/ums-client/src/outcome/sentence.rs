//! An outcome in one sentence, for a person.

use std::fmt;

use ums_journal::{Language, mask_card_numbers};
use ums_model::{Discrepancy, Effect, Judgement};
use ums_transport::{Delivery, Progress, TransportErrorKind};

use crate::authentication::token::TokenError;
use crate::machine::runtime::RuntimeUnavailable;
use crate::outcome::{NotSentReason, Outcome, UnknownReason};

impl<R> Outcome<R> {
    /// What happened and what to do now, in one or two sentences.
    pub fn explain(&self, language: Language) -> String {
        let what = match language {
            Language::English => self.in_english(),
            Language::Chinese => self.in_chinese(),
        };
        let between = match language {
            Language::English => " ",
            Language::Chinese => "",
        };
        // Whatever was quoted: an error's text and a field of a reply too.
        let what = mask_card_numbers(&what);
        format!("{what}{between}{}", self.next_step().sentence(language))
    }

    fn in_english(&self) -> String {
        let name = operation_name(&self.evidence().operation, Language::English);
        match self {
            Self::Approved(approved) => {
                format!("Approved: {}.", reply_text(&approved.judgement, "reply"))
            }
            Self::Declined(declined) => {
                let known = declined.judgement.known().map(|row| row.meaning);
                let meaning = known.map_or(String::new(), |meaning| {
                    format!(" ({})", meaning.trim_end_matches('.'))
                });
                let reply = reply_text(&declined.judgement, "reply");
                format!("Declined: {reply}{meaning}; this {name} was not carried out.")
            }
            Self::NotSent(not_sent) => {
                let cause = match &not_sent.reason {
                    NotSentReason::Transport(failure) => failure.chain(),
                    other => chain(other),
                };
                format!("Not sent: {cause}.")
            }
            Self::Unknown(unknown) => {
                let cause = match &unknown.reason {
                    UnknownReason::Interrupted(failure) => {
                        broken_off_english(failure.kind(), failure.progress())
                    }
                    UnknownReason::Code => unknown.judgement.as_ref().map_or_else(
                        || unknown.reason.to_string(),
                        |judgement| {
                            format!("{} does not settle it", reply_text(judgement, "the reply"))
                        },
                    ),
                    UnknownReason::Status(status) => match &unknown.judgement {
                        Some(judgement) => format!(
                            "HTTP status {status} with {} says nothing certain",
                            reply_text(judgement, "a reply without code")
                        ),
                        None => format!("HTTP status {status} says nothing certain"),
                    },
                    other => chain(other),
                };
                match unknown.evidence.effect {
                    Effect::MovesMoney => {
                        format!("Unknown: {cause}; it may or may not have been carried out.")
                    }
                    Effect::ReadOnly => format!("Unknown: {cause}."),
                }
            }
        }
    }

    fn in_chinese(&self) -> String {
        let name = operation_name(&self.evidence().operation, Language::Chinese);
        match self {
            Self::Approved(approved) => {
                format!("交易成功（{}）。", code_chinese(&approved.judgement))
            }
            Self::Declined(declined) => {
                let code = code_chinese(&declined.judgement);
                format!("交易失败（{code}），本次{name}未执行。")
            }
            Self::NotSent(not_sent) => {
                format!("未发送：{}。", not_sent_chinese(&not_sent.reason))
            }
            Self::Unknown(unknown) => {
                let cause = match &unknown.reason {
                    UnknownReason::Interrupted(failure) => {
                        broken_off_chinese(failure.kind(), failure.progress())
                    }
                    UnknownReason::Code => match &unknown.judgement {
                        Some(judgement) if judgement.err_code().is_some() => {
                            let code = code_chinese(judgement);
                            format!("仅凭该应答（{code}）无法判断交易结果")
                        }
                        _ => "应答没有应答码，无法判断交易结果".to_owned(),
                    },
                    UnknownReason::Status(status) => {
                        format!("网关返回 HTTP {status}，无法判断交易结果")
                    }
                    UnknownReason::Malformed(_) => "应答报文无法解析".to_owned(),
                    UnknownReason::Discrepancy(discrepancies) => {
                        format!(
                            "应答不是针对本次请求的（{}）",
                            differences_chinese(discrepancies)
                        )
                    }
                };
                match unknown.evidence.effect {
                    Effect::MovesMoney => {
                        format!("交易状态未知：{cause}；资金可能已变动，也可能没有。")
                    }
                    Effect::ReadOnly => format!("状态未知：{cause}。"),
                }
            }
        }
    }
}

/// The name of an operation as people say it.
pub(crate) fn operation_name(operation: &str, language: Language) -> &'static str {
    let (english, chinese) = match operation {
        "pay" => ("payment", "支付"),
        "void_payment" => ("void", "撤销"),
        "reverse_payment" => ("reversal", "冲正"),
        "refund" => ("refund", "退款"),
        "query" => ("query", "查询"),
        "query_refund" => ("refund query", "退款查询"),
        "activate_terminal" => ("activation", "终端激活"),
        _ => ("operation", "交易"),
    };
    match language {
        Language::English => english,
        Language::Chinese => chinese,
    }
}

/// Code and text of a reply. What the code is known to mean is said where the reply has no text of
/// its own, or another.
fn code_chinese(judgement: &Judgement) -> String {
    let code = judgement.err_code().map_or_else(
        || "无应答码".to_owned(),
        |code| {
            format!(
                "应答码 {}",
                mask_card_numbers(&code.escape_debug().to_string())
            )
        },
    );
    let known = judgement.known().and_then(|row| row.chinese);
    let info = judgement
        .err_info()
        .map(|info| mask_card_numbers(&info.escape_debug().to_string()).into_owned());
    match (info, known) {
        (Some(info), Some(known)) if info != known => format!("{code}：{info}；含义：{known}"),
        (Some(info), _) => format!("{code}：{info}"),
        (None, Some(known)) => format!("{code}：{known}"),
        (None, None) => code,
    }
}

/// Where a reply or an answer differs from the request.
pub(crate) fn differences_chinese(discrepancies: &[Discrepancy]) -> String {
    let shown: Vec<String> = discrepancies
        .iter()
        .map(|one| {
            let field = one.field.escape_debug();
            let received = one.received.escape_debug();
            let expected = one.expected.escape_debug();
            let text = format!("{field} 为 {received}，应为 {expected}");
            mask_card_numbers(&text).into_owned()
        })
        .collect();
    shown.join("；")
}

/// In English; see [`Outcome::explain`] for Chinese.
impl<R> fmt::Display for Outcome<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.explain(Language::English))
    }
}

fn reply_text(judgement: &Judgement, without_code: &str) -> String {
    let code = match judgement.err_code() {
        Some(code) => format!("errCode {:?}", mask_card_numbers(code)),
        None => without_code.to_owned(),
    };
    match judgement.err_info() {
        Some(info) => format!("{code} {:?}", mask_card_numbers(info)),
        None => code,
    }
}

fn broken_off_english(kind: TransportErrorKind, progress: &Progress) -> String {
    let sent = match progress.delivery() {
        Delivery::Complete => "after the whole request was written".to_owned(),
        Delivery::Partial | Delivery::NotSent => format!(
            "after {} of {} bytes of the request were written",
            progress.request_bytes_written, progress.request_bytes_total
        ),
    };
    format!("{} {sent}", kind_english(kind))
}

/// What ended an exchange that had begun.
fn kind_english(kind: TransportErrorKind) -> &'static str {
    match kind {
        TransportErrorKind::Deadline => "the deadline passed",
        TransportErrorKind::Closed => "the gateway closed the connection",
        TransportErrorKind::MalformedReply => "something that is no HTTP reply came back",
        TransportErrorKind::ReplyTooLarge => "a reply larger than the cap came back",
        TransportErrorKind::EarlyReply => "a reply came too early",
        TransportErrorKind::SendWindow => "the send window was over",
        _ => "the connection broke",
    }
}

fn broken_off_chinese(kind: TransportErrorKind, progress: &Progress) -> String {
    match (progress.delivery(), kind) {
        (Delivery::Complete, TransportErrorKind::Deadline) => {
            "请求已发送完毕，等待应答超时".to_owned()
        }
        (Delivery::Complete, kind) => format!("请求已发送完毕，{}", kind_chinese(kind)),
        (Delivery::Partial | Delivery::NotSent, kind) => format!(
            "请求已发送 {} / {} 字节，{}",
            progress.request_bytes_written,
            progress.request_bytes_total,
            kind_chinese(kind)
        ),
    }
}

fn not_sent_chinese(reason: &NotSentReason) -> String {
    let text = match reason {
        NotSentReason::InvalidInput(_) => "请求报文组装失败",
        NotSentReason::InvalidPath(path) => {
            return format!("接口路径不合法（{}）", path.escape_debug());
        }
        NotSentReason::Clock => "本机时钟的时间无法用于签名",
        NotSentReason::Nonce(_) => "无法生成签名所需的随机数",
        NotSentReason::NotRecorded(_) => "交易流水写入失败",
        NotSentReason::Token(error) => {
            return format!("未取得 AccessToken（{}）", token_chinese(error));
        }
        NotSentReason::Overloaded => "并发请求数超限",
        NotSentReason::ClientClosed => "客户端已关闭",
        NotSentReason::Runtime(unavailable) => unavailable_chinese(*unavailable),
        NotSentReason::Transport(failure) => kind_chinese(failure.kind()),
    };
    text.to_owned()
}

/// Why a call cannot run where it is awaited.
pub(crate) fn unavailable_chinese(unavailable: RuntimeUnavailable) -> &'static str {
    match unavailable {
        RuntimeUnavailable::Missing => {
            "此处没有 tokio 运行时，请在运行时内调用，或使用阻塞式客户端"
        }
        RuntimeUnavailable::Forked => "创建客户端之后进程已 fork，请在子进程中重新创建客户端",
    }
}

fn token_chinese(error: &TokenError) -> String {
    let text = match error {
        TokenError::Clock => "本机时钟的时间无法用于签名",
        TokenError::Nonce(_) => "无法生成签名所需的随机数",
        TokenError::Deadline => "等待超时",
        TokenError::Transport(failure) => kind_chinese(failure.kind()),
        TokenError::Malformed { status, .. } => {
            return format!("应答报文无法解析，HTTP {status}");
        }
        TokenError::Refused { status, .. } => return format!("网关拒绝发放，HTTP {status}"),
        TokenError::Store(_) => "AccessToken 存储不可用",
    };
    text.to_owned()
}

fn kind_chinese(kind: TransportErrorKind) -> &'static str {
    match kind {
        TransportErrorKind::Resolve => "域名解析失败",
        TransportErrorKind::NotLoopback => "明文 http 只能访问本机",
        TransportErrorKind::Connect => "无法建立连接",
        TransportErrorKind::Proxy => "代理未能接通网关",
        TransportErrorKind::Tls => "TLS 握手失败",
        TransportErrorKind::ConnectTimeout => "建立连接超时",
        TransportErrorKind::Deadline => "已超时",
        TransportErrorKind::Runtime => "调用不在其连接所属的异步运行时内",
        TransportErrorKind::InvalidRequest => "请求不合法",
        TransportErrorKind::Closed => "连接被关闭",
        TransportErrorKind::MalformedReply => "收到的不是 HTTP 应答",
        TransportErrorKind::ReplyTooLarge => "应答报文超长",
        TransportErrorKind::EarlyReply => "请求尚未发完就收到了应答",
        TransportErrorKind::SendWindow => "已过发送时限",
        _ => "连接中断",
    }
}

/// An error and its causes in one line. They may quote a reply.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    mask_card_numbers(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use ums_auth::open_access_token::NoToken;
    use ums_model::{Discrepancy, EncodeError, JsonReply, PosOperation};

    use super::*;
    use crate::authentication::token::TokenError;
    use crate::machine::nonce_source::NonceUnavailable;
    use crate::outcome::{Approved, Declined, NotSent, Unknown};
    use ums_journal::Evidence;

    fn evidence(effect: Effect) -> Box<Evidence> {
        Box::new(Evidence::new("void_payment", effect))
    }

    fn read(body: &str) -> (JsonReply, Judgement) {
        let reply = JsonReply::decode(Bytes::copy_from_slice(body.as_bytes())).unwrap();
        let judgement = reply.judge_as(PosOperation::VoidPayment);
        (reply, judgement)
    }

    fn approved(body: &str, discrepancies: Vec<Discrepancy>) -> Outcome<JsonReply> {
        let (reply, judgement) = read(body);
        Outcome::Approved(Approved {
            reply,
            judgement,
            discrepancies,
            evidence: evidence(Effect::MovesMoney),
        })
    }

    fn declined(body: &str, clock_ahead: Option<i64>, token_dropped: bool) -> Outcome<JsonReply> {
        let (reply, judgement) = read(body);
        let mut evidence = evidence(Effect::MovesMoney);
        evidence.clock_ahead = clock_ahead.map(chrono::TimeDelta::seconds);
        evidence.token_dropped = token_dropped;
        Outcome::Declined(Declined {
            reply,
            judgement,
            evidence,
        })
    }

    fn not_sent(reason: NotSentReason) -> Outcome<JsonReply> {
        Outcome::NotSent(NotSent {
            reason,
            evidence: evidence(Effect::MovesMoney),
        })
    }

    fn unknown(reason: UnknownReason, body: Option<&str>, effect: Effect) -> Outcome<JsonReply> {
        let (reply, judgement) = body.map(read).unzip();
        Outcome::Unknown(Unknown {
            reason,
            reply,
            judgement,
            evidence: evidence(effect),
        })
    }

    /// Every way an outcome is told, but for broken connections, which are told by their kind: see
    /// the next test.
    #[test]
    fn outcomes_in_words() {
        const CARD: &str = r#"{"errCode":"00","errInfo":"卡 4111111111111111"}"#;
        const REFUSED: &str = r#"{"errCode":"1000","errInfo":"认证失败"}"#;
        const NEITHER: &str = r#"{"errCode":"9Z","errInfo":"处理中"}"#;
        const SAYS_NOTHING: &str = "{}";
        let other_order = || Discrepancy::new("orderId", "one", "another");
        let malformed = || JsonReply::decode(Bytes::from_static(b"<html>")).unwrap_err();
        let refused_token = TokenError::Refused {
            status: 200,
            source: NoToken::Refused {
                err_code: "0001".to_owned(),
                err_info: "no such AppId as 4111111111111111".to_owned(),
            },
        };
        let moves = Effect::MovesMoney;
        let outcomes = [
            approved(CARD, vec![]),
            approved(r#"{"errCode":"00"}"#, vec![other_order()]),
            declined(REFUSED, None, false),
            declined(REFUSED, Some(600), false),
            declined(REFUSED, None, true),
            declined(r#"{"errCode":"1001"}"#, None, true),
            declined(
                r#"{"errCode":"25","errInfo":"找不到原始交易"}"#,
                None,
                false,
            ),
            declined(r#"{"errCode":"57"}"#, None, false),
            not_sent(NotSentReason::InvalidInput(
                EncodeError::new("a map key").into(),
            )),
            not_sent(NotSentReason::InvalidPath("v6".to_owned())),
            not_sent(NotSentReason::Clock),
            not_sent(NotSentReason::Nonce(NonceUnavailable)),
            not_sent(NotSentReason::not_recorded("the disk is full")),
            not_sent(NotSentReason::Token(TokenError::Clock)),
            not_sent(NotSentReason::Token(TokenError::Deadline)),
            not_sent(NotSentReason::Token(refused_token)),
            not_sent(NotSentReason::Overloaded),
            not_sent(NotSentReason::ClientClosed),
            not_sent(NotSentReason::Runtime(RuntimeUnavailable::Missing)),
            not_sent(NotSentReason::Runtime(RuntimeUnavailable::Forked)),
            unknown(UnknownReason::Status(502), None, moves),
            unknown(UnknownReason::Status(502), Some(REFUSED), moves),
            unknown(UnknownReason::Status(412), Some(SAYS_NOTHING), moves),
            unknown(UnknownReason::Malformed(malformed()), None, moves),
            unknown(UnknownReason::Code, Some(NEITHER), moves),
            unknown(
                UnknownReason::Code,
                Some(r#"{"errCode":"4111111111111111"}"#),
                moves,
            ),
            unknown(UnknownReason::Code, Some(SAYS_NOTHING), moves),
            unknown(UnknownReason::Code, None, moves),
            unknown(UnknownReason::Code, Some(NEITHER), Effect::ReadOnly),
            unknown(
                UnknownReason::Discrepancy(vec![other_order()]),
                Some(CARD),
                moves,
            ),
            unknown(
                UnknownReason::Discrepancy(vec![
                    Discrepancy::new("orderId", "one", "4111111111111111"),
                    Discrepancy::new("transactionAmount", "1", "[\"2\"]"),
                ]),
                Some(CARD),
                moves,
            ),
        ];
        let told: Vec<String> = outcomes
            .iter()
            .map(|outcome| {
                assert_eq!(outcome.to_string(), outcome.explain(Language::English));
                format!("{outcome}\n{}\n", outcome.explain(Language::Chinese))
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn broken_connections_in_words() {
        let told: Vec<String> = TransportErrorKind::ALL
            .iter()
            .map(|&kind| format!("{kind}: {}; {}", kind_english(kind), kind_chinese(kind)))
            .collect();
        insta::assert_snapshot!(told.join("\n"));
    }
}
