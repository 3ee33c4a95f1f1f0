//! Which file of a crate uses which other, read from the tokens of its modules.
//!
//! An arrow goes from a file to each file whose items it names: in a private `use`, in a path, in
//! what a macro is given, in a path that an attribute has as text. A name that is exported again is
//! followed to where it is defined. No arrow is what only lists (`mod x;`, `pub use x::Y`), what is
//! for tests only, and what tokens do not tell: a method that is called on a value of a type that
//! the file does not name.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// From each file to those that it uses, by their paths below the directory of the root file.
pub(super) type Arrows = BTreeMap<String, BTreeSet<String>>;

/// Reads the crate whose root is this file, such as `src/lib.rs`.
pub(super) fn of_crate(root: &Path) -> Result<Arrows> {
    let directory = root.parent().unwrap_or(Path::new(""));
    let name = root.file_name().unwrap_or_default();
    read(&name.to_string_lossy(), &|file| {
        let file = directory.join(file);
        file.exists().then(|| {
            std::fs::read_to_string(&file)
                .with_context(|| format!("{} cannot be read", file.display()))
        })
    })
}

/// Gives the text of a file; none if there is no such file.
type Files<'f> = dyn Fn(&Path) -> Option<Result<String>> + 'f;

fn read(root: &str, files: &Files<'_>) -> Result<Arrows> {
    let mut modules = Modules::default();
    modules.read_file(Path::new(root), Vec::new(), PathBuf::new(), files)?;
    Ok(modules.arrows())
}

#[derive(Default)]
struct Modules {
    all: Vec<Module>,
    by_path: HashMap<Vec<String>, usize>,
}

#[derive(Default)]
struct Module {
    file: String,
    path: Vec<String>,
    /// What it defines itself.
    items: HashSet<String>,
    /// What it imports, by the name under which it does.
    imports: HashMap<String, Vec<String>>,
    globs: Vec<Vec<String>>,
    /// The paths that it names, but for those of its exports.
    named: Vec<Vec<String>>,
}

impl Modules {
    /// `directory` is where the modules are that this one declares.
    fn read_file(
        &mut self,
        file: &Path,
        path: Vec<String>,
        directory: PathBuf,
        files: &Files<'_>,
    ) -> Result<()> {
        let text = files(file).ok_or_else(|| anyhow!("{} is not there", file.display()))??;
        let tokens: TokenStream = text
            .parse()
            .map_err(|error| anyhow!("{} is no Rust: {error}", file.display()))?;
        self.read_module(file, path, directory, tokens, files)
    }

    fn read_module(
        &mut self,
        file: &Path,
        path: Vec<String>,
        directory: PathBuf,
        tokens: TokenStream,
        files: &Files<'_>,
    ) -> Result<()> {
        let mut module = Module {
            file: file.to_string_lossy().into_owned(),
            path: path.clone(),
            ..Module::default()
        };
        let mut children = Vec::new();
        module.scan(tokens, true, &mut children);
        self.by_path.insert(path.clone(), self.all.len());
        self.all.push(module);
        for Child { name, tokens } in children {
            let mut path = path.clone();
            path.push(name.clone());
            let below = directory.join(&name);
            match tokens {
                Some(tokens) => self.read_module(file, path, below, tokens, files)?,
                None => {
                    let alone = directory.join(format!("{name}.rs"));
                    let inside = below.join("mod.rs");
                    let file = if files(&alone).is_some() {
                        alone
                    } else {
                        inside
                    };
                    self.read_file(&file, path, below, files)?;
                }
            }
        }
        Ok(())
    }

    fn arrows(&self) -> Arrows {
        let mut arrows = Arrows::new();
        for module in &self.all {
            let uses = arrows.entry(module.file.clone()).or_default();
            for path in &module.named {
                if let Some(found) = self.file_of(module, path, MOST_STEPS)
                    && *found != module.file
                {
                    uses.insert(found.to_owned());
                }
            }
        }
        arrows
    }

    /// The file that defines what a path in a module means; none if it is of another crate, or the
    /// name of something local.
    fn file_of<'m>(&'m self, module: &'m Module, path: &[String], steps: usize) -> Option<&'m str> {
        let steps = steps.checked_sub(1)?;
        let (mut at, mut rest) = match path.first()?.as_str() {
            "crate" => (self.all.first()?, path.get(1..)?),
            "self" => (module, path.get(1..)?),
            "super" => (self.parent(module)?, path.get(1..)?),
            _ => return self.file_of_bare(module, path, steps),
        };
        loop {
            let Some((name, more)) = rest.split_first() else {
                return Some(&at.file);
            };
            if name == "super" {
                at = self.parent(at)?;
            } else if let Some(child) = self.child(at, name) {
                at = child;
            } else if at.items.contains(name) {
                return Some(&at.file);
            } else {
                return self.file_of_bare(at, rest, steps).or(Some(&at.file));
            }
            rest = more;
        }
    }

