//! A journal that a command looks at.

use std::sync::Arc;

use tokio::runtime::Runtime;
use ums_client::{Clock, SystemClock};
use ums_durable::due_again;
use ums_durable::journal::{CallId, Store, StoredCall};

use crate::call::carry_out::runtime;
use crate::config::journal::JournalPlace;
use crate::context::Context;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::input::fields::missing;
use crate::journal::open::open_there;

/// A journal that is looked at.
pub(super) struct Opened {
    pub(super) store: Arc<dyn Store>,
    pub(super) runtime: Runtime,
}

impl Opened {
    /// The journal that is set, which must be there.
    ///
    /// # Errors
    ///
    /// It cannot be used.
    pub(super) fn there(context: &Context<'_>) -> Result<Self, Failure> {
        Self::at(&set(context)?, open_there)
    }

    pub(super) fn at(
        place: &JournalPlace,
        open: impl FnOnce(&JournalPlace) -> Result<Arc<dyn Store>, Failure>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            store: open(place)?,
            runtime: runtime()?,
        })
    }

    /// The payments that were stated to have failed, and that somebody should ask about again by
    /// now.
    ///
    /// # Errors
    ///
    /// The journal cannot be used.
    pub(super) fn due_again(
        &self,
        times: &ums_durable::Settings,
    ) -> Result<Vec<StoredCall>, Failure> {
        let now = SystemClock::default().now();
        let due = due_again(&*self.store, times, now);
        self.runtime.block_on(due).or_fail(FailureKind::Journal)
    }

    pub(super) fn call(&self, id: &CallId) -> Result<StoredCall, Failure> {
        let call = self.runtime.block_on(self.store.call(id));
        call.or_fail(FailureKind::Journal)?.ok_or_else(|| {
            missing((
                format!("the journal has no call {id}"),
                format!("交易流水中没有 {id} 这一笔"),
            ))
        })
    }
}

/// Where the journal is set to be.
///
/// # Errors
///
/// None is kept.
pub(super) fn set(context: &Context<'_>) -> Result<JournalPlace, Failure> {
    let settings = context.settings()?;
    JournalPlace::of(&settings)?.ok_or_else(|| {
        missing((
            "no journal is kept: it is set to none",
            "未保存交易流水：设置为 \"none\"",
        ))
    })
}
