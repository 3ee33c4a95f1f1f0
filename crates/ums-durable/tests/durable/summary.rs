//! What a day came to.

use std::time::Duration;

use ums_durable::{SubmitOptions, SummaryBy};
use ums_simulator::Simulator;

use crate::ground::{Ground, key, pay, refund, void_by_merchant_order};

#[tokio::test(start_paused = true)]
async fn a_shift_is_summed_up_by_what_is_known() {
    let ground = Ground::new();
    let durable = ground.durable().await;
    for order in ["M1", "M2", "M3"] {
        let paid = durable
            .submit(key(order), pay(order, "280000000000000001"))
            .await;
        assert!(paid.unwrap().is_approved());
    }
    let declined = durable
        .submit(key("M4"), pay("M4", "996100000000000001"))
        .await
        .unwrap();
    assert!(!declined.is_approved());
    let taken = durable
        .submit(key("v1"), void_by_merchant_order("M1"))
        .await
        .unwrap();
    assert!(taken.is_approved());
    assert!(
        durable
            .submit(key("r1"), refund("R1"))
            .await
            .unwrap()
            .is_approved()
    );
    // Of an order that this journal did not pay.
    ground.simulator.fault("fin-after-request").unwrap();
    let options = SubmitOptions::new().limit(Duration::from_secs(2));
    let open = durable
        .submit_with(key("v2"), void_by_merchant_order("M2"), options)
        .await;
    assert!(!open.unwrap().is_approved());

    let day = "2023-07-18".parse().unwrap();
    let rows = durable.summary(SummaryBy::Terminal, day).await.unwrap();
    assert_eq!(rows.len(), 1);
    let row = &rows[&Some(Simulator::DEMO_TERMINAL_CODE.to_owned())];
    assert_eq!((row.paid.count, row.paid.fen), (3, 3 * 4160));
    assert_eq!((row.taken_back.count, row.taken_back.fen), (1, 4160));
    assert_eq!((row.refunded.count, row.refunded.fen), (1, 10));
    assert_eq!(row.unknown.count, 1);
    assert_eq!(row.net_fen(), 2 * 4160 - 10);
    let next_day = "2023-07-19".parse().unwrap();
    assert!(
        durable
            .summary(SummaryBy::Terminal, next_day)
            .await
            .unwrap()
            .is_empty()
    );
    let by_operator = durable.summary(SummaryBy::Operator, day).await.unwrap();
    assert_eq!(by_operator[&None], *row);
}
