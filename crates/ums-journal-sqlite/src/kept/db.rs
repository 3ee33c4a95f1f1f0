//! A connection, with what it remembers of the file that never changes.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Deref;
use std::rc::Rc;

use rusqlite::{Connection, params};

use crate::kept::difference::Template;

/// A connection to a journal.
pub(crate) struct Db {
    connection: Connection,
    templates: RefCell<HashMap<i64, Rc<Template>>>,
}

impl Db {
    /// So many templates are remembered at most; there are a few for each kind of fact.
    const MOST: usize = 256;

    pub(crate) fn new(connection: Connection) -> Self {
        Self {
            connection,
            templates: RefCell::default(),
        }
    }

    pub(crate) fn into_connection(self) -> Connection {
        self.connection
    }

    /// The template with this number; `None` when there is none that could be one.
    pub(crate) fn template(&self, number: i64) -> rusqlite::Result<Option<Rc<Template>>> {
        if let Some(known) = self.templates.borrow().get(&number) {
            return Ok(Some(Rc::clone(known)));
        }
        let text = "SELECT text FROM templates WHERE number = ?1";
        let mut text = self.connection.prepare_cached(text)?;
        let text: String = text.query_row(params![number], |row| row.get(0))?;
        let template = Template::new(number, &text).map(Rc::new);
        if let Some(template) = &template {
            let mut templates = self.templates.borrow_mut();
            if templates.len() == Self::MOST {
                templates.clear();
            }
            templates.insert(number, Rc::clone(template));
        }
        Ok(template)
    }

    /// After a transaction that did not take place, which may have made templates.
    pub(crate) fn forget_templates(&self) {
        self.templates.borrow_mut().clear();
    }
}

impl Deref for Db {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}
