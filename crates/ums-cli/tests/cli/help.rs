//! What people read before they run anything.

use crate::ums::{Home, run};

/// The commands' rows of a help without those of operations that came later: these have no text of
/// their own here, as their words are in one table.
pub(crate) fn without_later(help: &str) -> String {
    let is_row = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
    let mut is_later = false;
    let mut kept = String::new();
    let mut after_last = false;
    for line in help.split_inclusive('\n') {
        if is_row(&line) {
            is_later = after_last && !line.starts_with("  resolve ");
            after_last =
                after_last && is_later || line.starts_with("  query-authorization-by-trace ");
        }
        if !is_later {
            kept.push_str(line);
        }
    }
    kept
}

#[test]
fn help() {
    let ran = run(&mut Home::new().command(["--help"]));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(without_later(&ran.stdout), @r#"
    Pay, query, void and refund through UMS (银联商务), and know whether the money moved

    Usage: ums [OPTIONS] <COMMAND>

    Commands:
      pay                           Take a payment (支付) with the code that the customer shows
      query                         Query (交易状态查询) what became of a payment
      void                          Void (撤销) a whole payment of the same trading day
      refund                        Refund (退款) a payment, wholly or in part
      query-refund                  Query (退款查询) what became of one refund
      reverse                       Reverse (冲正) a payment of the same trading day whose outcome is
                                    unknown
      activate                      Activate a terminal (激活终端)
      preauthorize                  Hold (担保) an amount of the customer's money with the code that they
                                    show
      complete-authorization        Complete a hold (担保完成): take the money, by the hold's authorisation
                                    code
      void-authorization            Void a hold (担保撤销): give the money back, by the hold's authorisation
                                    code
      quick-complete-authorization  Complete a hold (快速担保完成): take the money, by the hold's UMS order id
      quick-void-authorization      Void a hold (快速担保撤销): give the money back, by the hold's UMS order
                                    id
      query-authorization           Query (担保交易状态查询) what became of a hold
      query-authorization-by-trace  Query (担保交易状态查询) one transaction of a hold by its system trace
                                    number
      resolve                       Find out by query what became of an operation whose outcome is
                                    unknown
      journal                       Look at the journal of calls, and find out what became of those that
                                    are open
      api                           Call any UMS API by its path, with a JSON body
      sign                          Sign by any of the platform's four schemes, and print what to send
      explain                       Say which part of a signature is wrong, and which mistake made it so
      verify-notify                 Say whether a received notification (通知) is genuine
      demo                          See a payment voided, refused, lost and found out, on this machine
                                    and without an account
      simulator                     Run a gateway on this machine that checks signatures, keeps orders
                                    and can fail
      completions                   Print the completions for a shell
      man                           Print the manual page, or write one for each command
      help                          Print this message or the help of the given subcommand(s)

    Options:
      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    Global options:
          --env <NAME>
              The gateway of this environment [no default]
              
              [env: UMS_ENV]
              [possible values: production, test]

          --base-url <URL>
              The gateway at this address, instead of --env
              
              [env: UMS_BASE_URL]

          --ca <FILE>
              Trust only the certificate authorities in this PEM file
              
              [env: UMS_CA]

          --proxy <URL>
              HTTP proxy to an https gateway: its URL, or environment, or none [default: none]
              
              [env: UMS_PROXY]

          --timeout <SECONDS>
              Longest time for the whole call; fractions are allowed [default: 30]
              
              [env: UMS_TIMEOUT]

          --app-id <ID>
              AppId (开发者ID)
              
              [env: UMS_APP_ID]

          --app-key-file <FILE>
              File that holds the AppKey (开发者秘钥), - for stdin; better than to set UMS_APP_KEY
              
              [env: UMS_APP_KEY_FILE]

          --profile <NAME>
              Profile of the configuration file to use
              
              [env: UMS_PROFILE]

          --config <FILE>
              Configuration file to use instead of the one in your home
              
              [env: UMS_CONFIG]

          --json
              Print the result as one JSON object on one line

          --yes
              Do not ask before live money is moved

          --lang <LANG>
              Language of explanations [default: by LC_ALL, LC_MESSAGES, LANG]

              Possible values:
              - en: English
              - zh: Chinese (中文)

      -v, --verbose...
              Say on stderr what happens; twice for more, three times for all

    Exit codes:
      0  approved and in force, or done; a query: paid, or the refund was made
      1  anything that has no code of its own
      2  the command line or a value on it cannot be used; nothing was sent
      3  certainly not: declined, not carried out, or voided or refunded since; ums explain,
         ums verify-notify: the signature is wrong
      4  not sent: nothing left this machine; what is printed says whether it may be sent
         again
      5  unknown: it may have been carried out; query the order, do not send again
      6  the configuration, the credentials or the journal cannot be used; nothing was sent

    Settings:
      A flag beats the environment, which beats the profile. Profiles are in
      $XDG_CONFIG_HOME/ums/config.toml, or else ~/.config/ums/config.toml:

        default_profile = "test"

        [profiles.test]
        env = "test"                 # or base_url = "https://…"
        timeout = 30                 # seconds
        app_id = "…"
        app_key_file = "test.key"    # beside this file; readable by you only
        merchant_code = "…"
        terminal_code = "…"

      ca = "ca.pem" names a private certificate authority. The AppKey comes from a
      file (- is standard input) or from the variable UMS_APP_KEY, never from the
      command line. A file is better: all that you run can read a variable.

      Live is every gateway but the official test gateway and this machine. A profile
      of a live one signs for it alone: where UMS_BASE_URL or a flag leads elsewhere,
      nothing is signed. forwarder = true says that base_url, or any that is given, is a
      forwarder of your own; it counts as live. With live money the AppKey must be
      readable by you alone, and it, this file and ca must lie where nobody but you (or
      root) can change them; elsewhere that is a warning. Without ca, SSL_CERT_FILE and
      SSL_CERT_DIR decide on Linux whom TLS trusts, which is said with live money.
      Files are regular files: for a pipe give - where a flag takes it, rather than
      /dev/stdin or the shell's <(…).

      proxy = "http://proxy.example:3128" reaches an https gateway through that proxy;
      proxy = "environment" goes by HTTPS_PROXY and NO_PROXY, which change nothing
      otherwise. Only HTTPS_PROXY may hold a user name and password.

    Examples:
      ums demo
      ums void --env test --merchant-code 103290070111417 --terminal-code 12340511 \
          --original-order-id 20200227163036011978864947
      ums void --profile shop --merchant-order-id 202311250001 --json > void.json
      ums resolve --profile shop void.json
    "#);
}

#[test]
fn help_of_void() {
    let ran = run(&mut Home::new().command(["void", "--help"]));
    assert_eq!(ran.code, 0);
    let own = ran.stdout.split("Global options:").next().unwrap();
    let after = ran.stdout.split_once("Exit codes:").unwrap().1;
    insta::assert_snapshot!(format!("{own}[…]\n{after}"), @r#"
    Void (撤销) a whole payment of the same trading day

    Sends one request, once. The answer is one of four: approved, declined, not sent, unknown. Unknown
    means that the payment may have been voided or not: query the order then, and do not void it again;
    --resolve does the querying.

    Live money (every gateway but --env test and this machine) is asked about on the terminal first;
    without a terminal, --yes is needed.

    Usage: ums void [OPTIONS]

    Options:
          --merchant-code <CODE>
              Merchant code (商户号), up to 15 letters and digits
              
              [env: UMS_MERCHANT_CODE]

          --terminal-code <CODE>
              Terminal code (终端号), up to 8 letters and digits
              
              [env: UMS_TERMINAL_CODE]

          --original-order-id <ID>
              UMS order id (银商订单号), up to 50 characters: the orderId in the payment's reply

          --merchant-order-id <ID>
              Merchant order id (商户订单号), up to 50 characters; the UMS order id goes before it

          --system-trace-num <DIGITS>
              System trace number (系统跟踪号), 6 digits

          --merchant-remark <TEXT>
              Remark (商户备注), up to 50 characters

          --limit-cross-device <BOOL>
              Whether the void must come from the terminal that took the payment
              
              [possible values: true, false]

          --biz-identifier <TEXT>
              Business identifier (业务标识), up to 3 characters; normally not sent

          --api-version <VERSION>
              Version of the interface
              
              [default: v6]
              [possible values: v2, v6]

          --reply-codes <TABLE>
              Which codes decline: the documented ones, or the published refusals of card issuers too
              
              [possible values: documented, unionpay]

          --refusal-code <OPERATION:CODE=SOURCE>
              A code that declines too, and where you have that from, as in pay:Z1=letter

          --resolve
              When the outcome is unknown, find out by query what became of it

          --resolve-pace <SECONDS>
              Pause before the first query; later pauses grow to 10/3 of it [default: 3]

          --resolve-within <SECONDS>
              No query starts later than this [default: 180]

          --journal <URL>
              Journal of calls: sqlite:PATH, postgres://… or none [default: a file of yours, see ums
              journal --help]
              
              [env: UMS_JOURNAL]

          --key <KEY>
              Key of the call: the same key again sends nothing twice [default: the operation and its
              order]

          --despite <CALL>
              Call on the same order that is open, in spite of which this one is to begin; may be given
              more than once

          --late-window <SECONDS>
              How long after its deadline a call may still be carried out [default: 120]

          --day-ends <HH:MM>
              When the platform's day ends, if before midnight: a query covers one day [default: 24:00]

          --send-window <SECONDS>
              How long after the journal was asked bytes of the request may still leave [default: 5]

          --lease <SECONDS>
              How long a process that says nothing is taken to live [default: 15]

      -h, --help
              Print help (see a summary with '-h')

    […]

      0 approved and in force, 3 certainly not (declined, not carried out, or voided or
      refunded since), 4 not sent, 5 unknown; nothing was sent either with 2 invalid
      input and 6 configuration, credentials or journal. A query exits by the state it found: 0
      paid (or the refund was made), 3 certainly not, 5 not certain.

    With --json, stdout holds one object on one line:
      version       of this object: 1. Under the same version members may be added;
                    nothing is taken away and nothing changes its meaning
      outcome       "approved", "declined", "not_sent" or "unknown"; after resolving
                    "not_executed" too; of what only reads "answered", "not_sent" or
                    "unknown"
      as_of         of not_executed: when the question left whose answer said so; else null
      stands        after resolving, of an approved operation: whether it is still in
                    force, or the payment was voided or refunded since; else null
      err_code      errCode of the reply, or null
      err_info      errInfo of the reply, or null; text for people
      provenance    of a refusal by --reply-codes or --refusal-code: where it is known
                    from; else null
      reply         the reply: the JSON object as received, or else its text, or null.
                    Data about a person, a card or a secret is hidden, a customer's code
                    (payCode) included. What looks like a card number is masked, unless
                    it stands in a field that is documented to hold an identifier, a code,
                    a date or an amount. All other tokens are as received.
      evidence      what the outcome rests on:
        operation               the operation's name, for example "void_payment"
        reason                  why it is not_sent or unknown, as a stable code, or null
        detail                  the same in words, or null
        attempt_id, timestamp   the nonce and the timestamp that were signed
        phase                   the last step reached: resolving, connecting, handshaking,
                                sending, awaiting_reply, reading_reply, complete; or null
        request_bytes_written   bytes of the request that left, of
        request_bytes_total     so many
        reply_bytes_read        bytes of the reply that came
        http_status, connection_reused
        timings_ms              {connected, sent, head, ended}, from the attempt's start
        requests_sent           0 or 1; null when a signal cut the call short
        attempts                earlier attempts, each unsent, with the fields above
        elapsed_ms              how long the whole call took
        url                     where it went, or null
        clock_ahead_s           seconds this clock is ahead of the gateway's, when far; or null
        deadline                of an unknown call: when its time was up (RFC 3339), or null
        discrepancies           [{field, expected, received}] of a reply, or of the last
                                answer to a query, that is about something else
      next          what to do now, in the language of --lang, with the command to run
      next_step     the same as a stable code: done, confirm, fix_clock, new_token,
                    fix_credentials, fix_request, check_order, fix_setup, send_again,
                    query, ask_again, decide, do_not_deliver, order_id_in_use,
                    await_statement, confirm_live, fix_then_query, look_at_call,
                    other_key, fix_journal, accept_journal, wait
      may_repeat    whether it may be done again: same_key, the same again, as nothing was
                    sent; new_key, as a new one; no. A query may always be asked again.
      state, final  of an answered query: what became of the order or the refund, and
                    whether that is final; state of a call in the journal: intended,
                    sending, ended, resolving, resolved, awaiting_statement, closed or
                    contradicted; else null
      request       {operation, path, body}: what was sent, masked as the reply is; null
                    when it did not come to a call. ums resolve reads it.
      resolution    null, or what queries found after an unknown outcome:
        conclusion              approved, declined, not_executed, not_sent or unknown, as
                                the outcome above
        basis                   what not_executed rests on: stated_failure, absent (twice,
                                long after the call), nothing_to_void; else null
        still_open              why it is unknown: time_up, day_over, order_id_in_use,
                                about_another, interrupted, not_asked; else null
        queries                 [{outcome, finding, discrepancies, reply, …}] with the
                                fields of an attempt
        repeated                null, or how a second sending ended
        reason, detail          why it could not be asked, as a code and in words; or null
        elapsed_ms              how long the resolving took
      till          of ums pay --on-unknown: paid, not_paid, taken_back or to_verify; else
                    null
      steps         of ums pay --on-unknown: [{step, operation, outcome, err_code,
                    attempt_id, timestamp}], step being pay, query or take_back; the
                    outcome is null of a step that a signal cut short; else null
      live          whether the gateway's money is real; null when it did not come to one
      gateway       the gateway's address; null when it did not come to one
      id, key       the call in the journal, and the key that it has there; null where none
                    is kept
      operation, profile, merchant, terminal, store_id, operator_id, refund_request_id
                    what was asked for and by whom, else null
      order         {ums, merchant}: the ids of the order, as far as they are known
      third_party_order_id, retrieval_ref_num, wallet, card_attr
                    what the reply says of the payment, else null
      amount_fen, paid_fen, refunded_fen
                    what was asked for, and what the reply says was paid or refunded, in fen
      transaction_date, settlement_date
                    days as yyyy-MM-dd, where the reply says them with their year
      recorded      whether the journal holds this; null where none is kept
      replayed      whether it was known before, so that nothing was sent now; or null
      call          the call that is in the way of one that was refused for it; else null
      labels, history
                    what else the journal has: history of ums journal show and resolve
    Numbers that are not known are null. Characters that a terminal could obey or
    hide are written as \u escapes. The object is printed for every outcome and for
    every error, of the command line too.

    Examples:
      ums void --env test --app-id APPID --app-key-file test.key \
          --merchant-code 103290070111417 --terminal-code 12340511 \
          --original-order-id 20200227163036011978864947
      ums void --profile shop --merchant-order-id 202311250001 --yes --json
      ums void --profile shop --merchant-order-id 202311250001 --resolve
    "#);
}

#[test]
fn no_help_shows_a_value_of_the_environment() {
    let home = Home::new();
    for command in [
        "pay",
        "query",
        "void",
        "refund",
        "query-refund",
        "reverse",
        "activate",
        "resolve",
        "api",
        "sign",
        "explain",
        "demo",
        "simulator",
        "completions",
        "man",
    ] {
        let ran = run(home
            .command([command, "--help"])
            .env("UMS_APP_ID", "SHOWN")
            .env("UMS_APP_KEY", "SHOWN")
            .env("UMS_MERCHANT_CODE", "SHOWN"));
        assert_eq!(ran.code, 0);
        assert!(!ran.stdout.contains("SHOWN"), "{command}");
    }
}

#[test]
fn version() {
    let ran = run(&mut Home::new().command(["--version"]));
    let version = concat!("ums ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!((ran.code, ran.stdout.as_str()), (0, version));
}

#[test]
fn completions_for_each_shell_name_each_command() {
    let home = Home::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = run(&mut home.command(["completions", shell]));
        assert_eq!(ran.code, 0);
        for command in [
            "pay",
            "query",
            "void",
            "refund",
            "query-refund",
            "reverse",
            "activate",
            "resolve",
            "api",
            "sign",
            "explain",
            "demo",
            "simulator",
        ] {
            assert!(ran.stdout.contains(command), "{shell}: {command}");
        }
    }
}

#[test]
fn a_manual_page_for_each_command() {
    const JOURNAL: [&str; 9] = [
        "accept", "check", "close", "export", "import", "list", "resolve", "show", "summary",
    ];
    let home = Home::new();
    let ran = run(&mut home.command(["man", "--dir", "man/man1"]));
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
    let mut pages: Vec<_> = std::fs::read_dir(home.path("man/man1"))
        .unwrap()
        .map(|page| page.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    let help = run(&mut home.command(["--help"])).stdout;
    let (_, rows) = help.split_once("Commands:\n").unwrap();
    let (rows, _) = rows.split_once("\n\n").unwrap();
    let rows = rows.lines().filter(|line| !line.starts_with("   "));
    let commands = rows.map(|row| row.split_whitespace().next().unwrap());
    let mut wanted: Vec<_> = commands
        .filter(|command| *command != "help")
        .map(|command| format!("ums-{command}.1"))
        .chain(["ums.1".to_owned()])
        .chain(JOURNAL.map(|command| format!("ums-journal-{command}.1")))
        .collect();
    wanted.sort();
    assert!(wanted.len() >= 24, "{wanted:?}");
    assert_eq!(pages, wanted);
    let ran = run(&mut home.command(["man"]));
    assert!(ran.stdout.contains(".TH ums 1"), "{}", ran.stdout);
}

/// Their flags are made from the description of each operation.
#[test]
fn flags_of_holds() {
    let home = Home::new();
    let mut texts = String::new();
    for command in [
        "preauthorize",
        "complete-authorization",
        "void-authorization",
        "quick-complete-authorization",
        "quick-void-authorization",
        "query-authorization",
        "query-authorization-by-trace",
    ] {
        let ran = run(&mut home.command([command, "-h"]));
        assert_eq!(ran.code, 0);
        let own = ran.stdout.split("\n\n").take(3);
        // Who calls, and what all that move money take, is shown for `ums void`.
        const COMMON: [&str; 6] = [
            "--merchant-code",
            "--terminal",
            "--re",
            "--late",
            "--day",
            "-h",
        ];
        let mut is_common = false;
        for line in own.flat_map(str::lines) {
            let flag = line.trim_start();
            if flag.starts_with('-') {
                is_common = COMMON.iter().any(|common| flag.starts_with(common));
            }
            if !is_common && !line.is_empty() {
                texts.push_str(line);
                texts.push('\n');
            }
        }
    }
    insta::assert_snapshot!(texts, @r"
    Hold (担保) an amount of the customer's money with the code that they show
    Usage: ums preauthorize [OPTIONS] --system-trace-num <DIGITS> --amount <FEN> --pay-code-file <FILE>
    Options:
          --merchant-order-id <ID>
              Merchant order id (商户订单号), up to 50 characters; no later call names it
          --system-trace-num <DIGITS>
              System trace number (系统跟踪号), 6 digits: another one for each call of the terminal's day
          --amount <FEN>
              How much, in fen (分): 4160 is 41.60 yuan
          --pay-mode <MODE>
              How the code was read [default: CODE_SCAN] [possible values: CODE_SCAN, NFC, SOUNDWAVE,
              MANUAL, E_CASH]
          --pay-code-file <FILE>
              File that holds the customer's code; - for the next line of stdin, as a scanner types it
          --merchant-remark <TEXT>
              Remark (商户备注), up to 30 characters
          --attached-data <TEXT>
              More about it (附加信息), in words
          --journal <URL>
              Journal of calls: sqlite:PATH, postgres://… or none [default: a file of yours, see ums
              journal --help] [env: UMS_JOURNAL]
          --key <KEY>
              Key of the call: the same key again sends nothing twice [default: the operation and its
              order]
          --despite <CALL>
              Call on the same order that is open, in spite of which this one is to begin; may be given
              more than once
          --send-window <SECONDS>
              How long after the journal was asked bytes of the request may still leave [default: 5]
          --lease <SECONDS>
              How long a process that says nothing is taken to live [default: 15]
    Complete a hold (担保完成): take the money, by the hold's authorisation code
    Usage: ums complete-authorization [OPTIONS] --system-trace-num <DIGITS> --amount <FEN> --authorization-code <CODE> --original-transaction-date <DAY> --original-system-trace-num <DIGITS>
    Options:
          --system-trace-num <DIGITS>
              System trace number (系统跟踪号), 6 digits: another one for each call of the terminal's day
          --amount <FEN>
              How much of what is held to take, in fen (分): 4160 is 41.60 yuan
          --authorization-code <CODE>
              Authorisation code (授权码) of the hold, as its reply named it
          --original-transaction-date <DAY>
              Day of the hold (原交易日期), as MMdd, as its reply named it
          --original-system-trace-num <DIGITS>
              System trace number (系统跟踪号) that what it is about was sent with
          --journal <URL>
              Journal of calls: sqlite:PATH, postgres://… or none [default: a file of yours, see ums
              journal --help] [env: UMS_JOURNAL]
          --key <KEY>
              Key of the call: the same key again sends nothing twice [default: the operation and its
              order]
          --despite <CALL>
              Call on the same order that is open, in spite of which this one is to begin; may be given
              more than once
          --send-window <SECONDS>
              How long after the journal was asked bytes of the request may still leave [default: 5]
          --lease <SECONDS>
              How long a process that says nothing is taken to live [default: 15]
    Void a hold (担保撤销): give the money back, by the hold's authorisation code
    Usage: ums void-authorization [OPTIONS] --system-trace-num <DIGITS> --amount <FEN> --authorization-code <CODE> --original-transaction-date <DAY> --original-system-trace-num <DIGITS>
    Options:
          --system-trace-num <DIGITS>
              System trace number (系统跟踪号), 6 digits: another one for each call of the terminal's day
          --amount <FEN>
              How much is held, all of it, in fen (分): 4160 is 41.60 yuan
          --authorization-code <CODE>
              Authorisation code (授权码) of the hold, as its reply named it
          --original-transaction-date <DAY>
              Day of the hold (原交易日期), as MMdd, as its reply named it
          --original-system-trace-num <DIGITS>
              System trace number (系统跟踪号) that what it is about was sent with
          --journal <URL>
              Journal of calls: sqlite:PATH, postgres://… or none [default: a file of yours, see ums
              journal --help] [env: UMS_JOURNAL]
          --key <KEY>
              Key of the call: the same key again sends nothing twice [default: the operation and its
              order]
          --despite <CALL>
              Call on the same order that is open, in spite of which this one is to begin; may be given
              more than once
          --send-window <SECONDS>
              How long after the journal was asked bytes of the request may still leave [default: 5]
          --lease <SECONDS>
              How long a process that says nothing is taken to live [default: 15]
    Complete a hold (快速担保完成): take the money, by the hold's UMS order id
    Usage: ums quick-complete-authorization [OPTIONS] --order-id <ID> --system-trace-num <DIGITS> --amount <FEN>
    Options:
          --order-id <ID>
              UMS order id (银商订单号) of the hold, as its reply named it
          --system-trace-num <DIGITS>
              System trace number (系统跟踪号), 6 digits: another one for each call of the terminal's day
          --amount <FEN>
              How much of what is held to take, in fen (分): 4160 is 41.60 yuan
          --original-transaction-date <DAY>
              Day of the hold (原交易日期), as MMdd, as its reply named it
          --original-system-trace-num <DIGITS>
              System trace number (系统跟踪号) that what it is about was sent with
          --journal <URL>
              Journal of calls: sqlite:PATH, postgres://… or none [default: a file of yours, see ums
              journal --help] [env: UMS_JOURNAL]
          --key <KEY>
              Key of the call: the same key again sends nothing twice [default: the operation and its
              order]
          --despite <CALL>
              Call on the same order that is open, in spite of which this one is to begin; may be given
              more than once
          --send-window <SECONDS>
              How long after the journal was asked bytes of the request may still leave [default: 5]
          --lease <SECONDS>
              How long a process that says nothing is taken to live [default: 15]
    Void a hold (快速担保撤销): give the money back, by the hold's UMS order id
    Usage: ums quick-void-authorization [OPTIONS] --order-id <ID> --system-trace-num <DIGITS> --amount <FEN>
    Options:
          --order-id <ID>
              UMS order id (银商订单号) of the hold, as its reply named it
          --system-trace-num <DIGITS>
              System trace number (系统跟踪号), 6 digits: another one for each call of the terminal's day
          --amount <FEN>
              How much is held, all of it, in fen (分): 4160 is 41.60 yuan
          --original-transaction-date <DAY>
              Day of the hold (原交易日期), as MMdd, as its reply named it
          --original-system-trace-num <DIGITS>
              System trace number (系统跟踪号) that what it is about was sent with
          --journal <URL>
              Journal of calls: sqlite:PATH, postgres://… or none [default: a file of yours, see ums
              journal --help] [env: UMS_JOURNAL]
          --key <KEY>
              Key of the call: the same key again sends nothing twice [default: the operation and its
              order]
          --despite <CALL>
              Call on the same order that is open, in spite of which this one is to begin; may be given
              more than once
          --send-window <SECONDS>
              How long after the journal was asked bytes of the request may still leave [default: 5]
          --lease <SECONDS>
              How long a process that says nothing is taken to live [default: 15]
    Query (担保交易状态查询) what became of a hold
    Usage: ums query-authorization [OPTIONS] --system-trace-num <DIGITS>
    Options:
          --original-order-id <ID>
              UMS order id (银商订单号) of the hold, as its reply named it; it goes before the trace number
          --system-trace-num <DIGITS>
              System trace number (系统跟踪号), 6 digits: another one for each call of the terminal's day
          --original-system-trace-num <DIGITS>
              System trace number (系统跟踪号) that what it is about was sent with
    Query (担保交易状态查询) one transaction of a hold by its system trace number
    Usage: ums query-authorization-by-trace [OPTIONS] --system-trace-num <DIGITS> --original-system-trace-num <DIGITS>
    Options:
          --system-trace-num <DIGITS>
              System trace number (系统跟踪号), 6 digits: another one for each call of the terminal's day
          --original-system-trace-num <DIGITS>
              System trace number (系统跟踪号) that what it is about was sent with
    ");
}

