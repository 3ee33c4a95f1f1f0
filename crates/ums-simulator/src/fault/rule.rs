//! Which request or connection a fault strikes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::fault::named::{Fault, FaultError};
use crate::fault::spec::FaultPhase;
use crate::operation::table::SimulatedOperation;

/// A fault and when it strikes: by default, the next call only.
///
/// All that is asked for must hold: `for_operation`, `for_order` and `on` choose among the calls,
/// then `every` or `with_probability` among those, up to `times`.
///
/// ```
/// use ums_simulator::FaultRule;
///
/// # fn main() -> Result<(), ums_simulator::FaultError> {
/// let rule = FaultRule::named("fin-in-reply-applied@17")?
///     .for_order("20230718110248029165883554")
///     .times(2);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Serialize)]
pub struct FaultRule {
    fault: Fault,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<SimulatedOperation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<String>,
    connection: ConnectionUse,
    chance: Chance,
    /// None for no end.
    times: Option<u64>,
}

impl FaultRule {
    /// Strikes the next call.
    pub fn new(fault: Fault) -> Self {
        Self {
            fault,
            operation: None,
            order: None,
            connection: ConnectionUse::Any,
            chance: Chance::Always,
            times: Some(1),
        }
    }

    /// Strikes the next call with the fault of this name, such as `silence` or `fin-in-reply@17`.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no such fault, or the parameter does not fit it.
    pub fn named(fault: &str) -> Result<Self, FaultError> {
        Ok(Self::new(fault.parse()?))
    }

    /// Strikes without end.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.times = None;
        self
    }

    /// Strikes this many times.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Strikes only calls of this operation. Only for faults of [`FaultPhase::Reply`].
    #[must_use]
    pub fn for_operation(mut self, operation: SimulatedOperation) -> Self {
        self.operation = Some(operation);
        self
    }

    /// Strikes only calls that name this UMS order id or merchant order id. Only for faults of
    /// [`FaultPhase::Reply`].
    #[must_use]
    pub fn for_order(mut self, id: impl Into<String>) -> Self {
        self.order = Some(id.into());
        self
    }

    /// Strikes only on a fresh, or only on a reused connection. Not for faults of
    /// [`FaultPhase::Connect`].
    #[must_use]
    pub fn on(mut self, connection: ConnectionUse) -> Self {
        self.connection = connection;
        self
    }

    /// Strikes every n-th call, without end unless `times` follows.
    #[must_use]
    pub fn every(mut self, n: u64) -> Self {
        self.chance = Chance::Every { n };
        self.always()
    }

    /// Strikes with a probability from 0 to 1, drawn from a seed, without end unless `times`
    /// follows. The same seed strikes the same calls.
    #[must_use]
    pub fn with_probability(mut self, probability: f64, seed: u64) -> Self {
        self.chance = Chance::Probability { probability, seed };
        self.always()
    }

    /// The fault.
    pub fn fault(&self) -> Fault {
        self.fault
    }

    fn check(&self, tls: bool) -> Result<(), FaultError> {
        let spec = self.fault.spec();
        let too_early = |what| FaultError::TooEarly {
            name: spec.name,
            what,
        };
        if spec.needs_tls && !tls {
            return Err(FaultError::NeedsTls { name: spec.name });
        }
        if self.operation.is_some() && spec.phase != FaultPhase::Reply {
            return Err(too_early("the operation"));
        }
        if self.order.is_some() && spec.phase != FaultPhase::Reply {
            return Err(too_early("the order"));
        }
        if self.connection != ConnectionUse::Any && spec.phase == FaultPhase::Connect {
            return Err(too_early("the use of the connection"));
        }
        match self.chance {
            Chance::Every { n: 0 } => Err(FaultError::BadRule {
                rule: "every",
                must_be: "1 or more",
            }),
            Chance::Probability { probability, .. } if !(0.0..=1.0).contains(&probability) => {
                Err(FaultError::BadRule {
                    rule: "probability",
                    must_be: "from 0 to 1",
                })
            }
            _ => Ok(()),
        }
    }
}

impl From<Fault> for FaultRule {
    fn from(fault: Fault) -> Self {
        Self::new(fault)
    }
}

/// The next call, by the name of the fault.
impl TryFrom<&str> for FaultRule {
    type Error = FaultError;

    fn try_from(name: &str) -> Result<Self, FaultError> {
        Self::named(name)
    }
}

