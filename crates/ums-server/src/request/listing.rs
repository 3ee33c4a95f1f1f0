//! What a list of calls is asked for, in the query of its address.

use chrono::{DateTime, Utc};
use ums_durable::journal::{Cursor, Filter, Key};

use crate::limits::LONGEST_WAIT;
use crate::problem::Problem;
use std::time::Duration;

const USUAL: usize = 50;
const MOST: usize = 200;

/// Which calls are asked for.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) filter: Filter,
    pub(crate) key: Option<Key>,
    pub(crate) merchant: Option<String>,
    pub(crate) after: Option<Cursor>,
    pub(crate) limit: usize,
}

impl Listing {
    /// Reads the query of an address.
    ///
    /// # Errors
    ///
    /// A name in it is not known, is there twice, or has a value that is none.
    pub(crate) fn read(query: Option<&str>) -> Result<Self, Problem> {
        let mut listing = Self {
            filter: Filter::new(),
            key: None,
            merchant: None,
            after: None,
            limit: USUAL,
        };
        for (name, value) in pairs(query)? {
            let invalid = |detail: &str| Problem::invalid(name.clone(), detail);
            match &*name {
                "key" => {
                    let key = Key::new(value).map_err(|error| invalid(&error.to_string()))?;
                    listing.key = Some(key);
                }
                "open" => listing.filter.open = Some(yes_or_no(&name, &value)?),
                "order" => listing.filter.order = Some(value),
                "operation" => listing.filter.operation = Some(value),
                "profile" => listing.filter.profile = Some(value),
                "merchant" => listing.merchant = Some(value),
                "since" => {
                    let since = DateTime::parse_from_rfc3339(&value);
                    let since: DateTime<Utc> = since
                        .map_err(|_| invalid("it must be a time by RFC 3339"))?
                        .to_utc();
                    listing.filter.since = Some(since);
                }
                "cursor" => {
                    let cursor = value.parse().map_err(|_| invalid("it is no cursor"))?;
                    listing.after = Some(Cursor::new(cursor));
                }
                "limit" => {
                    let limit = value.parse().ok();
                    let limit = limit.filter(|limit| (1..=MOST).contains(limit));
                    listing.limit =
                        limit.ok_or_else(|| invalid("it must be a number from 1 to 200"))?;
                }
                _ => return Err(invalid("it is not known here")),
            }
        }
        Ok(listing)
    }
}

/// How one call is asked for.
#[derive(Debug, Default)]
pub(crate) struct Look {
    /// How long to wait for a change.
    pub(crate) wait: Option<Duration>,
    /// Whether to ask the platform once more before.
    pub(crate) fresh: bool,
}

impl Look {
    /// Reads the query of an address.
    ///
    /// # Errors
    ///
    /// As [`Listing::read`].
    pub(crate) fn read(query: Option<&str>) -> Result<Self, Problem> {
        let mut look = Self::default();
        for (name, value) in pairs(query)? {
            match &*name {
                "wait" => {
                    let seconds = value.parse().ok();
                    let time = seconds.and_then(|it| Duration::try_from_secs_f64(it).ok());
                    let time = time.filter(|time| *time <= LONGEST_WAIT);
                    let detail = "it must be a number of seconds from 0 to 120";
                    look.wait = Some(time.ok_or_else(|| Problem::invalid(name, detail))?);
                }
                "fresh" => look.fresh = yes_or_no(&name, &value)?,
                _ => return Err(Problem::invalid(name, "it is not known here")),
            }
        }
        Ok(look)
    }
}

/// Refuses a query where none is known.
///
/// # Errors
///
/// There is one.
pub(crate) fn no_query(query: Option<&str>) -> Result<(), Problem> {
    match pairs(query)?.into_iter().next() {
        Some((name, _)) => Err(Problem::invalid(name, "it is not known here")),
        None => Ok(()),
    }
}

fn yes_or_no(name: &str, value: &str) -> Result<bool, Problem> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Problem::invalid(name, "it must be true or false")),
    }
}

fn pairs(query: Option<&str>) -> Result<Vec<(String, String)>, Problem> {
    let mut all: Vec<(String, String)> = Vec::new();
    let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    for (name, value) in pairs.into_owned() {
        if all.iter().any(|(known, _)| *known == name) {
            return Err(Problem::invalid(name, "it is there twice"));
        }
        all.push((name, value));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_strictly() {
        let listing = Listing::read(Some("open=true&order=a%2Fb&limit=7&cursor=12")).unwrap();
        assert_eq!(listing.filter.open, Some(true));
        assert_eq!(listing.filter.order.as_deref(), Some("a/b"));
        assert_eq!((listing.limit, listing.after), (7, Some(Cursor::new(12))));
        assert_eq!(Listing::read(None).unwrap().limit, USUAL);
        let wrong = [
            "open=yes",
            "limit=0",
            "limit=201",
            "limit=-1",
            "cursor=x",
            "since=today",
            "key=",
            "nonsense=1",
            "open=true&open=true",
            "since=2026-01-01",
        ];
        for wrong in wrong {
            assert!(Listing::read(Some(wrong)).is_err(), "{wrong}");
        }
        let look = Look::read(Some("wait=1.5&fresh=true")).unwrap();
        assert_eq!(
            (look.wait, look.fresh),
            (Some(Duration::from_millis(1500)), true)
        );
        for wrong in [
            "wait=-1",
            "wait=121",
            "wait=NaN",
            "wait=inf",
            "fresh=1",
            "open=true",
        ] {
            assert!(Look::read(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
