//! The times that everything here goes by.

use std::time::Duration;

use chrono::NaiveTime;

/// The times that calls are run, recovered and asked about by.
///
/// ```
/// use std::time::Duration;
/// use ums_durable::Settings;
///
/// let settings = Settings::new().lease(Duration::from_secs(30));
/// # let _ = settings;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Settings {
    pub(crate) lease: Duration,
    pub(crate) longest_limit: Duration,
    pub(crate) send_window: Duration,
    pub(crate) late_window: Duration,
    pub(crate) first_pause: Duration,
    pub(crate) longest_pause: Duration,
    pub(crate) questions_per_second: u32,
    pub(crate) question_limit: Duration,
    pub(crate) alarm_from: NaiveTime,
    pub(crate) day_ends: Option<NaiveTime>,
}

impl Settings {
    /// The defaults.
    pub fn new() -> Self {
        Self {
            lease: Duration::from_secs(15),
            longest_limit: Duration::from_secs(120),
            send_window: Duration::from_secs(5),
            late_window: Duration::from_secs(120),
            first_pause: Duration::from_secs(3),
            longest_pause: Duration::from_secs(60),
            questions_per_second: 10,
            question_limit: Duration::from_secs(10),
            alarm_from: NaiveTime::from_hms_opt(22, 0, 0).unwrap_or_default(),
            day_ends: None,
        }
    }

    /// How long this process is taken to live without a word. Default: 15 seconds. The lease says
    /// when others may take up its calls; that nothing is sent twice never rests on it.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// How much time a call has at most, whatever its caller asks for. Default: 120 seconds.
    ///
    /// Of a call that a journal has forgotten nobody knows how much time it had. So after a person
    /// has [accepted](crate::Durable::accept) the journal, what a query does not find is believed
    /// missing only when this, the send window and the late window have passed since, by the
    /// journal's clock and by that of the process. All processes on a journal need the same.
    pub fn longest_limit(mut self, limit: Duration) -> Self {
        self.longest_limit = limit;
        self
    }

    /// After how long nobody can carry out any more what is forgotten now.
    pub(crate) fn forgotten_settles_after(&self) -> Duration {
        let windows = self.send_window.saturating_add(self.late_window);
        self.longest_limit.saturating_add(windows)
    }

    /// For how long after a reading of the clock, taken before the journal is written, bytes of a
    /// request may leave. Default: 5 seconds.
    pub fn send_window(mut self, window: Duration) -> Self {
        self.send_window = window;
        self
    }

    /// How long after a call's deadline the platform may still carry it out. Not published;
    /// default: 120 seconds (inferred).
    pub fn late_window(mut self, window: Duration) -> Self {
        self.late_window = window;
        self
    }

    /// The pause before the first question about a call, and the longest between two: each is a
    /// second longer than the one before. Defaults: 3 and 60 seconds.
    pub fn pace(mut self, first: Duration, longest: Duration) -> Self {
        self.first_pause = first;
        self.longest_pause = longest.max(first);
        self
    }

    /// How many questions a second may leave for one AppId. Default: 10.
    pub fn questions_per_second(mut self, questions: u32) -> Self {
        self.questions_per_second = questions.max(1);
        self
    }

    /// How long one question may take. Default: 10 seconds.
    pub fn question_limit(mut self, limit: Duration) -> Self {
        self.question_limit = limit;
        self
    }

    /// From when in the day (UTC+8) a call that is still unknown is an alarm. Default: 22:00.
    pub fn alarm_from(mut self, at: NaiveTime) -> Self {
        self.alarm_from = at;
        self
    }

    /// When the platform's day ends (UTC+8), if earlier than midnight. It is not published.
    pub fn day_ends(mut self, at: NaiveTime) -> Self {
        self.day_ends = Some(at);
        self
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::new()
    }
}
