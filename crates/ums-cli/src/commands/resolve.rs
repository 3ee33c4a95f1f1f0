//! `ums resolve`.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, Command, FromArgMatches};
use serde_json::Map;
use ums_client::journal::{RequestRecord, to_china_time};
use ums_client::model::{FieldSpec, Need, OperationSpec};
use ums_client::{Client, NextStep, PastCall, ResolvePolicy};

use crate::call::carry_out::{print, until_end_or_signal};
use crate::call::interrupt::Witness;
use crate::config::credentials;
use crate::config::destination::Destination;
use crate::config::settings::Settings;
use crate::context::Context;
use crate::described::field_words::FieldWords;
use crate::described::request::{given, unless_unfulfilled};
use crate::described::words::{COMMANDS, CommandWords};
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::files::named;
use crate::input::fields::{Merchant, missing};
use crate::input::resolving::Pace;
use crate::input::time;
use crate::language::Message;
use crate::past::next_command::{self, NextCommand, Past};
use crate::past::outcome::{PastOutcome, past_call};
use crate::past::request::{PastRequest, telling};
use crate::print::output::{self, talk};
use crate::print::table::table;
use crate::print::visible::visible;
use crate::report::{self, Found, Place, Report};

/// Find out by query what became of an operation whose outcome is unknown
///
/// Reads the JSON that ums pay, void, refund or reverse printed with --json, of one outcome or of
/// one a line, and queries each that is unknown until its state is certain. The operation itself is
/// never sent again.
#[derive(Debug, clap::Args)]
#[command(after_long_help = report::help(NOTES, EXAMPLES))]
pub(crate) struct Args {
    /// File that holds the JSON of an outcome, or of one a line; - for stdin
    #[arg(value_name = "FILE", required_unless_present = "operation")]
    file: Option<PathBuf>,

    #[command(flatten)]
    identifiers: Identifiers,

    #[command(flatten)]
    merchant: Merchant,

    #[command(flatten)]
    pace: Pace,
}

/// An operation by its identifiers, where its JSON is not at hand.
#[derive(Debug, clap::Args)]
struct Identifiers {
    /// Which operation it was, instead of a file
    #[arg(long, value_name = "NAME", conflicts_with = "file")]
    #[arg(value_parser = PossibleValuesParser::new(asked().map(|(words, _)| words.command)))]
    operation: Option<String>,

    #[command(flatten)]
    fields: AskedFields,

    /// The timestamp it was signed with, as yyyyMMddHHmmss in UTC+8 or RFC 3339
    #[arg(long, value_name = "TIME", requires = "operation")]
    signed_at: Option<String>,

    /// When its time was up, as RFC 3339 [default: as if it were sent now]
    #[arg(long, value_name = "TIME", requires = "operation")]
    deadline: Option<String>,

    /// errCode of its reply, if it had one: 94 says that the order id may be another's
    #[arg(long, value_name = "CODE", requires = "operation")]
    err_code: Option<String>,

    /// The timestamp that a void or reversal of the payment was signed with which is open itself
    #[arg(long, value_name = "TIME", requires = "operation")]
    take_back_signed_at: Option<String>,

    /// Version of the interface that it was sent at [default: that of its command]
    #[arg(long, value_name = "VERSION", requires = "operation")]
    #[arg(value_parser = PossibleValuesParser::new(versions()))]
    api_version: Option<String>,
}

/// The operations that queries can find out about.
fn asked() -> impl Iterator<Item = (&'static CommandWords, &'static OperationSpec)> {
    let all = COMMANDS
        .iter()
        .filter_map(|words| Some((words, words.spec()?)));
    all.filter(|(_, spec)| spec.asked.is_some())
}

fn versions() -> BTreeSet<&'static str> {
    let paths = asked().flat_map(|(_, spec)| spec.paths);
    paths.map(|path| path.version).collect()
}

/// The fields that tell one of the operations from another call, by their flags.
#[derive(Debug)]
struct AskedFields(ArgMatches);