#[test]
fn help_of_the_operations_tells_what_is_special_about_each() {
    let home = Home::new();
    let mut texts = String::new();
    for command in [
        "pay",
        "query",
        "refund",
        "query-refund",
        "reverse",
        "activate",
        "resolve",
        "api",
    ] {
        let ran = run(&mut home.command([command, "--help"]));
        assert_eq!(ran.code, 0);
        let (own, after) = ran.stdout.split_once("Global options:").unwrap();
        let notes = after.split_once("all\n\n").unwrap().1;
        // What follows is the same for all, and shown for `ums void`.
        let (notes, result) = notes.split_once("Exit codes:\n  0 approved").unwrap();
        let examples = result.split_once("Examples:").unwrap().1;
        let last = "quick-void-authorization";
        let listed = own
            .split_once(last)
            .and_then(|(_, rest)| rest.split_once(']'));
        let later = listed.map_or("", |(later, _)| later);
        let own = own.replace(&format!("{last}{later}"), last);
        texts.push_str(&format!("{own}[…]\n{notes}[…]\n{examples}\n"));
    }
    insta::assert_snapshot!(texts, @r#"
    Take a payment (支付) with the code that the customer shows

    Sends one request, once. When the outcome is unknown, the money may have been taken: query the
    order, which --resolve does, and do not pay again under another order id before its state is
    certain.

    Live money (every gateway but --env test and this machine) is asked about on the terminal first;
    without a terminal, --yes is needed.

    Usage: ums pay [OPTIONS] --merchant-order-id <ID> --amount <FEN> --merchant-remark <TEXT> <--pay-code <CODE>|--pay-code-file <FILE>>

    Options:
          --merchant-code <CODE>
              Merchant code (商户号), up to 15 letters and digits
              
              [env: UMS_MERCHANT_CODE]

          --terminal-code <CODE>
              Terminal code (终端号), up to 8 letters and digits
              
              [env: UMS_TERMINAL_CODE]

          --merchant-order-id <ID>
              Merchant order id (商户订单号), up to 50 characters: another one for each payment, ever

          --amount <FEN>
              How much to take, in fen (分): 4160 is 41.60 yuan

          --merchant-remark <TEXT>
              Remark (商户备注), up to 50 characters

          --pay-code <CODE>
              The customer's one-time code (支付码): all on this machine can see it meanwhile, and your
              shell keeps it; better --pay-code-file

          --pay-code-file <FILE>
              File that holds the customer's code; - for the next line of stdin, as a scanner types it

          --pay-mode <MODE>
              How the code was read
              
              [default: CODE_SCAN]
              [possible values: CODE_SCAN, NFC, SOUNDWAVE, MANUAL, FACE_SCAN, E_CASH]

          --system-trace-num <DIGITS>
              System trace number (系统跟踪号), 6 digits

          --order-desc <TEXT>
              What is bought, in words (订单描述)

          --src-reserved <TEXT>
              Words of your own that come back (商户冗余信息), up to 100 characters

          --limit-credit-card <BOOL>
              Whether credit cards are refused
              
              [possible values: true, false]

          --goods-tag <TEXT>
              A mark that discounts go by (商品标记)

          --goods-file <FILE>
              What is bought (商品信息): a JSON array; - for stdin

          --installment-flag <FLAG>
              That it is paid by instalments (分期标识), for example HBF for Huabei

          --installment-number <NUMBER>
              Number of instalments (分期期数)

          --operator-id <ID>
              Operator (操作员编号)

          --store-id <ID>
              Store (门店编号)

          --biz-identifier <TEXT>
              Business identifier (业务标识), up to 3 characters; normally not sent

          --api-version <VERSION>
              Version of the interface
              
              [default: v6]
              [possible values: v2, v4, v6]

          --reply-codes <TABLE>
              Which codes decline: the documented ones, or the published refusals of card issuers too
              
              [possible values: documented, unionpay]

          --refusal-code <OPERATION:CODE=SOURCE>
              A code that declines too, and where you have that from, as in pay:Z1=letter

          --resolve
              When the outcome is unknown, find out by query what became of it

          --resolve-pace <SECONDS>
              Pause before the first query; later pauses grow to 10/3 of it [default: 3]

          --resolve-within <SECONDS>
              No query starts later than this [default: 180]

          --on-unknown <HOW>
              When the payment stays open while the customer waits, take it back so
              
              [possible values: reverse, void]

          --within <SECONDS>
              How long the customer waits, for payment, questions and taking back [default: 60]

          --journal <URL>
              Journal of calls: sqlite:PATH, postgres://… or none [default: a file of yours, see ums
              journal --help]
              
              [env: UMS_JOURNAL]

          --key <KEY>
              Key of the call: the same key again sends nothing twice [default: the operation and its
              order]

          --despite <CALL>
              Call on the same order that is open, in spite of which this one is to begin; may be given
              more than once

          --late-window <SECONDS>
              How long after its deadline a call may still be carried out [default: 120]

          --day-ends <HH:MM>
              When the platform's day ends, if before midnight: a query covers one day [default: 24:00]

          --send-window <SECONDS>
              How long after the journal was asked bytes of the request may still leave [default: 5]

          --lease <SECONDS>
              How long a process that says nothing is taken to live [default: 15]

      -h, --help
              Print help (see a summary with '-h')

    Where the terminal stands:
          --device-type <CODE>
              Type of the terminal, 2 digits, for example 02; 01, 11, 12 and 13 are not physical

          --longitude <DEGREES>
              Longitude as +121.48352: sign, 3 digits, point, 5 digits

          --latitude <DEGREES>
              Latitude as +31.221345: sign, 2 digits, point, 6 digits

          --base-station <TEXT>
              Base station of a physical terminal (cust2), instead of longitude and latitude

          --ip <ADDRESS>
              IP address of one that is not physical, instead of longitude and latitude

    […]
    The customer's code is never printed. Fields that have no flag here can be sent
    with ums api.

    --goods-file holds an array of goods, with the prices in fen; the last three fields
    may be left out:
      [{"goodsId": "001", "goodsName": "鸡蛋", "quantity": 10, "price": 416,
        "goodsCategory": "…", "body": "…", "discount": 5}]

    --on-unknown is for a customer who waits at the till: --within 60 gives the payment
    25 seconds, then queries at once and every 3 seconds, takes the payment back after
    45, and ends at 60. It prints one of four results:
      paid        已收款              exit code 0
      not_paid    未收款              3
      taken_back  已撤回（未收款）    3
      to_verify   待核实              5: hand nothing over, and take no second payment
    Nothing is taken back unless the platform answers that this payment is open or
    unknown to it. reverse needs reversal = true in the profile: the branch must have
    agreed; without it a void takes back.

    --device-type says where the terminal stands together with --longitude and --latitude;
    or with --base-station, of a terminal that is physical; or with --ip, of one that is
    not.

    […]

      ums pay --profile shop --merchant-order-id 202311250001 --amount 4160 \
          --merchant-remark 午餐 --pay-code-file - --resolve
      ums pay --profile shop --merchant-order-id 202311250002 --amount 4160 \
          --merchant-remark 午餐 --pay-code-file - --on-unknown void --within 60

    Query (交易状态查询) what became of a payment

    Reads and moves nothing, so it may be asked again at any time.

    Usage: ums query [OPTIONS]

    Options:
          --merchant-code <CODE>
              Merchant code (商户号), up to 15 letters and digits
              
              [env: UMS_MERCHANT_CODE]

          --terminal-code <CODE>
              Terminal code (终端号), up to 8 letters and digits
              
              [env: UMS_TERMINAL_CODE]

          --original-order-id <ID>
              UMS order id (银商订单号), up to 50 characters: the orderId in the payment's reply

          --merchant-order-id <ID>
              Merchant order id (商户订单号), up to 50 characters; the UMS order id goes before it

          --system-trace-num <DIGITS>
              System trace number (系统跟踪号), 6 digits

          --ori-trans-date <DAY>
              Day of the payment (原交易日期), as yyyyMMdd

          --api-version <VERSION>
              Version of the interface
              
              [default: v6]
              [possible values: v2, v6]

      -h, --help
              Print help (see a summary with '-h')

    […]
    Give exactly one of the two order ids.

    The exit code goes by the answer, which is in state and final:
      paid        final  0  the payment succeeded and stands
      voided      final  3  it was voided (撤销)
      refunded    final  3  it was refunded (退款), wholly or in part; how much is not to
                            be had from refundedAmount, which live replies leave at 0; 0
                            where the amounts show that a part of the money is left
      reversed    final  3  it was reversed (冲正): no money moved
      failed      final  3  it failed: no money moved
      timed_out          5  it may still turn out either way: query again
      unknown            5  the reply does not say: query again
    A query that is not answered, with "no such transaction" (25) too, exits with 5: the
    payment may be on its way. One that was not sent exits with 4.

    […]

      ums query --profile shop --original-order-id 20200227163036011978864947
      ums query --profile shop --merchant-order-id 202311250001 --json | jq -r .state

    Refund (退款) a payment, wholly or in part

    Sends one request, once. When the outcome is unknown, the refund may have been made: query it by its
    refund request id, which --resolve does. A repeat must keep the refund request id; another id is
    another refund.

    Live money (every gateway but --env test and this machine) is asked about on the terminal first;
    without a terminal, --yes is needed.

    Usage: ums refund [OPTIONS] --refund-request-id <ID> --amount <FEN>

    Options:
          --merchant-code <CODE>
              Merchant code (商户号), up to 15 letters and digits
              
              [env: UMS_MERCHANT_CODE]

          --terminal-code <CODE>
              Terminal code (终端号), up to 8 letters and digits
              
              [env: UMS_TERMINAL_CODE]

          --original-order-id <ID>
              UMS order id (银商订单号), up to 50 characters: the orderId in the payment's reply

          --merchant-order-id <ID>
              Merchant order id (商户订单号), up to 50 characters; the UMS order id goes before it

          --refund-request-id <ID>
              Refund request id (退款请求号), up to 50 characters: one of its own for each refund

          --amount <FEN>
              How much to refund, in fen (分): 4160 is 41.60 yuan

          --system-trace-num <DIGITS>
              System trace number (系统跟踪号), 6 digits

          --merchant-remark <TEXT>
              Remark (商户备注), up to 50 characters

          --limit-cross-device <BOOL>
              Whether the refund must come from the terminal that took the payment
              
              [possible values: true, false]

          --src-reserved <TEXT>
              Words of your own that come back (商户冗余信息), up to 100 characters

          --operator-id <ID>
              Operator (操作员编号)

          --refund-desc <TEXT>
              Why the refund is made (退款说明)

          --store-id <ID>
              Store (门店编号)

          --biz-identifier <TEXT>
              Business identifier (业务标识), up to 3 characters; normally not sent

          --ori-trans-date <DAY>
              Day of the payment (原交易日期), as yyyyMMdd

          --api-version <VERSION>
              Version of the interface
              
              [default: v6]
              [possible values: v2, v6]

          --reply-codes <TABLE>
              Which codes decline: the documented ones, or the published refusals of card issuers too
              
              [possible values: documented, unionpay]

          --refusal-code <OPERATION:CODE=SOURCE>
              A code that declines too, and where you have that from, as in pay:Z1=letter

          --resolve
              When the outcome is unknown, find out by query what became of it

          --resolve-pace <SECONDS>
              Pause before the first query; later pauses grow to 10/3 of it [default: 3]

          --resolve-within <SECONDS>
              No query starts later than this [default: 180]

          --journal <URL>
              Journal of calls: sqlite:PATH, postgres://… or none [default: a file of yours, see ums
              journal --help]
              
              [env: UMS_JOURNAL]

          --key <KEY>
              Key of the call: the same key again sends nothing twice [default: the operation and its
              order]

          --despite <CALL>
              Call on the same order that is open, in spite of which this one is to begin; may be given
              more than once

          --late-window <SECONDS>
              How long after its deadline a call may still be carried out [default: 120]

          --day-ends <HH:MM>
              When the platform's day ends, if before midnight: a query covers one day [default: 24:00]

          --send-window <SECONDS>
              How long after the journal was asked bytes of the request may still leave [default: 5]

          --lease <SECONDS>
              How long a process that says nothing is taken to live [default: 15]

      -h, --help
              Print help (see a summary with '-h')

    […]
    […]

      ums refund --profile shop --original-order-id 20200227163036011978864947 \
          --refund-request-id R202311250001 --amount 4160 --resolve

    Query (退款查询) what became of one refund

    Reads and moves nothing, so it may be asked again at any time.

    Usage: ums query-refund [OPTIONS] --refund-request-id <ID>

    Options:
          --merchant-code <CODE>
              Merchant code (商户号), up to 15 letters and digits
              
              [env: UMS_MERCHANT_CODE]

          --terminal-code <CODE>
              Terminal code (终端号), up to 8 letters and digits
              
              [env: UMS_TERMINAL_CODE]

          --original-order-id <ID>
              UMS order id (银商订单号), up to 50 characters: the orderId in the payment's reply

          --merchant-order-id <ID>
              Merchant order id (商户订单号), up to 50 characters; the UMS order id goes before it

          --refund-request-id <ID>
              The refund request id (退款请求号) that the refund was sent with

          --ori-trans-date <DAY>
              Day of the payment (原交易日期), as yyyyMMdd

          --api-version <VERSION>
              Version of the interface
              
              [default: v6]
              [possible values: v2, v6]

      -h, --help
              Print help (see a summary with '-h')

    […]
    The exit code goes by the answer, which is in state and final:
      refunded         final  0  the refund was made
      reported_failed         5  not made so far; a refund under way has no code of its
                                 own, so query again before refunding under another id
      unknown                 5  the reply does not say: query again
    A query that is not answered exits with 5, one that was not sent with 4.

    […]

      ums query-refund --profile shop --refund-request-id R202311250001 \
          --original-order-id 20200227163036011978864947

    Reverse (冲正) a payment of the same trading day whose outcome is unknown

    Only for merchants whose branch of UMS has agreed to it: the official documents dropped it.
    Everybody else queries, and then voids. A payment that is known to be approved is voided, never
    reversed.

    Sends one request, once.

    Live money (every gateway but --env test and this machine) is asked about on the terminal first;
    without a terminal, --yes is needed.

    Usage: ums reverse [OPTIONS] --merchant-order-id <ID> --amount <FEN>

    Options:
          --merchant-code <CODE>
              Merchant code (商户号), up to 15 letters and digits
              
              [env: UMS_MERCHANT_CODE]

          --terminal-code <CODE>
              Terminal code (终端号), up to 8 letters and digits
              
              [env: UMS_TERMINAL_CODE]

          --merchant-order-id <ID>
              Merchant order id (商户订单号) of the payment

          --amount <FEN>
              How much the payment was to take, in fen (分): 4160 is 41.60 yuan

          --reply-codes <TABLE>
              Which codes decline: the documented ones, or the published refusals of card issuers too
              
              [possible values: documented, unionpay]

          --refusal-code <OPERATION:CODE=SOURCE>
              A code that declines too, and where you have that from, as in pay:Z1=letter

          --resolve
              When the outcome is unknown, find out by query what became of it

          --resolve-pace <SECONDS>
              Pause before the first query; later pauses grow to 10/3 of it [default: 3]

          --resolve-within <SECONDS>
              No query starts later than this [default: 180]

          --journal <URL>
              Journal of calls: sqlite:PATH, postgres://… or none [default: a file of yours, see ums
              journal --help]
              
              [env: UMS_JOURNAL]

          --key <KEY>
              Key of the call: the same key again sends nothing twice [default: the operation and its
              order]

          --despite <CALL>
              Call on the same order that is open, in spite of which this one is to begin; may be given
              more than once

          --late-window <SECONDS>
              How long after its deadline a call may still be carried out [default: 120]

          --day-ends <HH:MM>
              When the platform's day ends, if before midnight: a query covers one day [default: 24:00]

          --send-window <SECONDS>
              How long after the journal was asked bytes of the request may still leave [default: 5]

          --lease <SECONDS>
              How long a process that says nothing is taken to live [default: 15]

      -h, --help
              Print help (see a summary with '-h')

    […]
    […]

      ums reverse --profile shop --merchant-order-id 202311250001 --amount 4160 --resolve

    Activate a terminal (激活终端)

    Moves no money, and doing it again does no harm. POS通 needs it for guaranteed payments (担保) and
    where UMS asks for it; for nothing else.

    Usage: ums activate [OPTIONS]

    Options:
          --merchant-code <CODE>
              Merchant code (商户号), up to 15 letters and digits
              
              [env: UMS_MERCHANT_CODE]

          --terminal-code <CODE>
              Terminal code (终端号), up to 8 letters and digits
              
              [env: UMS_TERMINAL_CODE]

          --system-trace-num <DIGITS>
              System trace number (系统跟踪号), 6 digits: needed at v1, and not taken at v2

          --api-version <VERSION>
              Version of the interface
              
              [default: v2]
              [possible values: v1, v2]

      -h, --help
              Print help (see a summary with '-h')

    […]
    For holds it is done at v1, which takes a system trace number. It exits with 0 when it
    is answered with 00, with 3 when it was refused.

    […]

      ums activate --profile shop
      ums activate --profile shop --terminal-code 12340511 --json
      ums activate --profile shop --api-version v1 --system-trace-num 000100

    Find out by query what became of an operation whose outcome is unknown

    Reads the JSON that ums pay, void, refund or reverse printed with --json, of one outcome or of one a
    line, and queries each that is unknown until its state is certain. The operation itself is never
    sent again.

    Usage: ums resolve [OPTIONS] [FILE]

    Arguments:
      [FILE]
              File that holds the JSON of an outcome, or of one a line; - for stdin

    Options:
          --operation <NAME>
              Which operation it was, instead of a file
              
              [possible values: pay, void, refund, reverse, preauthorize, complete-authorization,
              void-authorization, quick-complete-authorization, quick-void-authorization]

          --original-order-id <ID>
              UMS order id (银商订单号) that it was sent with

          --merchant-order-id <ID>
              Merchant order id (商户订单号) that it was sent with

          --refund-request-id <ID>
              Refund request id (退款请求号) that the refund was sent with

          --amount <FEN>
              The amount that it was sent with, in fen (分); a void has none

          --order-id <ID>
              UMS order id (银商订单号) of the hold, as its reply named it

          --authorization-code <CODE>
              Authorisation code (授权码) of the hold, as its reply named it

          --original-system-trace-num <DIGITS>
              System trace number (系统跟踪号) that what it is about was sent with

          --system-trace-num <DIGITS>
              System trace number (系统跟踪号), 6 digits

          --signed-at <TIME>
              The timestamp it was signed with, as yyyyMMddHHmmss in UTC+8 or RFC 3339

          --deadline <TIME>
              When its time was up, as RFC 3339 [default: as if it were sent now]

          --err-code <CODE>
              errCode of its reply, if it had one: 94 says that the order id may be another's

          --take-back-signed-at <TIME>
              The timestamp that a void or reversal of the payment was signed with which is open itself

          --api-version <VERSION>
              Version of the interface that it was sent at [default: that of its command]
              
              [possible values: v1, v2, v4, v6]

          --merchant-code <CODE>
              Merchant code (商户号), up to 15 letters and digits
              
              [env: UMS_MERCHANT_CODE]

          --terminal-code <CODE>
              Terminal code (终端号), up to 8 letters and digits
              
              [env: UMS_TERMINAL_CODE]

          --pace <SECONDS>
              Pause before the first query; later pauses grow to 10/3 of it [default: 3]

          --within <SECONDS>
              No query starts later than this, for each operation [default: 180]

          --late-window <SECONDS>
              How long after its deadline a call may still be carried out [default: 120]

          --day-ends <HH:MM>
              When the platform's day ends, if before midnight: a query covers one day [default: 24:00]

      -h, --help
              Print help (see a summary with '-h')

    […]
    What the outcome says then: approved, it was carried out, and stands says whether it
    is still in force; declined, the platform refused it; not_executed, it was not carried
    out as far as the platform could tell at as_of; unknown, that is still open.
    "Carried out" is believed at once. "Not carried out" is believed when two answers in
    a row say so, of the day of the call and, where the platform has no trace of it, later
    than the call's deadline and the late window. Without --signed-at it is never believed.

    An outcome that is known already is printed as it came, so that a script may pipe
    every outcome through; it exits as that outcome does. Of an unknown one all members
    are kept but those that resolving changes.

    When it cannot even be asked (no AppKey, another gateway, a file that cannot be used),
    the outcome stays unknown, next_step is fix_then_query, and resolution has reason and
    detail. The exit code is 5 if any outcome stays unknown; but 2 or 6, by the cause, when
    nothing at all could be asked. Without an unknown one it is the worst: 4, 3 or 0.

    […]

      ums void --profile shop --merchant-order-id 202311250001 --json > void.json
      ums resolve --profile shop void.json
      ums refund … --json | ums resolve --profile shop --within 300 -
      ums resolve --profile shop --operation pay --merchant-order-id 202311250001 \
          --amount 4160 --signed-at 20231125120000

    Call any UMS API by its path, with a JSON body

    Signs, sends once and judges as every other command does. What the call may do has to be said: an
    unknown outcome of one that moves money must not be answered by sending it again.

    Usage: ums api [OPTIONS] <--reads|--moves-money> <PATH>

    Arguments:
      <PATH>
              Path of the API, for example /v1/netpay/query

    Options:
      -F, --field <KEY=VALUE>
              Field of the body; true, false, null and whole numbers are sent as such

      -f, --raw-field <KEY=VALUE>
              Field of the body that is a string, whatever it looks like

          --input <FILE>
              File that holds the body, a JSON object that is sent byte for byte; - for stdin

          --reads
              The call only reads, and may be repeated

          --moves-money
              The call moves money, or takes a movement back

          --success <CODE>
              An errCode that means success; may be given more than once [default: those of POS通]

      -h, --help
              Print help (see a summary with '-h')

    […]
    The outcome goes by the reply's errCode. Without --success the table of POS通
    (poslink) is used, where 00 approves. With it exactly those codes approve, the
    gateway's refusals 1000, 1001 and 9001 decline, and every other code leaves the
    outcome unknown: netpay succeeds with SUCCESS, the token endpoint with 0000.

    What only reads is answered or it is not: a refusal of the question exits with 5. A
    query of POS通 exits by the state it found, as ums query does. --reads is refused
    for the paths of POS通 that move money.

    […]

      ums api /v1/netpay/query --reads --success SUCCESS --profile shop \
          -f mid=898340149000005 -f tid=88880001 -f merOrderId=31940000201700002
      ums api /v6/poslink/transaction/query --reads --profile shop --input query.json
    "#);
}
