//! Whether the members of a past outcome fit together. Somebody may have changed the file, and what
//! contradicts itself is neither believed nor asked about: either could say of money what is not
//! so.

use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::Value;
use ums_client::journal::RecordedOutcome;
use ums_client::mask_card_numbers;
use ums_client::model::PosOperation;

use crate::failure::Failure;
use crate::input::fields::missing;
use crate::input::time;

/// The members that are compared.
#[derive(Debug, Deserialize)]
pub(super) struct Compared {
    version: Option<Value>,
    outcome: String,
    as_of: Option<Value>,
    err_code: Option<String>,
    next_step: Option<String>,
    reply: Option<Value>,
    evidence: Evidence,
    request: Option<Request>,
    resolution: Option<Resolution>,
    till: Option<String>,
    steps: Option<Vec<Step>>,
}

#[derive(Debug, Deserialize)]
struct Evidence {
    operation: Option<String>,
    reason: Option<String>,
    timestamp: Option<String>,
    deadline: Option<String>,
    request_bytes_written: Option<u64>,
    requests_sent: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct Request {
    operation: String,
    path: String,
}

#[derive(Debug, Deserialize)]
struct Resolution {
    conclusion: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Step {
    step: String,
    operation: Option<String>,
    outcome: Option<String>,
    timestamp: Option<String>,
}

impl Compared {
    /// # Errors
    ///
    /// Two members contradict each other.
    pub(super) fn check(&self) -> Result<(), Failure> {
        self.check_version()?;
        self.check_times()?;
        self.check_code()?;
        self.check_outcome()?;
        self.check_operation()?;
        self.check_steps()
    }

    fn moves_money(&self) -> bool {
        let path = self.request.as_ref().map(|request| request.path.as_str());
        path.and_then(PosOperation::path_moves_money) == Some(true)
    }

    fn check_version(&self) -> Result<(), Failure> {
        match self.version.as_ref().map(Value::as_u64) {
            None | Some(Some(1)) => Ok(()),
            Some(_) => Err(missing((
                "version is none that is known",
                "version 不是已知的版本",
            ))),
        }
    }

    /// The day whose answers are believed follows from the time of signing.
    fn check_times(&self) -> Result<(), Failure> {
        let Evidence {
            timestamp,
            deadline,
            request_bytes_written,
            ..
        } = &self.evidence;
        let is_open = self.outcome == "unknown" || self.next_step.as_deref() == Some("confirm");
        let was_written = request_bytes_written.is_some_and(|bytes| bytes > 0);
        if !self.moves_money() || !(is_open || was_written) {
            return Ok(());
        }
        let Some(signed) = timestamp else {
            return Err(missing((
                "evidence.timestamp is missing, and the request may have been sent",
                "缺少 evidence.timestamp，而请求可能已发出",
            )));
        };
        let signed = time::of_timestamp(signed).ok_or_else(|| {
            missing((
                "evidence.timestamp is no time",
                "evidence.timestamp 不是时间",
            ))
        })?;
        let Some(deadline) = deadline else {
            return Ok(());
        };
        let deadline = time::of_rfc3339(deadline).ok_or_else(|| {
            missing(("evidence.deadline is no time", "evidence.deadline 不是时间"))
        })?;
        let within = deadline.signed_duration_since(signed);
        match (TimeDelta::zero()..=TimeDelta::days(1)).contains(&within) {
            true => Ok(()),
            false => Err(contradict("evidence.timestamp", "evidence.deadline")),
        }
    }

    fn check_code(&self) -> Result<(), Failure> {
        let of_reply = self.reply.as_ref().and_then(|reply| reply.get("errCode"));
        let of_reply = of_reply.and_then(|code| match code {
            Value::String(code) => Some(code.clone()),
            Value::Number(code) => Some(code.to_string()),
            _ => None,
        });
        let is_decided = matches!(self.outcome.as_str(), "approved" | "declined");
        let is_same = match (&self.err_code, of_reply) {
            (Some(code), Some(of_reply)) => mask_card_numbers(code) == mask_card_numbers(&of_reply),
            (None, Some(_)) => !is_decided || self.resolution.is_some(),
            (_, None) => true,
        };
        match is_same {
            true => Ok(()),
            false => Err(contradict("err_code", "reply.errCode")),
        }
    }

