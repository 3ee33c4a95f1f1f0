//! A payment while the customer waits, each step of which outlives the process: after a crash it
//! goes on from what the journal has, and never pays twice.

use std::sync::Arc;

use tokio::sync::Mutex;
use tokio::time::Instant;
use ums_client::{TillPolicy, TillResult};
use ums_journal::{CallId, CallerText, Filter, Key, ListOrder, RecordedOutcome, StoredCall};
use ums_model::Pay;

use crate::answer::answer::{Answer, Source};
use crate::answer::submit_error::SubmitError;
use crate::call::options::SubmitOptions;
use crate::process::write::WriteError;
use crate::resolver::case::Case;
use crate::resolver::round::{Cases, question};
use crate::shared::Shared;
use crate::submit::run::{stopped, submit};

/// What became of a payment at the till.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "the money may have been received, or may not have"]
pub struct TillAnswer {
    /// What the cashier is told.
    pub result: TillResult,
    /// The payment, as it is known now.
    pub payment: Answer,
    /// The call that took it back, or tried to.
    pub take_back: Option<Answer>,
}

/// What is added to the key of a payment for the call that takes it back.
const TAKE_BACK: &str = "/take-back";

/// The label by which a payment and what takes it back are found together.
const FAMILY: &str = "till";

/// Pays, asks, takes back and asks again, until the time is over.
pub(crate) async fn pay_at_till(
    shared: &Arc<Shared>,
    cases: &Arc<Mutex<Cases>>,
    key: Key,
    pay: Pay,
    policy: TillPolicy,
    options: SubmitOptions,
) -> Result<TillAnswer, SubmitError> {
    let (done, is_done) = tokio::sync::oneshot::channel();
    let (task, cases) = (Arc::clone(shared), Arc::clone(cases));
    shared.tasks.spawn(async move {
        let flow = Flow {
            started: Instant::now(),
            shared: task,
            cases,
            policy,
            options,
        };
        // A caller that hung up cancels nothing.
        let _ = done.send(flow.run(key, pay).await);
    });
    is_done.await.unwrap_or(Err(SubmitError::Closing))
}

struct Flow {
    started: Instant,
    shared: Arc<Shared>,
    cases: Arc<Mutex<Cases>>,
    policy: TillPolicy,
    options: SubmitOptions,
}

impl Flow {
    async fn run(&self, key: Key, pay: Pay) -> Result<TillAnswer, SubmitError> {
        let invalid = |error: ums_journal::InvalidText| SubmitError::Invalid(Arc::new(error));
        let take_back_key = Key::new(format!("{key}{TAKE_BACK}")).map_err(invalid)?;
        let family = CallerText::new(key.as_str()).map_err(invalid)?;
        let merchant = pay.merchant_code().as_str().to_owned();
        // A payment that was taken back is never sent again, though it turned out not to have been.
        let taken = self.known(&merchant, &take_back_key).await?;
        let paid = self.known(&merchant, &key).await?;
        let payment = match paid {
            Some(paid) if taken.is_some() && !paid.view.is_running() => {
                Answer::of_stored(paid, Source::Replay)
            }
            _ => {
                let limit = self.shared.client.timeout().min(self.policy.pay_limit());
                let options = self.options.clone().limit(limit);
                let options = options.label(FAMILY, family.clone());
                submit(&self.shared, key, pay.clone().into(), options).await?
            }
        };
        let mut take_back = taken.map(|taken| Answer::of_stored(taken, Source::Replay));
        let call = payment.call.clone();
        if !is_open(&payment) {
            return self.told(&call, payment, take_back).await;
        }
        let ends = self.started + self.policy.ends_after();
        let mut case = self
            .claim(&call)
            .await
            .map_err(|error| self.stopped(error))?;
        let until = match take_back {
            None => self.started + self.policy.take_back_after(),
            Some(_) => ends,
        };
        let mut is_closed = self.ask(&mut case, until).await;
        let may_take_back = case.as_ref().is_some_and(Case::may_take_back);
        if !is_closed && take_back.is_none() && may_take_back {
            let mut options = SubmitOptions::new()
                .limit(TillPolicy::TAKE_BACK_LIMIT.min(self.shared.client.timeout()))
                .label(FAMILY, family);
            options.also.clone_from(&self.options.also);
            let request = self.policy.take_back_of(&pay);
            match submit(&self.shared, take_back_key, request, options).await {
                Ok(taken) => take_back = Some(taken),
                Err(error) => tracing::warn!(%error, "an open payment was not taken back"),
            }
            // What was taken back is closed by that: then nothing is asked.
            is_closed = self.ask(&mut case, ends).await;
        }
        if let Some(case) = case {
            let mut cases = self.cases.lock().await;
            match is_closed {
                true => cases.forget(&call),
                false => cases.give_back(case),
            }
        }
        if is_closed && take_back.as_ref().is_some_and(is_open) {
            take_back = self.ask_once(take_back).await;
        }
        self.told(&call, payment, take_back).await
    }

