//! A merchant's day: what a till does with each of the four outcomes, and the books at the end.

use ums_client::model::Resolve;
use ums_client::model::{
    Fen, MerchantCode, MerchantOrderId, MerchantRemark, Pay, PayCode, PayMode, Refund,
    RefundRequestId, TerminalCode, VoidPayment,
};
use ums_client::{Basis, Client, Conclusion, OutcomeKind, PastCall, ResolvePolicy};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// What the merchant's own books say of one sale.
#[derive(Debug)]
pub(crate) struct Sale {
    /// The merchant's id of the order.
    pub(crate) id: MerchantOrderId,
    /// The price.
    pub(crate) amount: Fen,
    /// Whether it was paid.
    pub(crate) paid: Known,
    /// Whether it was voided.
    pub(crate) voided: Known,
    /// The refund that was asked for, and whether it was made.
    pub(crate) refund: Option<(RefundRequestId, Fen, Known)>,
}

/// What the merchant knows, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// It was done.
    Yes,
    /// It was not done, or never asked for.
    No,
    /// The gateway answered twice, long after the call, that it knows nothing of it. No document
    /// calls that final, so the reconciliation file has the last word.
    Presumed,
    /// Nothing is certain.
    Open,
}

impl Sale {
    /// What the merchant has of it, in fen.
    pub(crate) fn balance(&self) -> u64 {
        let refunded = match &self.refund {
            Some((_, amount, Known::Yes)) => amount.as_u64(),
            _ => 0,
        };
        match (self.paid, self.voided) {
            (Known::Yes, Known::Yes) => 0,
            (Known::Yes, _) => self.amount.as_u64() - refunded,
            _ => 0,
        }
    }
}

/// How many calls ended in each way before they were resolved.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    /// Calls that moved money, or were to.
    pub(crate) calls: u32,
    /// Of these, how many ended as unknown.
    pub(crate) unknown: u32,
    /// Of these, how many ended as not sent.
    pub(crate) not_sent: u32,
    /// Queries that settling took.
    pub(crate) queries: usize,
}

/// The till: a client, and the books.
pub(crate) struct Till<'a> {
    client: &'a Client,
    merchant: MerchantCode,
    terminal: TerminalCode,
    policy: ResolvePolicy,
    /// The books.
    pub(crate) sales: Vec<Sale>,
    /// The counts.
    pub(crate) counts: Counts,
}

impl<'a> Till<'a> {
    /// A till with empty books.
    pub(crate) fn new(client: &'a Client, merchant: &str, terminal: &str) -> Result<Self> {
        Ok(Self {
            client,
            merchant: MerchantCode::new(merchant)?,
            terminal: TerminalCode::new(terminal)?,
            policy: ResolvePolicy::default(),
            sales: Vec::new(),
            counts: Counts::default(),
        })
    }

    /// Takes a payment. An answer that is lost is asked for, not repeated.
    pub(crate) async fn sell(&mut self, id: &str, amount: u64, pay_code: &str) -> Result<Known> {
        let pay = Pay::new(
            self.merchant.clone(),
            self.terminal.clone(),
            MerchantOrderId::new(id)?,
            Fen::new(amount),
            MerchantRemark::new("一天的生意")?,
            PayMode::CodeScan,
            PayCode::new(pay_code)?,
        );
        let (mut paid, call) = self.once(&pay).await;
        for _ in 0..PATIENCE {
            if paid != Known::Open {
                break;
            }
            paid = self.ask(&pay, &call).await;
        }
        self.sales.push(Sale {
            id: pay.merchant_order_id().clone(),
            amount: Fen::new(amount),
            paid,
            voided: Known::No,
            refund: None,
        });
        Ok(paid)
    }

    /// Voids a sale of today.
    pub(crate) async fn void(&mut self, sale: usize) -> Known {
        let void = VoidPayment::by_merchant_order_id(
            self.merchant.clone(),
            self.terminal.clone(),
            self.sales[sale].id.clone(),
        );
        let (mut voided, call) = self.once(&void).await;
        // Whether it still stands is asked for as long as it takes.
        for _ in 0..PATIENCE {
            if voided != Known::Open {
                break;
            }
            voided = self.ask(&void, &call).await;
        }
        self.sales[sale].voided = voided;
        voided
    }

    /// Refunds a part of a sale, or all of it. A refund whose outcome stays unknown is sent again
    /// under the same request id, which makes it the same refund.
    pub(crate) async fn refund(
        &mut self,
        sale: usize,
        request_id: &str,
        amount: u64,
    ) -> Result<Known> {
        let request_id = RefundRequestId::new(request_id)?;
        let refund = Refund::new(
            self.merchant.clone(),
            self.terminal.clone(),
            self.sales[sale].id.clone(),
            request_id.clone(),
            Fen::new(amount),
        );
        let (mut refunded, first) = self.once(&refund).await;
        for _ in 0..PATIENCE {
            if refunded != Known::Open {
                break;
            }
            // A refusal of the repeat would say nothing of the first: only "done" is taken from it.
            refunded = match self.once(&refund).await {
                (Known::Yes, _) => Known::Yes,
                _ => self.ask(&refund, &first).await,
            };
        }
        self.sales[sale].refund = Some((request_id, Fen::new(amount), refunded));
        Ok(refunded)
    }