    /// The same for a path that begins with a name of the module.
    fn file_of_bare<'m>(
        &'m self,
        module: &'m Module,
        path: &[String],
        steps: usize,
    ) -> Option<&'m str> {
        let (name, more) = path.split_first()?;
        if let Some(import) = module.imports.get(name) {
            if import.first() == Some(name) && self.child(module, name).is_none() {
                return None;
            }
            let whole: Vec<_> = import.iter().chain(more).cloned().collect();
            return self.file_of(module, &whole, steps);
        }
        // A single name may be a variable's.
        if !more.is_empty()
            && let Some(child) = self.child(module, name)
        {
            let inside: Vec<_> = [String::from("self")].iter().chain(more).cloned().collect();
            return self.file_of(child, &inside, steps);
        }
        module.globs.iter().find_map(|glob| {
            let from = self.module_of(module, glob)?;
            if from.items.contains(name) {
                return Some(from.file.as_str());
            }
            let imported = from.imports.contains_key(name) || self.child(from, name).is_some();
            let inside: Vec<_> = [String::from("self")].iter().chain(path).cloned().collect();
            imported.then(|| self.file_of(from, &inside, steps))?
        })
    }

    fn module_of(&self, module: &Module, path: &[String]) -> Option<&Module> {
        let mut at = self
            .by_path
            .get(&module.path)
            .map(|index| &self.all[*index])?;
        for name in path {
            at = match name.as_str() {
                "crate" => self.all.first()?,
                "self" => at,
                "super" => self.parent(at)?,
                name => self.child(at, name)?,
            };
        }
        Some(at)
    }

    fn parent(&self, module: &Module) -> Option<&Module> {
        let (_, path) = module.path.split_last()?;
        self.by_path.get(path).map(|index| &self.all[*index])
    }

    fn child(&self, module: &Module, name: &str) -> Option<&Module> {
        let path = [&module.path[..], &[name.to_owned()]].concat();
        self.by_path.get(&path).map(|index| &self.all[*index])
    }
}

/// Exports of exports are followed no further than this.
const MOST_STEPS: usize = 16;

/// A module that another declares; with its tokens if it is in the same file.
struct Child {
    name: String,
    tokens: Option<TokenStream>,
}

impl Module {
    /// `top` is false inside of functions and the like, where items are nobody else's.
    fn scan(&mut self, tokens: TokenStream, top: bool, children: &mut Vec<Child>) {
        let trees: Vec<_> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(tree) = trees.get(at) {
            at += match tree {
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    self.attribute(&trees[at..], children)
                }
                TokenTree::Ident(ident) => {
                    let before = &trees[..at];
                    self.word(&ident.to_string(), before, &trees[at..], top, children)
                }
                TokenTree::Group(group) => {
                    self.scan(group.stream(), false, children);
                    1
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => 1,
            };
        }
    }

    /// Gives how many of the tokens were read: with what is for tests, what follows too.
    fn attribute(&mut self, trees: &[TokenTree], children: &mut Vec<Child>) -> usize {
        let Some((index, group)) = trees.iter().enumerate().take(3).find_map(group_of) else {
            return 1;
        };
        let words: Vec<_> = words(group.clone()).collect();
        let is = |word: &str| words.iter().any(|other| other == word);
        let for_tests = is("test") && !is("not") && !is("any");
        if words.first().is_some_and(|word| word == "cfg") && for_tests {
            let rest = trees.iter().enumerate().skip(index + 1);
            let end = rest.into_iter().find(|(_, tree)| ends_item(tree));
            return end.map_or(trees.len(), |(end, _)| end + 1);
        }
        if words.first().is_none_or(|word| word != "doc") {
            for text in literals(group.clone()) {
                if let Ok(tokens) = text.parse() {
                    self.scan(tokens, false, children);
                }
            }
            self.scan(group, false, children);
        }
        index + 1
    }

