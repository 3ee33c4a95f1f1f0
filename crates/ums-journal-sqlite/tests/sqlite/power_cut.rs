//! The power goes: what was answered is there, and nothing is half there.
//!
//! A kill is no power cut, as the kernel goes on to write what it was told. So a process that
//! writes a journal is recorded below SQLite: each write, each sync and each name, in their order.
//! Then the power goes after some entry of that record. What was synced is on the disk; of each
//! write after that, any of its sectors may be, and any name that its directory was not synced with
//! may be missing. The store must open every disk that can come of it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use ums_journal::{CallId, ChainCheck, OutcomeKind, RecordedOutcome, Store};
use ums_journal_sqlite::SqliteStore;

use crate::calls::{directory, options};
use crate::children::child;

#[test]
fn after_a_power_cut_what_was_answered_is_there() {
    let found = cut_the_power(24, &Disk::KeepsItsWord);
    assert!(found.lost.is_empty(), "{:#?}", found.lost);
    assert!(found.begun > 0 && found.ended > 0, "{found:?}");
    assert!(found.with_losses > found.images / 5, "{found:?}");
}

/// Run by hand: `cargo test --release -p ums-journal-sqlite -- --ignored --nocapture power_cuts`.
#[test]
#[ignore = "it takes a minute"]
fn after_two_thousand_power_cuts_what_was_answered_is_there() {
    let found = cut_the_power(2_000, &Disk::KeepsItsWord);
    println!("{found:#?}");
    assert!(found.lost.is_empty(), "{:#?}", found.lost);
}

/// What the others find is there to be found.
#[test]
fn a_disk_that_only_says_that_it_syncs_loses_what_was_answered() {
    let found = cut_the_power(24, &Disk::Lies);
    assert!(!found.lost.is_empty(), "{found:?}");
}

enum Disk {
    KeepsItsWord,
    /// A sync does nothing.
    Lies,
}

#[derive(Debug, Default)]
#[expect(dead_code, reason = "some of it is only printed")]
struct Found {
    entries: usize,
    syncs: usize,
    images: usize,
    /// Images in which a write was lost or torn that was not synced yet.
    with_losses: usize,
    /// Calls and ends that were answered, over all images.
    begun: usize,
    ended: usize,
    lost: Vec<String>,
}

fn cut_the_power(images: usize, disk: &Disk) -> Found {
    let Some(record) = Record::make() else {
        // Without a C compiler SQLite itself was not built here either.
        panic!("there is no C compiler to build the recorder with");
    };
    let entries = record.entries();
    let mut found = Found {
        entries: entries.len(),
        syncs: entries.iter().filter(|entry| entry.kind == b's').count(),
        images,
        ..Found::default()
    };
    let mut random = Random(0x00c0_ffee);
    let mut cuts: Vec<usize> = (0..images)
        .map(|_| random.below(entries.len()) + 1)
        .collect();
    cuts.sort_unstable();
    let mut state = Files::default();
    let mut done = 0;
    for (number, cut) in cuts.into_iter().enumerate() {
        if number > 0 && number % 100 == 0 {
            println!(
                "{number} disks opened, {} of them lost something",
                found.lost.len()
            );
        }
        while done < cut {
            state.take(&entries[done], disk);
            done += 1;
        }
        let image = directory();
        let losses = state.crash(image.path(), &mut random);
        found.with_losses += usize::from(losses > 0);
        let answers = state.answers();
        found.begun += answers.iter().filter(|(what, _)| what == "begun").count();
        found.ended += answers.iter().filter(|(what, _)| what == "ended").count();
        if let Err(lost) = check(image.path(), &answers) {
            found
                .lost
                .push(format!("the power went after entry {cut}: {lost}"));
        }
    }
    found
}

