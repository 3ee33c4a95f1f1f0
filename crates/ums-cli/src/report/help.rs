//! What `--json` prints and how the process ends, for the help of every operation.

/// The same for every operation, between what is special about one and its examples.
pub(crate) fn help(notes: &str, examples: &str) -> String {
    let between = if notes.is_empty() { "" } else { "\n\n" };
    format!("{notes}{between}{RESULT}\n\n{examples}")
}

const RESULT: &str = "\
Exit codes:
  0 approved and in force, 3 certainly not (declined, not carried out, or voided or
  refunded since), 4 not sent, 5 unknown; nothing was sent either with 2 invalid
  input and 6 configuration, credentials or journal. A query exits by the state it found: 0
  paid (or the refund was made), 3 certainly not, 5 not certain.

With --json, stdout holds one object on one line:
  version       of this object: 1. Under the same version members may be added;
                nothing is taken away and nothing changes its meaning
  outcome       \"approved\", \"declined\", \"not_sent\" or \"unknown\"; after resolving
                \"not_executed\" too; of what only reads \"answered\", \"not_sent\" or
                \"unknown\"
  as_of         of not_executed: when the question left whose answer said so; else null
  stands        of an approved operation that was asked about, or that the journal
                tells of: whether it is still in force, or the payment was voided or
                refunded since; null while nobody knows, and else
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
    operation               the operation's name, for example \"void_payment\"
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
    requests_sent           0 or 1; null when the call was cut short, and nobody counted
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
  replayed      whether another run sent it, so that nothing was sent now; or null
  call          the call that is in the way of one that was refused for it; else null
  labels, history
                what else the journal has: history of ums journal show and resolve
Numbers that are not known are null. Characters that a terminal could obey or
hide are written as \\u escapes. The object is printed for every outcome and for
every error, of the command line too.";