    /// Gives how many of the tokens, of which the word is the first, were read.
    fn word(
        &mut self,
        word: &str,
        before: &[TokenTree],
        trees: &[TokenTree],
        top: bool,
        children: &mut Vec<Child>,
    ) -> usize {
        let next = trees.get(1);
        match (word, next) {
            // What is in the brackets says who may use it.
            ("pub", Some(TokenTree::Group(_))) => 2,
            ("mod", Some(TokenTree::Ident(name))) => {
                let tokens = match trees.get(2) {
                    Some(TokenTree::Group(group)) => Some(group.stream()),
                    _ => None,
                };
                let name = name.to_string();
                children.push(Child { name, tokens });
                3
            }
            ("use", Some(next)) if !is_punct(next, '<') => {
                let end = trees.iter().position(|tree| is_punct(tree, ';'));
                let end = end.unwrap_or(trees.len());
                self.import(&trees[1..end], &mut Vec::new(), is_export(before));
                end
            }
            (
                "struct" | "enum" | "union" | "trait" | "type" | "fn" | "const" | "static",
                Some(TokenTree::Ident(name)),
            ) if top => {
                // After `const` there may be another of these words.
                self.items.insert(name.to_string());
                1
            }
            _ => {
                let path = path(trees);
                let tokens = path.len() * 3 - 2;
                if !is_part(before) {
                    self.named.push(path);
                }
                tokens
            }
        }
    }

    /// Reads a tree of imports below a path.
    fn import(&mut self, trees: &[TokenTree], below: &mut Vec<String>, exports: bool) {
        let depth = below.len();
        let mut at = 0;
        while let Some(tree) = trees.get(at) {
            match tree {
                TokenTree::Ident(ident) if *ident == "as" => {
                    if let Some(TokenTree::Ident(name)) = trees.get(at + 1) {
                        self.imported(&name.to_string(), below, exports);
                    }
                    below.clear();
                    at += 1;
                }
                TokenTree::Ident(ident) => below.push(ident.to_string()),
                TokenTree::Group(group) => {
                    let trees: Vec<_> = group.stream().into_iter().collect();
                    for tree in trees.split(|tree| is_punct(tree, ',')) {
                        self.import(tree, &mut below.clone(), exports);
                    }
                    below.clear();
                }
                TokenTree::Punct(punct) if punct.as_char() == '*' => {
                    self.globs.push(below.clone());
                    if !exports {
                        self.named.push(below.clone());
                    }
                    below.clear();
                }
                _ => {}
            }
            at += 1;
        }
        if below.len() > depth {
            if below.last().is_some_and(|last| last == "self") && below.len() > 1 {
                below.pop();
            }
            if let Some(name) = below.last().cloned() {
                self.imported(&name, below, exports);
            }
        }
    }

    fn imported(&mut self, name: &str, path: &[String], exports: bool) {
        self.imports.insert(name.to_owned(), path.to_vec());
        if !exports {
            self.named.push(path.to_vec());
        }
    }
}

/// The path at the start: names with `::` between them.
fn path(trees: &[TokenTree]) -> Vec<String> {
    let mut path = Vec::new();
    let mut at = 0;
    while let Some(TokenTree::Ident(ident)) = trees.get(at) {
        path.push(ident.to_string());
        let colons = trees.get(at + 1..at + 3).unwrap_or_default();
        if colons.len() < 2 || !colons.iter().all(|tree| is_punct(tree, ':')) {
            break;
        }
        at += 3;
    }
    path
}

/// Whether what follows is a method, a field, a lifetime, or the rest of a path.
fn is_part(before: &[TokenTree]) -> bool {
    let double = |mark| match before {
        [.., first, second] => is_punct(first, mark) && is_punct(second, mark),
        _ => false,
    };
    let ends_in = |mark| before.last().is_some_and(|tree| is_punct(tree, mark));
    double(':') || ends_in('\'') || (ends_in('.') && !double('.'))
}

/// Whether these end in `pub` or `pub(…)`.
fn is_export(before: &[TokenTree]) -> bool {
    let is_pub = |tree: &TokenTree| matches!(tree, TokenTree::Ident(ident) if *ident == "pub");
    match before {
        [.., first, TokenTree::Group(group)] if group.delimiter() == Delimiter::Parenthesis => {
            is_pub(first)
        }
        [.., last] => is_pub(last),
        [] => false,
    }
}

fn is_punct(tree: &TokenTree, mark: char) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == mark)
}

fn ends_item(tree: &TokenTree) -> bool {
    match tree {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        tree => is_punct(tree, ';'),
    }
}

/// A group in brackets, as an attribute has it.
fn group_of((index, tree): (usize, &TokenTree)) -> Option<(usize, TokenStream)> {
    match tree {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => {
            Some((index, group.stream()))
        }
        _ => None,
    }
}