impl AskedFields {
    fn all() -> Vec<&'static FieldSpec> {
        let mut all: Vec<&FieldSpec> = Vec::new();
        for field in asked().flat_map(|(_, spec)| telling(spec)) {
            if all.iter().all(|known| known.name != field.name) {
                all.push(field);
            }
        }
        all.sort_by_key(|field| FieldWords::of(field.name).map(FieldWords::rank));
        all
    }
}

impl FromArgMatches for AskedFields {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self(matches.clone()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0 = matches.clone();
        Ok(())
    }
}

impl clap::Args for AskedFields {
    fn augment_args(command: Command) -> Command {
        let flags = Self::all().into_iter().filter_map(|field| {
            let words = FieldWords::of(field.name)?;
            let own = SENT_WITH.iter().find(|(name, _)| *name == field.name);
            let flag = Arg::new(field.name)
                .long(words.long())
                .value_name(words.value.as_str())
                .help(own.map_or(words.help.0, |(_, help)| *help))
                .requires("operation");
            Some(flag)
        });
        command.args(flags)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// What the help says of a flag where that is not what it says of it elsewhere.
const SENT_WITH: [(&str, &str); 4] = [
    (
        "originalOrderId",
        "UMS order id (银商订单号) that it was sent with",
    ),
    (
        "merchantOrderId",
        "Merchant order id (商户订单号) that it was sent with",
    ),
    (
        "refundRequestId",
        "Refund request id (退款请求号) that the refund was sent with",
    ),
    (
        "transactionAmount",
        "The amount that it was sent with, in fen (分); a void has none",
    ),
];

const NOTES: &str = "\
What the outcome says then: approved, it was carried out, and stands says whether it
is still in force; declined, the platform refused it; not_executed, it was not carried
out as far as the platform could tell at as_of; unknown, that is still open.
\"Carried out\" is believed at once. \"Not carried out\" is believed when two answers in
a row say so, of the day of the call and, where the platform has no trace of it, later
than the call's deadline and the late window. Without --signed-at it is never believed.

An outcome that is known already is printed as it came, so that a script may pipe
every outcome through; it exits as that outcome does. Of an unknown one all members
are kept but those that resolving changes.

When it cannot even be asked (no AppKey, another gateway, a file that cannot be used),
the outcome stays unknown, next_step is fix_then_query, and resolution has reason and
detail. The exit code is 5 if any outcome stays unknown; but 2 or 6, by the cause, when
nothing at all could be asked. Without an unknown one it is the worst: 4, 3 or 0.";

const EXAMPLES: &str = "\
Examples:
  ums void --profile shop --merchant-order-id 202311250001 --json > void.json
  ums resolve --profile shop void.json
  ums refund … --json | ums resolve --profile shop --within 300 -
  ums resolve --profile shop --operation pay --merchant-order-id 202311250001 \\
      --amount 4160 --signed-at 20231125120000";

/// What is asked about, in the order in which it was given.
enum Item {
    /// Nothing is open.
    Known(PastOutcome),
    /// It was given as JSON.
    Told(PastOutcome, Result<Box<Question>, Failure>),
    /// It was given by identifiers.
    Named(Box<Question>),
    /// There is no outcome to read.
    Unreadable(Failure),
}

/// An operation that is open, and what is known of it.
struct Question {
    open: PastRequest,
    request: RequestRecord,
    call: PastCall,
    past: Past,
    /// Where it was sent, if that is known.
    sent_to: Option<String>,
}

impl Item {
    fn is_open(&self) -> bool {
        matches!(self, Self::Told(_, Ok(_)) | Self::Named(_))
    }
}

/// Who asks.
struct Asker<'m> {
    settings: Settings<'m>,
    client: Client,
    policy: ResolvePolicy,
    is_live: bool,
}

impl Args {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let witness = Witness::default();
        witness.resolving();
        let (items, asker) = match (&self.file, &self.identifiers.operation) {
            (Some(file), _) => {
                let items = told(file)?;
                let is_needed = items.iter().any(Item::is_open);
                let asker = || Asker::new(context.settings()?, &witness);
                (items, is_needed.then(asker))
            }
            (None, Some(operation)) => {
                let settings = context.settings()?;
                let question = self.identifiers.question(operation, &settings)?;
                let asker = Asker::new(settings, &witness)?;
                (vec![Item::Named(Box::new(question))], Some(Ok(asker)))
            }
            (None, None) => {
                return Err(missing((
                    "no FILE and no --operation",
                    "请给出 FILE 或 --operation",
                )));
            }
        };
        let told = Told {
            context,
            asker: asker.as_ref(),
            ends: RefCell::default(),
        };
        let work = async {
            for item in &items {
                told.tell(item, found(item, asker.as_ref()).await);
            }
        };
        let (ended, elapsed) = until_end_or_signal(work, &witness, context)?;
        if ended.is_none() {
            for item in items.iter().skip(told.count()) {
                let found = match item {
                    Item::Known(_) => None,
                    Item::Unreadable(failure) => Some(Found::unasked(failure)),
                    Item::Told(..) | Item::Named(_) => Some(Found::interrupted(elapsed)),
                };
                told.tell(item, found);
            }
        }
        Ok(told.exit())
    }
}

