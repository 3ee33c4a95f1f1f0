//! The mistakes that [`explain`](super::explain) recognises, each with a stable
//! code and what to do about it in English and Chinese.

use core::fmt;

/// A part of the computation, in the order in which it is gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Part {
    /// The name that begins the header.
    Scheme,
    /// The form of the header: parameters, quotes, commas.
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
    #[must_use]
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
    #[must_use]
    pub const fn english(self) -> &'static str {
        match self {
            Self::Scheme => "scheme",
            Self::Header => "form of the header",
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
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Scheme => "认证方式",
            Self::Header => "请求头格式",
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
        /// A mistake that was recognised by making it again: the signature that
        /// was sent came out, bit by bit.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Mistake {
            $(#[doc = $english] $name,)*
        }

        impl Mistake {
            /// Every mistake that can be recognised, in the order of the computation.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// A stable name for programs, in `snake_case`.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The part of the computation where it is made.
            #[must_use]
            pub const fn part(self) -> Part {
                match self { $(Self::$name => Part::$part,)* }
            }

            /// What was done, and what to do instead, in English.
            #[must_use]
            pub const fn english(self) -> &'static str {
                match self { $(Self::$name => $english,)* }
            }

            /// What was done, and what to do instead, in Chinese.
            #[must_use]
            pub const fn chinese(self) -> &'static str {
                match self { $(Self::$name => $chinese,)* }
            }
        }
    };
}

mistakes! {
    SchemeSpelling, "scheme_spelling", Scheme,
        "The scheme is not spelt `OPEN-BODY-SIG`; write it so, in upper case.",
        "认证方式应写作大写的 OPEN-BODY-SIG。";
    HeaderLayout, "header_layout", Header,
        "The signature is right but the header is not laid out as `OPEN-BODY-SIG AppId=\"…\", Timestamp=\"…\", Nonce=\"…\", Signature=\"…\"`; write it so.",
        "签名正确，但请求头格式不对，应为 OPEN-BODY-SIG AppId=\"…\", Timestamp=\"…\", Nonce=\"…\", Signature=\"…\"。";
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
        "The parts of the string to sign are in another order; it is AppId, Timestamp, Nonce, digest.",
        "待签名串各部分的顺序不对；应为 AppId、Timestamp、Nonce、摘要。";
    StringPartMissing, "string_part_missing", StringToSign,
        "A part of the string to sign is missing; it is AppId, Timestamp, Nonce, digest.",
        "待签名串缺少一部分；应为 AppId、Timestamp、Nonce、摘要。";
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
    StringUtf16, "string_utf16", StringToSign,
        "The string to sign was turned into UTF-16; use its ASCII (UTF-8) bytes.",
        "待签名串被转成了 UTF-16；应使用 ASCII（UTF-8）字节。";
    KeyHexDecoded, "key_hex_decoded", Key,
        "The AppKey was decoded from hexadecimal; use its characters as they are.",
        "对 AppKey 做了十六进制解码；应直接使用其文本。";
    KeyBase64Decoded, "key_base64_decoded", Key,
        "The AppKey was decoded from Base64; use its characters as they are.",
        "对 AppKey 做了 Base64 解码；应直接使用其文本。";
    KeyCase, "key_case", Key,
        "The AppKey was used in other letter case; use it as it is.",
        "AppKey 的大小写被改变；应原样使用。";
    KeyWhiteSpace, "key_white_space", Key,
        "The AppKey was used with white space or a line break around it, probably from copying it or from its file; remove it.",
        "AppKey 前后带有空白或换行（多半来自复制或文件）；请去掉。";
    KeyQuoted, "key_quoted", Key,
        "The AppKey was used with quotes around it; remove them.",
        "AppKey 连同引号一起使用了；请去掉引号。";
    KeyIsNotifyKey, "key_is_notify_key", Key,
        "The 通讯密钥 (communication key) was used; requests are signed with the AppKey.",
        "用了通讯密钥；请求应使用 AppKey 签名。";
    KeyIsAppId, "key_is_app_id", Key,
        "The AppId was used as the key; requests are signed with the AppKey.",
        "把 AppId 当成了密钥；请求应使用 AppKey 签名。";
    KeyHashed, "key_hashed", Key,
        "The AppKey was hashed before use; use its characters as they are.",
        "AppKey 在使用前做了摘要；应直接使用其文本。";
    KeyEmpty, "key_empty", Key,
        "An empty key was used; check that the configuration was loaded.",
        "密钥为空；请检查配置是否已加载。";
    MacArgumentsSwapped, "mac_arguments_swapped", Mac,
        "Key and message of the HMAC are swapped; exchange the arguments.",
        "HMAC 的密钥与消息参数反了；请对调。";
    MacPlainHash, "mac_plain_hash", Mac,
        "A plain hash was taken in place of the HMAC; use HMAC-SHA256 with the AppKey as key.",
        "用普通摘要代替了 HMAC；应使用以 AppKey 为密钥的 HMAC-SHA256。";
    MacOtherHash, "mac_other_hash", Mac,
        "The HMAC was taken with another hash function; use HMAC-SHA256.",
        "HMAC 用了其他摘要算法；应使用 HMAC-SHA256。";
    SignatureHex, "signature_hex", Encoding,
        "The signature is written as hexadecimal; write the 32 bytes as Base64.",
        "签名用了十六进制；应为 32 字节的 Base64。";
    SignatureBase64OfHex, "signature_base64_of_hex", Encoding,
        "The Base64 is of the signature's hexadecimal digits; take it of the 32 bytes.",
        "对签名的十六进制文本做了 Base64；应对 32 个原始字节做 Base64。";
    SignatureUrlSafe, "signature_url_safe", Encoding,
        "The signature is in the URL-safe Base64 alphabet (- _); use the standard one (+ /).",
        "签名用了 URL 安全的 Base64（- _）；应使用标准 Base64（+ /）。";
    SignatureUnpadded, "signature_unpadded", Encoding,
        "The padding of the signature's Base64 is missing; it ends with \"=\".",
        "签名的 Base64 缺少末尾的 \"=\"。";
    SignatureUrlEncoded, "signature_url_encoded", Encoding,
        "The signature was URL-encoded; in a header it is not.",
        "签名被做了 URL 编码；放在请求头中不需要。";
    SignaturePlusLost, "signature_plus_lost", Encoding,
        "The plus signs of the signature became spaces, as URL-decoding does; put it in as it is.",
        "签名中的 \"+\" 变成了空格（被做了 URL 解码）；应原样放入。";
    SignatureWhiteSpace, "signature_white_space", Encoding,
        "The signature has white space or a line break in it; remove it.",
        "签名中带有空白或换行；请去掉。";
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
        assert_eq!(codes.len(), 67);
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