/// All words of the tokens, also inside of groups.
fn words(tokens: TokenStream) -> Box<dyn Iterator<Item = String>> {
    Box::new(tokens.into_iter().flat_map(|tree| match tree {
        TokenTree::Group(group) => words(group.stream()),
        TokenTree::Ident(ident) => Box::new(std::iter::once(ident.to_string())),
        TokenTree::Punct(_) | TokenTree::Literal(_) => {
            Box::new(std::iter::empty()) as Box<dyn Iterator<Item = String>>
        }
    }))
}

/// The texts among the tokens, without their quotes, also inside of groups.
fn literals(tokens: TokenStream) -> Vec<String> {
    let mut texts = Vec::new();
    for tree in tokens {
        match tree {
            TokenTree::Group(group) => texts.extend(literals(group.stream())),
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                let text = text
                    .strip_prefix('"')
                    .and_then(|text| text.strip_suffix('"'));
                texts.extend(text.map(str::to_owned));
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each file with those that it uses, in a crate of these.
    fn arrows(sources: &[(&str, &str)]) -> Vec<(String, Vec<String>)> {
        let files = |file: &Path| {
            let found = sources.iter().find(|(name, _)| Path::new(name) == file);
            found.map(|(_, text)| Ok((*text).to_owned()))
        };
        let arrows = read("lib.rs", &files).unwrap();
        let lists = arrows.into_iter();
        lists
            .filter(|(_, uses)| !uses.is_empty())
            .map(|(file, uses)| (file, uses.into_iter().collect()))
            .collect()
    }

    fn arrow(from: &str, to: &[&str]) -> (String, Vec<String>) {
        (
            from.to_owned(),
            to.iter().map(|to| (*to).to_owned()).collect(),
        )
    }

    #[test]
    fn each_way_to_name_a_file_is_an_arrow() {
        for text in [
            "use crate::b::B;",
            "use crate::b;",
            "use crate::{a, b::{self, B as C}};",
            "use super::b::*;",
            "fn f() -> crate::b::B { todo!() }",
            "fn f() { let x = vec![super::b::B::new()]; }",
            "fn f() { use crate::b::B; }",
            "#[derive(Serialize)] struct A { #[serde(with = \"crate::b\")] x: u8 }",
            "mod inner { use super::super::b::B; }",
            "macro_rules! m { () => { $crate::b::B } }",
            "use crate::c::B;",
            "use crate::all::*; fn f(b: B) {}",
            "use crate::D;",
            "pub use crate::b::B; fn f(b: B) {}",
        ] {
            let found = arrows(&[
                ("lib.rs", "mod a; mod all; mod b; mod c; pub use b::B as D;"),
                ("a.rs", text),
                ("all.rs", "pub(crate) use crate::b::B;"),
                ("b.rs", "pub struct B;"),
                ("c.rs", "pub(crate) use super::all::B;"),
            ]);
            let (from, to) = found.first().unwrap_or_else(|| panic!("{text}"));
            assert_eq!((found.len(), from.as_str()), (1, "a.rs"), "{text}");
            assert!(to.contains(&"b.rs".to_owned()), "{text}: {to:?}");
        }
    }

    #[test]
    fn what_only_lists_or_tests_or_is_of_elsewhere_is_none() {
        for text in [
            "pub mod b;",
            "pub(crate) use crate::b::B;",
            "use std::b::B; fn f(b: B) { other::b::B::new() }",
            "fn f(b: u8) -> u8 { b.b() + self.b }",
            "#[cfg(test)] mod tests { use crate::b::B; }",
            "#[cfg(test)] use crate::b::{B};",
            "/// See [`crate::b::B`].\nfn f<'b>(text: &'b str) { \"crate::b::B\"; }",
        ] {
            let sources = [
                ("lib.rs", "mod a; mod b;"),
                ("a.rs", text),
                ("a/b.rs", ""),
                (
                    "b.rs",
                    "pub struct B; fn own() { self::own(); crate::b::own() }",
                ),
            ];
            assert_eq!(arrows(&sources), [], "{text}");
        }
    }

    #[test]
    fn files_are_found_beside_and_below_their_module() {
        let found = arrows(&[
            ("lib.rs", "mod room; mod other;"),
            (
                "room.rs",
                "mod low; mod high { mod inner; } fn f() { low::f() }",
            ),
            ("room/low.rs", ""),
            ("room/high/inner.rs", "use crate::other::deep::X;"),
            ("other/mod.rs", "pub mod deep;"),
            (
                "other/deep.rs",
                "pub struct X; fn f() { super::super::room::low::f() }",
            ),
        ]);
        assert_eq!(
            found,
            [
                arrow("other/deep.rs", &["room/low.rs"]),
                arrow("room.rs", &["room/low.rs"]),
                arrow("room/high/inner.rs", &["other/deep.rs"]),
            ]
        );
    }
}
