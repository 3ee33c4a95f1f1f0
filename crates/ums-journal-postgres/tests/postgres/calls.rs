//! Calls to be written down, under made-up keys.

use std::time::Duration;

use chrono::DateTime;
use ums_journal::{
    Begin, CallId, EndedFact, Fact, FactId, FactKind, Fingerprints, Identity, JournalKey, Key,
    KeyScope, OrderIdKind, OrderRole, OutcomeKind, Owner, SendPlan, StoreCommand, StoredBody,
    StoredOrderId, StoredRequest, Ticket,
};
use ums_model::Effect;

pub(crate) const LEASE: Duration = Duration::from_secs(15);

pub(crate) fn owner(name: &str) -> Owner {
    Owner::new(name).unwrap()
}

/// A void that begins and is about to be sent, of an order of its own.
pub(crate) fn begin(key: &JournalKey, name: &str, owner: &Owner) -> StoreCommand {
    let order = format!("20230718{name}");
    begin_of(key, name, &order, owner)
}

/// A void of this order.
pub(crate) fn begin_of(key: &JournalKey, name: &str, order: &str, owner: &Owner) -> StoreCommand {
    let body = format!(
        r#"{{"merchantCode":"103290070111417","terminalCode":"12340511","originalOrderId":"{order}"}}"#
    );
    let scope = KeyScope::new("https://gateway.example", "made-up-app", "103290070111417");
    let fingerprints = Fingerprints::new(key, "void_payment", &body).unwrap();
    let order = StoredOrderId::new(&scope, OrderIdKind::Ums, order);
    let request = StoredRequest::new(
        scope.key(Key::new(name).unwrap()),
        fingerprints.newest().unwrap().clone(),
        "void_payment",
        "/v6/poslink/transaction/voidpayment",
        Effect::MovesMoney,
        StoredBody::new(key, body.as_bytes()),
    )
    .with_identity(Identity::new("void_payment", [order]), OrderRole::TakeBack)
    .with_repeat(true)
    .with_amount(Some(4160))
    .with_profile("shop");
    let call = CallId::new(format!("c{name}")).unwrap();
    let begin = Begin::new(call, request, fingerprints, owner.clone(), LEASE);
    let plan = SendPlan::new("made-up-nonce", DateTime::UNIX_EPOCH, LEASE);
    StoreCommand::Begin(Box::new(begin.with_plan(plan)))
}

/// That the call of a ticket ended so.
pub(crate) fn ended(ticket: &Ticket, outcome: OutcomeKind) -> StoreCommand {
    let id = FactId::new(format!("e{}", ticket.call)).unwrap();
    let what = FactKind::Ended(EndedFact::new(outcome).with_err_code("00"));
    StoreCommand::Record(Box::new(Fact::new(
        id,
        ticket.call.clone(),
        ticket.attempt,
        what,
    )))
}