/// Opens the disk that the power cut has left.
fn check(directory: &Path, answers: &[(String, String)]) -> Result<(), String> {
    let is_made = directory.join("journal.sqlite3").exists();
    if !is_made && answers.is_empty() {
        return Ok(());
    }
    let store = SqliteStore::open(&options(directory)).map_err(|error| format!("{error:?}"))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let mut check = ChainCheck::new();
        let mut facts: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
        let mut approved = Vec::new();
        loop {
            let page = store.facts(check.head().0, 1000).await;
            let page = page.map_err(|error| format!("{error:?}"))?;
            if page.is_empty() {
                break;
            }
            for fact in page {
                check.take(&fact).map_err(|error| error.to_string())?;
                let call = fact.fact().call.as_ref().map_or("", CallId::as_str);
                facts
                    .entry(call.to_owned())
                    .or_default()
                    .push(fact.fact().what.as_str());
                if fact.fact().what.as_str() == "ended" {
                    approved.push(call.to_owned());
                }
            }
        }
        let head = store.head().await.map_err(|error| format!("{error:?}"))?;
        if check.head() != (head.facts, &head.chain) {
            return Err("the head is no longer that of the facts".to_owned());
        }
        for (call, facts) in &facts {
            if !facts.starts_with(&["intended", "sending"]) {
                return Err(format!("{call} is half there: {facts:?}"));
            }
            // Each group began two calls.
            let other = match call.strip_suffix("-a") {
                Some(name) => format!("{name}-b"),
                None => call.replace("-b", "-a"),
            };
            if !approved.contains(call) && !approved.contains(&other) {
                let other = CallId::new(other).map_err(|error| error.to_string())?;
                let found = store.call(&other).await;
                if found.map_err(|error| format!("{error:?}"))?.is_none() {
                    return Err(format!("{call} is there without {other} of its group"));
                }
            }
        }
        for (what, name) in answers {
            let call = CallId::new(format!("c{name}")).map_err(|error| error.to_string())?;
            let stored = store.call(&call).await;
            let stored = stored.map_err(|error| format!("{error:?}"))?;
            let stored = stored.ok_or_else(|| format!("{what} {name}, and it is not there"))?;
            let expected = Some(RecordedOutcome::from(OutcomeKind::Approved));
            if what == "ended" && stored.view.outcome != expected {
                return Err(format!("{name} has lost its end"));
            }
        }
        Ok(())
    })
}

/// The record of a process that wrote a journal.
struct Record {
    directory: TempDir,
}

