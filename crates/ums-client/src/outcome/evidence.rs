//! How far the transport got, as the evidence of an outcome has it.

use ums_journal::{Attempt, AttemptPhase, AttemptProgress, Reason, mask_for_log};
use ums_transport::{Phase, Progress, TransportError, TransportErrorKind};

/// Notes in an attempt what broke it off.
pub(crate) fn note_failure(attempt: &mut Attempt, failure: &TransportError) {
    attempt.failure = Some(reason_of(failure.kind()));
    attempt.detail = Some(mask_for_log(&failure.chain()).into_owned());
    attempt.progress = Some(progress_of(failure.progress()));
}

pub(crate) fn progress_of(progress: &Progress) -> AttemptProgress {
    let mut noted = AttemptProgress::new(phase_of(progress.phase));
    noted.request_bytes_written = progress.request_bytes_written;
    noted.request_bytes_total = progress.request_bytes_total;
    noted.reply_bytes_read = progress.reply_bytes_read;
    noted.status = progress.status;
    noted.reused = progress.reused;
    noted.late_write = progress.late_write;
    noted.timings.connected = progress.timings.connected;
    noted.timings.sent = progress.timings.sent;
    noted.timings.head = progress.timings.head;
    noted.timings.ended = progress.timings.ended;
    noted
}

/// The same step under the same name, which a test holds for each.
fn phase_of(phase: Phase) -> AttemptPhase {
    match phase {
        Phase::Resolving => AttemptPhase::Resolving,
        Phase::Connecting => AttemptPhase::Connecting,
        Phase::Tunneling => AttemptPhase::Tunneling,
        Phase::Handshaking => AttemptPhase::Handshaking,
        Phase::AwaitingReply => AttemptPhase::AwaitingReply,
        Phase::ReadingReply => AttemptPhase::ReadingReply,
        Phase::Complete => AttemptPhase::Complete,
        // `Sending`, and any step that is not known here: it may have been sent.
        _ => AttemptPhase::Sending,
    }
}

/// The same reason under the same name, which a test holds for each.
pub(crate) fn reason_of(kind: TransportErrorKind) -> Reason {
    match kind {
        TransportErrorKind::Resolve => Reason::Resolve,
        TransportErrorKind::NotLoopback => Reason::NotLoopback,
        TransportErrorKind::Connect => Reason::Connect,
        TransportErrorKind::Proxy => Reason::Proxy,
        TransportErrorKind::Tls => Reason::Tls,
        TransportErrorKind::ConnectTimeout => Reason::ConnectTimeout,
        TransportErrorKind::Deadline => Reason::Deadline,
        TransportErrorKind::Runtime => Reason::Runtime,
        TransportErrorKind::InvalidRequest => Reason::InvalidRequest,
        TransportErrorKind::Closed => Reason::Closed,
        TransportErrorKind::MalformedReply => Reason::MalformedReply,
        TransportErrorKind::ReplyTooLarge => Reason::ReplyTooLarge,
        TransportErrorKind::EarlyReply => Reason::EarlyReply,
        TransportErrorKind::SendWindow => Reason::SendWindow,
        // `Io`, and any kind that is not known here.
        _ => Reason::Io,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_transport_names_has_the_same_name_in_the_evidence() {
        for &kind in TransportErrorKind::ALL {
            assert_eq!(reason_of(kind).as_str(), kind.as_str());
        }
        for phase in [
            Phase::Resolving,
            Phase::Connecting,
            Phase::Tunneling,
            Phase::Handshaking,
            Phase::Sending,
            Phase::AwaitingReply,
            Phase::ReadingReply,
            Phase::Complete,
        ] {
            assert_eq!(phase_of(phase).as_str(), phase.as_str());
        }
    }
}
