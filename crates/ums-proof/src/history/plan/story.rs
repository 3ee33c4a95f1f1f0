//! Who does what in a history.

use std::time::Duration;

use fastrand::Rng;
use ums_client::{ResolvePolicy, TakeBackWith, TillPolicy};

use super::act::{
    Act, Cancel, FollowUp, Form, HoldNames, Names, PayCodePlan, Step, Target, Then, World,
};
use super::chance::{ms, one_in, pick};

/// What a history is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Story {
    /// Several callers void the same few payments.
    Voids,
    /// Payments, and voids, refunds, reversals and queries beside them.
    Money,
    /// Two customers pay one after the other under one merchant order id.
    TwoCustomers,
    /// Payments at the till.
    Till,
    /// As `Money`, with access tokens.
    Tokens,
    /// Holds (担保): made, completed and voided, several calls about one.
    Holds,
    /// Two holds, one after the other, under one system trace number.
    TwoHolds,
}

impl Story {
    pub(super) fn draw(rng: &mut Rng) -> Self {
        match rng.u8(0..100) {
            0..30 => Self::Voids,
            30..67 => Self::Money,
            67..74 => Self::TwoCustomers,
            74..78 => Self::Till,
            78..84 => Self::Tokens,
            84..97 => Self::Holds,
            _ => Self::TwoHolds,
        }
    }

    /// Whether it is about holds.
    pub(super) fn is_of_holds(self) -> bool {
        matches!(self, Self::Holds | Self::TwoHolds)
    }

    /// Whether an id, or a number, is used for two things one after the other.
    pub(super) fn is_of_two_customers(self) -> bool {
        matches!(self, Self::TwoCustomers | Self::TwoHolds)
    }

    pub(super) fn timeout(self, rng: &mut Rng) -> Duration {
        match self {
            // A second passes between two requests for a token.
            Self::Tokens => ms(rng, 100, 4000),
            Self::Till => ms(rng, 50, 3000),
            _ => ms(rng, 20, 500),
        }
    }

    pub(super) fn callers(
        self,
        rng: &mut Rng,
        orders: usize,
        late_window: Duration,
        most_seconds: u64,
        world: World,
    ) -> Vec<Vec<Step>> {
        let mut draw = Draw {
            rng,
            orders,
            late_window,
            most_seconds,
            world,
            new: 0,
        };
        match self {
            Self::Voids => {
                let callers = match draw.rng.u8(0..100) {
                    0..35 => 1,
                    35..70 => 2,
                    70..95 => draw.rng.usize(3..=4),
                    _ => draw.rng.usize(5..=8),
                };
                (0..callers)
                    .map(|_| draw.steps(3, Draw::void_step))
                    .collect()
            }
            Self::Money | Self::Tokens => {
                let callers = draw.rng.usize(1..=3);
                (0..callers)
                    .map(|_| draw.steps(2, Draw::money_step))
                    .collect()
            }
            Self::TwoCustomers => vec![draw.two_customers()],
            Self::TwoHolds => vec![draw.two_holds()],
            Self::Holds => {
                let callers = draw.rng.usize(1..=3);
                (0..callers)
                    .map(|_| draw.steps(3, Draw::hold_step))
                    .collect()
            }
            Self::Till => {
                let beside = draw.rng.bool();
                let mut callers = vec![vec![draw.till_step()]];
                if beside {
                    callers.push(draw.steps(2, Draw::money_step));
                }
                callers
            }
        }
    }
}

struct Draw<'a> {
    rng: &'a mut Rng,
    orders: usize,
    late_window: Duration,
    /// How long a payment waits at most.
    most_seconds: u64,
    world: World,
    /// New payments so far: each is made once.
    new: usize,
}

