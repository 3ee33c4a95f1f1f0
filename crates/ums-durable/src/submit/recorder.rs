//! What the client tells of one call, written down in the journal before it goes on.

use std::sync::Arc;

use ums_client::{Ended, Intent, Recorder, Recording, Sending};
use ums_journal::SendPlan;

use crate::call::options::AlsoTold;
use crate::running::Slot;
use crate::shared::Shared;
use crate::submit::steps::{NotToBeSent, send};

/// The recorder of one call: nothing is sent before the journal has it.
pub(crate) struct CallRecorder {
    pub(crate) shared: Arc<Shared>,
    pub(crate) slot: Arc<Slot>,
    /// Whom the caller wants told beside the journal, and before it: a sending that the journal has
    /// is one that the caller has heard of.
    pub(crate) also: Option<AlsoTold>,
}

impl Recorder for CallRecorder {
    /// Nothing is written down before the connection stands.
    fn intent<'a>(&'a self, intent: &'a Intent<'a>) -> Recording<'a> {
        match &self.also {
            Some(also) => also.0.intent(intent),
            None => Box::pin(async { Ok(()) }),
        }
    }

    fn sending<'a>(&'a self, sending: &'a Sending) -> Recording<'a> {
        let (shared, job) = (&*self.shared, &self.slot.job);
        let settings = &shared.settings;
        let window = sending.send_window.unwrap_or(settings.send_window);
        let settles_after = sending
            .deadline_in
            .unwrap_or(job.limit)
            .saturating_add(window)
            .saturating_add(settings.late_window);
        let plan = SendPlan::new(sending.attempt.as_str(), sending.signed_at(), settles_after);
        Box::pin(async move {
            if let Some(also) = &self.also {
                also.0.sending(sending).await?;
            }
            send(shared, job, plan).await?;
            // What is sent from here on is forgotten by a journal that is put back.
            let kept = shared.memory.keep_before_sending(&*shared.store).await;
            kept.map_err(NotToBeSent::from)?;
            Ok(())
        })
    }

    /// The end is written down with the whole outcome, by whoever ran the call.
    fn ended<'a>(&'a self, ended: &'a Ended<'a>) -> Recording<'a> {
        match &self.also {
            Some(also) => also.0.ended(ended),
            None => Box::pin(async { Ok(()) }),
        }
    }
}
