//! The lists of the operations: of their declarations in `ums-model`, and of what carries them out
//! in `ums-simulator`. Each is of what is found in the files of a directory, so that a new
//! operation is entered nowhere by hand.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::tree::Tree;
use crate::style::wrapped;

/// The families: the directory in `ums-model` that holds the declarations, and the document.
const FAMILIES: [(&str, &str); 2] = [
    ("poslink", "POS通交易接口"),
    ("preauthorization", "POS通担保交易接口"),
];

const MODEL: &str = "crates/ums-model/src";
const BEHAVIOURS: &str = "crates/ums-simulator/src/operation";

pub(super) fn generate(root: &Path) -> Result<Tree> {
    let mut tree = Tree::among_others();
    let mut declared = Vec::new();
    for (family, document) in FAMILIES {
        let files = files(&root.join(MODEL).join(family))?;
        let text = format!(
            "//! The operations of {document}.\n//!\n\
             //! `cargo xtask fixtures` lists the files of this directory.\n\n{}",
            modules(&files)
        );
        tree.add(format!("{MODEL}/{family}.rs"), text)?;
        for (file, tokens) in &files {
            for group in braced_after(tokens, &["operation", "!"]) {
                let place = || format!("{MODEL}/{family}/{file}.rs");
                declared.push(Declared::read(family, file, group).with_context(place)?);
            }
        }
    }
    tree.add(
        format!("{MODEL}/every_operation.rs"),
        wrapped(&rows(&declared)),
    )?;
    tree.add(format!("{MODEL}/operations.md"), table(&declared))?;
    let files = files(&root.join(BEHAVIOURS))?;
    tree.add(format!("{BEHAVIOURS}.rs"), wrapped(&behaviours(&files)?))?;
    Ok(tree)
}

/// What a list says of one declaration.
struct Declared {
    /// `poslink::pay`.
    module: String,
    request: String,
    reply: String,
    column: String,
    chinese: String,
    english: String,
    versions: Vec<String>,
    moves_money: bool,
    query: Option<String>,
}

impl Declared {
    fn read(family: &str, file: &str, declaration: TokenStream) -> Result<Self> {
        let words: Vec<String> = declaration
            .into_iter()
            .map(|token| token.to_string())
            .collect();
        let after = |lead: &[&str]| {
            let mut found = words.windows(lead.len() + 1);
            let found = found.find(|words| words[..lead.len()] == *lead);
            found.map(|words| words[lead.len()].clone())
        };
        let named = |what: &[&str]| {
            after(what).with_context(|| format!("a declaration without `{}`", what.join(" ")))
        };
        let structs = words.windows(2).filter(|words| words[0] == "struct");
        let structs: Vec<&String> = structs.map(|words| &words[1]).collect();
        let &[request, reply] = structs.as_slice() else {
            bail!("a declaration has a request and a reply, this one {structs:?}");
        };
        let name = named(&["name"])?;
        let texts = words.iter().skip_while(|word| **word != name);
        let texts: Vec<&str> = texts.filter_map(|word| unquoted(word)).take(3).collect();
        let &[_, chinese, english] = texts.as_slice() else {
            bail!("a declaration has a name and two titles, this one {texts:?}");
        };
        let paths = words
            .iter()
            .filter_map(|word| unquoted(word)?.strip_prefix('/'));
        Ok(Self {
            module: format!("{family}::{file}"),
            request: request.clone(),
            reply: reply.clone(),
            column: named(&["judged", "as"])?,
            chinese: chinese.to_owned(),
            english: english.to_owned(),
            versions: paths
                .filter_map(|path| path.split('/').next().map(str::to_owned))
                .collect(),
            moves_money: named(&["effect"])? == "MovesMoney",
            query: after(&["asked", "by"]),
        })
    }
}

fn unquoted(word: &str) -> Option<&str> {
    word.strip_prefix('"')?.strip_suffix('"')
}

