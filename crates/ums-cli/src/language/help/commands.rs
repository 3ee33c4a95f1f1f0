//! What the commands do.

use super::row::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "Call any UMS API by its path, with a JSON body",
        "以 JSON 报文调用任意银联商务接口",
    ),
    (
        "Find out by query what became of an operation whose outcome is unknown",
        "核实：通过查询查明状态未知的交易",
    ),
    (
        "Give a header and a body, or a captured request (request line, headers, empty line, body), or two headers of the same call, one that is refused and one of an implementation that works. With --scheme: a query, a request for a token, or a notification.",
        "请给出请求头和报文体；或抓取的完整请求（请求行、请求头、空行、报文体）；或同一次调用的两个请求头，一个被拒绝，另一个出自正确的实现。使用 --scheme 时，给出地址参数、令牌请求或通知。",
    ),
    (
        "Nothing is sent. The bytes that are signed are the bytes of the file, a newline at its end included: send the same bytes.",
        "不发送任何请求。签名针对文件的原始字节，包括末尾的换行符：发送时须逐字节一致。",
    ),
    (
        "Pay, query, void and refund through UMS (银联商务), and know whether the money moved",
        "通过银联商务（UMS）支付、查询、撤销、退款，并查明资金是否变动",
    ),
    (
        "Print help (see a summary with '-h')",
        "显示帮助（-h 显示摘要）",
    ),
    (
        "Print help (see more with '--help')",
        "显示帮助（--help 显示全部）",
    ),
    ("Print the completions for a shell", "输出命令行补全脚本"),
    (
        "Print the manual page, or write one for each command",
        "输出手册页，或为每个命令各写一份",
    ),
    (
        "Print this message or the help of the given subcommand(s)",
        "显示本帮助，或指定命令的帮助",
    ),
    ("Print version", "显示版本"),
    (
        "Prints its URL alone on the first line of stdout and runs until Ctrl-C. What it answers is the simulator's choice wherever the platform's own answer is not published.",
        "标准输出的第一行只有网关地址；按 Ctrl-C 结束。凡平台未公布的应答，均由模拟器自行设定。",
    ),
    (
        "Reads the JSON that ums pay, void, refund or reverse printed with --json, of one outcome or of one a line, and queries each that is unknown until its state is certain. The operation itself is never sent again.",
        "读取 ums pay、void、refund 或 reverse 以 --json 输出的结果（一条，或每行一条），对其中状态未知的逐笔查询，直到状态明确。绝不重新发送原交易。",
    ),
    (
        "Run a gateway on this machine that checks signatures, keeps orders and can fail",
        "在本机运行模拟网关：验证签名、记录订单，并可制造故障",
    ),
    (
        "Say whether a received notification (通知) is genuine",
        "通知验签：判断收到的通知是否真实",
    ),
    (
        "Say which part of a signature is wrong, and which mistake made it so",
        "指出签名哪一步出错，以及是什么错误造成的",
    ),
    (
        "See a payment voided, refused, lost and found out, on this machine and without an account",
        "演示：在本机观看撤销成功、被拒、应答丢失和查明结果，无需账号",
    ),
    (
        "Sends one request, once. When the outcome is unknown, the money may have been taken: query the order, which --resolve does, and do not pay again under another order id before its state is certain.",
        "只发送一次请求。状态未知时可能已经扣款：请查询订单（--resolve 会自动查询），在状态明确之前，请勿换商户订单号再次收款。",
    ),
    (
        "Sign by any of the platform's four schemes, and print what to send",
        "按平台四种认证方式之一签名，输出应发送的内容",
    ),
    (
        "Signs, sends once and judges as every other command does. What the call may do has to be said: an unknown outcome of one that moves money must not be answered by sending it again.",
        "与其他命令一样签名、只发送一次并判断结果。须说明该调用是否变动资金：变动资金的调用状态未知时，不得重新发送。",
    ),
    (
        "Starts a gateway inside this process and talks to it over real HTTP.",
        "在本进程内启动一个模拟网关，并通过真实的 HTTP 与其通信。",
    ),
    (
        "Take a payment (支付) with the code that the customer shows",
        "支付：凭顾客出示的支付码收款",
    ),
    (
        "Takes the body of the notification as it was received, checks its signature with the 通讯密钥, and refuses what is signed with another hash than the one agreed, or in a way that can be read as other fields. Nothing is sent.",
        "取收到的通知原文，用通讯密钥验签；签名方式与约定不符，或可被读作另一组字段的，一律拒绝。不发送任何请求。",
    ),
    (
        "Takes what was sent and the credentials, goes through the computation step by step, and names the first part that differs. A mistake is named only when making it again gives the very signature that was sent, or when it is there to be seen. Nothing is sent, and no key is printed.",
        "根据已发送的内容和密钥，逐步重算签名，指出第一个不一致之处。只有重现某个错误后恰好得到所发送的签名，或错误一望可知时，才会指明该错误。不发送任何请求，也不显示密钥。",
    ),
    (
        "The pages are in English, whatever --lang says.",
        "手册页只有英文，与 --lang 无关。",
    ),
    (
        "They are in English, whatever --lang says.",
        "补全脚本只有英文，与 --lang 无关。",
    ),
    (
        "Look at the journal of calls, and find out what became of those that are open",
        "交易流水：查看每笔操作，并核实尚未查明的",
    ),
    (
        "Every command that moves money writes down in the journal what it is about to do before it sends anything, and then how it ended. So nothing is lost when a process or the machine dies, and the same command again sends nothing twice: it says what became of the first one.",
        "凡变动资金的命令，都先把将要进行的操作写入交易流水，然后才发送，最后记下结果。因此进程或机器中断时不会丢失；重复运行同一命令也不会重复发送，只会显示第一次的结果。",
    ),
    (
        "List calls; those that are open with what to do about each",
        "列出各笔操作；对待核实的，逐笔说明如何处理",
    ),
    ("Show one call with its history", "显示一笔操作及其经过"),
    (
        "Ask what became of open calls, and write it down. Nothing is sent again",
        "核实待核实的各笔，并记下结果；绝不重新发送",
    ),
    (
        r#""Carried out" is believed at once; "not carried out" when two answers in a row say so, and where the platform has no trace of a call, only later than its deadline and the late window. A call whose process has died is taken up when that process has said nothing for the time of --lease."#,
        r#"“已执行”一经答复即予采信；“未执行”须连续两次答复，且平台查无该笔时，还须晚于超时时刻与延迟窗口。进程已中断的，待其超过 --lease 的时长没有动静后接手。"#,
    ),
    (
        "Close an unknown call by your own word, with a reason and evidence",
        "人工关闭状态未知的一笔，须写明原因和依据",
    ),
    (
        "For what no query can tell any more. Without --yes it says what it would mean, and nothing is written down. A statement may contradict it later, and that is shown.",
        "用于已无法通过查询核实的交易。不加 --yes 时只说明后果，不作任何记录。日后对账单可能与之不符，届时会显示出来。",
    ),
    (
        "Accept a journal that may have forgotten calls: a backup put back, a file made anew",
        "接受可能缺少记录的交易流水：例如恢复的备份，或新建的文件",
    ),
    (
        "Until the end of the next day every call that moves money then asks by query first, and is sent only where the platform has no trace of it.",
        "此后直到次日结束，凡变动资金的操作都先查询，只有平台查无该笔时才发送。",
    ),
    (
        "Count a day's calls for the shift's close: how many, how much, and what is still open",
        "交班汇总：当日的笔数、金额，以及待核实的笔数",
    ),
    (
        "Payments and completed holds are taken; voids, reversals and refunds are given back. What is unknown counts as neither, and must be 0 before a till is closed. The command exits with 5 while it is not.",
        "支付和担保完成计为收款；撤销、冲正和退款计为退回。状态未知的两者都不计，交班前应为 0；不为 0 时退出码为 5。",
    ),
    (
        "Print the whole journal as JSON Lines, one fact a line",
        "导出全部交易流水，每行一条 JSON 记录",
    ),
    (
        "The first line has the key in it that requests are told apart by: with it the calls are \
         known again where the export is imported. Keep an export where nobody else can read it.",
        "第一行含有用于识别请求的密钥：导入后据此可识别其中的交易。请妥善保管导出文件，勿让他人读取。",
    ),
    (
        "Write the facts of an export into the journal; those that are there stay",
        "将导出的记录写入交易流水；已有的保持不变",
    ),
    (
        "Go through every fact, and say whether one is missing or was changed",
        "逐条检查记录有无缺失或改动",
    ),
];
