//! What is remembered of journals outside of them: which one is at a place, and how far each is. A
//! journal that was lost, put back or copied would otherwise send the same key again.
//!
//! It is kept twice, beside the state of `ums` and beside its configuration, so that whoever puts
//! one of the two back from a copy is noticed by the other.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ums_durable::journal::compare_with_witness;
use ums_durable::journal::{ChainHash, Head, JournalId, Memory, Store, Witness};
use ums_durable::{DurableBuilder, WitnessError, WitnessFile};

use crate::config::journal::{JournalPlace, make_private, shown, state_directory};
use crate::config::settings::{Settings, configuration_directory};
use crate::failure::{Failure, FailureKind, OrFail};
use crate::files::exposure::{Exposure, Keep};
use crate::journal::open::{open, open_known};
use crate::language::Message;
use crate::print::entry::Label;
use crate::print::visible::visible;

const WITNESS: Label = ("witness of the journal", "交易流水的佐证文件");
const DIRECTORY: &str = "witness";

/// What is remembered of the journal at one place.
pub(crate) struct JournalMemory {
    place: JournalPlace,
    /// The first must be there for money, the others where they can be.
    directories: Vec<PathBuf>,
    /// What the profile says, and where.
    stated: Option<(JournalId, Message)>,
}

impl JournalMemory {
    /// What is remembered of this place. Nothing is made.
    ///
    /// # Errors
    ///
    /// There is nowhere to remember anything, or the profile names no journal.
    pub(crate) fn of(settings: &Settings<'_>, place: &JournalPlace) -> Result<Self, Failure> {
        let state = state_directory()?.join(DIRECTORY);
        let beside = configuration_directory().map(|directory| directory.join(DIRECTORY));
        let beside = beside.filter(|beside| *beside != state);
        let stated = match settings.of_profile("journal_id") {
            Some(given) => {
                let by = Message::from(&given.origin);
                let id = given.read(|id| JournalId::new(id.trim()))?;
                Some((id, by))
            }
            None => None,
        };
        Ok(Self {
            place: place.clone(),
            directories: std::iter::once(state).chain(beside).collect(),
            stated,
        })
    }

    /// The same before money rests on it: it can be written, and by nobody else.
    ///
    /// # Errors
    ///
    /// It cannot, or others can write it.
    pub(crate) fn for_money(
        settings: &Settings<'_>,
        place: &JournalPlace,
    ) -> Result<Self, Failure> {
        let mut memory = Self::of(settings, place)?;
        memory.make()?;
        memory.check_exposure()?;
        Ok(memory)
    }

    /// Opens the journal for calls that move money. It is made only where none was known.
    ///
    /// # Errors
    ///
    /// It cannot be used, or is not there any more.
    pub(crate) fn open(&self) -> Result<Arc<dyn Store>, Failure> {
        let pins = self.pins()?;
        if pins.is_empty() {
            return open(&self.place);
        }
        open_known(&self.place).map_err(|failure| match failure.kind() {
            FailureKind::JournalNotAccepted => {
                let nothing = Message::new("; nothing was sent", "；未发送任何请求");
                failure.and(nothing).and(self.known(&pins)).and(mending())
            }
            _ => failure,
        })
    }

    /// Whether a journal was known at the place.
    ///
    /// # Errors
    ///
    /// What is remembered cannot be read.
    pub(crate) fn knows_one(&self) -> Result<bool, Failure> {
        Ok(!self.pins()?.is_empty())
    }

    /// Has the calls of a process go by it. A first use of the place is remembered.
    ///
    /// # Errors
    ///
    /// What is remembered cannot be read or written.
    pub(crate) fn go_by(
        &self,
        builder: DurableBuilder,
        found: &Head,
    ) -> Result<DurableBuilder, Failure> {
        let (journal, files) = self.known_by(found)?;
        let builder = files
            .iter()
            .fold(builder.journal(journal), |builder, file| {
                builder.witness(file)
            });
        Ok(builder.witness_before_sending())
    }

    /// The journal that is meant, and the files that remember how far the one with this head is. A
    /// first use of the place is remembered.
    ///
    /// # Errors
    ///
    /// As [`go_by`](Self::go_by).
    pub(crate) fn known_by(&self, found: &Head) -> Result<(JournalId, Vec<PathBuf>), Failure> {
        let pins = self.pins()?;
        let other = pins.iter().find(|(journal, _)| *journal != found.journal);
        let journal = match other {
            Some((journal, _)) => journal.clone(),
            None => {
                self.remember(found, WitnessFile::keep, true)?;
                found.journal.clone()
            }
        };
        let files = self.files_of(&found.journal);
        let files = files.iter().map(|file| file.path().to_owned());
        Ok((journal, files.collect()))
    }

    /// A person has accepted the journal with this head as it is.
    ///
    /// # Errors
    ///
    /// That cannot be written down.
    pub(crate) fn accept(&mut self, accepted: &Head) -> Result<(), Failure> {
        self.make()?;
        self.remember(accepted, WitnessFile::replace, false)
    }

