//! A call of the journal as it is known today, for a script and for a person.

use ums_client::Language;
use ums_client::journal::{MayRepeat, OutcomeRecord, RecordedOutcome};
use ums_durable::journal::{CallId, State, StoredCall, TakeBackProgress};
use ums_durable::known_record;

use crate::exit::Exit;
use crate::language::{say, word};
use crate::print::table::masked;

/// The record of a call, running or not, with its history.
pub(crate) fn known(call: &StoredCall, language: Language) -> OutcomeRecord {
    known_record(call).in_language(language)
}

/// The call to ask about, to find out what is not known of this one: a call that takes it back,
/// where that one is open.
pub(crate) fn to_ask_about(call: &StoredCall) -> &CallId {
    let view = &call.view;
    let mut open = view
        .taken_back()
        .iter()
        .filter(|word| word.progress == TakeBackProgress::Open);
    match open.next() {
        Some(word) if view.may_be_undone && !view.is_open() => &word.by,
        _ => &call.id,
    }
}

/// How a run that finds this of a call ends.
pub(crate) fn exit_of(record: &OutcomeRecord) -> Exit {
    match (record.outcome, record.stands) {
        (RecordedOutcome::Approved, Some(false)) => Exit::Declined,
        // What takes it back is open: nobody knows whether it stands.
        (RecordedOutcome::Approved, None) => Exit::Unknown,
        (RecordedOutcome::Approved | RecordedOutcome::Answered, _) => Exit::Success,
        (RecordedOutcome::Declined | RecordedOutcome::NotExecuted, _) => Exit::Declined,
        (RecordedOutcome::NotSent, _) => Exit::NotSent,
        _ => Exit::Unknown,
    }
}

/// What is known of a call, in one sentence, and what to do now.
pub(crate) fn sentence(record: &OutcomeRecord, language: Language) -> String {
    let what = what(record, language);
    let is_new_with_key = record.replayed == Some(true) && record.may_repeat == MayRepeat::NewKey;
    let anew = match is_new_with_key {
        true => say(
            language,
            " With another --key it is a new call.",
            "换一个 --key 即为新的一笔。",
        ),
        false => "",
    };
    let next = format!("{}{anew}", record.next);
    match (language, record.replayed) {
        (Language::Chinese, Some(true)) => format!("已有记录，本次未发送：{what}。{next}"),
        (Language::Chinese, _) => format!("{what}。{next}"),
        (_, Some(true)) => format!("Known already, nothing was sent now: {what}. {next}"),
        _ => format!("By the journal: {what}. {next}"),
    }
}

/// What is known of a call, in some words.
pub(crate) fn what(record: &OutcomeRecord, language: Language) -> String {
    let name = record.operation.as_deref().unwrap_or_default();
    let name = word(name, language);
    let state = record.state.as_deref().unwrap_or_default();
    let is = |known: State| state == known.as_str();
    let by_person = is(State::Closed);
    let (english, chinese) = match record.outcome {
        _ if is(State::Intended) => ("is about to start, and was not sent", "即将发起，尚未发送"),
        _ if is(State::Sending) => (
            "may be on its way, or its process has died",
            "可能正在处理，也可能其进程已中断",
        ),
        RecordedOutcome::Approved if record.stands == Some(false) => (
            "was carried out, and voided or refunded since",
            "已成功，之后又被撤销或退款",
        ),
        RecordedOutcome::Approved if record.stands.is_none() => (
            "was carried out, and a void or refund of it is unknown: nobody knows whether it stands",
            "已成功，但其撤销或退款状态未知，无法确定是否仍然有效",
        ),
        RecordedOutcome::Approved if by_person => (
            "was closed by a person as carried out",
            "已由人工确认为成功",
        ),
        RecordedOutcome::Approved => ("was carried out", "已成功"),
        RecordedOutcome::Declined if by_person => (
            "was closed by a person as not carried out",
            "已由人工确认为未执行",
        ),
        RecordedOutcome::Declined => ("was declined", "失败（已被拒绝）"),
        RecordedOutcome::NotExecuted => ("was not carried out", "未执行"),
        RecordedOutcome::NotSent => ("was not sent", "未发送"),
        RecordedOutcome::Answered => ("was answered", "已答复"),
        _ if is(State::AwaitingStatement) => (
            "is unknown, and no query can tell any more: only the statement can",
            "状态未知，已无法通过查询核实，只能以对账单为准",
        ),
        _ => (
            "is unknown: it may have been carried out, or not",
            "状态未知：资金可能已变动，也可能没有",
        ),
    };
    let told = say(language, english, chinese);
    let mut text = match language {
        Language::Chinese => format!("{name}{told}"),
        _ => format!("{name} {told}"),
    };
    let as_of = record.as_of.as_deref();
    if let (RecordedOutcome::NotExecuted, Some(as_of)) = (record.outcome, as_of) {
        text.push_str(&match language {
            Language::Chinese => format!("（截至 {as_of}）"),
            _ => format!(", as of {as_of}"),
        });
    }
    let code = record.err_code.as_deref();
    if let (RecordedOutcome::Declined, Some(code)) = (record.outcome, code) {
        let info = record.err_info.as_deref().unwrap_or_default();
        let reason = masked(format!("{code} {info}").trim());
        text.push_str(&match language {
            Language::Chinese => format!("（应答码 {reason}）"),
            _ => format!(" (errCode {reason})"),
        });
    }
    text
}