    fn check_outcome(&self) -> Result<(), Failure> {
        let Evidence {
            reason,
            request_bytes_written,
            requests_sent,
            ..
        } = &self.evidence;
        let written = request_bytes_written.unwrap_or(0);
        if *requests_sent == Some(0) && written > 0 {
            return Err(contradict(
                "evidence.requests_sent",
                "evidence.request_bytes_written",
            ));
        }
        let conclusion = self.resolution.as_ref();
        let conclusion = conclusion.and_then(|found| found.conclusion.as_deref());
        let is_found = conclusion == Some(self.outcome.as_str());
        match self.outcome.as_str() {
            "answered" if self.moves_money() => Err(contradict("outcome", "request.path")),
            "approved" | "declined" | "answered" if !is_found && reason.is_some() => {
                Err(contradict("outcome", "evidence.reason"))
            }
            "approved" | "declined" | "answered" if !is_found && self.reply.is_none() => {
                Err(contradict("outcome", "reply"))
            }
            "not_sent" if written > 0 => {
                Err(contradict("outcome", "evidence.request_bytes_written"))
            }
            "not_sent" if requests_sent.is_some_and(|sent| sent > 0) => {
                Err(contradict("outcome", "evidence.requests_sent"))
            }
            "not_executed" if !is_found => Err(contradict("outcome", "resolution")),
            "not_executed" if self.as_of.is_none() => Err(contradict("outcome", "as_of")),
            "unknown" if self.moves_money() && reason.is_none() && self.resolution.is_none() => {
                Err(contradict("outcome", "evidence.reason"))
            }
            _ => Ok(()),
        }
    }

    fn check_operation(&self) -> Result<(), Failure> {
        let operations = self.evidence.operation.as_ref().zip(self.request.as_ref());
        match operations {
            Some((operation, request)) if *operation != request.operation => {
                Err(contradict("evidence.operation", "request.operation"))
            }
            _ => Ok(()),
        }
    }