/// What queries find of an item; `None` where nothing is open.
async fn found(item: &Item, asker: Option<&Result<Asker<'_>, Failure>>) -> Option<Found> {
    let question = match item {
        Item::Known(_) => return None,
        Item::Unreadable(failure) | Item::Told(_, Err(failure)) => {
            return Some(Found::unasked(failure));
        }
        Item::Told(_, Ok(question)) | Item::Named(question) => question,
    };
    Some(match asker? {
        Ok(asker) => asker.ask(question).await,
        Err(failure) => Found::unasked(failure),
    })
}

/// What was printed so far, and how it makes the run end.
struct Told<'r> {
    context: &'r Context<'r>,
    asker: Option<&'r Result<Asker<'r>, Failure>>,
    ends: RefCell<Vec<End>>,
}

/// How a run over one item alone would end.
struct End {
    exit: Exit,
    /// Whether it is open and could not be asked about.
    is_unasked: bool,
    /// Whether it was asked about.
    is_asked: bool,
}

impl Told<'_> {
    /// Prints an item, with what was found of it.
    fn tell(&self, item: &Item, found: Option<Found>) {
        let is_unasked = found.as_ref().is_some_and(Found::is_unasked);
        let is_asked = found.is_some() && !is_unasked;
        if self.count() > 0 && !self.context.json {
            self.print(Ok(String::new()), "");
        }
        let exit = match (item, found) {
            (Item::Known(outcome), _) | (Item::Told(outcome, _), None) => self.known(outcome),
            (Item::Told(outcome, question), Some(found)) => {
                self.changed(outcome, question.as_deref().ok(), found)
            }
            (Item::Named(question), found) => self.named(question, found),
            (Item::Unreadable(failure), _) => {
                let language = self.context.language;
                let report = Report::of_unasked(report::RESOLVE, failure, language);
                self.complain(report.sentence(), true);
                print(&report, Vec::new(), self.context);
                report.exit()
            }
        };
        self.ends.borrow_mut().push(End {
            exit,
            is_unasked,
            is_asked,
        });
    }

    /// An outcome that is known already: the object as it came.
    fn known(&self, outcome: &PastOutcome) -> Exit {
        let sentence = outcome.sentence(self.context.language);
        let text = match self.context.json {
            true => outcome.line().to_owned(),
            false => sentence.clone(),
        };
        self.print(Ok(text), &sentence);
        outcome.exit().unwrap_or(Exit::Unknown)
    }

    /// An outcome from a file, with what resolving changes in it.
    fn changed(&self, outcome: &PastOutcome, question: Option<&Question>, found: Found) -> Exit {
        let language = self.context.language;
        let operation = question.map_or("", |question| question.request.operation.as_str());
        let is_silent = found.came_to_its_end();
        let change = found.change(operation, language);
        let command = question.and_then(|question| self.command(change.next_step(), question));
        let change = change.with_command(command.as_ref(), language);
        self.complain(change.sentence(), !is_silent);
        let text = match self.context.json {
            true => outcome.changed(&change),
            false => {
                let mut rows = question.map_or(Vec::new(), |question| question.open.rows(language));
                rows.extend(change.rows(self.context.verbose, language));
                Ok(format!("{}\n\n{}", change.sentence(), table(&rows)))
            }
        };
        self.print(text.map_err(io::Error::from), change.sentence());
        change.exit()
    }

    /// An operation that was told by its identifiers.
    fn named(&self, question: &Question, found: Option<Found>) -> Exit {
        let (Some(Ok(asker)), Some(found)) = (self.asker, found) else {
            return Exit::Unknown;
        };
        let language = self.context.language;
        let Question {
            open,
            request,
            past,
            ..
        } = question;
        let is_silent = found.came_to_its_end();
        let report = Report::of_past(
            &request.operation,
            past.clone(),
            &asker.place(request),
            language,
        )
        .with_found(found, language);
        let command = self.command(report.next_step(), question);
        let report = report
            .with_request(Some(request.clone()))
            .with_command(command.as_ref(), language);
        self.complain(report.sentence(), !is_silent);
        print(&report, open.rows(language), self.context);
        report.exit()
    }

    fn command(&self, step: NextStep, question: &Question) -> Option<NextCommand> {
        let asker = self.asker?.as_ref().ok()?;
        next_command::of(step, &question.request, &question.past, &asker.settings)
    }

    /// What a person should know beside the object that a script reads.
    fn complain(&self, sentence: &str, is_due: bool) {
        if is_due && self.context.json {
            talk(sentence);
        }
    }

    fn print(&self, text: io::Result<String>, sentence: &str) {
        if let Err(error) = text.and_then(output::result) {
            output::cannot_be_written(&error);
            talk(sentence);
        }
    }

    /// How many items were printed.
    fn count(&self) -> usize {
        self.ends.borrow().len()
    }

    /// The worst of all ends: 5 if anything stays unknown, but the cause where nothing at all could
    /// be asked.
    fn exit(&self) -> Exit {
        let ends = self.ends.borrow();
        let has = |exit| ends.iter().any(|end| end.exit == exit);
        let unasked = ends.iter().find(|end| end.is_unasked);
        let is_asked = ends.iter().any(|end| end.is_asked);
        match unasked {
            _ if has(Exit::Unknown) => Exit::Unknown,
            Some(_) if is_asked => Exit::Unknown,
            Some(unasked) => unasked.exit,
            None if has(Exit::NotSent) => Exit::NotSent,
            None if has(Exit::Declined) => Exit::Declined,
            None => Exit::Success,
        }
    }
}

