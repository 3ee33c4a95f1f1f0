//! An operation whose reply is read as any reply is.

use bytes::Bytes;

use crate::judge::gateway_codes::GatewayCodes;
use crate::judge::judgement::Judgement;
use crate::judge::verdict::Verdict;
use crate::operation::contract::{EncodeError, Operation};
use crate::operation::discrepancy::Discrepancy;
use crate::operation::effect::Effect;
use crate::operation::order_ids::OrderIds;
use crate::reply::json_reply::JsonReply;
use crate::reply::malformed_reply::MalformedReply;

/// The operation, with a reply that has the same type as that of every other one.
#[derive(Clone, Debug)]
pub(crate) struct AsJson<O>(pub(crate) O);

impl<O: Operation> Operation for AsJson<O> {
    type Reply = JsonReply;

    fn name(&self) -> &str {
        self.0.name()
    }

    fn path(&self) -> &str {
        self.0.path()
    }

    fn effect(&self) -> Effect {
        self.0.effect()
    }

    fn order(&self) -> OrderIds<'_> {
        self.0.order()
    }

    fn merchant(&self) -> Option<&str> {
        self.0.merchant()
    }

    fn encode(&self) -> Result<Bytes, EncodeError> {
        self.0.encode()
    }

    fn decode(&self, body: Bytes) -> Result<JsonReply, MalformedReply> {
        JsonReply::decode(body)
    }

    fn judge(&self, reply: &JsonReply) -> Judgement {
        match self.0.decode(reply.received().as_bytes().clone()) {
            Ok(reply) => self.0.judge(&reply),
            Err(_) => Judgement::new(Verdict::Unknown),
        }
    }

    fn gateway_codes(&self) -> GatewayCodes {
        self.0.gateway_codes()
    }

    fn discrepancies(&self, reply: &JsonReply) -> Vec<Discrepancy> {
        let reply = self.0.decode(reply.received().as_bytes().clone());
        reply.map_or_else(|_| Vec::new(), |reply| self.0.discrepancies(&reply))
    }
}
