//! What is written down when a call has ended: how, and that its reply has two ids of one order.

use ums_client::Outcome;
use ums_journal::{
    Fact, FactKind, Gateway, Link, OrderIdKind, OutcomeKind, OutcomeRecord, StoreCommand,
    StoredOrderId, StoredRequest, Ticket,
};
use ums_model::{AnyReply, AnyRequest, Operation};

use crate::answer::told::end_of;
use crate::process::write::WriteError;
use crate::shared::Shared;

/// The record of how a call ended.
pub(crate) fn record_of_end(
    shared: &Shared,
    request: &AnyRequest,
    outcome: &Outcome<AnyReply>,
) -> OutcomeRecord {
    let url = shared.client.base_url().to_string();
    let gateway = match shared.live {
        true => Gateway::live(&url),
        false => Gateway::test(&url),
    };
    OutcomeRecord::of(request, outcome, gateway)
}

/// How an attempt ended, as a command for the journal. That it was not sent is said of its nonce.
pub(crate) fn ended(
    shared: &Shared,
    ticket: &Ticket,
    nonce: Option<&str>,
    record: &OutcomeRecord,
) -> Result<StoreCommand, WriteError> {
    let mut ended = end_of(record);
    if ended.outcome == OutcomeKind::NotSent {
        ended.nonce = nonce.map(ToOwned::to_owned);
    }
    let fact = Fact::new(
        shared.ids.fact()?,
        ticket.call.clone(),
        ticket.attempt,
        FactKind::Ended(ended),
    );
    Ok(StoreCommand::Record(Box::new(fact)))
}

/// That the ids of an order which a reply has are of one order with those that the call names.
pub(crate) fn links(
    shared: &Shared,
    ticket: &Ticket,
    stored: &StoredRequest,
    reply: &AnyReply,
) -> Vec<StoreCommand> {
    let (Some(known), fields) = (stored.order().first(), reply.fields()) else {
        return Vec::new();
    };
    let scope = &stored.key.scope;
    let ids = [
        (OrderIdKind::Merchant, "merchantOrderId"),
        (OrderIdKind::Ums, "orderId"),
    ];
    let told = ids.into_iter().filter_map(|(kind, name)| {
        let id = fields.named(name)?.text()?;
        (!id.is_empty()).then(|| StoredOrderId::new(scope, kind, &*id))
    });
    let new = told.filter(|id| id != known);
    let links = new.filter_map(|id| {
        let fact = shared.ids.fact().ok()?;
        let (call, attempt) = (ticket.call.clone(), ticket.attempt);
        let link = Link::new(fact, call, attempt, known.clone(), id);
        Some(StoreCommand::Link(Box::new(link)))
    });
    links.collect()
}

/// The reply, if it is one to this very request that approves.
pub(crate) fn believed(outcome: &Outcome<AnyReply>) -> Option<&AnyReply> {
    match outcome {
        Outcome::Approved(approved) if approved.discrepancies.is_empty() => Some(&approved.reply),
        _ => None,
    }
}

/// The merchant in whose name a request is.
pub(crate) fn merchant_of(request: &AnyRequest) -> &str {
    request.merchant().unwrap_or_default()
}
