//! The mistakes that [`explain`](crate::explain) recognises, each with a stable code and what to do
//! about it in English and Chinese.

use core::fmt;

/// A part of the computation, in the order in which it is gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Part {
    /// The name that begins the header.
    Scheme,
    /// The form of the header or query: parameters, quotes, commas.
    Header,
    /// The AppId.
    AppId,
    /// The timestamp.
    Timestamp,
    /// The nonce.
    Nonce,
    /// The bytes that were hashed, or how.
    BodyDigest,
    /// How the parts were put together.
    StringToSign,
    /// The key.
    Key,
    /// The function that took key and string.
    Mac,
    /// How the signature was written as text.
    Encoding,
    /// The signature, and nothing more is known.
    Signature,
}

impl Part {
    /// A stable name for programs, in `snake_case`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Scheme => "scheme",
            Self::Header => "header",
            Self::AppId => "app_id",
            Self::Timestamp => "timestamp",
            Self::Nonce => "nonce",
            Self::BodyDigest => "body_digest",
            Self::StringToSign => "string_to_sign",
            Self::Key => "key",
            Self::Mac => "mac",
            Self::Encoding => "encoding",
            Self::Signature => "signature",
        }
    }

    /// The name for people, in English.
    pub const fn english(self) -> &'static str {
        match self {
            Self::Scheme => "scheme",
            Self::Header => "form of the header or query",
            Self::AppId => "AppId",
            Self::Timestamp => "Timestamp",
            Self::Nonce => "Nonce",
            Self::BodyDigest => "digest of the body",
            Self::StringToSign => "string to sign",
            Self::Key => "key",
            Self::Mac => "HMAC-SHA256",
            Self::Encoding => "Base64 of the signature",
            Self::Signature => "signature",
        }
    }

    /// The name for people, in Chinese.
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Scheme => "认证方式",
            Self::Header => "请求头或参数串格式",
            Self::AppId => "AppId",
            Self::Timestamp => "时间戳 Timestamp",
            Self::Nonce => "随机数 Nonce",
            Self::BodyDigest => "报文体摘要",
            Self::StringToSign => "待签名串",
            Self::Key => "密钥",
            Self::Mac => "HMAC-SHA256",
            Self::Encoding => "签名的 Base64 编码",
            Self::Signature => "签名",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// One line of the table: name, code, part, English, Chinese.
macro_rules! mistakes {
    ($($name:ident, $code:literal, $part:ident, $english:literal, $chinese:literal;)*) => {
        /// A mistake that was recognised by making it again, when the signature that was sent came
        /// out, bit by bit; or one that is there to be seen.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Mistake {
            $(#[doc = $english] $name,)*
        }

        impl Mistake {
            /// Every mistake that can be recognised, in the order of the computation.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// A stable name for programs, in `snake_case`.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The part of the computation where it is made.
            pub const fn part(self) -> Part {
                match self { $(Self::$name => Part::$part,)* }
            }

            /// What was done, and what to do instead, in English.
            pub const fn english(self) -> &'static str {
                match self { $(Self::$name => $english,)* }
            }

            /// What was done, and what to do instead, in Chinese.
            pub const fn chinese(self) -> &'static str {
                match self { $(Self::$name => $chinese,)* }
            }
        }
    };
}