impl Record {
    fn make() -> Option<Self> {
        let place = directory();
        let library = place.path().join("record.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sqlite/power_cut/record.c");
        let mut compiler = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
        compiler.args(["-shared", "-fPIC", "-O1", "-o"]);
        let built = compiler
            .arg(&library)
            .arg(source)
            .args(["-ldl", "-lpthread"])
            .status();
        if !built.is_ok_and(|built| built.success()) {
            return None;
        }
        let journal = fs::canonicalize(place.path()).unwrap().join("journal");
        fs::create_dir(&journal).unwrap();
        let output = child("writes_and_notes_it_down", &journal, "power")
            .env("LD_PRELOAD", &library)
            .env("UMS_RECORD_DIRECTORY", &journal)
            .env("UMS_RECORD_LOG", place.path().join("log"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        Some(Self { directory: place })
    }

    fn entries(&self) -> Vec<Entry> {
        let bytes = fs::read(self.directory.path().join("log")).unwrap();
        let mut rest = bytes.as_slice();
        let mut entries = Vec::new();
        while let Some((head, after)) = rest.split_at_checked(16) {
            let length = u32::from_le_bytes(head[4..8].try_into().unwrap());
            let (bytes, after) = after.split_at(usize::try_from(length).unwrap());
            let offset = u64::from_le_bytes(head[8..16].try_into().unwrap());
            entries.push(Entry {
                kind: head[0],
                file: head[1],
                offset: usize::try_from(offset).unwrap(),
                bytes: bytes.to_vec(),
            });
            rest = after;
        }
        entries
    }
}

/// One thing that the process did; `record.c` says which there are.
struct Entry {
    kind: u8,
    file: u8,
    offset: usize,
    bytes: Vec<u8>,
}

/// What the disk has for certain, and what it may have.
#[derive(Default)]
struct Files {
    files: BTreeMap<u8, FileState>,
}

#[derive(Default)]
struct FileState {
    name: String,
    /// `None` while there is no such file.
    certain: Option<Vec<u8>>,
    /// Since the last sync, in this order.
    pending: Vec<Change>,
    /// Whether the directory was synced since the name was made.
    is_named: bool,
    /// What had the name before, while the directory does not say for certain that it is gone.
    old: Option<Vec<u8>>,
}

enum Change {
    Write(usize, Vec<u8>),
    Cut(usize),
    Remove,
}

const ANSWERS: &str = "answers";

impl Files {
    fn take(&mut self, entry: &Entry, disk: &Disk) {
        let is_directory = self
            .files
            .get(&entry.file)
            .is_some_and(|file| file.name.is_empty());
        if entry.kind == b's' && is_directory {
            for file in self.files.values_mut() {
                file.is_named = true;
                file.old = None;
                if file
                    .pending
                    .iter()
                    .any(|change| matches!(change, Change::Remove))
                {
                    file.certain = None;
                    file.pending.clear();
                }
            }
            return;
        }
        let file = self.files.entry(entry.file).or_default();
        match entry.kind {
            b'n' | b'c' => {
                file.name = String::from_utf8(entry.bytes.clone()).unwrap();
                if entry.kind == b'c' {
                    file.old = file.certain.replace(Vec::new());
                    file.pending.clear();
                    file.is_named = false;
                }
            }
            b'w' => file
                .pending
                .push(Change::Write(entry.offset, entry.bytes.clone())),
            b't' => file.pending.push(Change::Cut(entry.offset)),
            b'u' => file.pending.push(Change::Remove),
            b's' if matches!(disk, Disk::KeepsItsWord) => file.settle(),
            b's' => {}
            other => panic!("{other}"),
        }
        if file.name == ANSWERS {
            // The callers know what they were told.
            file.settle();
        }
    }

    /// What was answered, and of which call.
    fn answers(&self) -> Vec<(String, String)> {
        let answers = self.files.values().find(|file| file.name == ANSWERS);
        let answers = answers.and_then(|file| file.certain.clone());
        let text = String::from_utf8(answers.unwrap_or_default()).unwrap();
        text.lines()
            .map(|line| {
                let (what, name) = line.split_once(' ').unwrap();
                (what.to_owned(), name.to_owned())
            })
            .collect()
    }

    /// Writes down what may be left, and says how much of it was lost.
    fn crash(&self, image: &Path, random: &mut Random) -> usize {
        let mut losses = 0;
        // Some power cuts keep the order of writes, some lose all, some any part.
        let kept = [0, 10, 50, 90, 100][random.below(5)];
        let sector = [512, 4096][random.below(2)];
        for file in self.files.values() {
            // What is only shared memory, or no part of the journal, is not on the disk.
            if file.name.is_empty() || file.name == ANSWERS || file.name.ends_with("-shm") {
                continue;
            }
            let Some(certain) = &file.certain else {
                continue;
            };
            if !file.is_named && random.below(2) == 0 {
                losses += 1;
                if let Some(old) = &file.old {
                    write(&image.join(&file.name), old);
                }
                continue;
            }
            let (left, lost) = file.left(certain, kept, sector, random);
            losses += lost;
            if let Some(left) = left {
                write(&image.join(&file.name), &left);
            }
        }
        if random.below(4) == 0 {
            // The index of the log is never synced: anything may be there.
            write(&image.join("journal.sqlite3-shm"), &[0xa5; 32_768]);
        }
        losses
    }
}

fn write(path: &Path, content: &[u8]) {
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

impl FileState {
    fn settle(&mut self) {
        let mut content = self.certain.take();
        for change in self.pending.drain(..) {
            match change {
                Change::Write(offset, bytes) => {
                    put(content.get_or_insert_default(), offset, &bytes)
                }
                Change::Cut(length) => content.get_or_insert_default().resize(length, 0),
                Change::Remove => content = None,
            }
        }
        self.certain = content;
    }

    fn left(
        &self,
        certain: &[u8],
        kept: usize,
        sector: usize,
        random: &mut Random,
    ) -> (Option<Vec<u8>>, usize) {
        let mut left = certain.to_vec();
        let mut lost = 0;
        for change in &self.pending {
            match change {
                Change::Write(offset, bytes) => {
                    // Sectors are the disk's, wherever a write begins.
                    let mut from = 0;
                    while from < bytes.len() {
                        let until = sector - (offset + from) % sector;
                        let until = bytes.len().min(from + until);
                        if random.below(100) < kept {
                            put(&mut left, offset + from, &bytes[from..until]);
                        } else {
                            lost += 1;
                        }
                        from = until;
                    }
                }
                Change::Cut(length) if random.below(100) < kept => left.resize(*length, 0),
                Change::Remove if random.below(100) < kept => return (None, lost),
                Change::Cut(_) | Change::Remove => lost += 1,
            }
        }
        (Some(left), lost)
    }
}

fn put(content: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[offset..end].copy_from_slice(bytes);
}

/// The same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % end
    }
}