    /// As the steps of a payment at the till are written: the payment, then queries and calls that
    /// take it back.
    fn check_steps(&self) -> Result<(), Failure> {
        let (steps, till) = match (&self.steps, &self.till) {
            (None, None) => return Ok(()),
            (None, Some(_)) => return Err(contradict("till", "steps")),
            (Some(steps), till) => (steps, till),
        };
        let fits = |(place, step): (usize, &Step)| {
            let operation = step.operation.as_deref();
            let is_query = operation.is_some_and(|operation| operation.starts_with("query"));
            let paid = self
                .request
                .as_ref()
                .map(|request| request.operation.as_str());
            let is_in_place = match (place, step.step.as_str()) {
                (0, "pay") => operation == paid,
                (1.., "query") => is_query,
                (1.., "take_back") => !is_query && operation.is_some() && operation != paid,
                _ => false,
            };
            let outcome = step.outcome.as_deref();
            let is_outcome = |outcome| {
                RecordedOutcome::ALL
                    .iter()
                    .any(|one| one.as_str() == outcome)
            };
            let timestamp = step.timestamp.as_deref();
            let is_signed = timestamp.is_some_and(|text| time::of_timestamp(text).is_some());
            let is_open_take_back = is_open_take_back(&step.step, outcome);
            is_in_place
                && outcome.is_none_or(is_outcome)
                && (is_signed || timestamp.is_none() && !is_open_take_back)
        };
        let is_unsent = steps.is_empty() && self.outcome == "not_sent";
        if !is_unsent && (steps.is_empty() || !steps.iter().enumerate().all(fits)) {
            return Err(missing((
                "steps are not those of a payment at the till",
                "steps 不是收银付款的步骤",
            )));
        }
        let takes_back = |outcome| {
            let mut steps = steps.iter().filter(|step| step.step == "take_back");
            steps.any(|step| step.outcome.as_deref() == outcome)
        };
        let is_open = steps
            .iter()
            .any(|step| is_open_take_back(&step.step, step.outcome.as_deref()));
        match till.as_deref() {
            Some("taken_back") if takes_back(Some("approved")) || is_open => Ok(()),
            Some("paid") if !takes_back(Some("approved")) && !is_open => Ok(()),
            Some("not_paid" | "to_verify") => Ok(()),
            _ => Err(contradict("till", "steps")),
        }
    }
}

/// Whether a call may have been sent that takes the payment back, and nobody knows what came of it.
pub(crate) fn is_open_take_back(step: &str, outcome: Option<&str>) -> bool {
    step == "take_back" && matches!(outcome, None | Some("unknown"))
}

fn contradict(one: &str, other: &str) -> Failure {
    missing((
        format!("{one} and {other} contradict each other"),
        format!("{one} 与 {other} 互相矛盾"),
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::failure::FailureKind;
    use crate::past::outcome::PastOutcome;

    /// An unknown void, with these members in the place of its own.
    fn read(changes: &[(&str, Value)]) -> Result<(), String> {
        let mut record = json!({
            "version": 1, "outcome": "unknown", "err_code": "88", "next_step": "query",
            "reply": {"errCode": "88"},
            "evidence": {
                "operation": "void_payment", "reason": "code", "timestamp": "20231125120000",
                "deadline": "2023-11-25T12:00:30.000+08:00", "request_bytes_written": 491,
                "requests_sent": 1, "url": "http://127.0.0.1:9/v6/poslink/transaction/voidpayment",
            },
            "request": {
                "operation": "void_payment", "path": "/v6/poslink/transaction/voidpayment",
                "body": {"merchantCode": "1", "terminalCode": "2", "originalOrderId": "U"},
            },
        });
        for (pointer, value) in changes {
            let (object, name) = pointer.rsplit_once('/').unwrap();
            record.pointer_mut(object).unwrap()[name] = value.clone();
        }
        let read = PastOutcome::all(record.to_string().as_bytes()).unwrap();
        let first = read.into_iter().next().unwrap();
        first.map(drop).map_err(|failure| {
            assert_eq!(failure.kind(), FailureKind::InvalidInput);
            failure.detail()
        })
    }

    fn refused(changes: &[(&str, Value)], said: &str) {
        let failure = read(changes).expect_err(said);
        assert!(failure.contains(said), "{changes:?}: {failure}");
    }

    const TIMES: &str = "evidence.timestamp and evidence.deadline contradict each other";

    #[test]
    fn times_that_contradict_each_other_are_refused() {
        read(&[]).unwrap();
        read(&[("/evidence/deadline", json!(null))]).unwrap();
        for (time, said) in [
            (json!(null), "evidence.timestamp is missing"),
            (json!("yesterday"), "evidence.timestamp is no time"),
            (json!("20231125120031"), TIMES),
            (json!("20231124120029"), TIMES),
        ] {
            refused(&[("/evidence/timestamp", time.clone())], said);
            let approved = [
                ("/outcome", json!("approved")),
                ("/evidence/reason", json!(null)),
                ("/evidence/timestamp", time),
            ];
            refused(&approved, said);
        }
        for deadline in [
            "2023-11-25T11:59:59.000+08:00",
            "2023-11-26T12:00:01.000+08:00",
        ] {
            refused(&[("/evidence/deadline", json!(deadline))], TIMES);
        }
        refused(
            &[("/evidence/deadline", json!("soon"))],
            "evidence.deadline is no time",
        );
    }

    #[test]
    fn a_code_other_than_the_replys_is_refused() {
        let said = "err_code and reply.errCode contradict each other";
        refused(&[("/err_code", json!("00"))], said);
        refused(&[("/reply/errCode", json!("00"))], said);
        read(&[("/reply", json!(null))]).unwrap();
        read(&[("/reply", json!("<html>"))]).unwrap();
    }

    #[test]
    fn an_outcome_that_the_evidence_contradicts_is_refused() {
        for outcome in ["approved", "declined"] {
            let outcome = ("/outcome", json!(outcome));
            let no_reason = ("/evidence/reason", json!(null));
            read(&[outcome.clone(), no_reason.clone()]).unwrap();
            refused(
                std::slice::from_ref(&outcome),
                "outcome and evidence.reason",
            );
            refused(
                &[outcome, no_reason, ("/reply", json!(null))],
                "outcome and reply",
            );
        }
        let not_sent = ("/outcome", json!("not_sent"));
        let bytes = ("/evidence/request_bytes_written", json!(0));
        let none = ("/evidence/requests_sent", json!(0));
        read(&[not_sent.clone(), bytes.clone(), none.clone()]).unwrap();
        refused(
            std::slice::from_ref(&not_sent),
            "outcome and evidence.request_bytes_written",
        );
        refused(&[not_sent, bytes], "outcome and evidence.requests_sent");
        refused(
            &[none],
            "evidence.requests_sent and evidence.request_bytes_written",
        );
        let not_executed = ("/outcome", json!("not_executed"));
        let found = ("/resolution", json!({"conclusion": "not_executed"}));
        let as_of = ("/as_of", json!("2023-11-25T12:10:00.000+08:00"));
        read(&[not_executed.clone(), found.clone(), as_of.clone()]).unwrap();
        refused(&[not_executed.clone(), as_of], "outcome and resolution");
        refused(&[not_executed, found], "outcome and as_of");
        refused(
            &[("/outcome", json!("answered"))],
            "outcome and request.path",
        );
        refused(
            &[("/evidence/reason", json!(null))],
            "outcome and evidence.reason",
        );
        refused(
            &[("/evidence/operation", json!("refund"))],
            "evidence.operation and request.operation",
        );
        for version in [json!(2), json!(0), json!("1"), json!(1.5)] {
            refused(&[("/version", version)], "version is none that is known");
        }
    }

    #[test]
    fn a_till_record_whose_steps_were_changed_is_refused() {
        let step = |step: &str, operation: &str, outcome: Value, timestamp: Value| {
            json!({
                "step": step, "operation": operation, "outcome": outcome, "timestamp": timestamp,
            })
        };
        let signed = || json!("20231125120000");
        let pay = || step("pay", "void_payment", json!("unknown"), signed());
        let query = || step("query", "query", json!("unknown"), signed());
        let till = |till: &str, steps: Value| [("/till", json!(till)), ("/steps", steps)];
        let take_back = |outcome, time| step("take_back", "reverse_payment", outcome, time);
        let open = || take_back(json!("unknown"), signed());
        read(&till("to_verify", json!([pay(), query(), open()]))).unwrap();
        let said = "steps are not those of a payment at the till";
        for steps in [
            json!([]),
            json!([query()]),
            json!([
                pay(),
                step("query", "reverse_payment", json!("unknown"), signed())
            ]),
            json!([
                pay(),
                step("take_back", "query", json!("unknown"), signed())
            ]),
            json!([
                pay(),
                step("taken", "reverse_payment", json!("unknown"), signed())
            ]),
            json!([pay(), take_back(json!("perhaps"), signed())]),
            json!([pay(), take_back(json!("unknown"), json!(null))]),
            json!([pay(), take_back(json!(null), json!(null))]),
        ] {
            refused(&till("to_verify", steps), said);
        }
        let said = "till and steps contradict each other";
        refused(&till("paid", json!([pay(), open()])), said);
        refused(&till("taken_back", json!([pay(), query()])), said);
        refused(&till("perhaps", json!([pay()])), said);
        refused(&[("/till", json!("paid"))], said);
        refused(&[("/steps", json!([pay()]))], said);
    }
}
