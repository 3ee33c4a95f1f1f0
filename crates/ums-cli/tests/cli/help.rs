//! What people read before they run anything.

use crate::ums::{Home, run};

#[test]
fn help() {
    let ran = run(&mut Home::new().command(["--help"]));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(ran.stdout, @r#"
    Void a UMS (银联商务) payment, and know whether it was voided

    Usage: ums [OPTIONS] <COMMAND>

    Commands:
      void         Void (撤销) a whole payment of the same trading day
      sign         Sign a request body with OPEN-BODY-SIG and print the Authorization header's value
      explain      Say which part of a signature is wrong, and which mistake made it so
      demo         See a payment voided, refused and lost, on this machine and without an account
      simulator    Run a gateway on this machine that checks signatures, keeps orders and can fail
      completions  Print the completions for a shell
      man          Print the manual page, or write one for each command
      help         Print this message or the help of the given subcommand(s)

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

          --timeout <SECONDS>
              Longest time for the whole call; fractions are allowed [default: 30]
              
              [env: UMS_TIMEOUT]

          --app-id <ID>
              AppId (开发者ID)
              
              [env: UMS_APP_ID]

          --app-key-file <FILE>
              File that holds the AppKey (开发者秘钥); or set UMS_APP_KEY
              
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
      0  approved, or done
      1  anything that has no code of its own
      2  the command line or a value on it cannot be used; nothing was sent
      3  declined: the gateway did not carry it out; ums explain: the signature is wrong
      4  not sent: nothing left this machine, so sending again is safe
      5  unknown: it may have been carried out; query the order, do not send again
      6  the configuration or the credentials cannot be used; nothing was sent

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
      file or from the variable UMS_APP_KEY, never from the command line.

    Examples:
      ums demo
      ums void --env test --merchant-code 103290070111417 --terminal-code 12340511 \
          --original-order-id 20200227163036011978864947
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
    means that the payment may have been voided or not: query the order then, and do not void it again.

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

      -h, --help
              Print help (see a summary with '-h')

    […]

      0 approved, 3 declined, 4 not sent, 5 unknown; nothing was sent either with
      2 invalid input and 6 configuration or credentials.

    With --json, stdout holds one object on one line:
      outcome       "approved", "declined", "not_sent" or "unknown"
      err_code      errCode of the reply, or null
      err_info      errInfo of the reply, or null; text for people
      reply         the reply: the JSON object as received, or else its text, or null
      evidence      what the outcome rests on:
        operation               "void_payment"
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
        discrepancies           [{field, expected, received}] of a reply that approves
                                but does not match the request
      next          what to do now, in the language of --lang
      next_step     the same as a stable code: done, confirm, fix_clock, new_token,
                    fix_credentials, fix_request, check_order, fix_setup, send_again, query
    Numbers that are not known are null. The object is printed for every outcome and
    for every error that comes after the command line itself was understood.

    Examples:
      ums void --env test --app-id APPID --app-key-file test.key \
          --merchant-code 103290070111417 --terminal-code 12340511 \
          --original-order-id 20200227163036011978864947
      ums void --profile shop --merchant-order-id 202311250001 --yes --json
    "#);
}

#[test]
fn no_help_shows_a_value_of_the_environment() {
    let home = Home::new();
    for command in [
        "void",
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
        for command in ["void", "sign", "explain", "demo", "simulator"] {
            assert!(ran.stdout.contains(command), "{shell}: {command}");
        }
    }
}

#[test]
fn a_manual_page_for_each_command() {
    let home = Home::new();
    let ran = run(&mut home.command(["man", "--dir", "man/man1"]));
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
    let mut pages: Vec<_> = std::fs::read_dir(home.path("man/man1"))
        .unwrap()
        .map(|page| page.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    insta::assert_snapshot!(pages.join(" "), @"ums-completions.1 ums-demo.1 ums-explain.1 ums-man.1 ums-sign.1 ums-simulator.1 ums-void.1 ums.1");
    let ran = run(&mut home.command(["man"]));
    assert!(ran.stdout.contains(".TH ums 1"), "{}", ran.stdout);
}
