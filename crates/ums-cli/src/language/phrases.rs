//! The table of the libraries' texts: English as they say it, and Chinese.
//!
//! `{}` stands for whatever is there, `{@}` for a text that has a row of its own or is a value.
//! `{0}`, `{1}` … in the Chinese are what the English has there.

use ums_client::model::OPERATIONS;

use super::words;

/// The Chinese of a text that has a row, or is the name of an operation's type.
pub(super) fn translated(english: &str) -> Option<String> {
    ROWS.iter()
        .chain(ROWS_OF_OTHERS)
        .find_map(|(pattern, chinese)| Some(filled(chinese, &holes(pattern, english)?)))
        .or_else(|| of_type(english))
}

fn of_type(name: &str) -> Option<String> {
    let mut operations = OPERATIONS.iter();
    let spec = operations.find(|spec| format!("{:?}", spec.kind) == name)?;
    words::of_operation(spec.name).map(str::to_owned)
}

const ROWS: &[(&str, &str)] = &[
    // ums-model: fields.
    ("nothing was given", "但未给出任何内容"),
    (
        "\"{}\" was given, {} characters",
        "但给出的是 \"{0}\"（{1} 个字符）",
    ),
    ("\"{}\" was given", "但给出的是 \"{0}\""),
    (
        "a value of length {} was given, which is not shown here",
        "但给出的值有 {0} 个字符（此处不显示）",
    ),
    ("ASCII digits", "半角数字"),
    ("ASCII letters and digits", "半角字母和数字"),
    ("visible ASCII characters", "可见的半角字符"),
    (
        "printable characters (no control character, line separator or byte order mark)",
        "可打印字符（不含控制字符、换行符和字节顺序标记）",
    ),
    (
        "2 digits other than 01, 11, 12 and 13, which are terminals that are not physical",
        "除 01、11、12、13（非实体终端）以外的 2 位数字",
    ),
    (
        "a sign, 3 digits, a point and 5 digits from -180.00000 to +180.00000",
        "符号、3 位数字、小数点和 5 位数字，范围 -180.00000 至 +180.00000",
    ),
    (
        "a sign, 2 digits, a point and 6 digits from -90.000000 to +90.000000",
        "符号、2 位数字、小数点和 6 位数字，范围 -90.000000 至 +90.000000",
    ),
    ("the request cannot be written", "请求报文组装失败"),
    (
        "{} cannot be taken for a refusal of {@}: it may follow a booking, or says nothing certain",
        "{0} 不能作为{1}的拒绝码：它可能在记账之后返回，或不能说明结果",
    ),
    ("it is there at v1, and not at v2", "v1 必填，v2 没有此项"),
    // ums-auth.
    ("A-Z a-z 0-9 . _ -", " A-Z a-z 0-9 . _ - 这些字符"),
    ("0-9", "数字 0-9"),
    (
        "printable ASCII characters except space, quotes, comma and backslash",
        "可见的半角字符，且不含引号、逗号和反斜杠",
    ),
    (
        "printable ASCII characters without spaces",
        "可见的半角字符，且不含空格",
    ),
    (
        "captured request: there must be exactly one Authorization header",
        "抓取的请求：Authorization 请求头应有且只有一个",
    ),
    (
        "captured request: the body is shorter than Content-Length; capture all of it",
        "抓取的请求：报文体短于 Content-Length，请完整抓取",
    ),
    (
        "captured request: the body is chunked; give header and body apart",
        "抓取的请求：报文体是分块传输的，请分别给出请求头和报文体",
    ),
    (
        "captured request: no empty line between headers and body",
        "抓取的请求：请求头与报文体之间没有空行",
    ),
    (
        "captured request: a line among the headers has no colon",
        "抓取的请求：请求头中有一行没有冒号",
    ),
    (
        "captured request: the first line is not like \"POST /path HTTP/1.1\"",
        "抓取的请求：首行不符合 \"POST /path HTTP/1.1\" 的格式",
    ),
    (
        "captured request: the headers are not UTF-8",
        "抓取的请求：请求头不是 UTF-8",
    ),
    (
        "signed for another AppId than the one expected",
        "签名所用的 AppId 与预期不符",
    ),
    (
        "the signature is right, and also that of other fields than these, as \"{}\" holds what reads \
         like a field of its own; query the order",
        "\"{0}\" 中含有形如字段的内容，同一签名也可对应另一组字段；请以交易查询为准",
    ),
    ("there is no signature", "没有签名"),
    (
        "signType names another hash than the one that is pinned",
        "signType 与约定的签名方式不符",
    ),
    (
        "the signature is not that of these bytes under this key",
        "签名与这些内容和密钥不符",
    ),
    ("a signature that cannot be one", "签名格式不正确"),
    // ums-transport: addresses.
    ("base URL {}: {@}", "网关地址 {0}：{1}"),
    (
        "not a URL; write it as https://host or https://host:port",
        "不是网址；请写成 https://主机名 或 https://主机名:端口",
    ),
    (
        "the scheme must be https, or http for a gateway on this machine",
        "必须以 https 开头，只有本机网关可以用 http",
    ),
    (
        "a user name or password does not belong in it; UMS signs each request instead",
        "其中不能带用户名或密码；每个请求均以签名认证",
    ),
    (
        "it must end after host and port; the operation brings the path",
        "只能写到主机名和端口为止，路径由各接口自行补上",
    ),
    (
        "plain http is for this machine only (localhost, 127.x.x.x, [::1]); use https for any \
         other host",
        "明文 http 只能访问本机（localhost、127.x.x.x、[::1]），其他主机请用 https",
    ),
    ("proxy {}: {@}", "代理 {0}：{1}"),
    (
        "not a URL; write it as http://host:port",
        "不是网址；请写成 http://主机名:端口",
    ),
    (
        "the scheme must be http: a tunnel is asked for over plain HTTP, by no other protocol",
        "必须以 http 开头：只支持 HTTP 代理",
    ),
    (
        "it must end after host and port",
        "只能写到主机名和端口为止",
    ),
    (
        "more than one @; in a user name or password write it as %40",
        "有多个 @；用户名或密码中的 @ 请写成 %40",
    ),
    (
        "state the port, from 1 to 65535",
        "请写明端口（1 至 65535）",
    ),
    (
        "the port must be a plain number from 1 to 65535",
        "端口应为 1 至 65535 的数字",
    ),
    // ums-transport: trust.
    ("CA certificates: {@}", "{0}"),
    ("CA file {}: {@}", "证书文件 {0}：{1}"),
    ("cannot be read: {}", "无法读取"),
    (
        "no certificate in it; expected PEM text with -----BEGIN CERTIFICATE----- in the first line",
        "其中没有证书；应为 PEM 文本，首行为 -----BEGIN CERTIFICATE-----",
    ),
    (
        "certificate {} is not valid PEM: {}",
        "第 {0} 张证书不是有效的 PEM 文本",
    ),
    (
        "certificate {} cannot serve as an authority: {}",
        "第 {0} 张证书不能作为颁发机构证书",
    ),
    ("TLS cannot be set up", "TLS 初始化失败"),
    (
        "a plain http gateway is on this machine and is not reached through a proxy: leave the \
         proxy out, or use https",
        "明文 http 的网关在本机，不经代理访问：请去掉代理，或改用 https",
    ),
    (
        "a connector opens its own connections: leave the proxy out, or the connector",
        "自定义拨号不经代理：请去掉其中一项",
    ),
    // ums-client.
    ("the gateway's address is not valid", "网关地址不正确"),
    (
        "the connection to the gateway cannot be set up",
        "无法建立到网关的连接",
    ),
    (
        "no nonce could be drawn: the random source failed",
        "无法生成签名所需的随机数",
    ),
    (
        "`{}` of a resolve policy must be longer than zero",
        "核实参数 {0} 必须大于零",
    ),
    // ums-simulator.
    ("the simulator cannot be built", "模拟器无法创建"),
    (
        "control address {} is not on the loopback interface: use 127.0.0.1 or ::1",
        "控制接口地址 {0} 不是本机回环地址：请用 127.0.0.1 或 ::1",
    ),
    ("cannot listen on {}", "无法监听 {0}"),
    ("a fault cannot be armed", "故障无法设置"),
    ("the order book cannot be filled", "订单簿无法写入"),
    ("the order book cannot be read", "订单簿无法读取"),
    ("the order book cannot be restored", "订单簿无法恢复"),
    ("orders file {} cannot be used", "订单文件 {0} 无法使用"),
    ("accounts file {} cannot be used", "账号文件 {0} 无法使用"),
    ("state file {} cannot be used", "状态文件 {0} 无法使用"),
    ("it is not JSON", "不是 JSON"),
    ("it cannot be read", "无法读取"),
    ("it cannot be read or written", "无法读写"),
    ("it is no regular file", "不是普通文件"),
    ("it is too long", "文件过长"),
    (
        "it is not what a simulator wrote: mend it, or move it away to begin anew",
        "不是由模拟器写入的内容：请修正，或将其移走后重新开始",
    ),
    ("it is not {}, at line {}", "第 {1} 行不是有效的 {0}"),
    (
        "{} {} is in the order book already: give each order its own",
        "{0} {1} 已在订单簿中：每笔订单须各用一个",
    ),
    (
        "key the document {@}; given: {@}",
        "整个文件{0}；给出的是：{1}",
    ),
    ("key {} {@}; given: {@}", "{0} {1}；给出的是：{2}"),
    ("the document {@}", "整个文件{0}"),
    ("nothing", "（无）"),
    (
        "{} names a file that cannot be read",
        "{0} 所指的文件无法读取",
    ),
    (
        "{} names a file whose first line must be the AppKey, and all there is",
        "{0} 所指的文件应只有一行，即 AppKey",
    ),
    (
        "{} is there already: give each app its own",
        "{0} 重复：每个应用须各用一个",
    ),
    (
        "{} or app_key_file is required",
        "{0} 与 app_key_file 至少需要一个",
    ),
    (
        "{} and app_key_file are both there: leave one out",
        "{0} 与 app_key_file 不能同时给出",
    ),
    (
        "{} must be there at least once, as [[app]]",
        "{0} 至少要有一段，写成 [[app]]",
    ),
    ("{} is required", "{0} 必填"),
    (
        "{} is not known; the keys are {}",
        "{0} 不是已知的键；可用的键有：{1}",
    ),
    (
        "{} must be text of 1 to {} characters, without quotation marks",
        "{0} 应为 1 至 {1} 个字符的文本，且不含引号",
    ),
    ("{} must be a list", "{0} 应为列表"),
    ("{} must be a table", "{0} 应为表"),
    ("is required", "必填"),
    (
        "is not known; the keys are {}",
        "不是已知的键；可用的键有：{0}",
    ),
    ("must be a list", "应为列表"),
    ("must be an object", "应为 JSON 对象"),
    ("must be text", "应为文本"),
    (
        "must be text of 1 to {} characters",
        "应为 1 至 {0} 个字符的文本",
    ),
    ("must be a whole number of fen", "应为以分为单位的整数"),
    ("must be a whole number", "应为整数"),
    ("must be true or false", "应为 true 或 false"),
    ("must be a date as yyyyMMdd", "应为 yyyyMMdd 格式的日期"),
    ("must be a time as HHmmss", "应为 HHmmss 格式的时刻"),
    (
        "must be \"today\", \"yesterday\" or a date as yyyyMMdd",
        "应为 \"today\"、\"yesterday\" 或 yyyyMMdd 格式的日期",
    ),
    ("must be one of {}", "应为以下之一：{0}"),
    ("must be 6 digits", "应为 6 位数字"),
    (
        "must be a state of holds if there is a hold, and of payments if there is none",
        "担保订单应为担保的状态，支付订单应为支付的状态",
    ),
    (
        "must be no more than the amount of the order",
        "不得超过订单金额",
    ),
    (
        "must be another one for each refund of an order",
        "同一订单的每笔退款须各用一个",
    ),
    (
        "must belong to a refunded order and add up to no more than its amount",
        "只能用于已退款的订单，且合计不得超过订单金额",
    ),
    ("must be {}", "应为 {0}"),
    (
        "the simulator's certificates cannot be made",
        "模拟器证书生成失败",
    ),
    (
        "{} is no host name and no address",
        "{0} 既不是主机名，也不是地址",
    ),
    (
        "the CA certificate cannot be written to {}",
        "CA 证书无法写入 {0}",
    ),
    (
        "fault {} takes a whole number of {@} after @, up to 1000000000",
        "故障 {0} 的 @ 之后应为整数（单位：{1}），不超过 1000000000",
    ),
    ("bytes", "字节"),
    ("milliseconds", "毫秒"),
    ("seconds", "秒"),
    ("levels", "层"),
    ("MiB", "MiB"),
    ("every must be 1 or more", "every 应为 1 或更大的数"),
    (
        "probability must be from 0 to 1",
        "probability 应在 0 与 1 之间",
    ),
    (
        "fault {} needs TLS: start the simulator with TLS",
        "故障 {0} 需要 TLS：请以 TLS 方式启动模拟器",
    ),
    (
        "fault {} takes no parameter: leave out the @ and what follows",
        "故障 {0} 不带参数：请去掉 @ 及其后的内容",
    ),
    (
        "fault {} strikes before {@} is known: select it by next call, count or probability",
        "故障 {0} 发生时尚不知道{1}：请按下一次调用、次数或概率来选择",
    ),
    ("the operation", "是哪一种交易"),
    ("the order", "是哪一笔订单"),
    ("the use of the connection", "连接是否复用"),
    (
        "there is no fault {}: list the faults for their names",
        "没有名为 {0} 的故障",
    ),
    // ums-journal.
    (
        "the key belongs to another request, of call {}",
        "该幂等键已用于另一请求（流水 {0}）",
    ),
    (
        "the same operation on this order is call {}, which is open or was carried out",
        "该订单上已有同一操作（流水 {0}），尚未核实或已经成功",
    ),
    (
        "the same operation on this order is call {}, which was found not to be carried out: only a statement makes that certain",
        "该订单上已有同一操作（流水 {0}），查询结果为未执行，但须以对账单为准",
    ),
    (
        "{} calls on this order are open, among them {}",
        "该订单上有 {0} 笔操作尚待核实，其中之一为流水 {1}",
    ),
    ("another call has the id {}", "流水编号 {0} 已被占用"),
    (
        "this is journal {}, and {} was expected",
        "这是流水 {0}，而应为 {1}",
    ),
    ("this is journal {}", "这是另一份流水：{0}"),
    (
        "the journal has {} facts, and had more",
        "流水中只有 {0} 条记录，少于原有数量",
    ),
    ("there is no call {}", "没有流水 {0}"),
    ("call {} never made that attempt", "流水 {0} 没有该次发送"),
    (
        "call {} is no longer held by this owner at this attempt",
        "流水 {0} 已不由本进程处理",
    ),
    (
        "the attempt of call {} is not the one that was not sent",
        "流水 {0} 的本次发送并非未发出的那一次",
    ),
    ("call {} is held by {}", "流水 {0} 正由另一进程（{1}）处理"),
    ("call {} may still be running", "流水 {0} 可能仍在处理中"),
    ("call {} is not open", "流水 {0} 无需核实，结果已知"),
    (
        "that call {} was not carried out cannot be believed yet",
        "现在还不能认定流水 {0} 未执行，请稍后再试",
    ),
    ("another fact has this id", "该编号已用于另一条记录"),
    (
        "such a fact is written down by a step of its own only",
        "此类记录不能这样写入",
    ),
    (
        "no trace numbers are left for this terminal on this day",
        "该终端当日的系统跟踪号已用完",
    ),
    (
        "the whole of a call is kept for 400 days at least",
        "流水的完整内容至少保存 400 天",
    ),
    (
        "nothing was sent, as what the journal has forgotten may still be carried out until {}: try again then",
        "未发送：流水中缺失的交易在 {0} 之前仍可能被执行，请届时重试",
    ),
    ("the journal cannot be reached", "交易流水无法访问"),
    ("the journal did not answer in time", "交易流水未及时响应"),
    ("the journal's disk is full", "交易流水所在磁盘已满"),
    ("the journal cannot be written", "交易流水无法写入"),
    ("this is no journal", "该文件不是交易流水"),
    (
        "the journal is of a newer version of this program",
        "交易流水由本程序的更新版本写入",
    ),
    ("the journal is another machine's", "交易流水属于另一台机器"),
    (
        "the journal does not keep what it is told",
        "交易流水不能可靠保存",
    ),
    ("the journal is damaged", "交易流水已损坏"),
    ("{@}; it was written down", "{0}；已写入"),
    ("{@}; nothing was written down", "{0}；未写入任何记录"),
    (
        "{@}; whether it was written down is not known",
        "{0}；是否已写入尚不确定",
    ),
    ("the line is no fact of a journal", "该行不是流水记录"),
    (
        "fact {} is missing or was changed",
        "第 {0} 条记录缺失或被改动",
    ),
    (
        "the table {} is not what the facts say: it has {} rows, and should have {}",
        "数据表 {0} 与流水记录不符：有 {1} 行，应有 {2} 行",
    ),
    (
        "the first line does not say of which journal the export is: export it again",
        "第一行未说明导出自哪份流水：请重新导出",
    ),
    (
        "the export is of form {}, which this program does not know",
        "导出文件的格式为 {0}，本程序不支持",
    ),
    (
        "the export says that it has {} facts, and has {}, or others",
        "导出文件写明有 {0} 条记录，实际有 {1} 条，或内容不同",
    ),
    (
        "the export goes on after its end",
        "导出文件在结尾之后还有内容",
    ),
    (
        "the end of the export is missing: it was cut, or not written to its end",
        "导出文件缺少结尾：可能被截断，或未写完",
    ),
    ("the {@} is empty", "{0}为空"),
    ("the {@} has more than {} characters", "{0}超过 {1} 个字符"),
    (
        "the {@} has a control or a bidi character",
        "{0}含有控制字符或改变文字方向的字符",
    ),
    ("the {@} has a slash", "{0}含有斜杠"),
    (
        "the {@} has a character that is not visible ASCII",
        "{0}含有可见半角字符以外的字符",
    ),
    ("key", "幂等键"),
    ("text", "文字"),
    ("CallId", "流水编号"),
    ("FactId", "记录编号"),
    ("JournalId", "流水标识"),
    // ums-durable, of a file: before those of any file.
    (
        "the witness of the journal, {}, cannot be used",
        "交易流水的佐证文件 {0} 无法使用",
    ),
    // ums-journal-sqlite.
    ("{} names no file", "{0} 不是文件名"),
    ("there is no journal at {}", "{0} 处没有交易流水"),
    ("{} cannot be used", "{0} 无法使用"),
    ("{} cannot be written", "{0} 无法写入"),
    (
        "others may write into the directory {}",
        "其他用户可以写入目录 {0}",
    ),
    (
        "others may read or write {}: its mode must be 0600",
        "其他用户可以读写 {0}：权限应为 0600",
    ),
    (
        "{} has more than one name: remove its other hard links",
        "{0} 有多个文件名：请删除其余硬链接",
    ),
    (
        "{} is on a network file system ({})",
        "{0} 位于网络文件系统（{1}）上",
    ),
    (
        "{} is on a file system in memory ({})",
        "{0} 位于内存文件系统（{1}）上",
    ),
    (
        "{} does not keep what is written: {@}",
        "{0} 不能可靠保存所写入的内容：{1}",
    ),
    ("it has no write-ahead log", "没有预写日志"),
    ("it does not sync at each commit", "提交时未落盘"),
    ("its directory cannot be synced", "目录无法落盘"),
    ("{} is no journal", "{0} 不是交易流水"),
    (
        "{} has schema {}, and this program knows {}",
        "{0} 的结构版本为 {1}，本程序只支持到 {2}",
    ),
    ("{} is damaged: {}", "{0} 已损坏"),
    (
        "a process of another machine holds {} calls in {}: say that the other machine is off",
        "另一台机器的进程正在处理 {1} 中的 {0} 笔：请先确认那台机器已停用",
    ),
    (
        "this machine cannot be told from others: {} cannot be read, or says nothing",
        "无法识别本机：{0} 无法读取，或内容为空",
    ),
    ("{} cannot be opened", "{0} 无法打开"),
    ("the disk of {} is full", "{0} 所在磁盘已满"),
    (
        "there is no journal in the schema {}",
        "模式 {0} 中没有交易流水",
    ),
    ("the server cannot be used: {}", "数据库服务器无法使用"),
    (
        "the server is PostgreSQL {}, and 15 is the oldest that will do",
        "数据库服务器版本为 {0}，至少应为 15 版",
    ),
    ("the server is a standby", "数据库服务器是备库"),
    (
        "the journal was last written on the system {}, and this is {}: facts may be missing. Say that it is the one to go on with",
        "交易流水上次写入的数据库系统为 {0}，现为 {1}：记录可能缺失，请先确认应使用哪一个",
    ),
    (
        "the server does not keep what is written: {} is {}",
        "数据库服务器不能可靠保存所写入的内容：{0} 为 {1}",
    ),
    (
        "the schema {} holds no journal",
        "模式 {0} 中的数据不是交易流水",
    ),
    (
        "the journal has schema {}, and this program knows {}",
        "交易流水的结构版本为 {0}，本程序只支持到 {1}",
    ),
    ("the journal is damaged: {}", "交易流水已损坏"),
    (
        "the password file {} cannot be used: {}",
        "密码文件 {0} 无法使用",
    ),
    (
        "this is no URL of the form postgres://user@host:port/database",
        "应为 \"postgres://用户@主机:端口/数据库\" 形式的地址",
    ),
    (
        "a URL is seen by others: give the password by itself or in a password file",
        "地址会被他人看到：密码请单独给出，或写入密码文件",
    ),
    ("the URL names no host", "地址中没有主机"),
    ("the URL names no user", "地址中没有用户"),
    (
        "only a server of this machine is spoken to without TLS",
        "只有与本机的数据库服务器连接时才可不加密",
    ),
    (
        "a schema is named by lower-case letters, digits and underscores",
        "模式名只能含小写字母、数字和下划线",
    ),
    (
        "the operating system does not give what a journal needs",
        "操作系统未能提供交易流水所需的资源",
    ),
    // ums-durable.
    ("the journal cannot be used", "交易流水无法使用"),
    ("the journal cannot be read", "交易流水无法读取"),
    ("there is no name for this process", "无法为本进程命名"),
    (
        "journal {} has {} facts, and had {}",
        "流水 {0} 有 {1} 条记录，而原有 {2} 条",
    ),
    (
        "journal {} has other facts than it had",
        "流水 {0} 的记录与原来不同",
    ),
    (
        "nothing was sent, as the journal cannot be used",
        "未发送任何请求：交易流水无法使用",
    ),
    (
        "nothing was sent, as the journal is not the one that was known",
        "未发送任何请求：交易流水与此前的不同",
    ),
    (
        "nothing was sent, as the platform did not say for certain what is known of it already",
        "未发送任何请求：平台未能明确答复该笔此前是否已执行",
    ),
    (
        "nothing was sent, as it was not wanted after {}",
        "未发送任何请求：已超过最晚发送时间 {0}",
    ),
    (
        "nothing was sent, as this process is closing",
        "未发送任何请求：进程正在退出",
    ),
];

