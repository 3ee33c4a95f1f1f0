//! What is kept in place of texts: numbers of words, and differences from templates.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use rusqlite::{OptionalExtension as _, params};
use ums_journal::{FactKind, RecordedFact};

use crate::kept::difference::{Room, Template};
use crate::read::history::{bytes_of, no_value, signed};
use crate::write::rows::Tables;

/// The texts that the writer remembers, as long as nobody else writes.
#[derive(Default)]
pub(super) struct Texts {
    words: HashMap<String, i64>,
    shapes: HashMap<String, Shape>,
    room: Room,
}

/// Facts that are written alike.
struct Shape {
    template: Option<Rc<Template>>,
    /// How many facts in a row were not like it.
    unlike: u32,
}

const MOST_WORDS: usize = 4096;

/// So many facts in a row that are not like their template make a new one, as long as the journal
/// has few.
const UNLIKE: u32 = 32;
const MOST_TEMPLATES: i64 = 256;

impl Tables<'_> {
    /// The number of a word, which it gets now if it has none.
    pub(super) fn word(&mut self, text: &str) -> rusqlite::Result<i64> {
        if let Some(number) = self.known_word(text)? {
            return Ok(number);
        }
        self.execute("INSERT INTO words (text) VALUES (?1)", params![text])?;
        let number = self.db.last_insert_rowid();
        self.remember(text, number);
        Ok(number)
    }

    /// The number of a word. `None` when it has none: nothing is kept under it.
    pub(super) fn known_word(&mut self, text: &str) -> rusqlite::Result<Option<i64>> {
        if let Some(number) = self.texts().words.get(text) {
            return Ok(Some(*number));
        }
        let number = "SELECT number FROM words WHERE text = ?1";
        let mut number = self.db.prepare_cached(number)?;
        let number = number
            .query_row(params![text], |row| row.get(0))
            .optional()?;
        if let Some(number) = number {
            self.remember(text, number);
        }
        Ok(number)
    }

    fn remember(&mut self, text: &str, number: i64) {
        let words = &mut self.texts().words;
        if words.len() == MOST_WORDS {
            words.clear();
        }
        words.insert(text.to_owned(), number);
    }

    /// Writes a fact, after that one of its call if it has one: its text as the difference from
    /// that of a fact like it.
    pub(super) fn insert(
        &mut self,
        fact: &RecordedFact,
        before: Option<i64>,
        digest: Option<[u8; 32]>,
    ) -> rusqlite::Result<()> {
        const INSERT: &str = "INSERT INTO facts (number, before, template, text, digest, chain) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let (number, chain) = (signed(fact.number()), bytes_of(fact.chain())?);
        let text = fact.text();
        let shape = match &fact.fact().what {
            FactKind::Intended(intended) => {
                Cow::Owned(format!("intended {}", intended.request.operation))
            }
            what => Cow::Borrowed(what.as_str()),
        };
        let Some(template) = self.template(&shape, fact)? else {
            let none = None::<i64>;
            self.execute(INSERT, params![number, before, none, text, digest, chain])?;
            return Ok(());
        };
        let mut room = std::mem::take(&mut self.texts().room);
        let difference = template.difference(text, &mut room);
        let is_like = difference.is_some_and(|difference| difference.len() < text.len() / 3);
        match difference {
            Some(difference) => {
                let template = template.number();
                let values = params![number, before, template, difference, digest, chain];
                self.execute(INSERT, values)?;
            }
            None => {
                let none = None::<i64>;
                self.execute(INSERT, params![number, before, none, text, digest, chain])?;
            }
        }
        self.texts().room = room;
        let unlike = self.texts().shapes.get_mut(&*shape).map(|shape| {
            shape.unlike = if is_like { 0 } else { shape.unlike + 1 };
            shape.unlike
        });
        if unlike.is_some_and(|unlike| unlike >= UNLIKE) {
            let better = self.make_template(&shape, fact)?;
            self.use_template(&shape, better.or(Some(template)));
        }
        Ok(())
    }

    fn template(
        &mut self,
        shape: &str,
        fact: &RecordedFact,
    ) -> rusqlite::Result<Option<Rc<Template>>> {
        if let Some(known) = self.texts().shapes.get(shape) {
            return Ok(known.template.clone());
        }
        let found = "SELECT max(number) FROM templates WHERE shape = ?1";
        let mut found = self.db.prepare_cached(found)?;
        let found: Option<i64> = found.query_row(params![shape], |row| row.get(0))?;
        let template = match found {
            Some(number) => self.db.template(number)?,
            None => self.make_template(shape, fact)?,
        };
        self.use_template(shape, template.clone());
        Ok(template)
    }

    fn use_template(&mut self, shape: &str, template: Option<Rc<Template>>) {
        let shape = shape.to_owned();
        self.texts().shapes.insert(
            shape,
            Shape {
                template,
                unlike: 0,
            },
        );
    }

    /// A template of the fact without what retention takes out: a template is for ever.
    fn make_template(
        &mut self,
        shape: &str,
        fact: &RecordedFact,
    ) -> rusqlite::Result<Option<Rc<Template>>> {
        let count = "SELECT count(*) FROM templates";
        let count: i64 = self.db.query_row(count, [], |row| row.get(0))?;
        let fact = fact.buried().map_err(no_value)?;
        // Whether it may be a template at all does not depend on its number.
        if count >= MOST_TEMPLATES || Template::new(0, fact.text()).is_none() {
            return Ok(None);
        }
        let insert = "INSERT INTO templates (shape, text) VALUES (?1, ?2)";
        self.execute(insert, params![shape, fact.text()])?;
        let number = self.db.last_insert_rowid();
        self.db.template(number)
    }
}
