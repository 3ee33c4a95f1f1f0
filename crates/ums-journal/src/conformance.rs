//! What every journal is held to.

use bytes::Bytes;
use chrono::DateTime;
use ums_auth::{AppId, Nonce, Timestamp};
use ums_model::Effect;

use crate::evidence::Evidence;
use crate::intent::{Ended, Intent, Sending};
use crate::journal::{CallState, Journal, JournalEntry};
use crate::outcome_kind::OutcomeKind;

/// Holds a journal to what callers rely on: that each step survives a crash right after it, that
/// steps out of order are refused, that a call which ended as unknown stays open and is not sent
/// again, and that calls about one order are seen as such.
///
/// `open` opens the journal, and on each further call opens the same one again as a restarted
/// process would; nothing of an earlier handle is used after that. The journal must be empty at
/// first, and is empty again at the end.
///
/// # Errors
///
/// The first thing that is not as it should be, in words.
pub async fn check_journal<J: Journal>(open: impl AsyncFn() -> J) -> Result<(), String> {
    let body = Bytes::from_static(br#"{"originalOrderId":"made-up-order"}"#);
    let nonce = |text: &str| Nonce::new(text).map_err(|error| error.to_string());
    let app_id = AppId::new("made-up-app").map_err(|error| error.to_string())?;
    let timestamp = Timestamp::parse("20170101120000").map_err(|error| error.to_string())?;
    let intent = |call| Intent {
        call,
        operation: "void_payment",
        path: "/v6/poslink/transaction/voidpayment",
        effect: Effect::MovesMoney,
        gateway: Some("https://gateway.example"),
        app_id: Some(app_id),
        merchant: Some("made-up-merchant"),
        order: Some("made-up-order"),
        ums_order_id: Some("made-up-order"),
        merchant_order_id: Some("made-up-number"),
        body: &body,
        at: DateTime::UNIX_EPOCH,
    };
    let sending = |call, attempt| Sending::new(call, attempt, timestamp);
    let evidence = Evidence::new("void_payment", Effect::MovesMoney);
    let ended = |call| Ended::new(call, OutcomeKind::Approved, &evidence).with_err_code(Some("00"));
    let unknown =
        |call| Ended::new(call, OutcomeKind::Unknown, &evidence).with_reason(Some("deadline"));
    let (one, two, again) = (nonce("call-1")?, nonce("call-2")?, nonce("attempt-2")?);
    let as_begun = JournalEntry::new(&intent(one));
    let must = |done: bool, what: &str| if done { Ok(()) } else { Err(what.to_owned()) };
    let read = async |journal: &J| {
        let unfinished = journal.unfinished().await;
        unfinished.map_err(|error| format!("the journal cannot be read: {error}"))
    };

    let journal = open().await;
    must(read(&journal).await?.is_empty(), "it is not empty at first")?;
    let early = journal.sending(&sending(one, one)).await;
    must(early.is_err(), "a call that has not begun may not send")?;
    let early = journal.ended(&ended(one)).await;
    must(early.is_err(), "a call that has not begun may not end")?;

    let begun = journal.intent(&intent(one)).await;
    begun.map_err(|error| format!("a first intent is refused: {error}"))?;
    let journal = open().await;
    let found = read(&journal).await?;
    must(
        found == [as_begun.clone()],
        "an intent is not there after a crash",
    )?;
    let twice = journal.intent(&intent(one)).await;
    must(twice.is_err(), "a call may not begin twice")?;

    for attempt in [one, again] {
        let sent = journal.sending(&sending(one, attempt)).await;
        sent.map_err(|error| format!("an attempt is refused: {error}"))?;
    }
    let journal = open().await;
    let mut as_sent = as_begun;
    as_sent.attempts = vec![sending(one, one), sending(one, again)];
    as_sent.state = CallState::Sending;
    let found = read(&journal).await?;
    must(
        found == [as_sent.clone()],
        "the attempts are not there after a crash",
    )?;

    let end = journal.ended(&unknown(one)).await;
    end.map_err(|error| format!("an end as unknown is refused: {error}"))?;
    let journal = open().await;
    as_sent.state = CallState::Unknown;
    let found = read(&journal).await?;
    must(
        found == [as_sent.clone()],
        "a call that ended as unknown is not open after a crash",
    )?;
    let again_sent = journal.sending(&sending(one, again)).await;
    must(
        again_sent.is_err(),
        "a call that ended as unknown may not send",
    )?;
    let twice = journal.intent(&intent(one)).await;
    must(
        twice.is_err(),
        "a call that ended as unknown may not begin again",
    )?;
    let found = read(&journal).await?;
    must(
        found == [as_sent],
        "what was refused has changed a call that ended as unknown",
    )?;

    let begun = journal.intent(&intent(two)).await;
    begun.map_err(|error| format!("a second call about one order is refused: {error}"))?;
    let journal = open().await;
    let found = read(&journal).await?;
    let calls: Vec<_> = found.iter().map(|record| record.call).collect();
    must(calls == [one, two], "two calls are not listed oldest first")?;
    let one_order = found.iter().all(|record| record.order == found[0].order);
    must(one_order, "two calls about one order are not seen as such")?;

    let end = journal.ended(&ended(one)).await;
    end.map_err(|error| format!("what became of an unknown call is refused: {error}"))?;
    let journal = open().await;
    let found = read(&journal).await?;
    must(found.len() == 1, "an end is not there after a crash")?;
    must(found[0].call == two, "an end has ended another call")?;
    let twice = journal.ended(&ended(one)).await;
    must(twice.is_err(), "a call may not end twice")?;
    let late = journal.sending(&sending(one, again)).await;
    must(late.is_err(), "a call that has ended may not send")?;

    let end = journal.ended(&ended(two)).await;
    end.map_err(|error| format!("an end without an attempt is refused: {error}"))?;

    let query = nonce("query-1")?;
    let asked = Intent {
        operation: "query",
        effect: Effect::ReadOnly,
        ..intent(query)
    };
    let begun = journal.intent(&asked).await;
    begun.map_err(|error| format!("a query is refused: {error}"))?;
    let end = journal.ended(&unknown(query)).await;
    end.map_err(|error| format!("the end of a query is refused: {error}"))?;
    must(
        read(&open().await).await?.is_empty(),
        "it is not empty at the end",
    )
}

#[cfg(test)]
mod tests;
