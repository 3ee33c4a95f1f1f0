//! The zones that clocks are set to, and what a clock in one of them writes.

use chrono::{NaiveDateTime, TimeDelta, Timelike};

use crate::mistake::Mistake;

/// The offsets from UTC that are in use somewhere, summer times included, in minutes. Not those
/// that are history, nor +08:45, which is no legal time anywhere: a clock that is 45 minutes fast
/// is the better guess.
const OFFSETS: [i64; 38] = [
    -720, -660, -600, -570, -540, -480, -420, -360, -300, -240, -210, -180, -150, -120, -60, 0, 60,
    120, 180, 210, 240, 270, 300, 330, 345, 360, 390, 420, 540, 570, 600, 630, 660, 720, 765, 780,
    825, 840,
];

const BEIJING: i64 = 480;

/// What the clocks of the other zones are ahead of Beijing's, and the mistake.
pub(super) fn shifts() -> impl Iterator<Item = (Mistake, TimeDelta)> {
    OFFSETS.into_iter().map(|offset| {
        let mistake = match offset {
            0 => Mistake::TimestampUtc,
            _ => Mistake::TimestampZone,
        };
        (mistake, TimeDelta::minutes(offset - BEIJING))
    })
}

/// The same time on a clock of twelve hours (`hh` for `HH`), where that differs.
pub(super) fn on_twelve_hours(time: NaiveDateTime) -> Option<NaiveDateTime> {
    time.with_hour((time.hour() + 11) % 12 + 1)
        .filter(|written| *written != time)
}

/// The time that a clock of twelve hours may have shown as this one, where it is another: the
/// reverse of [`on_twelve_hours`].
pub(super) fn on_twenty_four_hours(written: NaiveDateTime) -> Option<NaiveDateTime> {
    let hour = match written.hour() {
        12 => 0,
        hour @ 1..12 => hour + 12,
        _ => return None,
    };
    written.with_hour(hour)
}

/// The mistake that makes a clock show `written` at `moment`, give or take five minutes of delay;
/// `None` where no zone does.
pub(super) fn mistake_between(written: NaiveDateTime, moment: NaiveDateTime) -> Option<Mistake> {
    const DELAY: TimeDelta = TimeDelta::minutes(5);
    let near = |right: TimeDelta| (written - moment - right).abs() <= DELAY;
    let half_a_day = TimeDelta::hours(12);
    // Twelve hours back is UTC-4 as well; a day's second half on a clock of twelve hours is more
    // common by far.
    let twelve = match written.hour() {
        12 => near(half_a_day),
        1..12 => near(-half_a_day),
        _ => false,
    };
    if twelve {
        return Some(Mistake::Timestamp12Hour);
    }
    shifts()
        .find(|(_, shift)| near(*shift))
        .map(|(mistake, _)| mistake)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use chrono::NaiveDate;

    fn at(hour: u32, minute: u32) -> NaiveDateTime {
        let day = NaiveDate::from_ymd_opt(2017, 1, 1).unwrap();
        day.and_hms_opt(hour, minute, 0).unwrap()
    }

    #[test]
    fn each_zone_is_there_once_and_beijing_is_not() {
        let mut shifts: Vec<_> = shifts().map(|(_, shift)| shift.num_minutes()).collect();
        shifts.sort_unstable();
        assert_eq!((shifts.first(), shifts.last()), (Some(&-1200), Some(&360)));
        let count = shifts.len();
        shifts.dedup();
        assert_eq!((count, shifts.len()), (38, 38));
        assert!(!shifts.contains(&0));
    }

    #[test]
    fn only_what_a_zone_shows_is_one() {
        use Mistake as M;
        for (hours, minutes, mistake) in [
            (-8, 0, Some(M::TimestampUtc)),
            (-8, 5, Some(M::TimestampUtc)),
            (-8, 6, None),
            (1, 0, Some(M::TimestampZone)),
            (-2, -30, Some(M::TimestampZone)),
            (-20, 0, Some(M::TimestampZone)),
            (6, 0, Some(M::TimestampZone)),
            (0, 0, None),
            (0, 4, None),
            (0, 15, None),
            (0, 28, None),
            (0, 30, None),
            (0, 45, None),
            (0, -28, None),
            (-24, 0, None),
            (24, 0, None),
            (8, 0, None),
            (-21, 0, None),
            (7, 0, None),
            (-5, -30, None),
            (12, 0, None),
        ] {
            let off = TimeDelta::minutes(hours * 60 + minutes);
            let found = mistake_between(at(11, 0) + off, at(11, 0));
            assert_eq!(found, mistake, "{hours}:{minutes}");
        }
    }

    #[test]
    fn a_clock_of_twelve_hours_is_no_zone() {
        let between = |written, moment| mistake_between(written, moment);
        let twelve = Some(Mistake::Timestamp12Hour);
        assert_eq!(between(at(1, 30), at(13, 30)), twelve);
        assert_eq!(between(at(11, 59), at(23, 57)), twelve);
        assert_eq!(between(at(12, 5), at(0, 5)), twelve);
        // Twelve hours back in the morning is the day before: UTC-4.
        let day = TimeDelta::days(1);
        assert_eq!(
            between(at(20, 0) - day, at(8, 0)),
            Some(Mistake::TimestampZone)
        );
        assert_eq!(between(at(0, 30), at(12, 30)), Some(Mistake::TimestampZone));
        assert_eq!(between(at(20, 0), at(8, 0)), None);
        for hour in 0..24 {
            let written = on_twelve_hours(at(hour, 7));
            assert_eq!(written.is_some(), hour == 0 || hour > 12, "{hour}");
            if let Some(written) = written {
                assert_eq!(between(written, at(hour, 7)), twelve, "{hour}");
                assert_eq!(on_twenty_four_hours(written), Some(at(hour, 7)), "{hour}");
            }
        }
    }
}