impl Draw<'_> {
    fn steps(&mut self, most: usize, step: fn(&mut Self) -> Step) -> Vec<Step> {
        let count = self.rng.usize(1..=most);
        (0..count).map(|_| step(self)).collect()
    }

    fn void_step(&mut self) -> Step {
        let order = self.rng.usize(0..self.orders);
        let act = Act::Void(Target::Booked(order), Names::Ums);
        let then = match self.rng.u8(0..100) {
            0..90 => Then::Nothing,
            _ => Then::Resolve(self.policy()),
        };
        self.step(act, then)
    }

    fn money_step(&mut self) -> Step {
        let act = match self.rng.u8(0..100) {
            0..38 => self.pay(),
            38..62 => Act::Void(self.target(), self.names()),
            62..82 => Act::Refund {
                target: self.target(),
                names: self.names(),
                request: self.rng.u8(0..2),
                amount: pick(self.rng, &[30, 50, 100]),
            },
            82..90 => Act::Reverse(self.target()),
            _ => Act::Query(self.target(), self.names()),
        };
        let then = match act {
            Act::Query(..) => Then::Nothing,
            _ => self.then(),
        };
        self.step(act, then)
    }

    fn till_step(&mut self) -> Step {
        let mut act = self.pay();
        let within = self.till_time();
        if let Act::Pay { code, .. } = &mut act
            && self.rng.bool()
        {
            // It stays open until about when it is taken back.
            code.prefix = pick(self.rng, &["9920", "9930", "9940"]);
            let about = within.mul_f64(0.6 + self.rng.f64() * 0.4).as_secs();
            code.seconds = about.clamp(1, self.most_seconds);
        }
        let then = self.till_within(within);
        self.step(act, then)
    }

    /// Within the limits, the second customer comes so late that the first payment cannot be taken
    /// for this one, with either clock off by 25 s.
    fn two_customers(&mut self) -> Vec<Step> {
        let first = self.pay();
        let Act::Pay { target, amount, .. } = first else {
            return Vec::new();
        };
        let second = Act::Pay {
            target,
            amount: amount + u64::from(self.rng.bool()),
            code: self.pay_code(),
        };
        let then = |draw: &mut Self| match draw.rng.bool() {
            true => draw.till(),
            false => draw.of_two(),
        };
        let thens = [then(self), then(self)];
        self.apart([first, second], thens)
    }

    /// The same of two holds, of which the second has the first one's trace number.
    fn two_holds(&mut self) -> Vec<Step> {
        let numbered_as = Target::NewHold(0);
        let more = u64::from(self.rng.bool());
        let hold = |number, amount, code| Act::Authorize {
            target: Target::NewHold(number),
            numbered_as,
            amount,
            code,
        };
        let first = hold(0, numbered_as.amount(), self.pay_code());
        let second = hold(1, numbered_as.amount() + more, self.pay_code());
        let thens = [self.of_two(), self.of_two()];
        self.apart([first, second], thens)
    }

    fn of_two(&mut self) -> Then {
        match one_in(self.rng, 3) {
            true => Then::Inquire {
                policy: self.policy(),
                knows_time: true,
                knows_deadline: self.rng.bool(),
            },
            false => Then::Resolve(self.policy()),
        }
    }

    fn apart(&mut self, acts: [Act; 2], thens: [Then; 2]) -> Vec<Step> {
        let apart = match self.world {
            World::WithinLimits => self.rng.u64(130..300),
            World::BeyondLimits => self.rng.u64(0..55),
        };
        let [first, second] = acts;
        let [first_then, second_then] = thens;
        let first = self.step(first, first_then);
        let mut second = self.step(second, second_then);
        second.pause = Duration::from_secs(apart);
        // A call whose time of signing is not known cannot be told from another.
        if matches!(second.then, Then::Inquire { .. }) {
            second.cancel = None;
        }
        vec![first, second]
    }

    fn hold_step(&mut self) -> Step {
        let act = match self.rng.u8(0..100) {
            0..36 => {
                let target = Target::NewHold(self.new);
                self.new += 1;
                Act::Authorize {
                    target,
                    numbered_as: target,
                    amount: target.amount(),
                    code: self.pay_code(),
                }
            }
            36..64 => Act::Complete(self.follow_up(&[0, 0, 0, 100, 200, 201])),
            64..92 => Act::Release(self.follow_up(&[0, 0, 0, 0, 0, 1])),
            _ => Act::QueryHold(self.hold_target(), self.hold_names()),
        };
        let then = match act {
            Act::QueryHold(..) => Then::Nothing,
            _ => self.then(),
        };
        self.step(act, then)
    }

    /// Of this much less than the whole, or more where that is more than 200.
    fn follow_up(&mut self, less: &[u64]) -> FollowUp {
        let target = self.hold_target();
        let less = pick(self.rng, less);
        FollowUp {
            target,
            names: self.hold_names(),
            amount: match less {
                201 => target.amount() + 1,
                less => target.amount() - less,
            },
            reuses_trace: one_in(self.rng, 12),
        }
    }

    fn hold_target(&mut self) -> Target {
        match self.rng.u8(0..5) {
            0..2 => Target::NewHold(self.rng.usize(0..3)),
            _ => Target::BookedHold(self.rng.usize(0..2)),
        }
    }

    fn hold_names(&mut self) -> HoldNames {
        match self.rng.u8(0..20) {
            0..9 => HoldNames::Authorization,
            9..18 => HoldNames::Order,
            18 => HoldNames::MixedAuthorization,
            _ => HoldNames::PaymentsOrder,
        }
    }

    fn step(&mut self, act: Act, then: Then) -> Step {
        let rng = &mut *self.rng;
        Step {
            pause: match rng.u8(0..100) {
                0..50 => Duration::ZERO,
                50..96 => ms(rng, 0, 60),
                96..98 => ms(rng, 1000, 10_000),
                // Longer than a connection may rest in the pool.
                _ => Duration::from_secs(31),
            },
            act,
            cancel: match rng.u8(0..100) {
                0..15 => Some(Cancel::Polls(rng.u32(0..12))),
                15..23 => Some(Cancel::After(ms(rng, 0, 100))),
                23..25 => Some(Cancel::After(ms(rng, 0, 100_000))),
                _ => None,
            },
            then,
            form: match rng.bool() {
                true => Form::Typed,
                false => Form::ReadBack,
            },
        }
    }

    fn pay(&mut self) -> Act {
        let target = Target::New(self.new);
        self.new += 1;
        Act::Pay {
            target,
            amount: target.amount(),
            code: self.pay_code(),
        }
    }

    fn pay_code(&mut self) -> PayCodePlan {
        pay_code(self.rng, self.most_seconds, self.world)
    }

    fn target(&mut self) -> Target {
        match self.rng.u8(0..3) {
            0 => Target::New(self.rng.usize(0..3)),
            _ => Target::Booked(self.rng.usize(0..self.orders)),
        }
    }

    fn names(&mut self) -> Names {
        match self.rng.bool() {
            true => Names::Ums,
            false => Names::Merchant,
        }
    }

    fn then(&mut self) -> Then {
        match self.rng.u8(0..100) {
            0..35 => Then::Nothing,
            35..85 => Then::Resolve(self.policy()),
            _ => Then::Inquire {
                policy: self.policy(),
                knows_time: !one_in(self.rng, 4),
                knows_deadline: self.rng.bool(),
            },
        }
    }

    fn till(&mut self) -> Then {
        let within = self.till_time();
        self.till_within(within)
    }

    fn till_time(&mut self) -> Duration {
        ms(self.rng, 5000, 60_000)
    }

    fn till_within(&mut self, within: Duration) -> Then {
        let with = match self.rng.bool() {
            true => TakeBackWith::Void,
            false => TakeBackWith::Reversal,
        };
        Then::Till(
            TillPolicy::within(within)
                .take_back_with(with)
                .late_window(self.late_window),
        )
    }

    /// Few questions, for the sake of speed, and all the same the time for each conclusion.
    fn policy(&mut self) -> ResolvePolicy {
        let rng = &mut *self.rng;
        let window = self.late_window;
        let pace = match rng.u8(0..8) {
            0 => ms(rng, 500, 3000),
            1 => ms(rng, 3000, 10_000),
            _ => window / rng.u32(1..=3) + ms(rng, 1, 3000),
        };
        let growth = match rng.u8(0..8) {
            0 => Duration::MAX,
            1 => ms(rng, 0, 1000),
            _ => pace / 2,
        };
        let within = match rng.u8(0..8) {
            0 => ms(rng, 1, 10_000),
            _ => window * rng.u32(1..=4) + ms(rng, 0, 20_000),
        };
        let mut policy = ResolvePolicy::builder()
            .pace(pace)
            .growth(growth)
            .longest(growth.max(pace * 4))
            .within(within)
            .late_window(window)
            .repeat_once(one_in(rng, 3));
        if one_in(rng, 10) {
            let at = chrono::NaiveTime::from_hms_opt(rng.u32(0..24), 0, 0);
            policy = policy.day_ends(at.unwrap_or_default());
        }
        policy.build().unwrap_or_default()
    }
}

/// What becomes of a payment, and in how many seconds at most.
pub(crate) fn pay_code(rng: &mut Rng, most_seconds: u64, world: World) -> PayCodePlan {
    const OTHERS: [&str; 16] = [
        "9957", "9961", "9951", "99ER", "9900", "9901", "9910", "9911", "99FF", "9920", "9921",
        "9922", "9930", "9931", "9932", "9940",
    ];
    let beyond = world == World::BeyondLimits;
    let seconds = rng.u64(1..=most_seconds);
    let prefix = match rng.u8(0..100) {
        0..55 => "1345",
        // Paid after it was stated to have failed.
        55..60 if beyond => "9950",
        _ => OTHERS
            .get(rng.usize(0..OTHERS.len()))
            .copied()
            .unwrap_or("1345"),
    };
    PayCodePlan { prefix, seconds }
}
