//! What stands below the arguments, by paragraph.

use super::row::Row;

pub(super) const ROWS: &[Row] = &[
    (
        r#"    [profiles.test]
    env = "test"                 # or base_url = "https://…"
    timeout = 30                 # seconds
    app_id = "…"
    app_key_file = "test.key"    # beside this file; readable by you only
    merchant_code = "…"
    terminal_code = "…""#,
        r#"    [profiles.test]
    env = "test"                 # 或 base_url = "https://…"
    timeout = 30                 # 秒
    app_id = "…"
    app_key_file = "test.key"    # 与本文件同目录；只有您能读取
    merchant_code = "…"
    terminal_code = "…""#,
    ),
    (
        r#"    default_profile = "test""#,
        r#"    default_profile = "test""#,
    ),
    (
        r#"  Live is every gateway but the official test gateway and this machine. A profile
  of a live one signs for it alone: where UMS_BASE_URL or a flag leads elsewhere,
  nothing is signed. forwarder = true says that base_url, or any that is given, is a
  forwarder of your own; it counts as live. With live money the AppKey must be
  readable by you alone, and it, this file and ca must lie where nobody but you (or
  root) can change them; elsewhere that is a warning. Without ca, SSL_CERT_FILE and
  SSL_CERT_DIR decide on Linux whom TLS trusts, which is said with live money.
  Files are regular files: for a pipe give - where a flag takes it, rather than
  /dev/stdin or the shell's <(…)."#,
        r#"  除官方测试网关和本机以外，所有网关均为生产环境。生产环境的配置档案只为其自身的
  网关签名：UMS_BASE_URL 或选项指向别处时，不予签名。forwarder = true 表示 base_url
  （或所给出的任意地址）是您自己的转发服务，同样视为生产环境。在生产环境下，AppKey
  须只有您能读取，且它与本文件、ca 都须放在只有您（或 root）能修改的位置；在其他环境
  下仅作警告。没有 ca 时，Linux 上由 SSL_CERT_FILE 和 SSL_CERT_DIR 决定 TLS 信任谁，
  在生产环境下会给出提示。文件须为普通文件：需要管道时，请在支持的选项中使用 -，
  不要用 /dev/stdin 或 <(…)。"#,
    ),
    (
        r#"  [[app.merchant]]                    # none: any merchant that is known
  merchant_code = "103290070111417"
  terminal_codes = ["12340511"]"#,
        r#"  [[app.merchant]]                    # 不写则为任意已知商户
  merchant_code = "103290070111417"
  terminal_codes = ["12340511"]"#,
    ),
    (
        r#"  [[app]]
  app_id = "team-a"
  app_key = "made-up-key-of-team-a"   # or app_key_file = "team-a.key", beside it"#,
        r#"  [[app]]
  app_id = "team-a"
  app_key = "made-up-key-of-team-a"   # 或 app_key_file = "team-a.key"，与本文件同目录"#,
    ),
    (
        r#"  ca = "ca.pem" names a private certificate authority. The AppKey comes from a
  file (- is standard input) or from the variable UMS_APP_KEY, never from the
  command line. A file is better: all that you run can read a variable."#,
        r#"  ca = "ca.pem" 指定私有的证书颁发机构。AppKey 取自文件（- 为标准输入）或环境变量
  UMS_APP_KEY，绝不取自命令行。用文件更好：您运行的所有程序都能读取环境变量。"#,
    ),
    (
        r#"  proxy = "http://proxy.example:3128" reaches an https gateway through that proxy;
  proxy = "environment" goes by HTTPS_PROXY and NO_PROXY, which change nothing
  otherwise. Only HTTPS_PROXY may hold a user name and password."#,
        r#"  proxy = "http://proxy.example:3128" 表示经该代理访问 https 网关；
  proxy = "environment" 表示依 HTTPS_PROXY 和 NO_PROXY 而定，否则这两个变量不起作用。
  只有 HTTPS_PROXY 中可以带用户名和密码。"#,
    ),
    (
        r#"--device-type says where the terminal stands together with --longitude and --latitude;
or with --base-station, of a terminal that is physical; or with --ip, of one that is
not."#,
        r#"--device-type 与 --longitude、--latitude 一起说明终端位置；实体终端也可以与
--base-station 一起给出，非实体终端也可以与 --ip 一起给出。"#,
    ),
    (
        r#"--goods-file holds an array of goods, with the prices in fen; the last three fields
may be left out:
  [{"goodsId": "001", "goodsName": "鸡蛋", "quantity": 10, "price": 416,
    "goodsCategory": "…", "body": "…", "discount": 5}]"#,
        r#"--goods-file 为商品数组，价格以分为单位；最后三个字段可以省略：
  [{"goodsId": "001", "goodsName": "鸡蛋", "quantity": 10, "price": 416,
    "goodsCategory": "…", "body": "…", "discount": 5}]"#,
    ),
    (
        r#"--on-unknown is for a customer who waits at the till: --within 60 gives the payment
25 seconds, then queries at once and every 3 seconds, takes the payment back after
45, and ends at 60. It prints one of four results:
  paid        已收款              exit code 0
  not_paid    未收款              3
  taken_back  已撤回（未收款）    3
  to_verify   待核实              5: hand nothing over, and take no second payment
Nothing is taken back unless the platform answers that this payment is open or
unknown to it. reverse needs reversal = true in the profile: the branch must have
agreed; without it a void takes back."#,
        r#"--on-unknown 用于顾客在收银台等待的场合：以 --within 60 为例，支付最多 25 秒，随即
查询，之后每 3 秒查询一次，45 秒时撤回支付，60 秒结束。结果有四种：
  paid        已收款              退出码 0
  not_paid    未收款              3
  taken_back  已撤回（未收款）    3
  to_verify   待核实              5：请勿交货，也请勿再次收款
只有平台答复该笔支付尚无结果或查无此笔时才会撤回。reverse 要求配置档案中写明
reversal = true，即已与分公司约定；否则以撤销方式撤回。"#,
    ),
    (
        r#"A genuine notification is not yet yours: hold its order and amount against your own
order. Answer SUCCESS to it only then."#,
        "验签通过并不表示通知属于您的订单：请再核对订单号和金额，一致后才应答 SUCCESS。",
    ),
    (
        "An AppId with merchants may act for those alone.",
        "列有商户的 AppId 只能代这些商户操作。",
    ),
    (
        r#"An outcome that is known already is printed as it came, so that a script may pipe
every outcome through; it exits as that outcome does. Of an unknown one all members
are kept but those that resolving changes."#,
        r#"已有明确结果的，原样输出并以该结果的退出码结束，因此脚本可以把所有结果都交给本命令。
状态未知的，除核实所改变的内容外，其余内容保持不变。"#,
    ),
    ("Example:", "示例："),
    ("Examples:", "示例："),
    (
        r#"Exit codes:
  0  approved and in force, or done; a query: paid, or the refund was made
  1  anything that has no code of its own
  2  the command line or a value on it cannot be used; nothing was sent
  3  certainly not: declined, not carried out, or voided or refunded since; ums explain,
     ums verify-notify: the signature is wrong
  4  not sent: nothing left this machine; what is printed says whether it may be sent
     again
  5  unknown: it may have been carried out; query the order, do not send again
  6  the configuration, the credentials or the journal cannot be used; nothing was sent"#,
        r#"退出码：
  0  成功且仍然有效，或已完成；查询：已支付，或退款已完成
  1  没有专门退出码的其他情况
  2  命令行或其中的值不正确；未发送任何请求
  3  确定未成功：失败、未执行，或其后已撤销/退款；ums explain、ums verify-notify：
     签名不正确
  4  未发送：没有任何内容离开本机；能否重新发起，以输出的说明为准
  5  状态未知：可能已执行；请查询订单，请勿重新发起
  6  配置、密钥或交易流水无法使用；未发送任何请求"#,
    ),
    (
        r#"Exit codes:
  0  genuine: signed with this key and this hash, and to be read in one way only
  3  not genuine, or not to be told: do not believe it; query the order
  2 and 6 as everywhere: what was given cannot be used."#,
        r#"退出码：
  0  真实：以该密钥和该方式签名，且只有一种读法
  3  不真实，或无法判断：不要采信，请查询订单
  2 和 6 与其他命令相同：所给内容无法使用。"#,
    ),
    (
        r#"Exit codes:
  0  the signature matches (two headers: they say the same)
  3  it does not
  2 and 6 as everywhere: what was given cannot be used."#,
        r#"退出码：
  0  签名正确（两个请求头：内容一致）
  3  签名不正确
  2 和 6 与其他命令相同：所给内容无法使用。"#,
    ),
    (
        r#"Exit codes:
  0 approved and in force, 3 certainly not (declined, not carried out, or voided or
  refunded since), 4 not sent, 5 unknown; nothing was sent either with 2 invalid
  input and 6 configuration, credentials or journal. A query exits by the state it found: 0
  paid (or the refund was made), 3 certainly not, 5 not certain."#,
        r#"退出码：
  0 成功且仍然有效，3 确定未成功（失败、未执行，或其后已撤销/退款），4 未发送，
  5 状态未知；2 输入不正确，6 配置、密钥或交易流水无法使用，两者也都未发送。查询按查到的状态：
  0 已支付（或退款已完成），3 确定未成功，5 不确定。"#,
    ),
    (
        r#"Fail by a fault's name, for the next call; may be given more than once:
NAME[@NUMBER][,operation=pay|query|query_refund|refund|reverse|void][,order=ID][,times=N][,every=N][,always]"#,
        r#"按名称设置故障，作用于下一次调用；可给出多个：
NAME[@NUMBER][,operation=pay|query|query_refund|refund|reverse|void][,order=ID][,times=N][,every=N][,always]"#,
    ),
    (
        r#"File of AppIds with their AppKeys, merchants and terminals, instead of --app-id.
TOML, or JSON with the same keys:"#,
        r#"列出 AppId 及其 AppKey、商户和终端的文件，代替 --app-id。
TOML 格式，或键名相同的 JSON 格式："#,
    ),
    (
        r#"Never give it keys of the live platform, and let it listen for other machines
only in a network that you trust: whoever reaches it can make it answer."#,
        r#"切勿使用生产环境的密钥；只有在可信任的网络中，才能让模拟器对其他机器开放：
凡能连上它的人都可以让它应答。"#,
    ),
    (
        r#"Settings:
  A flag beats the environment, which beats the profile. Profiles are in
  $XDG_CONFIG_HOME/ums/config.toml, or else ~/.config/ums/config.toml:"#,
        r#"配置：
  命令行选项优先于环境变量，环境变量优先于配置档案。配置档案位于
  $XDG_CONFIG_HOME/ums/config.toml，否则位于 ~/.config/ums/config.toml："#,
    ),
    (
        r#"The customer's code is never printed. Fields that have no flag here can be sent
with ums api."#,
        "支付码绝不会显示。没有对应选项的字段，可以用 ums api 发送。",
    ),
    (
        r#"The outcome goes by the reply's errCode. Without --success the table of POS通
(poslink) is used, where 00 approves. With it exactly those codes approve, the
gateway's refusals 1000, 1001 and 9001 decline, and every other code leaves the
outcome unknown: netpay succeeds with SUCCESS, the token endpoint with 0000."#,
        r#"结果依应答的 errCode 判断。没有 --success 时采用 POS通（poslink）的应答码表，
00 为成功。给出 --success 后，只有所列的应答码为成功，网关拒绝码 1000、1001 和 9001
为失败，其余均为状态未知：netpay 的成功码为 SUCCESS，获取令牌接口为 0000。"#,
    ),
    (
        r#"What becomes of a payment goes by the customer's code; any other than these is
paid. SSSS are four digits: so many seconds.
  9957…  declined with 57          9961…  declined with 61
  9951…  declined with 51, no money
  99ER…  declined with ER and words, no money
  9900…  paid, and no answer       9901…  not paid, and no answer
  9910…  paid, no answer, and two queries say "timed out" first
  9911…  not paid, otherwise as 9910
  99FF…  no answer, and queries say that it is not known
  9920…  no answer, waits SSSS for the customer, then paid
  9921…  the same, then not paid   9922…  the same, then cancelled
  9930…  as 9920, and the answer is 00 with autoQueryFlag Y
  9931…  as 9921 with that answer  9932…  as 9922 with that answer
  9940…  no answer, queries and voids find nothing for SSSS, then paid
  9950…  no answer, queries say "failed" for SSSS, then paid
For example 992000300000000001 waits 30 seconds."#,
        r#"支付的结果由支付码决定，下列以外的支付码均支付成功。SSSS 为四位数字，表示秒数。
  9957…  以 57 拒绝                9961…  以 61 拒绝
  9951…  以 51 拒绝，余额不足
  99ER…  以 ER 和文字说明拒绝，余额不足
  9900…  已支付，无应答            9901…  未支付，无应答
  9910…  已支付，无应答，且前两次查询答复超时
  9911…  未支付，其余同 9910
  99FF…  无应答，查询答复状态未知
  9920…  无应答，等待顾客 SSSS 秒，随后支付成功
  9921…  同上，随后支付失败        9922…  同上，随后取消
  9930…  同 9920，应答为 00 且 autoQueryFlag 为 Y
  9931…  同 9921，应答同上         9932…  同 9922，应答同上
  9940…  无应答，SSSS 秒内查询和撤销均查无此笔，随后支付成功
  9950…  无应答，SSSS 秒内查询答复失败，随后支付成功
例如 992000300000000001 等待 30 秒。"#,
    ),
    (
        r#"What is signed, and what is printed:
  open-body-sig      --body, a request's body: the Authorization header's value
  open-form-param    --body, the content (JSON): the query to put after the address's ?
  open-access-token  nothing: the JSON to post to /v1/token/access
  notify             --body, a notification (name=value&…): the same with its sign, to try
                     a receiver with; needs --notify-key-file and --sign-type, no AppKey"#,
        r#"签什么，输出什么：
  open-body-sig      --body 为请求的报文体；输出 Authorization 请求头的值
  open-form-param    --body 为内容（JSON）；输出接在地址 ? 之后的参数
  open-access-token  无需内容；输出应发往 /v1/token/access 的 JSON
  notify             --body 为通知（name=value&…）；输出带 sign 的同一通知，用于测试
                     接收程序；需要 --notify-key-file 和 --sign-type，不需要 AppKey"#,
    ),
    (
        r#"What only reads is answered or it is not: a refusal of the question exits with 5. A
query of POS通 exits by the state it found, as ums query does. --reads is refused
for the paths of POS通 that move money."#,
        r#"只读的调用只分已答复和未答复：被拒绝时退出码为 5。POS通 的查询按查到的状态退出，
与 ums query 相同。会变动资金的 POS通 路径不接受 --reads。"#,
    ),
    (
        r#"What the outcome says then: approved, it was carried out, and stands says whether it
is still in force; declined, the platform refused it; not_executed, it was not carried
out as far as the platform could tell at as_of; unknown, that is still open.
"Carried out" is believed at once. "Not carried out" is believed when two answers in
a row say so, of the day of the call and, where the platform has no trace of it, later
than the call's deadline and the late window. Without --signed-at it is never believed."#,
        r#"核实后的结果：approved 表示已执行，stands 表示目前是否仍然有效；declined 表示平台
拒绝；not_executed 表示截至 as_of，平台未执行该交易；unknown 表示仍未查明。
“已执行”立即采信。“未执行”须连续两次答复一致，且均为交易当日的答复；平台查无此笔时，
还须晚于交易超时时刻加上迟到时限。没有 --signed-at 时，永不采信“未执行”。"#,
    ),
    (
        r#"What to give:
  open-body-sig      --header and --body, or --request, or --header and --right-header
  open-form-param    --query
  open-access-token  --body, the JSON that was posted to /v1/token/access
  notify             --body, the notification, with --notify-key-file and --sign-type"#,
        r#"应给出的内容：
  open-body-sig      --header 和 --body，或 --request，或 --header 和 --right-header
  open-form-param    --query
  open-access-token  --body，即发往 /v1/token/access 的 JSON
  notify             --body，即通知原文，以及 --notify-key-file 和 --sign-type"#,
    ),
    (
        r#"When it cannot even be asked (no AppKey, another gateway, a file that cannot be used),
the outcome stays unknown, next_step is fix_then_query, and resolution has reason and
detail. The exit code is 5 if any outcome stays unknown; but 2 or 6, by the cause, when
nothing at all could be asked. Without an unknown one it is the worst: 4, 3 or 0."#,
        r#"无法发起查询时（没有 AppKey、网关不同、文件无法使用），结果仍为 unknown，next_step 为
fix_then_query，resolution 中有 reason 和 detail。只要有一条仍为状态未知，退出码为 5；
全部无法查询时依原因为 2 或 6。没有状态未知的，取最差的一条：4、3 或 0。"#,
    ),
    (
        r#"With --json, stdout holds one object on one line:
  match             true or false
  scheme            OPEN-BODY-SIG, OPEN-FORM-PARAM, OPEN-ACCESS-TOKEN or notify
  explained         true when the signature is accounted for: it is right, or the
                    mistakes lead to it
  first_difference  the first part that differs, or null: scheme, header, app_id,
                    timestamp, nonce, body_digest, string_to_sign, key, mac,
                    encoding, signature. With match true it is null, or timestamp
                    when that is in another zone than --sent-at.
  mistake           the first of mistakes, or null
  mistakes          the mistakes that together give exactly what was sent, as
                    stable codes: usually one, none when they are not recognised;
                    with explained false only those that are there to be seen
  advice            one sentence for each, in the language of --lang
  steps             [{part, expected, sent, agrees}] in the order of the
                    computation; what is secret or not known is null"#,
        r#"使用 --json 时，标准输出为一行一个对象：
  match             true 或 false
  scheme            OPEN-BODY-SIG、OPEN-FORM-PARAM、OPEN-ACCESS-TOKEN 或 notify
  explained         能够解释该签名时为 true：签名正确，或由所列错误造成
  first_difference  第一个不一致之处，或 null：scheme、header、app_id、timestamp、
                    nonce、body_digest、string_to_sign、key、mac、encoding、
                    signature。match 为 true 时为 null；若时间戳与 --sent-at 时区
                    不同，则为 timestamp
  mistake           mistakes 的第一项，或 null
  mistakes          合起来恰好得出所发送签名的错误，以固定代码表示：通常一个，
                    无法识别时没有；explained 为 false 时只列一望可知的错误
  advice            每个错误一句说明，语言依 --lang
  steps             [{part, expected, sent, agrees}]，按计算顺序排列；机密或未知的
                    内容为 null"#,
    ),
    (
        r#"With --json, stdout holds one object on one line:
  open-body-sig      header, timestamp, nonce, body_digest, string_to_sign
  open-form-param    query, timestamp, nonce, body_digest, string_to_sign
  open-access-token  path, request (what to post); the string to sign holds the AppKey
  notify             form, sign, sign_type, string_to_sign (without the key)"#,
        r#"使用 --json 时，标准输出为一行一个对象：
  open-body-sig      header、timestamp、nonce、body_digest、string_to_sign
  open-form-param    query、timestamp、nonce、body_digest、string_to_sign
  open-access-token  path、request（应发送的内容）；待签名串含 AppKey，故不输出
  notify             form、sign、sign_type、string_to_sign（不含密钥）"#,
    ),
    (
        r#"With --json, stdout holds one object on one line:
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
every error, of the command line too."#,
        r#"使用 --json 时，标准输出为一行一个对象：
  version       本对象的版本：1。同一版本只会增加成员，不会减少成员或改变其含义
  outcome       "approved"、"declined"、"not_sent" 或 "unknown"；核实后还可能为
                "not_executed"；只读的为 "answered"、"not_sent" 或 "unknown"
  as_of         not_executed 时：据以判断的那次查询的发出时间；否则为 null
  stands        核实为已执行时：目前是否仍然有效，还是其后已撤销或退款；否则为 null
  err_code      应答的 errCode，或 null
  err_info      应答的 errInfo，或 null；供人阅读
  provenance    依 --reply-codes 或 --refusal-code 判为失败时：其依据；否则为 null
  reply         应答：收到的 JSON 对象，或其文本，或 null。个人、卡和机密数据均隐藏，
                包括支付码（payCode）。疑似卡号的内容会遮盖，除非该字段按文档为标识、
                代码、日期或金额。其余内容与收到的一致。
  evidence      结果的依据：
    operation               交易的名称，例如 "void_payment"
    reason                  为何 not_sent 或 unknown，固定代码，或 null
    detail                  同上的文字说明（英文），或 null
    attempt_id, timestamp   签名所用的随机数和时间戳
    phase                   最后到达的步骤：resolving、connecting、handshaking、
                            sending、awaiting_reply、reading_reply、complete；
                            或 null
    request_bytes_written   请求已发出的字节数，总数为
    request_bytes_total     此数
    reply_bytes_read        应答已收到的字节数
    http_status, connection_reused
    timings_ms              {connected, sent, head, ended}，自该次尝试开始计
    requests_sent           0 或 1；被信号中断时为 null
    attempts                此前的各次尝试，均未发出，字段同上
    elapsed_ms              整个调用的耗时
    url                     请求发往何处，或 null
    clock_ahead_s           本机时钟比网关快多少秒（相差较大时）；或 null
    deadline                状态未知时：该调用的超时时刻（RFC 3339），或 null
    discrepancies           [{field, expected, received}]，应答或最后一次查询答复的
                            并非本交易
  next          现在应做什么，语言依 --lang，并附上应运行的命令
  next_step     同上的固定代码：done、confirm、fix_clock、new_token、
                fix_credentials、fix_request、check_order、fix_setup、send_again、
                query、ask_again、decide、do_not_deliver、order_id_in_use、
                await_statement、confirm_live、fix_then_query、look_at_call、
                other_key、fix_journal、accept_journal、wait
  may_repeat    能否再做一次：same_key 可原样重发，因为未发送；new_key 可重新做
                一笔；no 不能。查询总可以再查。
  state, final  查询已答复时：订单或退款的结果，以及是否为终态；交易流水中的一笔：state
                为 intended、sending、ended、resolving、resolved、
                awaiting_statement、closed 或 contradicted；否则为 null
  request       {operation, path, body}：所发送的内容，遮盖规则与应答相同；未发起
                调用时为 null。供 ums resolve 读取。
  resolution    null，或状态未知后的核实结果：
    conclusion              approved、declined、not_executed、not_sent 或 unknown，
                            与上面的 outcome 一致
    basis                   not_executed 的依据：stated_failure、absent（调用过后
                            很久，连续两次）、nothing_to_void；否则为 null
    still_open              为何仍未查明：time_up、day_over、order_id_in_use、
                            about_another、interrupted、not_asked；否则为 null
    queries                 [{outcome, finding, discrepancies, reply, …}]，并有一次
                            尝试的各字段
    repeated                null，或第二次发送的结果
    reason, detail          为何无法发起查询，固定代码和文字说明（英文）；或 null
    elapsed_ms              核实的耗时
  till          ums pay --on-unknown 的结果：paid、not_paid、taken_back 或
                to_verify；否则为 null
  steps         ums pay --on-unknown 的步骤：[{step, operation, outcome, err_code,
                attempt_id, timestamp}]，step 为 pay、query 或 take_back；被信号
                中断的步骤，其 outcome 为 null；否则为 null
  live          网关是否为生产环境；未发起调用时为 null
  gateway       网关地址；未发起调用时为 null
  id, key       交易流水中的编号，以及该笔的幂等键；不保存流水时为 null
  operation, profile, merchant, terminal, store_id, operator_id, refund_request_id
                办理的交易及其发起方；没有则为 null
  order         {ums, merchant}：已知的订单号
  third_party_order_id, retrieval_ref_num, wallet, card_attr
                应答中关于该笔支付的内容；没有则为 null
  amount_fen, paid_fen, refunded_fen
                请求的金额，以及应答所述的实付和实退金额，单位：分
  transaction_date, settlement_date
                日期，格式为 yyyy-MM-dd；应答未给出年份时为 null
  recorded      交易流水是否已记下此结果；不保存流水时为 null
  replayed      是否此前已知结果、本次未发送；或 null
  call          因另一笔而被拒绝时：那一笔的流水编号；否则为 null
  labels, history
                流水中的其他内容；history 只由 ums journal show 和 resolve 给出
未知的数值为 null。可能控制终端显示或隐藏内容的字符写成 \u 转义。任何结果和任何错误，
包括命令行错误，都会输出该对象。"#,
    ),
    (
        r#"With --json, stdout holds one object on one line:
  verified      true or false
  reason        null, or why not: wrong_signature, ambiguous_value (right, but also the
                signature of other fields), other_sign_type, missing_parameter (no sign),
                wrong_length or not_hexadecimal (a sign that cannot be one)
  message       one sentence, in the language of --lang
  sign_type     the hash it was checked with
  mer_order_id, status, total_amount, notify_id
                of a genuine notification, else null"#,
        r#"使用 --json 时，标准输出为一行一个对象：
  verified      true 或 false
  reason        null，或原因：wrong_signature、ambiguous_value（签名正确，但也可对应
                另一组字段）、other_sign_type、missing_parameter（没有 sign）、
                wrong_length 或 not_hexadecimal（不可能是签名的 sign）
  message       一句说明，语言依 --lang
  sign_type     验签所用的签名方式
  mer_order_id, status, total_amount, notify_id
                通知真实时的各字段，否则为 null"#,
    ),
    (
        r#"With --json, stdout holds one object on one line: gateway; calls, each as
ums void --json prints it; and orders, each with order_id and voided, by the
gateway's own book."#,
        r#"使用 --json 时，标准输出为一行一个对象：gateway；calls，每项与 ums void --json 的输出
相同；orders，每项有 order_id 和 voided，以网关侧的订单记录为准。"#,
    ),
    (
        r#"With -v there is a line on stderr for each request: time, method, path, order,
HTTP status, errCode, what the check of the signature found, fault, money moved."#,
        r#"使用 -v 时，每个请求在标准错误输出一行：时间、方法、路径、订单、HTTP 状态、errCode、
验签结果、故障、资金变动。"#,
    ),
    (
        r#"Without --orders the book holds one paid order, 20230718110248029165883554, of
1 fen. Without --app-id and --app-key-file (or their variables or profile) it
takes a made-up AppId and AppKey and says so on stderr."#,
        r#"没有 --orders 时，订单簿中有一笔已支付的订单 20230718110248029165883554，金额 1 分。
没有 --app-id 和 --app-key-file（或相应的环境变量、配置档案）时，使用演示用的 AppId 和
AppKey，并在标准错误输出中说明。"#,
    ),
    (
        r#"The journal is the SQLite file $XDG_STATE_HOME/ums/journal.sqlite3, or else
~/.local/state/ums/journal.sqlite3, unless --journal, UMS_JOURNAL or journal in a
profile says otherwise: sqlite:PATH or postgres://…; with none no journal is kept. It
must be on a disk of this machine, readable and writable by you alone. When it cannot
be used, nothing is sent."#,
        r#"交易流水保存在 SQLite 文件 $XDG_STATE_HOME/ums/journal.sqlite3 中，未设置该变量时为
~/.local/state/ums/journal.sqlite3；可用 --journal、UMS_JOURNAL 或配置档案中的 journal
另行指定：sqlite:PATH 或 postgres://…；none 表示不保存。它必须位于本机磁盘上，且只有您
能读写。无法使用时，不发送任何请求。"#,
    ),
    (
        r#"Which journal that is and how far it is are remembered in witness/ beside the state and
beside the configuration; journal_id in a profile names the one that is meant. Where a
journal has forgotten something, was lost or is another one, nothing is sent until it is
put back, or ums journal accept says that it is to go on; other commands warn."#,
        r#"所用流水及其记录条数另存于状态目录和配置目录下的 witness/ 中；配置档案中的 journal_id
可指明应使用的流水。流水缺少记录、已丢失或并非同一份时，不发送任何请求，直至恢复正确的
流水，或以 “ums journal accept” 表示接受；其他命令会给出警告。"#,
    ),
    (
        r#"A call that is open is unknown: only a fact closes it, and no other call that moves
money may begin on its order meanwhile. list --open says what to do with each."#,
        r#"待核实的交易状态未知：只有查明结果才能了结，在此之前，该订单上不能再办理其他变动资金
的操作。ums journal list --open 逐笔说明如何处理。"#,
    ),
    (
        "ums api keeps no journal, and ums resolve writes into none: of a call in the journal
ums journal resolve does.",
        "ums api 不保存交易流水，ums resolve 也不写入流水：流水中的交易请用 ums journal resolve。",
    ),
];
