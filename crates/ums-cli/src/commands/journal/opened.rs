//! A journal that a command looks at.

use std::sync::Arc;

use tokio::runtime::Runtime;
use ums_durable::journal::{CallId, Store, StoredCall};

use crate::call::carry_out::runtime;
use crate::config::journal::JournalPlace;
use crate::config::settings::Settings;
use crate::context::Context;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::input::fields::missing;
use crate::journal::memory::{JournalMemory, unknown, warning};
use crate::journal::open::open_there;
use crate::print::output::talk;

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
        let settings = context.settings()?;
        let place = set(context)?;
        let opened = Self::at(&place, open_there)?;
        opened.warn(&settings, &place);
        Ok(opened)
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

    /// Says on stderr whether the journal has forgotten something: what is looked at may not be all.
    pub(super) fn warn(&self, settings: &Settings<'_>, place: &JournalPlace) {
        let look = |memory: JournalMemory| self.runtime.block_on(memory.look(&*self.store));
        match JournalMemory::of(settings, place).and_then(look) {
            Ok(None) => {}
            Ok(Some(what)) => talk(warning(place, what)),
            Err(failure) => talk(unknown(&failure)),
        }
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