/// What others say: clap, serde_json and Rust itself.
const ROWS_OF_OTHERS: &[(&str, &str)] = &[
    // clap.
    (
        "to pass '{}' as a value, use '{}'",
        "若要把 {0} 作为值，请写成 {1}",
    ),
    ("'{}' exists", "有 {0} 这样的用法"),
    (
        "subcommand '{}' exists; to use it, remove the '--' before it",
        "{0} 是命令，前面不要加 --",
    ),
    (
        "invalid socket address syntax",
        "应写成 地址:端口，例如 127.0.0.1:8080",
    ),
    ("invalid digit found in string", "应为非负整数"),
    ("number too large to fit in target type", "数值过大"),
    ("cannot parse integer from empty string", "应为非负整数"),
    ("value was not a boolean", "应为 true 或 false"),
    ("{} is not in {}", "{0} 超出范围 {1}"),
    // serde_json, of a value of another kind than it should be.
    ("missing field `{}`", "缺少字段 {0}"),
    ("duplicate field `{}`", "字段 {0} 重复"),
    (
        "unknown field `{}`, expected one of {}",
        "不认识的字段 {0}；可用的字段有：{1}",
    ),
    (
        "unknown field `{}`, expected `{}`",
        "不认识的字段 {0}；可用的字段只有：{1}",
    ),
    (
        "invalid type: {@}, expected {@}",
        "类型不符：给出的是{0}，应为{1}",
    ),
    (
        "invalid value: {@}, expected {@}",
        "值不合法：给出的是{0}，应为{1}",
    ),
    (
        "invalid length {}, expected {@}",
        "长度 {0} 不合法，应为{1}",
    ),
    ("string {}", "字符串 {0}"),
    ("integer `{}`", "整数 {0}"),
    ("floating point `{}`", "小数 {0}"),
    ("boolean `{}`", "布尔值 {0}"),
    ("null", " null"),
    ("map", "对象"),
    ("sequence", "数组"),
    ("u64", "非负整数"),
    ("a string", "字符串"),
    ("a boolean", "布尔值"),
    ("a map", "对象"),
    ("a sequence", "数组"),
    ("struct {}", "对象"),
];