    /// What the journal with this head has forgotten, or why it is not the one that was known.
    ///
    /// # Errors
    ///
    /// What is remembered, or the journal, cannot be read.
    pub(crate) async fn look(&self, store: &dyn Store) -> Result<Option<Message>, Failure> {
        let head = store.head().await.or_fail(FailureKind::Journal)?;
        let pins = self.pins()?;
        let mut is_known = pins.iter().all(|(journal, _)| *journal == head.journal);
        for witness in self.witnesses_of(&head.journal)? {
            let memory = compare_with_witness(store, &witness).await;
            is_known &= memory.or_fail(FailureKind::Journal)? == Memory::Whole;
        }
        Ok((!is_known).then(|| self.explained(&head)))
    }

    /// What is here, what was known, and what to do.
    pub(crate) fn explained(&self, found: &Head) -> Message {
        let (journal, facts) = (&found.journal, found.facts);
        let here = Message::new(
            format!("; here is journal {journal} with {facts} facts"),
            format!("；现有流水 {journal}，共 {facts} 条记录"),
        );
        let known = match self.pins() {
            Ok(mut pins) => {
                if pins.iter().any(|(known, _)| known != journal) {
                    pins.retain(|(known, _)| known != journal);
                }
                let file = self.files_of(journal).into_iter().next();
                if let (true, Some(file)) = (pins.is_empty(), file) {
                    pins.push((journal.clone(), path_of(&file)));
                }
                self.known(&pins)
            }
            Err(_) => Message::new("", ""),
        };
        here.and(known).and(mending())
    }

    /// The journals that are known at the place, and how far they were.
    fn known(&self, pins: &[(JournalId, Message)]) -> Message {
        let mut told: Vec<&JournalId> = Vec::new();
        let mut message = Message::new("", "");
        for (journal, by) in pins {
            if told.contains(&journal) {
                continue;
            }
            told.push(journal);
            let witnesses = self.witnesses_of(journal).unwrap_or_default();
            let facts = witnesses.iter().map(|witness| witness.facts).max();
            let facts = facts.unwrap_or_default();
            message = message
                .and((
                    format!("; known is journal {journal} with {facts} facts, by "),
                    format!("；已知的是流水 {journal}，共 {facts} 条记录，依据："),
                ))
                .and(by.clone());
        }
        message
    }

    /// Which journals are known at the place, and by what.
    fn pins(&self) -> Result<Vec<(JournalId, Message)>, Failure> {
        let mut pins: Vec<_> = self.stated.iter().cloned().collect();
        for file in self.place_files() {
            let known = file.read().map_err(|error| unusable(&error))?;
            pins.extend(known.map(|known| (known.journal, path_of(&file))));
        }
        Ok(pins)
    }

    fn witnesses_of(&self, journal: &JournalId) -> Result<Vec<Witness>, Failure> {
        let files = self.files_of(journal);
        let known = files.iter().map(WitnessFile::read);
        let known = known.filter_map(Result::transpose);
        known
            .collect::<Result<_, _>>()
            .map_err(|error| unusable(&error))
    }

    fn remember(
        &self,
        head: &Head,
        write: fn(&WitnessFile, &Witness) -> Result<(), WitnessError>,
        is_first_use: bool,
    ) -> Result<(), Failure> {
        let witness = Witness::of(head);
        for file in self.place_files() {
            // Only which journal it is counts there.
            let is_there = is_first_use && file.path().exists();
            if !is_there {
                write(&file, &witness).map_err(|error| unusable(&error))?;
            }
        }
        if !is_first_use {
            for file in self.files_of(&head.journal) {
                write(&file, &witness).map_err(|error| unusable(&error))?;
            }
        }
        Ok(())
    }

    fn place_files(&self) -> Vec<WitnessFile> {
        self.named("place", &canonical(&self.place))
    }

    fn files_of(&self, journal: &JournalId) -> Vec<WitnessFile> {
        self.named("journal", journal.as_str())
    }

    fn named(&self, kind: &str, what: &str) -> Vec<WitnessFile> {
        // What a file is named by may be long, and anything may stand in it.
        let hash = ChainHash::of_text(what);
        let hash = hash.as_str().get(..32).unwrap_or_default();
        let name = format!("{kind}-{hash}.json");
        let files = self.directories.iter();
        files
            .map(|directory| WitnessFile::new(directory.join(&name)))
            .collect()
    }

    fn make(&mut self) -> Result<(), Failure> {
        let mut is_first = true;
        let mut unmade = None;
        self.directories.retain(|directory| {
            let made = make_private(directory).and_then(|()| can_be_written(directory));
            let is_needed = std::mem::take(&mut is_first);
            match made {
                Err(source) if is_needed => {
                    let path = directory.clone();
                    unmade = Some(WitnessError::new(path, source));
                    true
                }
                // What was remembered there counts as long as it can be read.
                made => made.is_ok() || directory.exists(),
            }
        });
        match unmade {
            Some(error) => Err(Failure::new(FailureKind::Journal, &error).and(Message::new(
                "; make it writable again: in another directory nothing is known of what was sent",
                "；请恢复其写入权限：换用其他目录时，对此前已发送的请求一无所知",
            ))),
            None => Ok(()),
        }
    }