    /// Asks about a take-back of which nothing is known, where the payment is found out: what tells
    /// of the one mostly tells of the other.
    async fn ask_once(&self, take_back: Option<Answer>) -> Option<Answer> {
        let (call, source) = {
            let known = take_back.as_ref()?;
            (known.call.clone(), known.source())
        };
        let Ok(Some(mut case)) = self.claim(&call).await else {
            return take_back;
        };
        let asked = question(&self.shared, &mut case).await;
        let mut cases = self.cases.lock().await;
        match asked {
            Ok(true) => cases.forget(&call),
            Ok(false) => cases.give_back(case),
            Err(error) => {
                tracing::warn!(%error, "an open take-back could not be asked about");
                cases.give_back(case);
            }
        }
        match self.shared.store.call(&call).await {
            Ok(Some(now)) => Some(Answer::of_stored(now, source)),
            _ => take_back,
        }
    }

    /// Asks every three seconds, the first time at once. Whether it is found out.
    async fn ask(&self, case: &mut Option<Case>, until: Instant) -> bool {
        let Some(case) = case else {
            return false;
        };
        loop {
            match question(&self.shared, case).await {
                Ok(true) => return true,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "an open payment could not be asked about"),
            }
            let next = Instant::now() + TillPolicy::PAUSE;
            if next > until {
                tokio::time::sleep_until(until).await;
                return false;
            }
            tokio::time::sleep_until(next).await;
        }
    }

    async fn known(&self, merchant: &str, key: &Key) -> Result<Option<StoredCall>, SubmitError> {
        let key = self.shared.scope(merchant).key(key.clone());
        let filter = Filter::new().with_key(key);
        let page = self
            .shared
            .store
            .search(&filter, ListOrder::OldestFirst, None, 1)
            .await;
        let page = page.map_err(|error| self.stopped(error.into()))?;
        Ok(page.calls.into_iter().next())
    }

    async fn claim(&self, call: &CallId) -> Result<Option<Case>, WriteError> {
        self.cases.lock().await.lend(&self.shared, call).await
    }

    async fn told(
        &self,
        call: &CallId,
        payment: Answer,
        take_back: Option<Answer>,
    ) -> Result<TillAnswer, SubmitError> {
        let now = self.shared.store.call(call).await;
        let payment = match now {
            Ok(Some(now)) if payment.recorded => Answer::of_stored(now, payment.source()),
            _ => payment,
        };
        Ok(TillAnswer {
            result: result_of(&payment),
            payment,
            take_back,
        })
    }

    fn stopped(&self, error: WriteError) -> SubmitError {
        stopped(&self.shared, error)
    }
}

fn is_open(payment: &Answer) -> bool {
    matches!(payment.outcome(), None | Some(RecordedOutcome::Unknown))
}

fn result_of(payment: &Answer) -> TillResult {
    let stands = payment.record.as_ref().and_then(|record| record.stands);
    let view = payment.view.as_ref();
    let may_be_undone = view.is_some_and(|view| view.may_be_undone);
    match payment.outcome() {
        Some(RecordedOutcome::Approved) if may_be_undone => TillResult::ToVerify,
        Some(RecordedOutcome::Approved) if stands == Some(false) => TillResult::TakenBack,
        Some(RecordedOutcome::Approved) => TillResult::Paid,
        None | Some(RecordedOutcome::Unknown) => TillResult::ToVerify,
        Some(_) => TillResult::NotPaid,
    }
}
