//! `ums serve`.

mod demo;
mod profiles;
mod token;
mod token_file;
mod told;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Subcommand;
use ums_client::Language;
use ums_durable::journal::CallId;
use ums_server::{ListenAt, Server, ServerBuilder, Serving, TlsFiles};

use self::token_file::token_file;
use self::told::{listen_failure, server_failure};
use crate::call::interrupt::Signals;
use crate::config::journal::{JournalPlace, times};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::input::fields::missing;
use crate::input::journalling::{JournalFlag, Times};
use crate::journal::memory::JournalMemory;
use crate::language::Message;
use crate::print::output::{self, talk};
use crate::print::visible::visible;

/// Take operations over HTTP, for any language: each once per key
///
/// Prints its URL alone on the first line of stdout and runs until Ctrl-C. Whoever asks shows a
/// token, which ums serve token add makes.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(Debug, clap::Args)]
struct ServeArgs {
    /// Address of this machine to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// Unix socket to listen on instead, in a directory that is yours alone
    #[cfg(unix)]
    #[arg(long, value_name = "PATH", conflicts_with = "listen")]
    unix: Option<PathBuf>,

    /// Certificate chain in PEM: needed where other machines are served
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// Key of that certificate in PEM, readable by you alone
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// Name, with its port, that clients reach it by; may be given more than once
    #[arg(long, value_name = "NAME:PORT")]
    host: Vec<String>,

    /// File of tokens [default: $XDG_STATE_HOME/ums/tokens.json]
    #[arg(long, value_name = "FILE")]
    tokens: Option<PathBuf>,

    /// Let whoever submitted a call close it: a shop of one person
    #[arg(long)]
    one_person: bool,

    /// Serve a simulator inside this process, with a token that is told: no set-up
    #[arg(long)]
    demo: bool,

    #[command(flatten)]
    journal: JournalFlag,

    #[command(flatten)]
    times: Times,
}

#[derive(Debug, Subcommand)]
enum Command {
    Token(token::Args),
}

const HELP: &str = "\
Serves every profile of the configuration file, or the one that --profile names, as
the file has it: flags and variables change nothing of a profile. Without profiles
the flags and variables make one of the name default. The AppKey comes from a file.

Another address than this machine's own needs --tls-cert and --tls-key, which SIGHUP
has read again, and --host. Nothing is asked before live money is moved: who may move
it is what the tokens say.

On Ctrl-C or SIGTERM it takes no further calls and waits up to 30 seconds for those
that run. Exits with 0, or with 5 when some still run; the journal has them.

Examples:
  ums serve --demo
  ums serve token add \"till 3\" --role submit --role read
  ums serve --profile shop --listen 127.0.0.1:8090";

/// How long calls that run are waited for at the end.
const LAST: Duration = Duration::from_secs(30);

impl Args {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        match &self.command {
            Some(Command::Token(args)) => args.run(context),
            None => self.serve.run(context),
        }
    }
}

impl ServeArgs {
    fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .or_fail(FailureKind::System)?;
        if self.demo {
            return runtime.block_on(demo::serve(self, context));
        }
        let settings = context.settings()?;
        let place = JournalPlace::of(&settings)?.ok_or_else(|| {
            missing((
                "a server needs a journal: it is set to none",
                "服务必须保存交易流水，但当前设置为 \"none\"",
            ))
        })?;
        let served = profiles::all(context, &settings, &place)?;
        let times = times(&settings)?;
        let memory = JournalMemory::for_money(&settings, &place)?;
        let store = memory.open()?;
        let found = runtime.block_on(store.head());
        let found = found.or_fail(FailureKind::Journal)?;
        let (known, witnesses) = memory.known_by(&found)?;
        // What any profile states to be its journal must be this one.
        let mut stated = served.journals.into_iter();
        let other = stated.find(|journal| *journal != found.journal);
        let tokens = token_file(self.tokens.as_ref())?;
        let mut server = Server::builder(store, tokens)
            .settings(times)
            .journal(other.unwrap_or(known))
            .witness_before_sending();
        for witness in witnesses {
            server = server.witness(witness);
        }
        let (profiles, default) = (served.profiles, served.default);
        for profile in profiles {
            server = server.profile(profile);
        }
        if let Some(default) = default {
            server = server.default_profile(default);
        }
        runtime.block_on(self.serve(server, context, |_| {}))
    }

    /// Serves until a signal comes.
    async fn serve(
        &self,
        server: ServerBuilder,
        context: &Context<'_>,
        introduce: impl FnOnce(&Serving),
    ) -> Result<Exit, Failure> {
        let mut signals = Signals::but_hangup().or_fail(FailureKind::System)?;
        let mut hangups = Hangups::listen()?;
        let server = match self.one_person {
            true => server.one_person(),
            false => server,
        };
        let server = server
            .build()
            .await
            .map_err(|error| server_failure(&error))?;
        let serving = server.start(self.place()).await;
        let serving = serving.map_err(|error| listen_failure(&error))?;
        output::result(serving.url()).or_fail(FailureKind::System)?;
        introduce(&serving);
        loop {
            tokio::select! {
                () = signals.next() => break,
                () = hangups.next() => if let Err(error) = serving.reload_tls() {
                    let failure = told::tls_failure(&error);
                    talk(format_args!("{}{failure}", context.say("warning: ", "警告：")));
                },
            }
        }
        let left = serving.stop(LAST).await;
        Ok(tell_of(&left, context.language))
    }

    fn place(&self) -> ListenAt {
        #[cfg(unix)]
        let mut at = match &self.unix {
            Some(path) => ListenAt::unix(path),
            None => ListenAt::tcp(self.listen),
        };
        #[cfg(not(unix))]
        let mut at = ListenAt::tcp(self.listen);
        if let (Some(chain), Some(key)) = (&self.tls_cert, &self.tls_key) {
            at = at.tls(TlsFiles::new(chain, key));
        }
        for host in &self.host {
            at = at.host(host);
        }
        at
    }
}

fn tell_of(left: &[CallId], language: Language) -> Exit {
    if left.is_empty() {
        return Exit::Success;
    }
    let ids: Vec<_> = left.iter().map(|id| visible(id.as_str())).collect();
    let message = Message::new(
        format!(
            "these calls still run; the journal has them: {}",
            ids.join(", ")
        ),
        format!("以下交易仍在处理，均已记入交易流水：{}", ids.join("、")),
    );
    talk(message.said(language));
    Exit::Unknown
}

/// SIGHUP, which has files read again.
struct Hangups {
    #[cfg(unix)]
    heard: tokio::signal::unix::Signal,
}

impl Hangups {
    #[cfg(unix)]
    fn listen() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let heard = signal(SignalKind::hangup()).or_fail(FailureKind::System)?;
        Ok(Self { heard })
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        if self.heard.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }

    #[cfg(not(unix))]
    fn listen() -> Result<Self, Failure> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        std::future::pending::<()>().await;
    }
}
