//! What goes to the terminal: lines, tables, and nothing that a stranger could do with them.

pub(crate) mod entry;
pub(crate) mod output;
pub(crate) mod table;
pub(crate) mod visible;
