//! What the arguments are, and what clap adds to them.

use super::row::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "A code that declines too, and where you have that from, as in pay:Z1=letter",
        "另一个表示拒绝的应答码及其依据，例如 pay:Z1=letter",
    ),
    (
        "A content, signed in the query that a browser is sent to",
        "内容，签名放在浏览器所访问地址的参数中",
    ),
    (
        "A mark that discounts go by (商品标记)",
        "商品标识，优惠活动据此识别",
    ),
    ("A notification (通知) of netpay's", "netpay 的通知"),
    ("A request for an access token", "获取 AccessToken 的请求"),
    (
        "A request's body, signed in its Authorization header",
        "请求的报文体，签名放在 Authorization 请求头中",
    ),
    (
        "A right header for the same call, to compare with; needs no credentials",
        "同一次调用的正确请求头，用于对比；无需密钥",
    ),
    (
        "Address to listen on; the addresses 0.0.0.0 and :: with a port are all of this machine",
        "监听地址；0.0.0.0 和 [::] 表示本机所有地址",
    ),
    (
        "An errCode that means success; may be given more than once [default: those of POS通]",
        "表示成功的应答码，可给出多个 [默认值：POS通 的应答码]",
    ),
    ("AppId (开发者ID)", "AppId（开发者ID）"),
    (
        "Base station of a physical terminal (cust2), instead of longitude and latitude",
        "实体终端的基站信息（cust2），代替经纬度",
    ),
    ("Chinese (中文)", "中文"),
    (
        "Configuration file to use instead of the one in your home",
        "使用此配置文件，代替主目录中的配置文件",
    ),
    (
        "Directory to write ums.1, ums-void.1 and the others to",
        "将 ums.1、ums-void.1 等手册页写入此目录",
    ),
    (
        "Do not ask before live money is moved",
        "涉及真实资金时不再询问确认",
    ),
    ("English", "英文"),
    (
        "Fail by a fault's name, for the next call; may be given more than once",
        "按名称设置故障，作用于下一次调用；可给出多个",
    ),
    (
        "Field of the body that is a string, whatever it looks like",
        "报文体的字段，一律按字符串发送",
    ),
    (
        "Field of the body; true, false, null and whole numbers are sent as such",
        "报文体的字段；true、false、null 和整数按各自类型发送",
    ),
    (
        "File of AppIds with their AppKeys, merchants and terminals, instead of --app-id",
        "列出 AppId 及其 AppKey、商户和终端的文件，代替 --app-id",
    ),
    (
        "File that holds the AppKey (开发者秘钥), - for stdin; better than to set UMS_APP_KEY",
        "存放 AppKey（开发者秘钥）的文件，- 为标准输入；比设置 UMS_APP_KEY 更安全",
    ),
    (
        "File that holds the JSON of an outcome, or of one a line; - for stdin",
        "存放交易结果 JSON 的文件，一条或每行一条；- 为标准输入",
    ),
    (
        "File that holds the body exactly as it was sent (of a notification: received); - for stdin",
        "存放报文体的文件，须与实际发送（通知为收到）的逐字节一致；- 为标准输入",
    ),
    (
        "File that holds the body, a JSON object that is sent byte for byte; - for stdin",
        "存放报文体的文件，内容为 JSON 对象，原样发送；- 为标准输入",
    ),
    (
        "File that holds the notification's body (name=value&…), as it was received; - for stdin",
        "存放通知原文（name=value&…）的文件，须与收到的一致；- 为标准输入",
    ),
    (
        "File that holds the whole captured request; - for stdin",
        "存放完整抓取请求的文件；- 为标准输入",
    ),
    ("File that holds the 通讯密钥", "存放通讯密钥的文件"),
    (
        "File that holds the 通讯密钥, which signs notifications",
        "存放通讯密钥的文件，通知以它签名",
    ),
    (
        "File that holds the 通讯密钥: it signs notifications, and may have been used for the AppKey",
        "存放通讯密钥的文件：通知以它签名，也可能被误当作 AppKey 使用",
    ),
    (
        "File that holds what is signed: body, content or notification; - for stdin",
        "存放待签名内容的文件：报文体、内容或通知；- 为标准输入",
    ),
    (
        "HTTP proxy to an https gateway: its URL, or environment, or none [default: none]",
        "访问 https 网关的 HTTP 代理：代理地址、environment 或 none [默认值：none]",
    ),
    (
        "Hash of a notification: SHA256 or MD5; of a request for a token: SHA256 (default) or SHA1",
        "签名方式：通知为 SHA256 或 MD5；令牌请求为 SHA256（默认）或 SHA1",
    ),
    (
        "How far a request's timestamp may be from this clock",
        "请求时间戳与本机时钟最多可相差多少秒",
    ),
    ("How it was signed", "原签名的认证方式"),
    (
        "How long after its deadline a call may still be carried out [default: 120]",
        "超时之后，交易仍可能被执行的时长（秒） [默认值：120]",
    ),
    (
        "How long the customer waits, for payment, questions and taking back [default: 60]",
        "顾客最多等待多少秒，含支付、查询和撤回 [默认值：60]",
    ),
    (
        "How many connections there may be at once",
        "最多同时允许多少个连接",
    ),
    (
        "How much to take, in fen (分): 4160 is 41.60 yuan",
        "收款金额，单位为分：4160 即 41.60 元",
    ),
    ("How to sign", "签名的认证方式"),
    (
        "IP address of one that is not physical, instead of longitude and latitude",
        "非实体终端的 IP 地址，代替经纬度",
    ),
    (
        r#"JSON file of orders: {"orders": [{"orderId": "…", "amount": 1}, …]}"#,
        r#"订单文件，JSON 格式：{"orders": [{"orderId": "…", "amount": 1}, …]}"#,
    ),
    (
        "Keep the order book in this file, which is made if need be and survives a restart",
        "将订单簿保存在此文件中；文件不存在时新建，重启后沿用",
    ),
    (
        "Language of explanations [default: by LC_ALL, LC_MESSAGES, LANG]",
        "说明文字的语言 [默认值：依 LC_ALL、LC_MESSAGES、LANG]",
    ),
    (
        "Latitude as +31.221345: sign, 2 digits, point, 6 digits",
        "纬度，例如 +31.221345：符号、2 位数字、小数点、6 位数字",
    ),
    (
        "Longest time for the whole call; fractions are allowed [default: 30]",
        "整个调用的最长时间（秒），可带小数 [默认值：30]",
    ),
    (
        "Longitude as +121.48352: sign, 3 digits, point, 5 digits",
        "经度，例如 +121.48352：符号、3 位数字、小数点、5 位数字",
    ),
    (
        "Make the certificate for this host name or address too; implies --tls",
        "证书同时包含此主机名或地址；自动启用 --tls",
    ),
    (
        "Merchant code (商户号), up to 15 letters and digits",
        "商户号，最多 15 位字母或数字",
    ),
    (
        "Merchant order id (商户订单号) that it was sent with",
        "原交易所用的商户订单号",
    ),
    (
        "Merchant order id (商户订单号), up to 50 characters: another one for each payment, ever",
        "商户订单号，最多 50 个字符；每笔支付须各用一个，永不重复",
    ),
    (
        "No query starts later than this [default: 180]",
        "最迟多少秒后不再发起查询 [默认值：180]",
    ),
    (
        "No query starts later than this, for each operation [default: 180]",
        "每笔交易最迟多少秒后不再发起查询 [默认值：180]",
    ),
    (
        "Nonce, up to 128 characters [default: a random one]",
        "随机数，最多 128 个字符 [默认值：随机生成]",
    ),
    ("Number of instalments (分期期数)", "分期期数"),
    (
        "Path of the API, for example /v1/netpay/query",
        "接口路径，例如 /v1/netpay/query",
    ),
    (
        "Pause before the first query; later pauses grow to 10/3 of it [default: 3]",
        "首次查询前的间隔（秒），其后逐渐延长至其 10/3 [默认值：3]",
    ),
    (
        "Print the faults and what a client should conclude from each",
        "列出所有故障，以及客户端应从中得出的结论（表格为英文）",
    ),
    (
        "Print the result as one JSON object on one line",
        "以 JSON 输出结果，一行一个对象",
    ),
    (
        "Profile of the configuration file to use",
        "使用配置文件中的此配置档案",
    ),
    (
        "Refund request id (退款请求号) that the refund was sent with",
        "原退款所用的退款请求标识",
    ),
    (
        "Say on stderr what happens; twice for more, three times for all",
        "在标准错误输出运行过程；给出两次更详细，三次最详细",
    ),
    (
        "Serve https, with a certificate authority made at start and shown on stderr",
        "以 https 提供服务；启动时生成证书颁发机构，并显示在标准错误输出",
    ),
    (
        "Take control calls over HTTP on this loopback address",
        "在此本机回环地址上以 HTTP 提供控制接口",
    ),
    (
        "Take every merchant code and terminal code as known",
        "接受任意商户号和终端号",
    ),
    (
        "Terminal code (终端号), up to 8 letters and digits",
        "终端号，最多 8 位字母或数字",
    ),
    (
        "That it is paid by instalments (分期标识), for example HBF for Huabei",
        "分期标志，例如花呗分期为 HBF",
    ),
    (
        "The Authorization header that is refused: its value, or the whole line",
        "被拒绝的 Authorization 请求头：只给值，或整行",
    ),
    (
        "The amount that it was sent with, in fen (分); a void has none",
        "原交易所用的金额，单位为分；撤销没有金额",
    ),
    (
        "The call moves money, or takes a movement back",
        "该调用会变动资金，或撤回资金变动",
    ),
    (
        "The call only reads, and may be repeated",
        "该调用只读取信息，可以重复",
    ),
    (
        "The customer's one-time code (支付码): all on this machine can see it meanwhile, and your shell keeps it; better --pay-code-file",
        "支付码（一次性）：期间本机所有用户都能看到，且会留在命令历史中；建议改用 --pay-code-file",
    ),
    (
        "The gateway at this address, instead of --env",
        "网关地址，代替 --env",
    ),
    (
        "The gateway of this environment [no default]",
        "使用此环境的网关 [无默认值]",
    ),
    (
        "The hash of a notification that is agreed with the platform: SHA256 or MD5",
        "与平台约定的通知签名方式：SHA256 或 MD5",
    ),
    (
        "The hash that is agreed with the platform: SHA256 or MD5, whatever the notification says",
        "与平台约定的签名方式：SHA256 或 MD5，无论通知自己怎么写",
    ),
    (
        "The header of another call, such as the one before: parts of it may have been used again",
        "另一次调用的请求头，例如前一次：其中的内容可能被重复使用",
    ),
    (
        "The query of open-form-param that is refused, or the whole address with it",
        "被拒绝的 open-form-param 地址参数，或含参数的完整地址",
    ),
    (
        "The request's path with its query, which may have been signed too",
        "请求路径（含查询参数），可能也被误签了名",
    ),
    ("The shell", "命令行环境的种类"),
    (
        "The timestamp it was signed with, as yyyyMMddHHmmss in UTC+8 or RFC 3339",
        "原交易签名所用的时间戳：北京时间 yyyyMMddHHmmss，或 RFC 3339 格式",
    ),
    (
        "The timestamp that a void or reversal of the payment was signed with which is open itself",
        "该笔支付有撤销或冲正状态未知时，其签名所用的时间戳",
    ),
    (
        "Timestamp in UTC+8, as yyyyMMddHHmmss [default: now]",
        "时间戳，北京时间 yyyyMMddHHmmss [默认值：当前时间]",
    ),
    (
        "Trust only the certificate authorities in this PEM file",
        "只信任此 PEM 文件中的证书颁发机构",
    ),
    (
        "Type of the terminal, 2 digits, for example 02; 01, 11, 12 and 13 are not physical",
        "终端类型，2 位数字，例如 02；01、11、12、13 为非实体终端",
    ),
    (
        "UMS order id (银商订单号) that it was sent with",
        "原交易所用的银商订单号",
    ),
    ("Version of the interface", "接口版本"),
    (
        "Version of the interface that it was sent at [default: that of its command]",
        "原交易所用的接口版本 [默认值：与其命令相同]",
    ),
    (
        r#"What a query about another day's payment is answered with; "truth" as if it were today's"#,
        r#"查询非当日支付时的应答；"truth" 表示按当日支付如实应答"#,
    ),
    (
        "What a void of a payment that still waits for the customer is answered with",
        "撤销仍在等待顾客付款的订单时的应答",
    ),
    (
        "What a void of an order that is voided already is answered with",
        "撤销已撤销的订单时的应答",
    ),
    (
        "What is bought (商品信息): a JSON array; - for stdin",
        "商品信息，JSON 数组文件；- 为标准输入",
    ),
    ("What is bought, in words (订单描述)", "订单描述"),
    (
        "When it was really sent, in UTC+8 as yyyyMMddHHmmss, to recognise a wrong time zone",
        "实际发送时间，北京时间 yyyyMMddHHmmss，用于识别时区错误",
    ),
    (
        "When its time was up, as RFC 3339 [default: as if it were sent now]",
        "原交易的超时时刻，RFC 3339 格式 [默认值：视同现在发送]",
    ),
    (
        "When the outcome is unknown, find out by query what became of it",
        "状态未知时，自动通过查询核实结果",
    ),
    (
        "When the payment stays open while the customer waits, take it back so",
        "顾客等待期间支付仍无结果时，以此方式撤回",
    ),
    (
        "When the platform's day ends, if before midnight: a query covers one day [default: 24:00]",
        "平台日切时刻，早于午夜时给出（查询只支持当日交易） [默认值：24:00]",
    ),
    ("Whether credit cards are refused", "是否限制信用卡"),
    (
        "Which codes decline: the documented ones, or the published refusals of card issuers too",
        "哪些应答码表示拒绝：文档所列的，或再加上公开的发卡方拒绝码",
    ),
    (
        "Which operation it was, instead of a file",
        "原交易的种类，代替文件",
    ),
    (
        "Write that authority's certificate (PEM) to this file instead; implies --tls",
        "将该颁发机构的证书（PEM）写入此文件；自动启用 --tls",
    ),
    ("default: ", "默认值："),
    ("env: ", "环境变量："),
    (
        "errCode of its reply, if it had one: 94 says that the order id may be another's",
        "原交易应答的 errCode（如有）：94 表示订单号可能属于另一笔交易",
    ),
    ("possible values: ", "可选值："),
    (
        "Journal of calls: sqlite:PATH, postgres://… or none [default: a file of yours, see ums journal --help]",
        "交易流水的位置：sqlite:PATH、postgres://… 或 none [默认值：您自己的文件，见 ums journal --help]",
    ),
    (
        "How long after the journal was asked bytes of the request may still leave [default: 5]",
        "向交易流水登记之后，请求内容最迟多久仍可发出（秒） [默认值：5]",
    ),
    (
        "How long a process that says nothing is taken to live [default: 15]",
        "进程没有动静多久后视为已中断（秒） [默认值：15]",
    ),
    (
        "Key of the call: the same key again sends nothing twice [default: the operation and its order]",
        "幂等键：同一幂等键不会重复发送 [默认值：交易类型及其订单]",
    ),
    (
        "Call on the same order that is open, in spite of which this one is to begin; may be given more than once",
        "同一订单上待核实的另一笔的流水编号，仍要办理本笔时给出；可给出多个",
    ),
    (
        "Only those of which it is not known what became of them",
        "只列出待核实的",
    ),
    (
        "Only those on the order with this id, the platform's or your own",
        "只列出该订单的（银商订单号或商户订单号）",
    ),
    ("The call", "流水编号"),
    ("The calls", "流水编号"),
    (
        "Every open call of this gateway, AppId and merchant",
        "核实所有待核实的交易",
    ),
    (
        "Pause before the next question; later pauses grow [default: 3]",
        "下次查询前的间隔（秒），之后逐渐加长 [默认值：3]",
    ),
    (
        "No question starts later than this, for each call [default: 180]",
        "每笔最迟在此时间内发起查询（秒） [默认值：180]",
    ),
    ("What became of it", "该笔的结果"),
    ("Why it is closed by hand", "人工关闭的原因"),
    (
        "What shows it: a statement's file and row, a slip, who said so at UMS",
        "依据：对账单文件及行号、签购单、银联商务的答复人等",
    ),
    ("Why it is accepted", "接受的原因"),
    ("What to count apart", "按什么分别汇总"),
    (
        "The day in China on which the calls began [default: today]",
        "交易发起的日期（北京时间） [默认值：当天]",
    ),
    (
        "File that holds an export; - for stdin",
        "导出的文件；- 表示标准输入",
    ),
    (
        "The head that an earlier check printed: the journal must still have it",
        "此前检查时输出的校验值，流水中应仍有该记录",
    ),
];