/// The outcomes in a file.
fn told(file: &Path) -> Result<Vec<Item>, Failure> {
    let about =
        |failure: Failure| failure.about(Message::name(visible(&file.display().to_string())));
    let bytes = named::bytes("FILE", file)?;
    let outcomes = PastOutcome::all(&bytes).map_err(about)?;
    Ok(outcomes
        .into_iter()
        .map(|outcome| match outcome {
            Ok(outcome) if outcome.is_known() => Item::Known(outcome),
            Ok(outcome) => {
                let question = Question::of(&outcome).map(Box::new).map_err(about);
                Item::Told(outcome, question)
            }
            Err(failure) => Item::Unreadable(about(failure)),
        })
        .collect())
}

impl Question {
    fn of(outcome: &PastOutcome) -> Result<Self, Failure> {
        let (request, sent_to) = outcome.request()?;
        Ok(Self {
            open: PastRequest::of(request)?,
            request: request.clone(),
            call: outcome.call()?,
            past: outcome.past(),
            sent_to: Some(sent_to.to_owned()),
        })
    }
}

impl Identifiers {
    fn question(&self, operation: &str, settings: &Settings<'_>) -> Result<Question, Failure> {
        let Some((words, spec)) = asked().find(|(words, _)| words.command == operation) else {
            return Err(missing(("no such operation", "没有这种交易")));
        };
        let telling = telling(spec);
        let mut body = Map::new();
        for field in AskedFields::all() {
            let Some(flag) = FieldWords::of(field.name) else {
                continue;
            };
            let value = given(field, flag, &self.fields.0)?;
            let needed = telling.iter().find(|known| known.name == field.name);
            let what = flag.flag;
            match (&value, needed.map(|field| field.need)) {
                (Some(_), None) => Err(missing((
                    format!("--operation {operation} goes without {what}"),
                    format!("--operation {operation} 不用 {what}"),
                ))),
                (None, Some(Need::Required)) => Err(missing((
                    format!("--operation {operation} needs {what}"),
                    format!("--operation {operation} 需要 {what}"),
                ))),
                _ => Ok(()),
            }?;
            body.extend(value.map(|value| (field.name.to_owned(), value)));
        }
        unless_unfulfilled(spec, &body)?;
        for (name, value) in Merchant::fields(settings)? {
            body.insert(name.to_owned(), value.into());
        }
        let version = self.api_version.as_deref();
        let mut paths = spec.paths.iter();
        let path = paths.find(|path| version.is_none_or(|version| path.version == version));
        let path = path.ok_or_else(|| {
            let known: Vec<_> = spec.paths.iter().map(|path| path.version).collect();
            missing((
                format!(
                    "--api-version: {operation} is known at {} only",
                    known.join(", ")
                ),
                format!("--api-version：{operation} 只有 {}", known.join("、")),
            ))
        })?;
        let body = serde_json::to_vec(&body).or_fail(FailureKind::InvalidInput)?;
        let request = RequestRecord::new(words.operation, path.path, &body);
        let past = Past {
            signed_at: read_time("--signed-at", self.signed_at.as_deref())?,
            deadline: self.deadline.as_deref().map(deadline).transpose()?,
            clock_ahead_s: None,
            err_code: self.err_code.clone(),
            take_back_signed_at: read_time(
                "--take-back-signed-at",
                self.take_back_signed_at.as_deref(),
            )?,
        };
        Ok(Question {
            open: PastRequest::of(&request)?,
            request,
            call: past_call(&past)?,
            past,
            sent_to: None,
        })
    }
}