/// The list as the macros of `ums-model` take it.
fn rows(declared: &[Declared]) -> String {
    let mut text = String::from(
        "//! The list of the operations, which `cargo xtask fixtures` makes from their declarations.\n\n\
         /// Hands the list to the macro `$make`: where each operation is declared, its reply, and which\n\
         /// column of the reply codes judges it. That column also says whether it moves money: `Query`\n\
         /// and `Activation` do not.\n\
         ///\n\
         /// `PosOperation`, `OPERATIONS`, `AnyRequest` and `AnyReply` are made from it.\n\
         macro_rules! every_operation {\n    ($make:ident) => {\n        $make! {\n",
    );
    for Declared {
        module,
        request,
        reply,
        column,
        ..
    } in declared
    {
        let row = format!("{module}::{{{request}, {reply}}} judged as {column};");
        let _ = writeln!(text, "            {row}");
    }
    text + "        }\n    };\n}\n"
}

/// The same for the documentation.
fn table(declared: &[Declared]) -> String {
    let mut text = String::from(
        "| Operation | In English | Versions | Moves money | Its outcome is asked about by |\n\
         |---|---|---|---|---|\n",
    );
    for row in declared {
        let Declared {
            request,
            chinese,
            english,
            ..
        } = row;
        let versions = row.versions.join(", ");
        let moves = if row.moves_money { "yes" } else { "no" };
        let query = row
            .query
            .as_ref()
            .map_or(String::new(), |query| format!("[`{query}`]"));
        let _ = writeln!(
            text,
            "| [`{request}`] {chinese} | {english} | {versions} | {moves} | {query} |"
        );
    }
    text
}

/// The root of the simulator's operations: their list, and the files.
fn behaviours(files: &Files) -> Result<String> {
    let mut behaviours = BTreeMap::new();
    for (file, tokens) in files {
        let tokens: Vec<String> = tokens
            .clone()
            .into_iter()
            .map(|token| token.to_string())
            .collect();
        for words in tokens.windows(4) {
            let [kind, of, link, name] = words else {
                continue;
            };
            if (kind.as_str(), of.as_str(), link.as_str()) == ("impl", "Behaviour", "for") {
                behaviours.insert(name.clone(), (file, doc_of(&tokens, name)?));
            }
        }
    }
    let mut text = String::from(
        "//! What each operation does to the order book, and what it is answered with.\n//!\n\
         //! `cargo xtask fixtures` makes this file from those of this directory.\n\n\
         /// Hands the list of the operations to the macro `$make`: the file of each, its type, and its\n\
         /// name in rules and control calls.\n\
         macro_rules! every_operation {\n    ($make:ident) => {\n        $make! {\n",
    );
    for (name, (file, doc)) in behaviours {
        let called = snake_case(&name);
        let _ = writeln!(
            text,
            "            ///{doc}\n            {file}::{name} \"{called}\";"
        );
    }
    Ok(text + "        }\n    };\n}\n\n" + &modules(files))
}

/// The comment above a struct, of one line.
fn doc_of(words: &[String], name: &str) -> Result<String> {
    let at = words
        .windows(2)
        .position(|words| words[0] == "struct" && words[1] == *name);
    let before = at.map_or(&[][..], |at| &words[..at]);
    let doc = before.iter().rev().find(|word| word.starts_with("[doc"));
    let doc = doc.and_then(|doc| doc.split('"').nth(1));
    Ok(doc
        .with_context(|| format!("the struct {name} needs a comment"))?
        .to_owned())
}