/// What stands in the pattern's holes, when the text is of its form. Texts that have rows of their
/// own are translated.
fn holes(pattern: &str, text: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut text = text;
    let mut pattern = pattern;
    loop {
        let Some(open) = pattern
            .find("{}")
            .into_iter()
            .chain(pattern.find("{@}"))
            .min()
        else {
            return (text == pattern).then_some(found);
        };
        let (literal, rest) = pattern.split_at(open);
        text = text.strip_prefix(literal)?;
        let is_text = rest.starts_with("{@}");
        pattern = rest.strip_prefix(if is_text { "{@}" } else { "{}" })?;
        // A hole reaches to the next literal, or to the end.
        let next = pattern.find('{').map_or(pattern, |end| &pattern[..end]);
        let length = match next {
            "" => text.len(),
            last if last.len() == pattern.len() => text.len().checked_sub(last.len())?,
            next => text.find(next)?,
        };
        let (hole, after) = text.split_at_checked(length)?;
        let told = is_text.then(|| translated(hole)).flatten();
        found.push(told.unwrap_or_else(|| hole.to_owned()));
        text = after;
    }
}

fn filled(chinese: &str, holes: &[String]) -> String {
    let mut text = String::new();
    let mut rest = chinese;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let (number, after) = after.split_once('}').unwrap_or((after, ""));
        let hole = number.parse::<usize>().ok().and_then(|at| holes.get(at));
        text.push_str(hole.map_or("", String::as_str));
        rest = after;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::super::foreign::foreign_words;
    use super::*;

    /// The sources of the libraries' errors that a command can fail with.
    const SOURCES: [&str; 30] = [
        "ums-auth/src/refused.rs",
        "ums-client/src/machine/nonce_source.rs",
        "ums-client/src/resolve/policy.rs",
        "ums-durable/src/answer/journal_error.rs",
        "ums-durable/src/answer/submit_error.rs",
        "ums-durable/src/durable/builder.rs",
        "ums-durable/src/process/amnesia.rs",
        "ums-durable/src/process/witness.rs",
        "ums-explain/src/captured.rs",
        "ums-journal-postgres/src/open/error.rs",
        "ums-journal-postgres/src/open/options.rs",
        "ums-journal-sqlite/src/open/error.rs",
        "ums-journal/src/store/check.rs",
        "ums-journal/src/store/export.rs",
        "ums-journal/src/store/lines.rs",
        "ums-journal/src/store/refused.rs",
        "ums-model/src/field/invalid_field.rs",
        "ums-model/src/operation/contract.rs",
        "ums-simulator/src/access/accounts.rs",
        "ums-simulator/src/fault/named.rs",
        "ums-simulator/src/book.rs",
        "ums-simulator/src/orders.rs",
        "ums-simulator/src/orders/order_file.rs",
        "ums-simulator/src/running.rs",
        "ums-simulator/src/builder.rs",
        "ums-simulator/src/orders/state_file.rs",
        "ums-simulator/src/wire/tls.rs",
        "ums-transport/src/connect/base_url.rs",
        "ums-transport/src/connect/proxy.rs",
        "ums-transport/src/connect/tls.rs",
    ];

    fn source(file: &str) -> String {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let text = std::fs::read_to_string(crates.join(file)).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        code.to_owned()
    }

    /// A format string as the patterns here write it: every hole without its name.
    fn pattern(format: &str) -> String {
        let mut text = String::new();
        let mut rest = format;
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            text.push_str("{}");
            rest = after.split_once('}').map_or("", |(_, after)| after);
        }
        text.push_str(rest);
        text
    }

    fn has_row(format: &str) -> bool {
        let wanted = pattern(format);
        ROWS.iter()
            .any(|(row, _)| row.replace("{@}", "{}") == wanted)
    }

    /// The string literals of a source, on one line each.
    fn literals(source: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut rest = source;
        while let Some((_, after)) = rest.split_once('"') {
            let mut end = 0;
            let closed = loop {
                let Some(at) = after.get(end..).and_then(|rest| rest.find(['"', '\\'])) else {
                    break false;
                };
                end += at;
                if after[end..].starts_with('"') {
                    break true;
                }
                end += 2;
            };
            if !closed {
                break;
            }
            let literal = after[..end].replace("\\\"", "\"");
            let lines: Vec<_> = literal.split("\\\n").map(str::trim_start).collect();
            found.push(lines.concat());
            rest = &after[end + 1..];
        }
        found
    }

    /// A variant that is added there without a row here is found by this.
    #[test]
    fn every_error_of_the_libraries_has_a_row() {
        let mut missing = Vec::new();
        let mut seen = 0;
        for file in SOURCES {
            let source = source(file);
            for after in source.split("#[error(").skip(1) {
                if after.starts_with("transparent") {
                    continue;
                }
                let text = literals(after).remove(0);
                seen += 1;
                // Told by its parts, or a row of its own for each rule.
                let by_its_parts = [
                    "{field} {rule}, but {given}",
                    "{key} {rule}",
                    "{rule} must be {must_be}",
                    "{origin}: {flaw}",
                ];
                if !by_its_parts.contains(&text.as_str()) && !has_row(&text) {
                    missing.push(format!("{file}: {text}"));
                }
            }
        }
        assert!(seen > 40, "{seen}");
        assert!(missing.is_empty(), "{}", missing.join("\n"));
    }

    /// Rules of the simulator's files, and of fields, which are texts in the sources.
    #[test]
    fn every_rule_of_the_libraries_has_a_row() {
        const STARTS: [&str; 6] = [
            "must be",
            "must belong",
            "must be there",
            "is required",
            "is not known",
            "is there already",
        ];
        let mut missing = Vec::new();
        let mut seen = 0;
        for file in [
            "access/accounts",
            "book/order",
            "book/rule",
            "orders/order_file",
            "orders/state_file",
        ] {
            for text in literals(&source(&format!("ums-simulator/src/{file}.rs"))) {
                if STARTS.iter().any(|start| text.starts_with(start)) {
                    seen += 1;
                    // A rule of an account's key comes after the key.
                    if !has_row(&text) && !has_row(&format!("{{}} {text}")) {
                        missing.push(format!("{file}: {text}"));
                    }
                }
            }
        }
        for spec in ums_simulator::FAULTS {
            if let Some(parameter) = &spec.parameter {
                seen += 1;
                if !has_row(parameter.unit) {
                    missing.push(parameter.unit.to_owned());
                }
            }
        }
        assert!(seen > 30, "{seen}");
        assert!(missing.is_empty(), "{}", missing.join("\n"));
    }

    /// Rows of what the libraries put together from several texts.
    const COMPOSED: [&str; 17] = [
        "CallId",
        "FactId",
        "the {@} has a character that is not visible ASCII",
        "the {@} has a control or a bidi character",
        "the {@} has a slash",
        "the {@} has more than {} characters",
        "the {@} is empty",
        "{@}; it was written down",
        "{@}; nothing was written down",
        "{@}; whether it was written down is not known",
        "\"{}\" was given, {} characters",
        "CA certificates: {@}",
        "CA file {}: {@}",
        "key the document {@}; given: {@}",
        "the document {@}",
        "every must be 1 or more",
        "probability must be from 0 to 1",
    ];

    /// A text that the libraries no longer have is taken out.
    #[test]
    fn every_row_is_a_text_of_the_libraries() {
        let crates = [
            "auth",
            "client",
            "durable",
            "explain",
            "journal",
            "journal-postgres",
            "journal-sqlite",
            "model",
            "simulator",
            "transport",
        ];
        let mut texts = String::new();
        for name in crates {
            let directory =
                Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../ums-{name}/src"));
            gather(&directory, &mut texts);
        }
        let known: BTreeSet<_> = literals_of_all(&texts);
        let is_said = |row: &str| {
            let row = row.replace("{@}", "{}");
            let parts = [
                row.strip_prefix("{} "),
                row.strip_prefix("key {} "),
                row.strip_prefix("captured request: "),
            ];
            known.contains(&row)
                || parts.into_iter().flatten().any(|part| known.contains(part))
                || texts.contains(&format!("    {row},"))
                || texts.contains(&format!("    {row} {{"))
                // The list of the operations, from which an enum is made.
                || texts.contains(&format!("::{{{row}, "))
        };
        let idle: Vec<_> = ROWS
            .iter()
            .map(|(row, _)| *row)
            .filter(|row| !COMPOSED.contains(row) && !is_said(row))
            .collect();
        assert!(idle.is_empty(), "{}", idle.join("\n"));
    }

    fn gather(directory: &Path, texts: &mut String) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                gather(&path, texts);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                texts.push_str(text.split("#[cfg(test)]\nmod tests").next().unwrap());
            }
        }
    }

    /// Quotation marks of comments and characters may turn text and literals about, so both sides
    /// of each are looked at.
    fn literals_of_all(texts: &str) -> BTreeSet<String> {
        texts
            .split("\n\n")
            .flat_map(|part| {
                let from_each_mark = part.match_indices('"').map(|(at, _)| &part[at..]);
                from_each_mark
                    .filter_map(|part| literals(part).into_iter().next())
                    .collect::<Vec<_>>()
            })
            .map(|text| pattern_or_text(&text))
            .collect()
    }

    fn pattern_or_text(text: &str) -> String {
        match text.matches('{').count() == text.matches('}').count() {
            true => pattern(text),
            false => text.to_owned(),
        }
    }

    #[test]
    fn a_text_is_recognised_whole_and_keeps_its_values() {
        for (english, chinese) in [
            ("it cannot be read", Some("无法读取")),
            ("it cannot be read, alas", None),
            ("well, it cannot be read", None),
            (
                "cannot listen on 127.0.0.1:80",
                Some("无法监听 127.0.0.1:80"),
            ),
            (
                "key orders[0].amount must be a whole number of fen; given: \"x\"",
                Some("orders[0].amount 应为以分为单位的整数；给出的是：\"x\""),
            ),
            (
                "key the document must be an object; given: 7",
                Some("整个文件应为 JSON 对象；给出的是：7"),
            ),
            (
                "fault late-query takes a whole number of seconds after @, up to 1000000000",
                Some("故障 late-query 的 @ 之后应为整数（单位：秒），不超过 1000000000"),
            ),
            ("it is not TOML, at line 7", Some("第 7 行不是有效的 TOML")),
        ] {
            assert_eq!(translated(english).as_deref(), chinese, "{english}");
        }
    }

    #[test]
    fn no_english_stands_in_a_row() {
        let codes = [
            "today",
            "yesterday",
            "true",
            "false",
            "every",
            "probability",
            "null",
            "localhost",
            "app",
        ];
        let mut english = BTreeSet::new();
        for (text, chinese) in ROWS.iter().chain(ROWS_OF_OTHERS) {
            assert!(english.insert(text), "twice: {text}");
            let foreign = foreign_words(chinese, &codes);
            assert!(foreign.is_empty(), "{foreign:?} in {chinese}");
            let count = text.matches("{}").count() + text.matches("{@}").count();
            for hole in 0..3 {
                let stands = chinese.contains(&format!("{{{hole}}}"));
                assert!(!stands || hole < count, "{chinese}");
            }
        }
    }
}