    fn check_exposure(&self) -> Result<(), Failure> {
        let directories = self.directories.iter().cloned();
        let mut paths: Vec<PathBuf> = directories.collect();
        paths.extend(self.place_files().iter().map(|file| file.path().to_owned()));
        for path in paths {
            let Ok(metadata) = path.metadata() else {
                continue;
            };
            let exposure = Exposure::of(WITNESS, &path, &metadata, Keep::Unchanged);
            if let Some(exposure) = exposure.filter(Exposure::is_to_writers) {
                return Err(Failure::new(FailureKind::Journal, &exposure));
            }
        }
        Ok(())
    }
}

/// The name of a place that is the same however it is written. No password is in it.
fn canonical(place: &JournalPlace) -> String {
    match place {
        JournalPlace::Sqlite(path, _) => format!("sqlite:{}", whole(path).display()),
        JournalPlace::Postgres(url) => canonical_url(url),
    }
}

/// The path without links, as far as it is there.
fn whole(path: &Path) -> PathBuf {
    if let Ok(whole) = path.canonicalize() {
        return whole;
    }
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match (absolute.parent(), absolute.file_name()) {
        (Some(parent), Some(name)) => whole(parent).join(name),
        _ => absolute,
    }
}

/// Host, port and database: who asks, and with which password, makes no other journal.
fn canonical_url(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
    let user = user.split(':').next().unwrap_or_default();
    // A user's own database is named as the user is.
    let database = if database.is_empty() { user } else { database };
    let hosts: Vec<String> = hosts
        .split(',')
        .map(|host| {
            let host = host.to_ascii_lowercase();
            let after = host.rsplit(']').next().unwrap_or_default();
            match after.contains(':') {
                true => host,
                false => format!("{host}:5432"),
            }
        })
        .collect();
    let mut places: Vec<&str> = query
        .split('&')
        .filter(|part| {
            let name = part.split('=').next().unwrap_or_default();
            ["host", "hostaddr", "port", "dbname", "options"].contains(&name)
        })
        .collect();
    places.sort_unstable();
    let places = places.join("&");
    format!("postgres://{}/{database}?{places}", hosts.join(","))
}

fn path_of(file: &WitnessFile) -> Message {
    Message::name(visible(&file.path().display().to_string()))
}

fn unusable(error: &WitnessError) -> Failure {
    Failure::new(FailureKind::Journal, error).and(Message::new(
        "; see whether the journal is the right one, and then: ums journal accept --reason …",
        "；请确认流水无误后运行 “ums journal accept --reason …”",
    ))
}

fn mending() -> Message {
    Message::new(
        ". Put back the right one. If it is lost for good, accept this one: ums journal accept \
         --reason …",
        "。请恢复正确的流水；如确已丢失，请运行 “ums journal accept --reason …” 接受现有流水",
    )
}

#[cfg(unix)]
fn can_be_written(directory: &Path) -> std::io::Result<()> {
    rustix::fs::access(directory, rustix::fs::Access::WRITE_OK).map_err(std::io::Error::from)
}

#[cfg(not(unix))]
fn can_be_written(_: &Path) -> std::io::Result<()> {
    Ok(())
}

/// What a person is told of a journal that is only looked at.
pub(crate) fn warning(place: &JournalPlace, what: Message) -> Message {
    let warning = Message::new("warning: the journal ", "警告：交易流水 ");
    let is_other = Message::new(
        " has forgotten something, or is another one than was known: no money moves by it",
        " 可能丢失了记录，或与此前的不同：不会据此变动资金",
    );
    warning.and(shown(place)).and(is_other).and(what)
}

/// The same of what could not be found out.
pub(crate) fn unknown(failure: &Failure) -> Message {
    Message::new("warning: ", "警告：").and(failure.told())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_one_place_however_it_is_written() {
        let one = canonical_url("postgres://user@host/db");
        assert_eq!(one, "postgres://host:5432/db?");
        for url in [
            "postgresql://user@host/db",
            "postgres://user:made-up-word@HOST:5432/db?sslmode=require",
            "postgres://another@host/db?password=made-up-word",
        ] {
            assert_eq!(canonical_url(url), one, "{url}");
        }
        for url in [
            "postgres://user@host:5433/db",
            "postgres://user@host/other",
            "postgres://user@other/db",
            "postgres://user@host",
            "postgres://user@host/db?options=-csearch_path%3Dx",
        ] {
            assert_ne!(canonical_url(url), one, "{url}");
        }
        assert_eq!(
            canonical_url("postgres://user@[::1]/db"),
            "postgres://[::1]:5432/db?"
        );
    }
}