mistakes! {
    SchemeSpelling, "scheme_spelling", Scheme,
        "The scheme is not spelt as it should be: `OPEN-BODY-SIG`, or `OPEN-FORM-PARAM` in a query; write it so, in upper case.",
        "认证方式应写作大写的 OPEN-BODY-SIG（参数串中为 OPEN-FORM-PARAM）。";
    SchemeMissing, "scheme_missing", Scheme,
        "The header begins with its parameters; write the scheme and one space before them: `OPEN-BODY-SIG AppId=\"…\", …`.",
        "请求头缺少认证方式；应以 OPEN-BODY-SIG 加一个空格开头，再写各参数。";
    HeaderWhiteSpace, "header_white_space", Header,
        "White space stands before or after the header's value; remove it.",
        "请求头的值前后有空白字符；请去掉。";
    HeaderQuotes, "header_quotes", Header,
        "The values are not in straight double quotes but in single, curly or full-width ones; write \" around each.",
        "参数值用了单引号、弯引号或全角引号；应使用英文半角双引号 \"。";
    HeaderColons, "header_colons", Header,
        "A colon stands between name and value; write `=`, as in AppId=\"…\".",
        "参数名与值之间用了冒号；应使用等号，例如 AppId=\"…\"。";
    HeaderLayout, "header_layout", Header,
        "The header is not laid out as `OPEN-BODY-SIG AppId=\"…\", Timestamp=\"…\", Nonce=\"…\", Signature=\"…\"`, or the query not as its scheme has it; write it so.",
        "请求头（或参数串）格式不对，应为 OPEN-BODY-SIG AppId=\"…\", Timestamp=\"…\", Nonce=\"…\", Signature=\"…\"。";
    AppIdMissing, "app_id_missing", AppId,
        "There is no AppId; put it where the value is sent, and first in the string to sign.",
        "缺少 AppId；发送的内容和待签名串开头都应有它。";
    AppIdOther, "app_id_other", AppId,
        "Signed with the right AppId, but the header carries another one; use one value for both.",
        "签名使用了正确的 AppId，但请求头里写的是另一个；两处应使用同一个值。";
    AppIdCase, "app_id_case", AppId,
        "The AppId was signed in other letter case than the header carries; sign it as it is.",
        "参与签名的 AppId 与请求头中的大小写不同；应原样使用。";
    AppIdWhiteSpace, "app_id_white_space", AppId,
        "The AppId has white space around it, probably from copying it; remove it.",
        "AppId 前后有空白字符（多半是复制时带入的）；请去掉。";
    AppIdAndAppKeySwapped, "app_id_and_app_key_swapped", AppId,
        "AppId and AppKey are swapped; exchange them.",
        "AppId 与 AppKey 填反了；请对调。";
    AppIdIsAppKey, "app_id_is_app_key", AppId,
        "The AppKey was signed where the AppId belongs; put the AppId first in the string to sign.",
        "待签名串中 AppId 的位置用了 AppKey；应使用 AppId。";
    TimestampMissing, "timestamp_missing", Timestamp,
        "There is no timestamp; send the one that was signed: 14 digits yyyyMMddHHmmss in UTC+8.",
        "缺少时间戳；应发送参与签名的那个：14 位数字 yyyyMMddHHmmss 的北京时间。";
    Timestamp12Hour, "timestamp_12_hour", Timestamp,
        "The hour is of a clock of twelve hours in one place (`hh` in place of `HH`, or twelve hours off); write 00 to 23, in the header and in the string to sign.",
        "时间戳的小时用了 12 小时制（格式写成了 hh 而不是 HH，或相差 12 小时）；请求头和待签名串都应使用 00 到 23。";
    TimestampUtc, "timestamp_utc", Timestamp,
        "The timestamp is in UTC in one place and in UTC+8 in the other; use UTC+8 (Beijing time) in the header and in the string to sign.",
        "时间戳用了 UTC 时间；请求头和待签名串都应使用北京时间（UTC+8）。";
    TimestampZone, "timestamp_zone", Timestamp,
        "The timestamp is in the time of another zone; use UTC+8 (Beijing time) in the header and in the string to sign.",
        "时间戳用了其他时区的时间；请求头和待签名串都应使用北京时间（UTC+8）。";
    TimestampEpochMilliseconds, "timestamp_epoch_ms", Timestamp,
        "The timestamp is in milliseconds since 1970; write yyyyMMddHHmmss in UTC+8.",
        "时间戳用了毫秒数；应为 yyyyMMddHHmmss 格式的北京时间。";
    TimestampEpochSeconds, "timestamp_epoch_seconds", Timestamp,
        "The timestamp is in seconds since 1970; write yyyyMMddHHmmss in UTC+8.",
        "时间戳用了秒数；应为 yyyyMMddHHmmss 格式的北京时间。";
    TimestampSeparators, "timestamp_separators", Timestamp,
        "The timestamp has separators; write the 14 digits yyyyMMddHHmmss alone, in the header and in the string to sign.",
        "时间戳带有分隔符；请求头和待签名串都应只写 14 位数字 yyyyMMddHHmmss。";
    TimestampTakenTwice, "timestamp_taken_twice", Timestamp,
        "The clock was read twice: the signed timestamp is some seconds from the one in the header. Read it once and use it in both places.",
        "取了两次时间：签名用的时间戳与请求头中的相差几秒；应只取一次，两处共用。";
    TimestampOfOtherCall, "timestamp_of_other_call", Timestamp,
        "The timestamp of the other call was signed; make a new one for each call and use it in both places.",
        "签名用了另一次请求的时间戳；每次请求都应重新生成，且两处共用。";
    NonceMissing, "nonce_missing", Nonce,
        "There is no nonce; make a new one for each call, sign it and send it.",
        "缺少 Nonce；每次请求都应重新生成，参与签名并一同发送。";
    NonceOfOtherCall, "nonce_of_other_call", Nonce,
        "The nonce of the other call was signed; make a new one for each call and use it in both places.",
        "签名用了另一次请求的 Nonce；每次请求都应重新生成，且两处共用。";
    NonceCase, "nonce_case", Nonce,
        "The nonce was signed in other letter case than the header carries; use one text in both places.",
        "参与签名的 Nonce 与请求头中的大小写不同；两处应完全一致。";
    NonceDashes, "nonce_dashes", Nonce,
        "The nonce was signed with dashes and sent without them, or the reverse; use one text in both places.",
        "Nonce 在签名和请求头中一处带连字符、一处不带；两处应完全一致。";
    BodySpaces, "body_spaces", BodyDigest,
        "The body was serialized again after signing: white space between the JSON parts differs. Sign the very bytes that are sent.",
        "签名后报文体又被重新序列化：JSON 中的空格或换行不同。应对实际发送的字节签名。";
    BodyKeyOrder, "body_key_order", BodyDigest,
        "The body was serialized again after signing: the JSON keys are in another order. Sign the very bytes that are sent.",
        "签名后报文体又被重新序列化：JSON 字段顺序不同。应对实际发送的字节签名。";
    BodyUnicodeEscape, "body_unicode_escape", BodyDigest,
        "Non-ASCII text is escaped as \\uXXXX in one place and not (or in other letter case) in the other. Sign the very bytes that are sent.",
        "中文在一处写作 \\uXXXX 转义、另一处不是（或大小写不同）。应对实际发送的字节签名。";
    BodySlashEscape, "body_slash_escape", BodyDigest,
        "Slashes are escaped as \\/ in one place and not in the other, as PHP's json_encode does by default. Sign the very bytes that are sent.",
        "斜杠在一处写作 \\/、另一处不是（PHP 的 json_encode 默认会转义）。应对实际发送的字节签名。";
    BodyHtmlEscape, "body_html_escape", BodyDigest,
        "The characters < > & are escaped as \\u003c \\u003e \\u0026 in one place and not in the other, as Go's json.Marshal does by default. Sign the very bytes that are sent.",
        "< > & 在一处写作 \\u003c 等转义、另一处不是（Go 的 json.Marshal 默认会转义）。应对实际发送的字节签名。";
    BodyTrailingNewline, "body_trailing_newline", BodyDigest,
        "The body was signed with a line break at the end and sent without it, or the reverse. Sign the very bytes that are sent.",
        "报文体末尾的换行在签名和发送时不一致。应对实际发送的字节签名。";
    BodyTwoNewlines, "body_two_newlines", BodyDigest,
        "The body was signed with two line breaks at the end and sent without them, or the reverse. Sign the very bytes that are sent.",
        "报文体末尾的两个换行在签名和发送时不一致。应对实际发送的字节签名。";
    BodyTrimmed, "body_trimmed", BodyDigest,
        "The body was signed without the white space around it and sent with it. Sign the very bytes that are sent.",
        "签名时去掉了报文体首尾的空白，发送时却带着。应对实际发送的字节签名。";
    BodyBom, "body_bom", BodyDigest,
        "The body begins with a byte order mark in one place and not in the other; send and sign it without.",
        "报文体开头的 BOM 在签名和发送时不一致；两处都不要带 BOM。";
    BodyLineEndings, "body_line_endings", BodyDigest,
        "The body has CRLF line ends in one place and LF in the other. Sign the very bytes that are sent.",
        "报文体的换行符在签名和发送时不一致（CRLF 与 LF）。应对实际发送的字节签名。";
    BodyGbk, "body_gbk", BodyDigest,
        "The body is GBK in one place and UTF-8 in the other; use UTF-8 in both.",
        "报文体在签名和发送时一处是 GBK、一处是 UTF-8；两处都应使用 UTF-8。";
    BodyLatin1, "body_latin1", BodyDigest,
        "The body went through ISO-8859-1 on its way into the signature; use UTF-8.",
        "报文体在签名时经过了 ISO-8859-1 转码；应使用 UTF-8。";
    BodyEmpty, "body_empty", BodyDigest,
        "An empty body was signed, but a body was sent. Sign the very bytes that are sent.",
        "签名时报文体为空，实际却发送了内容。应对实际发送的字节签名。";
    BodyDataWrapper, "body_data_wrapper", BodyDigest,
        "The body is wrapped as {\"data\":…} in one place and not in the other. Sign the very bytes that are sent.",
        "报文体在签名和发送时一处包了 {\"data\":…}、一处没有。应对实际发送的字节签名。";
    BodyDoubleEncoded, "body_double_encoded", BodyDigest,
        "The JSON was encoded as a JSON string once more before signing. Sign the very bytes that are sent.",
        "签名前 JSON 又被当作字符串编码了一次。应对实际发送的字节签名。";
    BodyUrlEncoded, "body_url_encoded", BodyDigest,
        "The body was URL-encoded before signing. Sign the very bytes that are sent.",
        "签名前报文体被做了 URL 编码。应对实际发送的字节签名。";
    BodyUrlDecoded, "body_url_decoded", BodyDigest,
        "What was signed had been URL-decoded once more. Sign the very text that is sent, before it is encoded for a URL.",
        "签名前内容又被做了一次 URL 解码。应对原文签名（URL 编码之前的文本）。";
    BodyFieldAdded, "body_field_added", BodyDigest,
        "The body was sent with a field that was not there when it was signed. Add every field before signing, and sign the very bytes that are sent.",
        "发送的报文体多了签名时没有的字段。应先加好所有字段再签名，并对实际发送的字节签名。";
    BodyFieldDropped, "body_field_dropped", BodyDigest,
        "The body was signed with an empty field, or one of the header's, that was left out when it was sent. Sign the very bytes that are sent.",
        "签名时报文体里的空字段（或与请求头重复的字段）在发送时被去掉了。应对实际发送的字节签名。";
    DigestUpperCase, "digest_upper_case", BodyDigest,
        "The digest's hexadecimal digits are in upper case; write them in lower case.",
        "摘要的十六进制用了大写；应为小写。";
    DigestRawBytes, "digest_raw_bytes", BodyDigest,
        "The 32 bytes of the digest were signed; sign its 64 hexadecimal digits.",
        "待签名串中用了摘要的 32 个原始字节；应使用 64 位十六进制文本。";
    DigestOfDigest, "digest_of_digest", BodyDigest,
        "The digest was hashed once more; hash the body once.",
        "对摘要又做了一次摘要；只应对报文体做一次。";
    DigestBase64, "digest_base64", BodyDigest,
        "The digest was written as Base64; write its hexadecimal digits.",
        "摘要用了 Base64；应为十六进制。";
    DigestSeparators, "digest_separators", BodyDigest,
        "The digest's bytes are written with something between them (AA-BB, as C#'s BitConverter does); write 64 hexadecimal digits in lower case and nothing else.",
        "摘要各字节之间有分隔符（如 C# BitConverter 的 AA-BB）；应为 64 位小写十六进制，中间无任何字符。";
    DigestHexUnpadded, "digest_hex_unpadded", BodyDigest,
        "Zeros are missing in the digest's hexadecimal digits; write two digits for each byte, 64 in all.",
        "摘要的十六进制丢了前导 0；每个字节都应写两位，共 64 位。";
    DigestSha384, "digest_sha384", BodyDigest,
        "The body was hashed with SHA-384; use SHA-256.",
        "报文体用了 SHA-384 摘要；应使用 SHA-256。";
    DigestSm3, "digest_sm3", BodyDigest,
        "The body was hashed with SM3; use SHA-256.",
        "报文体用了国密 SM3 摘要；应使用 SHA-256。";
    DigestOtherHash, "digest_other_hash", BodyDigest,
        "The body was hashed with another function; use SHA-256.",
        "报文体用了其他摘要算法；应使用 SHA-256。";
    DigestIsBody, "digest_is_body", BodyDigest,
        "The body itself was signed; sign its SHA-256 as hexadecimal.",
        "待签名串中直接用了报文体；应使用其 SHA-256 十六进制摘要。";
    StringSeparators, "string_separators", StringToSign,
        "Something stands between the parts of the string to sign; put them together with nothing between.",
        "待签名串各部分之间有分隔符；应直接拼接。";
    StringPartOrder, "string_part_order", StringToSign,
        "The parts of the string to sign are in another order; it is AppId, Timestamp, Nonce, digest (of a token request: the AppKey in place of the digest).",
        "待签名串各部分的顺序不对；应为 AppId、Timestamp、Nonce、摘要（令牌请求则为 AppKey）。";
    StringPartMissing, "string_part_missing", StringToSign,
        "A part of the string to sign is missing; it is AppId, Timestamp, Nonce, digest (of a token request: the AppKey in place of the digest).",
        "待签名串缺少一部分；应为 AppId、Timestamp、Nonce、摘要（令牌请求则为 AppKey）。";
    StringNamedParts, "string_named_parts", StringToSign,
        "The parts of the string to sign carry their names; put the values together alone.",
        "待签名串带上了参数名；应只拼接参数值。";
    StringWithPath, "string_with_path", StringToSign,
        "Method or path stands in the string to sign; neither is signed.",
        "待签名串中加入了请求方法或路径；二者都不参与签名。";
    StringWithKey, "string_with_key", StringToSign,
        "The AppKey stands in the string to sign; it is the key of the HMAC only.",
        "待签名串中加入了 AppKey；它只应作为 HMAC 的密钥。";
    StringHashed, "string_hashed", StringToSign,
        "The string to sign was hashed before the HMAC; give it to the HMAC as it is.",
        "待签名串在 HMAC 之前又做了摘要；应直接参与 HMAC。";
    StringTrailingNewline, "string_trailing_newline", StringToSign,
        "The string to sign ends with a line break; remove it.",
        "待签名串末尾多了换行；请去掉。";
    StringTwoNewlines, "string_two_newlines", StringToSign,
        "The string to sign ends with two line breaks; remove them.",
        "待签名串末尾多了两个换行；请去掉。";
    StringUtf16, "string_utf16", StringToSign,
        "The string to sign was turned into UTF-16; use its ASCII (UTF-8) bytes.",
        "待签名串被转成了 UTF-16；应使用 ASCII（UTF-8）字节。";
    NotifySignTypeLeftOut, "notify_sign_type_left_out", StringToSign,
        "The field signType was left out; only `sign` and empty fields are.",
        "签名时漏掉了 signType；只有 sign 和空值字段不参与签名。";
    NotifyEmptyKept, "notify_empty_kept", StringToSign,
        "Empty fields were signed too; leave them out.",
        "空值字段也参与了签名；应去掉。";
    NotifyNotSorted, "notify_not_sorted", StringToSign,
        "The fields were signed in the order in which they came; sort them by name, byte by byte.",
        "字段按收到的顺序参与了签名；应按字段名逐字节（ASCII）排序。";
    NotifySortedWithoutCase, "notify_sorted_without_case", StringToSign,
        "The fields were sorted without regard to case; sort them byte by byte, capital letters first.",
        "字段排序时忽略了大小写；应逐字节排序，大写字母在前。";
    NotifyValuesEncoded, "notify_values_encoded", StringToSign,
        "The values were signed URL-encoded; decode each once before.",
        "签名时用了 URL 编码后的值；应先解码一次。";
    NotifyDecodedTwice, "notify_decoded_twice", StringToSign,
        "The values were decoded twice; decode each once, and leave what is still encoded as it is.",
        "值被解码了两次；只应解码一次，解码后仍带编码的部分原样保留。";
    NotifyKeyJoined, "notify_key_joined", StringToSign,
        "Something stands between the fields and the 通讯密钥 (such as & or &key=); append the key with nothing between.",
        "字段串与通讯密钥之间多了字符（如 & 或 &key=）；应直接拼接密钥。";
    NotifyKeyFirst, "notify_key_first", StringToSign,
        "The 通讯密钥 stands before the fields; append it at the end.",
        "通讯密钥放在了字段串前面；应放在末尾。";
    NotifyKeyOmitted, "notify_key_omitted", StringToSign,
        "The 通讯密钥 was not signed; append it at the end of the fields.",
        "没有拼接通讯密钥；应放在字段串末尾。";
    NotifyAmbiguous, "notify_ambiguous", StringToSign,
        "The signature is right, and also that of other fields: a value holds `&`, a name and `=`. Do not believe the notification; query the order.",
        "签名正确，但同一签名也可对应另一组字段：某个值里含有 &字段名=。不要直接采信该通知，请查询订单。";
    KeyHexDecoded, "key_hex_decoded", Key,
        "The key was decoded from hexadecimal; use its characters as they are.",
        "对密钥做了十六进制解码；应直接使用其文本。";
    KeyBase64Decoded, "key_base64_decoded", Key,
        "The key was decoded from Base64; use its characters as they are.",
        "对密钥做了 Base64 解码；应直接使用其文本。";
    KeyCase, "key_case", Key,
        "The key was used in other letter case; use it as it is.",
        "密钥的大小写被改变；应原样使用。";
    KeyWhiteSpace, "key_white_space", Key,
        "The key was used with white space or a line break around it, probably from copying it or from its file; remove it.",
        "密钥前后带有空白或换行（多半来自复制或文件）；请去掉。";
    KeyQuoted, "key_quoted", Key,
        "The key was used with quotes around it; remove them.",
        "密钥连同引号一起使用了；请去掉引号。";
    KeyIsNotifyKey, "key_is_notify_key", Key,
        "The 通讯密钥 (communication key) was used; requests are signed with the AppKey.",
        "用了通讯密钥；请求应使用 AppKey 签名。";
    KeyIsAppKey, "key_is_app_key", Key,
        "The AppKey was used; notifications are signed with the 通讯密钥 (communication key).",
        "用了 AppKey；通知应使用通讯密钥验签。";
    KeyIsAppId, "key_is_app_id", Key,
        "The AppId was used as the key; requests are signed with the AppKey.",
        "把 AppId 当成了密钥；请求应使用 AppKey 签名。";
    KeyHashed, "key_hashed", Key,
        "The key was hashed before use; use its characters as they are.",
        "密钥在使用前做了摘要；应直接使用其文本。";
    KeyEmpty, "key_empty", Key,
        "An empty key was used; check that the configuration was loaded.",
        "密钥为空；请检查配置是否已加载。";
    MacArgumentsSwapped, "mac_arguments_swapped", Mac,
        "Key and message of the HMAC are swapped; exchange the arguments.",
        "HMAC 的密钥与消息参数反了；请对调。";
    MacPlainHash, "mac_plain_hash", Mac,
        "A plain hash, with or without the AppKey before or after the string, was taken in place of the HMAC; use HMAC-SHA256 with the AppKey as key.",
        "用普通摘要（如 SHA-1(AppKey + 待签名串)）代替了 HMAC；应使用以 AppKey 为密钥的 HMAC-SHA256。";
    MacOtherHash, "mac_other_hash", Mac,
        "The HMAC was taken with another hash function; use HMAC-SHA256.",
        "HMAC 用了其他摘要算法；应使用 HMAC-SHA256。";
    MacSha224, "mac_sha224", Mac,
        "The HMAC was taken with SHA-224; use HMAC-SHA256.",
        "用了 HMAC-SHA224；应使用 HMAC-SHA256。";
    MacSm3, "mac_sm3", Mac,
        "The HMAC was taken with SM3; use HMAC-SHA256.",
        "用了国密 HMAC-SM3；应使用 HMAC-SHA256。";
    HashIsHmac, "hash_is_hmac", Mac,
        "An HMAC was taken where this scheme has a plain hash; hash the string with the key at its end.",
        "用了 HMAC；该认证方式应对末尾拼接了密钥的字符串直接做摘要。";
    HashOther, "hash_other", Mac,
        "Another hash function was used than the one that is announced or agreed (SHA-256; SHA-1 only for a token request without signMethod; MD5 only for a notification that is agreed to have it).",
        "用了与约定不同的摘要算法（应为 SHA-256；仅不带 signMethod 的令牌请求用 SHA-1，仅约定使用 MD5 的通知用 MD5）。";
    NotifySignTypeOther, "notify_sign_type_other", Mac,
        "signType names another hash than the one that is agreed with the platform; do not believe it, and ask the platform which one it is.",
        "signType 与约定的摘要算法不同；不要采信，请与平台确认应使用哪一种。";
    SignatureHex, "signature_hex", Encoding,
        "The signature is written as hexadecimal; write the 32 bytes as Base64.",
        "签名用了十六进制；应为 32 字节的 Base64。";
    SignatureBase64OfHex, "signature_base64_of_hex", Encoding,
        "The Base64 is of the signature's hexadecimal digits; take it of the 32 bytes.",
        "对签名的十六进制文本做了 Base64；应对 32 个原始字节做 Base64。";
    SignatureDoubleBase64, "signature_double_base64", Encoding,
        "The signature was written as Base64 twice; do it once.",
        "签名做了两次 Base64；只应做一次。";
    SignatureBase64, "signature_base64", Encoding,
        "The signature is written as Base64; this scheme has hexadecimal digits.",
        "签名用了 Base64；该认证方式应为十六进制。";
    SignatureUpperCase, "signature_upper_case", Encoding,
        "The signature's hexadecimal digits are in upper case; write them in lower case.",
        "签名的十六进制用了大写；应为小写。";
    SignatureUrlSafe, "signature_url_safe", Encoding,
        "The signature is in the URL-safe Base64 alphabet (- _); use the standard one (+ /).",
        "签名用了 URL 安全的 Base64（- _）；应使用标准 Base64（+ /）。";
    SignatureUnpadded, "signature_unpadded", Encoding,
        "The padding of the signature's Base64 is missing; it ends with \"=\".",
        "签名的 Base64 缺少末尾的 \"=\"。";
    SignatureUrlEncoded, "signature_url_encoded", Encoding,
        "The signature was URL-encoded where it is not (a header), or twice where it is once (a query).",
        "签名多做了一次 URL 编码：请求头中不需要，参数串中只需一次。";
    SignaturePlusLost, "signature_plus_lost", Encoding,
        "The plus signs of the signature became spaces, as URL-decoding does; put it into a header as it is, and into a query URL-encoded.",
        "签名中的 \"+\" 变成了空格（被做了 URL 解码）；请求头中应原样放入，参数串中应先做 URL 编码。";
    SignatureWhiteSpace, "signature_white_space", Encoding,
        "The signature has white space or a line break in it; remove it.",
        "签名中带有空白或换行；请去掉。";
    SignatureMissing, "signature_missing", Signature,
        "There is no signature; add it.",
        "缺少签名；请补上。";
    SignatureOfOtherCall, "signature_of_other_call", Signature,
        "The signature is that of the other call; sign each call anew.",
        "用了另一次请求的签名；每次请求都应重新签名。";
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_its_codes_are_unique() {
        let parts: alloc::vec::Vec<Part> = Mistake::ALL.iter().map(|m| m.part()).collect();
        assert!(parts.is_sorted());
        let codes: alloc::collections::BTreeSet<_> =
            Mistake::ALL.iter().map(|mistake| mistake.code()).collect();
        assert_eq!(codes.len(), Mistake::ALL.len());
        assert_eq!(codes.len(), 104);
    }

    #[test]
    fn a_mistake_and_a_part_are_displayed_by_their_codes() {
        for mistake in Mistake::ALL {
            assert_eq!(alloc::format!("{mistake}"), mistake.code());
            assert_eq!(alloc::format!("{}", mistake.part()), mistake.part().code());
        }
    }

    #[test]
    fn each_part_has_names_of_its_own() {
        let mut parts: alloc::vec::Vec<Part> = Mistake::ALL.iter().map(|m| m.part()).collect();
        parts.dedup();
        assert_eq!((parts.len(), parts.last()), (11, Some(&Part::Signature)));
        for name in [Part::code, Part::english, Part::chinese] {
            let names: alloc::collections::BTreeSet<_> =
                parts.iter().map(|part| name(*part)).collect();
            assert_eq!(names.len(), parts.len(), "{names:?}");
            assert!(!names.contains(""));
        }
    }
}