/// The timestamp that a flag gives, if it is given.
fn read_time(flag: &str, given: Option<&str>) -> Result<Option<String>, Failure> {
    let Some(text) = given else { return Ok(None) };
    let time = time::of_timestamp(text).or_else(|| time::of_rfc3339(text));
    time.map(|time| Some(time::to_timestamp(time)))
        .ok_or_else(|| {
            missing((
                format!("{flag}: must be a time as yyyyMMddHHmmss in UTC+8, or as RFC 3339"),
                format!("{flag}：应为北京时间 yyyyMMddHHmmss，或 RFC 3339 格式的时间"),
            ))
        })
}

fn deadline(text: &str) -> Result<String, Failure> {
    let time = time::of_rfc3339(text);
    time.map(to_china_time).ok_or_else(|| {
        missing((
            "--deadline: must be a time as RFC 3339",
            "--deadline：应为 RFC 3339 格式的时间",
        ))
    })
}

impl<'m> Asker<'m> {
    fn new(settings: Settings<'m>, witness: &Witness) -> Result<Self, Failure> {
        let policy = Pace::policy(&settings)?;
        let destination = Destination::of(&settings)?;
        let credentials = credentials::of(&settings)?;
        let is_live = destination.is_live;
        let client = destination
            .client(credentials)
            .recorder(witness.clone())
            .build()
            .or_fail(FailureKind::Configuration)?;
        Ok(Self {
            settings,
            client,
            policy,
            is_live,
        })
    }

    fn place(&self, request: &RequestRecord) -> Place {
        Place {
            gateway: self.client.base_url().to_string(),
            path: request.path.clone(),
            is_live: self.is_live,
        }
    }

    /// What became of it, by query.
    async fn ask(&self, question: &Question) -> Found {
        let place = self.place(&question.request);
        if let Some(sent_to) = &question.sent_to
            && *sent_to != place.url()
        {
            let url = place.url();
            return Found::unasked(&missing((
                format!("it was sent to {sent_to}, and this run would ask {url}"),
                format!("该请求发往 {sent_to}，而本次将向 {url} 查询"),
            )));
        }
        let Question { open, call, .. } = question;
        let inquiry = self.client.inquire(&open.request, call, &self.policy).await;
        Found::new(inquiry.conclusion, inquiry.queries, inquiry.elapsed)
    }
}
