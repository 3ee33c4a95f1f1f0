//! An outcome in one sentence, for a person.

use std::fmt;

use ums_model::{Effect, Judgement};
use ums_transport::{Delivery, FailureKind, Progress};

use crate::language::Language;
use crate::mask::mask_card_numbers;
use crate::outcome::{NotSentReason, Outcome, UnknownReason};

impl<R> Outcome<R> {
    /// What happened and what to do now, in one or two sentences.
    #[must_use]
    pub fn explain(&self, language: Language) -> String {
        let what = match language {
            Language::English => self.in_english(),
            Language::Chinese => self.in_chinese(),
        };
        let between = match language {
            Language::English => " ",
            Language::Chinese => "",
        };
        format!("{what}{between}{}", self.next_step().sentence(language))
    }

    fn in_english(&self) -> String {
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
                format!("Declined: {reply}{meaning}; nothing was carried out.")
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
        match self {
            Self::Approved(approved) => {
                format!("已成功：{}。", reply_text(&approved.judgement, "应答"))
            }
            Self::Declined(declined) => {
                let known = declined.judgement.known().and_then(|row| row.chinese);
                let meaning = known.map_or(String::new(), |meaning| format!("（{meaning}）"));
                let reply = reply_text(&declined.judgement, "应答");
                format!("被拒绝：{reply}{meaning}，操作未执行。")
            }
            Self::NotSent(not_sent) => match &not_sent.reason {
                NotSentReason::Transport(failure) => {
                    format!(
                        "未发出：{}（{}）。",
                        kind_chinese(failure.kind()),
                        failure.chain()
                    )
                }
                other => format!("未发出：{}。", chain(other)),
            },
            Self::Unknown(unknown) => {
                let cause = match &unknown.reason {
                    UnknownReason::Interrupted(failure) => {
                        broken_off_chinese(failure.kind(), failure.progress())
                    }
                    UnknownReason::Code => unknown.judgement.as_ref().map_or_else(
                        || "应答码不能确定结果".to_owned(),
                        |judgement| format!("{}不能确定结果", reply_text(judgement, "应答")),
                    ),
                    UnknownReason::Status(status) => format!("HTTP 状态 {status} 不能确定结果"),
                    UnknownReason::Malformed(_) => {
                        format!("应答无法解析（{}）", chain(&unknown.reason))
                    }
                    other => chain(other),
                };
                match unknown.evidence.effect {
                    Effect::MovesMoney => {
                        format!("结果未知：{cause}；操作可能已执行，也可能未执行。")
                    }
                    Effect::ReadOnly => format!("结果未知：{cause}。"),
                }
            }
        }
    }
}

/// In English; see [`Outcome::explain`] for Chinese.
impl<R> fmt::Display for Outcome<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.explain(Language::English))
    }
}

fn reply_text(judgement: &Judgement, without_code: &str) -> String {
    let mut text = match judgement.err_code() {
        Some(code) => format!("errCode {:?}", code.as_str()),
        None => without_code.to_owned(),
    };
    if let Some(info) = judgement.err_info() {
        text.push_str(&format!(" {:?}", mask_card_numbers(info)));
    }
    text
}

fn broken_off_english(kind: FailureKind, progress: &Progress) -> String {
    let sent = match progress.delivery() {
        Delivery::Complete => "after the whole request had left".to_owned(),
        Delivery::Partial | Delivery::NotSent => format!(
            "after {} of {} bytes of the request had left",
            progress.request_bytes_written, progress.request_bytes_total
        ),
    };
    let what = match kind {
        FailureKind::Deadline => "the deadline passed",
        FailureKind::Closed => "the gateway closed the connection",
        FailureKind::MalformedReply => "something that is no HTTP reply came back",
        FailureKind::ReplyTooLarge => "a reply larger than the cap came back",
        FailureKind::EarlyReply => "a reply came too early",
        _ => "the connection broke",
    };
    format!("{what} {sent}")
}

fn broken_off_chinese(kind: FailureKind, progress: &Progress) -> String {
    let sent = match progress.delivery() {
        Delivery::Complete => "请求已全部发出".to_owned(),
        Delivery::Partial | Delivery::NotSent => format!(
            "请求已发出 {} / {} 字节",
            progress.request_bytes_written, progress.request_bytes_total
        ),
    };
    format!("{sent}，{}", kind_chinese(kind))
}

fn kind_chinese(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Resolve => "域名无法解析",
        FailureKind::NotLoopback => "明文 http 只能访问本机",
        FailureKind::Connect => "无法建立连接",
        FailureKind::Proxy => "代理未能接通网关",
        FailureKind::Tls => "TLS 握手失败",
        FailureKind::ConnectTimeout => "建立连接超时",
        FailureKind::Deadline => "已超过时限",
        FailureKind::InvalidRequest => "请求不合法",
        FailureKind::Closed => "连接被关闭",
        FailureKind::MalformedReply => "收到的不是 HTTP 应答",
        FailureKind::ReplyTooLarge => "应答过大",
        FailureKind::EarlyReply => "应答先于请求完成到达",
        _ => "连接中断",
    }
}

/// An error and its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