/// `QueryRefund` as `query_refund`.
fn snake_case(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

fn modules(files: &Files) -> String {
    let lines = files.keys().map(|file| format!("pub(crate) mod {file};\n"));
    lines.collect()
}

/// The sources directly in a directory, by their names without the ending.
type Files = BTreeMap<String, TokenStream>;

fn files(directory: &Path) -> Result<Files> {
    let entries = std::fs::read_dir(directory);
    let mut files = Files::new();
    for entry in entries.with_context(|| format!("{} cannot be read", directory.display()))? {
        let path = entry?.path();
        let unread = || format!("{} cannot be read", path.display());
        if let (Some(name), Some("rs")) = (
            path.file_stem(),
            path.extension().and_then(|end| end.to_str()),
        ) {
            let text = std::fs::read_to_string(&path).with_context(unread)?;
            let tokens: TokenStream = text.parse().ok().with_context(unread)?;
            files.insert(name.to_string_lossy().into_owned(), tokens);
        }
    }
    Ok(files)
}

/// What stands in braces after these words.
fn braced_after(tokens: &TokenStream, lead: &[&str]) -> Vec<TokenStream> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let found = tokens.windows(lead.len() + 1).filter_map(|tokens| {
        let (group, words) = tokens.split_last()?;
        let leads = words
            .iter()
            .map(ToString::to_string)
            .eq(lead.iter().copied());
        match group {
            TokenTree::Group(group) if leads && group.delimiter() == Delimiter::Brace => {
                Some(group.stream())
            }
            _ => None,
        }
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::workspace;

    /// The files that `xtask/made-up-operation.patch` adds or changes.
    const FILES: [&str; 5] = [
        "crates/ums-cli/src/described/words.rs",
        "crates/ums-model/src/poslink/close_order.rs",
        "crates/ums-simulator/src/operation/close_order.rs",
        "crates/ums-simulator/tests/simulator/trade.rs",
        "fixtures/documented/close_order.json",
    ];

    fn copied(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
            }
        }
    }

    #[test]
    fn a_new_operation_is_five_files_and_is_listed_by_itself() {
        let root = workspace::root();
        let patch = root.join("xtask/made-up-operation.patch");
        let text = std::fs::read_to_string(&patch).unwrap();
        let files = text.lines().filter_map(|line| line.strip_prefix("+++ b/"));
        assert_eq!(files.collect::<Vec<_>>(), FILES);

        let copy = tempfile::tempdir().unwrap();
        let families = FAMILIES.map(|(family, _)| format!("{MODEL}/{family}"));
        let parents = FILES.map(|file| file.rsplit_once('/').unwrap().0.to_owned());
        for directory in families.iter().chain(&parents) {
            copied(&root.join(directory), &copy.path().join(directory));
        }
        let before = generate(copy.path()).unwrap();
        let applied = Command::new("git")
            .args(["apply", "--recount", "-C1"])
            .arg(&patch)
            .current_dir(copy.path())
            .status();
        assert!(applied.unwrap().success());
        let after = generate(copy.path()).unwrap();
        for (path, lines) in [
            (
                "every_operation.rs",
                "poslink::close_order::{CloseOrder, CloseOrderReply} judged as VoidOrReversal;",
            ),
            (
                "operations.md",
                "| [`CloseOrder`] 关闭订单 | closing of an order | v6 | yes | [`Query`] |",
            ),
            ("poslink.rs", "pub(crate) mod close_order;"),
            (
                "operation.rs",
                "/// The closing of an order (关闭订单).\nclose_order::CloseOrder \"close_order\";\npub(crate) mod close_order;",
            ),
        ] {
            let [before, after] = [&before, &after].map(|tree| tree.text(path));
            let new: Vec<&str> = after
                .lines()
                .filter(|line| !before.contains(line))
                .collect();
            let new: Vec<&str> = new.into_iter().map(str::trim).collect();
            assert_eq!(new.join("\n"), lines, "{path}");
        }
    }

    #[test]
    fn a_declaration_without_a_part_is_told_with_it() {
        let declared = |text: &str| Declared::read("poslink", "pay", text.parse().unwrap());
        let whole = "pub struct A {} pub struct B {} name \"a\", \"甲\", \"one\"; \
                     path \"/v6/a\" in page; effect ReadOnly; judged as Query;";
        assert!(declared(whole).is_ok());
        for (part, said) in [
            ("judged as Query;", "a declaration without `judged as`"),
            ("effect ReadOnly;", "a declaration without `effect`"),
            (
                "pub struct B {}",
                "a declaration has a request and a reply, this one [\"A\"]",
            ),
        ] {
            let error = declared(&whole.replace(part, "")).err().unwrap();
            assert_eq!(error.to_string(), said);
        }
    }
}