    /// What the merchant has of all sales, in fen.
    pub(crate) fn balance(&self) -> u64 {
        self.sales.iter().map(Sale::balance).sum()
    }

    /// What became of the operation that began with these counts, in words.
    fn told(&self, known: Known, before: Counts) -> String {
        let what = match known {
            Known::Yes => "done",
            Known::No => "not done",
            Known::Presumed => "no trace of it, presumed not done",
            Known::Open => "open",
        };
        let queries = self.counts.queries - before.queries;
        match self.counts.unknown - before.unknown {
            0 => what.to_owned(),
            1 => format!("answer lost; query {queries} said: {what}"),
            lost => format!("answer lost {lost} times; query {queries} said: {what}"),
        }
    }

    /// One call, resolved by query if it has to be.
    async fn once<O: Resolve>(&mut self, operation: &O) -> (Known, PastCall) {
        let outcome = self.client.execute(operation).await;
        self.counts.calls += 1;
        match outcome.kind() {
            OutcomeKind::Unknown => self.counts.unknown += 1,
            OutcomeKind::NotSent => self.counts.not_sent += 1,
            _ => {}
        }
        let call = PastCall::of(outcome.evidence(), outcome.err_code());
        let resolution = self.client.resolve(operation, outcome, &self.policy).await;
        self.counts.queries += resolution.queries.len();
        (known(&resolution.conclusion), call)
    }

    async fn ask<O: Resolve>(&mut self, operation: &O, call: &PastCall) -> Known {
        let inquiry = self.client.inquire(operation, call, &self.policy).await;
        self.counts.queries += inquiry.queries.len();
        known(&inquiry.conclusion)
    }
}

/// How often the merchant asks again before a person has to.
const PATIENCE: u32 = 30;

fn known(conclusion: &Conclusion) -> Known {
    match conclusion {
        Conclusion::Approved { stands: true } => Known::Yes,
        Conclusion::NotExecuted {
            basis: Basis::Absent,
            ..
        } => Known::Presumed,
        Conclusion::Unknown(_) => Known::Open,
        _ => Known::No,
    }
}

/// The till's day, told line by line. `nightfall` is called when the trading day ends.
pub(crate) async fn trade(
    till: &mut Till<'_>,
    seed: u64,
    nightfall: impl AsyncFnOnce() -> Result<String>,
    mut tell: impl FnMut(String),
) -> Result<()> {
    for number in 0..PAYMENTS {
        let amount = 100 + (number * 7919 + seed * 104_729) % 90_000;
        let id = format!("DAY{seed:06}N{number:02}");
        let before = till.counts;
        let paid = till.sell(&id, amount, pay_code(number)).await?;
        if paid != Known::Yes || till.counts.unknown > before.unknown {
            let yuan = Fen::new(amount).yuan();
            tell(format!(
                "  payment of {yuan} yuan, {id}: {}",
                till.told(paid, before)
            ));
        }
    }
    let count = |known| till.sales.iter().filter(|sale| sale.paid == known).count();
    tell(format!(
        "{PAYMENTS} payments: {} paid, {} refused, {} presumed not paid, {} open; {} calls ended unknown",
        count(Known::Yes),
        count(Known::No),
        count(Known::Presumed),
        count(Known::Open),
        till.counts.unknown,
    ));

    let paid: Vec<usize> = (0..till.sales.len())
        .filter(|sale| till.sales[*sale].paid == Known::Yes)
        .collect();
    for sale in paid.iter().copied().take(5) {
        let before = till.counts;
        let voided = till.void(sale).await;
        tell(format!(
            "  void of {}: {}",
            till.sales[sale].id,
            till.told(voided, before)
        ));
    }
    tell(format!(
        "by the evening: {} yuan",
        Fen::new(till.balance()).yuan()
    ));

    tell(nightfall().await?);
    let late = paid[5];
    let before = till.counts;
    let voided = till.void(late).await;
    tell(format!(
        "  void of {}, a day late: {}",
        till.sales[late].id,
        till.told(voided, before)
    ));
    for (number, sale) in paid.iter().copied().skip(5).take(6).enumerate() {
        let whole = till.sales[sale].amount.as_u64();
        let amount = if number % 2 == 0 { whole / 3 } else { whole };
        let request_id = format!("R{seed:06}N{number}");
        let before = till.counts;
        let refunded = till.refund(sale, &request_id, amount).await?;
        let (id, yuan) = (&till.sales[sale].id, Fen::new(amount).yuan());
        tell(format!(
            "  refund of {yuan} yuan of {id}: {}",
            till.told(refunded, before)
        ));
    }
    let Counts {
        calls,
        unknown,
        not_sent,
        queries,
    } = till.counts;
    tell(format!(
        "{calls} calls to move money: {unknown} ended unknown, {not_sent} not sent; {queries} queries settled them"
    ));
    Ok(())
}

/// Payments in the day.
pub(crate) const PAYMENTS: u64 = 30;

/// Some payers' codes make the simulator's wallet refuse, or say nothing.
fn pay_code(number: u64) -> &'static str {
    match number {
        4 => "995700000000000001",
        9 => "990000000000000001",
        14 => "990100000000000001",
        19 => "991000000000000001",
        24 => "991100000000000001",
        _ => "134524350966727175",
    }
}
