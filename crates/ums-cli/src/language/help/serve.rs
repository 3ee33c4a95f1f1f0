//! What `ums serve` and the commands below it say.

use super::row::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "Take operations over HTTP, for any language: each once per key",
        "以 HTTP 提供服务，供任何语言调用：每个幂等键只执行一次",
    ),
    (
        "Prints its URL alone on the first line of stdout and runs until Ctrl-C. Whoever asks shows a token, which ums serve token add makes.",
        "标准输出的第一行只有服务地址；按 Ctrl-C 结束。调用方须出示令牌，令牌由 “ums serve token add” 创建。",
    ),
    (
        "Address of this machine to listen on; port 0 takes a free one",
        "监听的本机地址；端口为 0 时自动选择空闲端口",
    ),
    (
        "Unix socket to listen on instead, in a directory that is yours alone",
        "改为监听 Unix 套接字，其目录须只有您能访问",
    ),
    (
        "Certificate chain in PEM: needed where other machines are served",
        "证书链（PEM）；为其他机器提供服务时必须给出",
    ),
    (
        "Key of that certificate in PEM, readable by you alone",
        "该证书的密钥（PEM），须只有您能读取",
    ),
    (
        "Name, with its port, that clients reach it by; may be given more than once",
        "调用方所用的名称及端口，可给出多个",
    ),
    (
        "File of tokens [default: $XDG_STATE_HOME/ums/tokens.json]",
        "令牌文件 [默认值：$XDG_STATE_HOME/ums/tokens.json]",
    ),
    (
        "Let whoever submitted a call close it: a shop of one person",
        "允许提交者本人人工确认：适用于一人店铺",
    ),
    (
        "Serve a simulator inside this process, with a token that is told: no set-up",
        "在本进程内运行模拟网关，并给出令牌：无需任何设置",
    ),
    (
        "Serves every profile of the configuration file, or the one that --profile names, as\nthe file has it: flags and variables change nothing of a profile. Without profiles\nthe flags and variables make one of the name default. The AppKey comes from a file.",
        "为配置文件中的所有配置档案（或 --profile 指定的一个）提供服务，一律以文件为准：选项\n和环境变量不改变配置档案。没有配置档案时，由选项和环境变量组成名为 \"default\" 的\n配置档案。AppKey 只从文件读取。",
    ),
    (
        "Another address than this machine's own needs --tls-cert and --tls-key, which SIGHUP\nhas read again, and --host. Nothing is asked before live money is moved: who may move\nit is what the tokens say.",
        "监听本机以外的地址时，须给出 --tls-cert 和 --tls-key（收到 SIGHUP 时重新读取）以及\n--host。涉及真实资金时不再询问确认：谁可以操作由令牌决定。",
    ),
    (
        "On Ctrl-C or SIGTERM it takes no further calls and waits up to 30 seconds for those\nthat run. Exits with 0, or with 5 when some still run; the journal has them.",
        "按 Ctrl-C 或收到 SIGTERM 后不再受理新的操作，并最多等待 30 秒让处理中的操作结束。\n退出码为 0；仍有未结束的操作时为 5，均已记入交易流水。",
    ),
    (
        "Make, list and revoke the tokens that clients show",
        "创建、列出和吊销调用方出示的令牌",
    ),
    (
        "The file has hashes only: a token is printed once, when it is made. A server reads the\nfile again when it has changed, so that a revoked token ends at once. With --json, list\nprints one object a line.",
        "文件中只有哈希值：令牌仅在创建时输出一次。文件有改动时服务会重新读取，因此被吊销的\n令牌立即失效。使用 --json 时，list 每行输出一个对象。",
    ),
    (
        "Make a token, and print it alone on stdout, this once",
        "创建令牌，并仅此一次单独输出到标准输出",
    ),
    (
        "Whose it is: the journal says it of whoever asks by it",
        "令牌的名称：交易流水以此记录操作人",
    ),
    (
        "What may be done by it; may be given more than once",
        "令牌的权限，可给出多个",
    ),
    (
        "Profile that it is for; may be given more than once [default: all]",
        "适用的配置档案，可给出多个 [默认值：全部]",
    ),
    (
        "Operation that it may submit; may be given more than once [default: all]",
        "可提交的交易类型，可给出多个 [默认值：全部]",
    ),
    (
        "The most that one call may ask for, in fen (分)",
        "单笔金额上限，单位为分",
    ),
    (
        "When it ends: a day (UTC+8), which it is still good for, or a time by RFC 3339",
        "失效时间：日期（UTC+8，当日仍有效），或 RFC 3339 格式的时间",
    ),
    ("List the tokens and what they grant", "列出令牌及其权限"),
    ("Take a token back, at once", "吊销令牌，立即生效"),
    (
        "Its name, or its id as list says it",
        "令牌的名称，或 list 所列的编号",
    ),
];