impl From<std::convert::Infallible> for FaultError {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

/// Which connections a rule strikes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConnectionUse {
    /// Any.
    #[default]
    Any,
    /// The first request of a connection.
    Fresh,
    /// A later request of a connection.
    Reused,
}

/// The number of an armed rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct RuleId(u64);

/// A rule as it stands.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ArmedRule {
    /// Its number.
    pub id: RuleId,
    /// The rule.
    pub rule: FaultRule,
    /// Calls that it could have struck so far.
    pub calls: u64,
    /// How often it has struck.
    pub strikes: u64,
}

/// What is known of a call when its fault is chosen.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Call<'a> {
    pub(crate) reused: bool,
    pub(crate) order_ids: [&'a str; 2],
    pub(crate) operation: Option<SimulatedOperation>,
}

/// The armed rules.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    /// Armed rules of each phase, so that without any no lock is taken.
    armed: [AtomicUsize; 3],
    state: Mutex<State>,
}

impl Rules {
    pub(crate) fn arm(&self, rule: FaultRule, tls: bool) -> Result<RuleId, FaultError> {
        rule.check(tls)?;
        let mut state = self.lock();
        let id = RuleId(state.next);
        state.next += 1;
        let random = match rule.chance {
            Chance::Probability { seed, .. } => seed,
            _ => 0,
        };
        state.rules.push(Armed {
            random,
            public: ArmedRule {
                id,
                rule,
                calls: 0,
                strikes: 0,
            },
        });
        self.recount(&state);
        Ok(id)
    }

    /// Whether the rule was still armed.
    pub(crate) fn disarm(&self, id: RuleId) -> bool {
        let mut state = self.lock();
        let before = state.rules.len();
        state.rules.retain(|armed| armed.public.id != id);
        self.recount(&state);
        state.rules.len() < before
    }

    pub(crate) fn clear(&self) {
        let mut state = self.lock();
        state.rules.clear();
        self.recount(&state);
    }

    pub(crate) fn list(&self) -> Vec<ArmedRule> {
        self.lock()
            .rules
            .iter()
            .map(|armed| armed.public.clone())
            .collect()
    }

    pub(crate) fn any(&self, phase: FaultPhase) -> bool {
        self.armed(phase).load(Ordering::Acquire) > 0
    }

    /// Whether a rule of this fault is armed.
    pub(crate) fn holds(&self, matches: impl Fn(Fault) -> bool) -> bool {
        self.lock()
            .rules
            .iter()
            .any(|armed| matches(armed.public.rule.fault))
    }

    /// The fault that strikes this call: that of the first rule that matches.
    pub(crate) fn strike(
        &self,
        phase: FaultPhase,
        call: Call<'_>,
        usable: impl Fn(Fault) -> bool,
    ) -> Option<Fault> {
        if !self.any(phase) {
            return None;
        }
        let mut state = self.lock();
        let index = state.rules.iter_mut().position(|armed| {
            let fault = armed.public.rule.fault;
            fault.spec().phase == phase && usable(fault) && armed.strikes(call)
        })?;
        let armed = state.rules.get_mut(index)?;
        armed.public.strikes += 1;
        let fault = armed.public.rule.fault;
        if Some(armed.public.strikes) >= armed.public.rule.times
            && armed.public.rule.times.is_some()
        {
            state.rules.remove(index);
            self.recount(&state);
        }
        Some(fault)
    }

    fn armed(&self, phase: FaultPhase) -> &AtomicUsize {
        let [connect, request, reply] = &self.armed;
        match phase {
            FaultPhase::Connect => connect,
            FaultPhase::Request => request,
            FaultPhase::Reply => reply,
        }
    }

