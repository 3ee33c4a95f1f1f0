//! Wire examples: the bytes of requests and replies, made from the field tables, the page's
//! examples and the reply codes.

use anyhow::Result;

use super::documented::Checked;
use super::facts::Documented;
use super::json::Json;
use super::operation::{Field, Message, Need, Operation, Origin};
use super::reply_codes::{Class, ReplyCode};
use super::tree::Tree;

/// A code that is in no table, so that a reader has to show what it does with one.
const UNLISTED: &str = "X9";

pub(crate) fn generate(facts: &Documented, tree: &mut Tree) -> Result<()> {
    for operation in &facts.operations {
        let requests = requests(operation).iter().map(Example::json).collect();
        let replies = replies(operation, &facts.reply_codes);
        let replies = replies.iter().map(Example::json).collect();
        let file = Json::object([
            ("operation", operation.name.as_str().into()),
            ("requests", Json::Array(requests)),
            ("replies", Json::Array(replies)),
        ]);
        tree.add(format!("wire/{}.json", operation.name), file.pretty())?;
    }
    Ok(())
}

struct Example {
    name: String,
    description: &'static str,
    body: Json,
    /// Of a reply: its code and the class of that code.
    code: Option<(String, Class)>,
    /// Of a query's reply: the state that it tells.
    state: Option<String>,
}

impl Example {
    fn json(&self) -> Json {
        let mut entries = vec![
            ("name", self.name.as_str().into()),
            ("description", self.description.into()),
        ];
        if let Some((code, class)) = &self.code {
            entries.push(("errCode", code.as_str().into()));
            entries.push(("class", class.word().into()));
        }
        if let Some(state) = &self.state {
            entries.push(("state", state.as_str().into()));
        }
        entries.push(("body", self.body.compact().as_str().into()));
        Json::object(entries)
    }
}

fn requests(operation: &Operation) -> Vec<Example> {
    let request = &operation.request;
    let example = |name: String, description, body| Example {
        name,
        description,
        body,
        code: None,
        state: None,
    };
    let mut examples = vec![example(
        "request".to_owned(),
        "each field that the table has an example of, in the documented type and order",
        table_example(request, |_| true),
    )];
    if request.origin == Origin::Page {
        examples.push(example(
            "request-sample".to_owned(),
            "the request of the page's sample code, in the page's spelling",
            request.example.clone(),
        ));
    }
    let conditional: Vec<_> = request
        .fields
        .iter()
        .filter(|field| field.need == Need::Conditional && field.example.is_some())
        .collect();
    if conditional.is_empty() {
        let required = |name: &str| {
            let field = request.fields.iter().find(|field| *field.name == *name);
            field.is_some_and(|field| field.need == Need::Required)
        };
        examples.push(example(
            "request-minimal".to_owned(),
            "the required fields",
            table_example(request, required),
        ));
    }
    for conditional in conditional {
        examples.push(example(
            format!("request-minimal-{}", kebab(&conditional.name)),
            "the required fields, and one of those of which at least one must be there",
            table_example(request, |name| {
                let field = request.fields.iter().find(|field| *field.name == *name);
                *name == **conditional.name
                    || field.is_some_and(|field| field.need == Need::Required)
            }),
        ));
    }
    examples
}

fn replies(operation: &Operation, codes: &[Checked<ReplyCode>]) -> Vec<Example> {
    let reply = &operation.reply;
    let example = |name: String, description, body, code: &str, class| Example {
        name,
        description,
        body,
        code: Some((code.to_owned(), class)),
        state: None,
    };
    let approved = codes
        .iter()
        .find(|code| code.class(&operation.behaviour.codes) == Class::Approved);
    let approved = approved.map_or("", |code| code.code.as_str());
    let (as_it_is, in_types) = match reply.origin {
        Origin::Page => (
            "the page's example reply, in the page's spelling",
            "the page's example reply, in the types of the type column",
        ),
        Origin::MadeUp => (
            "a reply in the shape of live ones, with made-up values",
            "a reply with made-up values, in the types of the type column",
        ),
    };
    let mut examples = vec![
        example(
            "reply-approved".to_owned(),
            as_it_is,
            reply.example.clone(),
            approved,
            Class::Approved,
        ),
        example(
            "reply-approved-documented-types".to_owned(),
            in_types,
            table_example(reply, |_| true),
            approved,
            Class::Approved,
        ),
    ];
    examples.extend(result_replies(operation, approved));
    for code in codes {
        let class = code.class(&operation.behaviour.codes);
        let kind = match class {
            Class::Approved => continue,
            Class::Unknown => "unknown",
            _ => "declined",
        };
        examples.push(example(
            format!("reply-{kind}-{}", code.code.to_ascii_lowercase()),
            "a code of the table with its Chinese text",
            error_reply(
                &code.code,
                code.chinese.as_deref().map_or("", String::as_str),
            ),
            &code.code,
            class,
        ));
    }
    examples.push(example(
        "reply-unknown-unlisted".to_owned(),
        "a code that no table has",
        error_reply(UNLISTED, ""),
        UNLISTED,
        Class::Unknown,
    ));
    examples.push(example(
        "reply-unknown-no-code".to_owned(),
        "an object without any field",
        Json::Object(Vec::new()),
        "",
        Class::Unknown,
    ));
    examples
}

/// One reply for each state that a query can tell of.
fn result_replies(operation: &Operation, approved: &str) -> Vec<Example> {
    let Some(results) = &operation.results else {
        return Vec::new();
    };
    let reply = |name: String, description, code: &str, text: &str, state: &str| Example {
        name,
        description,
        body: Json::object([
            ("errCode", approved.into()),
            ("errInfo", "".into()),
            (results.field.as_str(), code.into()),
            (results.text_field.as_str(), text.into()),
        ]),
        code: Some((approved.to_owned(), Class::Approved)),
        state: Some(state.to_owned()),
    };
    let mut replies: Vec<Example> = results
        .codes
        .iter()
        .map(|row| {
            reply(
                format!("reply-result-{}", row.code.to_ascii_lowercase()),
                "an answered query: a result code of the table with its Chinese text",
                &row.code,
                row.chinese.as_deref().unwrap_or_default(),
                &row.state,
            )
        })
        .collect();
    replies.push(reply(
        "reply-result-unlisted".to_owned(),
        "an answered query: a result code that no table has",
        UNLISTED,
        "",
        &results.unlisted,
    ));
    replies
}

/// The table's examples of the fields that are wanted, in the order of the table.
fn table_example(message: &Message, wanted: impl Fn(&str) -> bool) -> Json {
    let fields = message.fields.iter().filter(|field| wanted(&field.name));
    let entry = |field: &Checked<Field>| Some((field.name.clone(), field.example.clone()?));
    Json::Object(fields.filter_map(entry).collect())
}

fn error_reply(code: &str, text: &str) -> Json {
    Json::object([("errCode", code.into()), ("errInfo", text.into())])
}

/// `originalOrderId` as `original-order-id`.
fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            kebab.push('-');
        }
        kebab.push(letter.to_ascii_lowercase());
    }
    kebab
}
