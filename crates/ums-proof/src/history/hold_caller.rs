//! What a caller does about holds (担保).

use chrono::Datelike;
use ums_client::model::{
    AuthorizationCode, AuthorizationPayMode, CompleteAuthorization, Fen, MonthDay, PayCode,
    Preauthorize, QueryAuthorization, QuickCompleteAuthorization, QuickVoidAuthorization,
    SystemTraceNumber, UmsOrderId, VoidAuthorization,
};
use ums_simulator::{Simulator, TradingDay};

use super::caller::{Called, Caller, merchant, merchant_order_id, terminal};
use super::hold_reading::{OfHold, ReadAs};
use super::in_words;
use super::plan::{Act, FollowUp, HoldNames, Step, Target};

/// What a hold is called, as its reply or a slip says.
struct Slip {
    authorization_code: AuthorizationCode,
    order_id: UmsOrderId,
    day: MonthDay,
}

impl Caller {
    pub(crate) async fn about_hold(&self, call: usize, step: &Step) -> Result<Called, String> {
        match step.act {
            Act::Authorize {
                target,
                numbered_as,
                amount,
                code,
            } => {
                let hold = Preauthorize::new(
                    merchant()?,
                    terminal()?,
                    trace(&numbered_as.trace())?,
                    Fen::new(amount),
                    AuthorizationPayMode::CodeScan,
                    PayCode::new(code.of_call(call)).map_err(in_words)?,
                );
                let hold = hold.with_merchant_order_id(merchant_order_id(target)?);
                self.read(call, step, hold).await
            }
            Act::Complete(what) => self.complete(call, step, what).await,
            Act::Release(what) => self.release(call, step, what).await,
            Act::QueryHold(target, names) => {
                let number = trace(&format!("{:06}", 600_000 + call))?;
                let query = match names {
                    HoldNames::Authorization | HoldNames::MixedAuthorization => {
                        QueryAuthorization::by_system_trace_num(
                            merchant()?,
                            terminal()?,
                            number,
                            original_trace(target, names)?,
                        )
                    }
                    HoldNames::Order | HoldNames::PaymentsOrder => {
                        QueryAuthorization::by_ums_order_id(
                            merchant()?,
                            terminal()?,
                            number,
                            self.order_id(target, names)?,
                        )
                    }
                };
                self.asked(call, step, &query).await
            }
            _ => Err("not about a hold".to_owned()),
        }
    }

    async fn complete(&self, call: usize, step: &Step, what: FollowUp) -> Result<Called, String> {
        let number = trace(&what.trace_of_call(call))?;
        let amount = Fen::new(what.amount);
        match what.names {
            HoldNames::Authorization | HoldNames::MixedAuthorization => {
                let slip = self.slip(what.target)?;
                let completion = CompleteAuthorization::new(
                    merchant()?,
                    terminal()?,
                    number,
                    amount,
                    slip.authorization_code,
                    slip.day,
                    original_trace(what.target, what.names)?,
                );
                self.read(call, step, completion).await
            }
            HoldNames::Order | HoldNames::PaymentsOrder => {
                let completion = QuickCompleteAuthorization::new(
                    merchant()?,
                    terminal()?,
                    number,
                    amount,
                    self.order_id(what.target, what.names)?,
                );
                self.read(call, step, completion).await
            }
        }
    }

    async fn release(&self, call: usize, step: &Step, what: FollowUp) -> Result<Called, String> {
        let number = trace(&what.trace_of_call(call))?;
        let amount = Fen::new(what.amount);
        match what.names {
            HoldNames::Authorization | HoldNames::MixedAuthorization => {
                let slip = self.slip(what.target)?;
                let void = VoidAuthorization::new(
                    merchant()?,
                    terminal()?,
                    number,
                    amount,
                    slip.authorization_code,
                    slip.day,
                    original_trace(what.target, what.names)?,
                );
                self.read(call, step, void).await
            }
            HoldNames::Order | HoldNames::PaymentsOrder => {
                let void = QuickVoidAuthorization::new(
                    merchant()?,
                    terminal()?,
                    number,
                    amount,
                    self.order_id(what.target, what.names)?,
                );
                self.read(call, step, void).await
            }
        }
    }

    /// As the conduct reads the answers about holds.
    async fn read<O: OfHold>(
        &self,
        call: usize,
        step: &Step,
        operation: O,
    ) -> Result<Called, String> {
        match self.conduct.holds {
            None => self.in_form(call, step, operation).await,
            Some(reading) => {
                let operation = ReadAs { operation, reading };
                self.resolvable(call, step, &operation).await
            }
        }
    }

    /// What the hold is called by now, or what none is called.
    fn slip(&self, target: Target) -> Result<Slip, String> {
        let order = self
            .orders
            .find_merchant_order(Simulator::DEMO_MERCHANT_CODE, &target.merchant_order_id());
        let day = match order.as_ref().map(|order| order.trading_day) {
            Some(TradingDay::On(day)) => day,
            _ => self.orders.trading_day(),
        };
        let hold = order.as_ref().and_then(|order| order.hold.as_ref());
        let code = hold.map_or("A99999", |hold| &hold.authorization_code);
        let order_id = order.as_ref().map(|order| order.order_id.as_str());
        Ok(Slip {
            authorization_code: AuthorizationCode::new(code).map_err(in_words)?,
            order_id: UmsOrderId::new(order_id.unwrap_or(NO_ORDER)).map_err(in_words)?,
            day: MonthDay::new(day.month(), day.day()).ok_or("no such day")?,
        })
    }

    fn order_id(&self, target: Target, names: HoldNames) -> Result<UmsOrderId, String> {
        match (names, Target::Booked(0).ums_order_id()) {
            (HoldNames::PaymentsOrder, Some(id)) => UmsOrderId::new(id).map_err(in_words),
            _ => Ok(self.slip(target)?.order_id),
        }
    }
}

const NO_ORDER: &str = "20230718110248029165889999";

fn original_trace(target: Target, names: HoldNames) -> Result<SystemTraceNumber, String> {
    let of = match (names, target) {
        (HoldNames::MixedAuthorization, Target::BookedHold(0)) => Target::BookedHold(1),
        (HoldNames::MixedAuthorization, _) => Target::BookedHold(0),
        _ => target,
    };
    trace(&of.trace())
}

fn trace(number: &str) -> Result<SystemTraceNumber, String> {
    SystemTraceNumber::new(number).map_err(in_words)
}