    fn recount(&self, state: &State) {
        for phase in [FaultPhase::Connect, FaultPhase::Request, FaultPhase::Reply] {
            let count = state
                .rules
                .iter()
                .filter(|armed| armed.public.rule.fault.spec().phase == phase)
                .count();
            self.armed(phase).store(count, Ordering::Release);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Chance {
    Always,
    Every { n: u64 },
    Probability { probability: f64, seed: u64 },
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    rules: Vec<Armed>,
}

#[derive(Debug)]
struct Armed {
    public: ArmedRule,
    /// State of the random numbers.
    random: u64,
}

impl Armed {
    fn strikes(&mut self, call: Call<'_>) -> bool {
        let rule = &self.public.rule;
        let right_use = match rule.connection {
            ConnectionUse::Any => true,
            ConnectionUse::Fresh => !call.reused,
            ConnectionUse::Reused => call.reused,
        };
        let right_order = rule
            .order
            .as_deref()
            .is_none_or(|id| call.order_ids.contains(&id));
        let right_operation = rule.operation.is_none() || rule.operation == call.operation;
        if !(right_use && right_order && right_operation) || rule.times == Some(0) {
            return false;
        }
        self.public.calls += 1;
        match rule.chance {
            Chance::Always => true,
            Chance::Every { n } => self.public.calls.is_multiple_of(n),
            Chance::Probability { probability, .. } => self.draw() < probability,
        }
    }

    /// A number from 0 up to 1, by splitmix64: repeatable, which is all that is asked of it.
    fn draw(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        // 53 bits: what a double holds exactly.
        (z >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &str) -> FaultRule {
        FaultRule::named(name).unwrap()
    }

    fn strikes(rules: &Rules, calls: usize) -> Vec<bool> {
        (0..calls)
            .map(|_| {
                rules
                    .strike(FaultPhase::Reply, Call::default(), |_| true)
                    .is_some()
            })
            .collect()
    }

    #[test]
    fn the_next_call_only_by_default() {
        let rules = Rules::default();
        rules.arm(rule("silence"), false).unwrap();
        assert!(rules.any(FaultPhase::Reply));
        assert_eq!(strikes(&rules, 3), [true, false, false]);
        assert!(!rules.any(FaultPhase::Reply));
    }

    #[test]
    fn every_third_call_twice() {
        let rules = Rules::default();
        rules.arm(rule("silence").every(3).times(2), false).unwrap();
        let struck: Vec<_> = strikes(&rules, 12);
        let at: Vec<_> = (0..12).filter(|index| struck[*index]).collect();
        assert_eq!(at, [2, 5]);
    }

    #[test]
    fn probability_is_kept_and_repeatable() {
        let run = |seed| {
            let rules = Rules::default();
            let rule = rule("silence").with_probability(0.2, seed);
            rules.arm(rule, false).unwrap();
            strikes(&rules, 10_000)
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
        let count = run(7).iter().filter(|struck| **struck).count();
        assert!((1_800..2_200).contains(&count), "{count}");
        let rules = Rules::default();
        rules
            .arm(rule("silence").with_probability(1.0, 1), false)
            .unwrap();
        assert!(strikes(&rules, 100).iter().all(|struck| *struck));
    }

    #[test]
    fn orders_and_connections_are_chosen() {
        let rules = Rules::default();
        let id = rules
            .arm(
                rule("silence")
                    .for_order("A")
                    .on(ConnectionUse::Reused)
                    .always(),
                false,
            )
            .unwrap();
        let struck = |reused, order| {
            let call = Call {
                reused,
                order_ids: ["", order],
                ..Call::default()
            };
            rules.strike(FaultPhase::Reply, call, |_| true).is_some()
        };
        assert!(!struck(false, "A"));
        assert!(!struck(true, "B"));
        assert!(struck(true, "A"));
        assert!(
            rules
                .strike(FaultPhase::Request, Call::default(), |_| true)
                .is_none()
        );
        assert_eq!(rules.list()[0].strikes, 1);
        assert!(rules.disarm(id));
        assert!(!rules.disarm(id));
        assert!(!struck(true, "A"));
    }

    #[test]
    fn a_rule_that_cannot_work_is_refused() {
        let rules = Rules::default();
        let cases = [
            rule("tls-alert"),
            rule("refuse").for_order("A"),
            rule("fin-in-head").for_order("A"),
            rule("fin-on-accept").on(ConnectionUse::Reused),
            rule("silence").every(0),
            rule("silence").with_probability(1.5, 1),
            rule("silence").with_probability(f64::NAN, 1),
        ];
        let messages: Vec<_> = cases
            .into_iter()
            .map(|rule| rules.arm(rule, false).unwrap_err().to_string())
            .collect();
        insta::assert_snapshot!(messages.join("\n"), @r#"
        fault tls-alert needs TLS: start the simulator with TLS
        fault refuse strikes before the order is known: select it by next call, count or probability
        fault fin-in-head strikes before the order is known: select it by next call, count or probability
        fault fin-on-accept strikes before the use of the connection is known: select it by next call, count or probability
        every must be 1 or more
        probability must be from 0 to 1
        probability must be from 0 to 1
        "#);
        rules.arm(rule("tls-alert"), true).unwrap();
    }
}
