//! The bodies that may have been signed in place of the one that was sent.

use alloc::string::String;
use alloc::vec::Vec;

use ums_auth::form;

use super::json_text::{Json, Layout, escape_characters, rewrite_strings, unescape_characters};
use crate::mistake::Mistake;

/// Beyond this a body is only hashed as it is.
const REWRITTEN: usize = 1 << 20;

/// JSON objects with more members than this are not tried in every order.
const MEMBERS: usize = 8;

/// Calls `try_body` with every other body and the mistakes that make it; stops when it says so.
pub(super) fn for_each(body: &[u8], mut try_body: impl FnMut(&[Mistake], &[u8])) {
    try_body(&[Mistake::BodyEmpty], b"");
    if body.len() > REWRITTEN {
        return;
    }
    line_ends(body, &mut try_body);
    charsets(body, &mut try_body);
    let Ok(text) = core::str::from_utf8(body) else {
        return;
    };
    wrappers(text, &mut try_body);
    for (mistakes, rewrite) in ESCAPES {
        let escaped = rewrite_strings(text, rewrite);
        layouts(&escaped, mistakes, &mut try_body);
    }
}

/// Every order of the members of a JSON object, until `try_body` says that one is right.
pub(super) fn any_order(body: &[u8], mut try_body: impl FnMut(&[Mistake], &[u8]) -> bool) {
    let json = core::str::from_utf8(body).ok().and_then(Json::read);
    let Some(Json::Object(mut members)) = json.filter(|_| body.len() <= 4096) else {
        return;
    };
    if members.len() > MEMBERS {
        return;
    }
    let sent_compactly = Json::Object(members.clone())
        .write(Layout::COMPACT)
        .as_bytes()
        == body;
    let mistakes = match sent_compactly {
        true => &[Mistake::BodyKeyOrder][..],
        false => &[Mistake::BodySpaces, Mistake::BodyKeyOrder],
    };
    // Heap's algorithm: each order once, by one exchange.
    let mut counters = [0; MEMBERS];
    let mut place = 0;
    while place < members.len() {
        let Some(counter) = counters.get_mut(place) else {
            return;
        };
        if *counter >= place {
            *counter = 0;
            place += 1;
            continue;
        }
        let other = if place % 2 == 0 { 0 } else { *counter };
        *counter += 1;
        members.swap(other, place);
        place = 0;
        let json = Json::Object(core::mem::take(&mut members));
        let found = try_body(mistakes, json.write(Layout::COMPACT).as_bytes());
        if let Json::Object(back) = json {
            members = back;
        }
        if found {
            return;
        }
    }
}

/// JSON objects with more members than this are not tried with one more or less.
const FIELDS: usize = 64;

/// Fields that clients send empty, and that some serializers then leave out: optional ones of
/// POS通, and one of netpay's.
const OFTEN_EMPTY: [&str; 12] = [
    "bizIdentifier",
    "limitCrossDevice",
    "merchantOrderId",
    "merchantRemark",
    "operatorId",
    "originalOrderId",
    "sign",
    "srcReserved",
    "storeId",
    "subAppId",
    "systemTraceNum",
    "transparentFields",
];

/// Calls `try_body` with the body without one of its fields, or without its empty ones; then with
/// one that may have been left out: an empty one, or one of these, which the header has too.
pub(super) fn with_other_fields(
    body: &[u8],
    header: [(&str, &str); 3],
    mut try_body: impl FnMut(Mistake, &[u8]),
) {
    let text = core::str::from_utf8(body).ok();
    let text = text.filter(|text| text.len() <= 1 << 16);
    let Some(Json::Object(members)) = text.and_then(Json::read) else {
        return;
    };
    if members.len() > FIELDS {
        return;
    }
    let write = |members: &[(&str, Json<'_>)], layout| Json::Object(members.to_vec()).write(layout);
    let layout = Layout::ALL
        .into_iter()
        .find(|layout| Some(write(&members, *layout).as_str()) == text)
        .unwrap_or(Layout::COMPACT);
    let mut attempt = |mistake, members: &[(&str, Json<'_>)]| {
        try_body(mistake, write(members, layout).as_bytes());
    };

    for place in 0..members.len() {
        let mut fewer = members.clone();
        fewer.remove(place);
        attempt(Mistake::BodyFieldAdded, &fewer);
    }
    for empty in [&["null"][..], &["\"\""], &["null", "\"\""]] {
        let mut fewer = members.clone();
        fewer.retain(|(_, value)| !matches!(value, Json::Plain(text) if empty.contains(text)));
        attempt(Mistake::BodyFieldAdded, &fewer);
    }

    let quoted = |text: &str| ["\"", text, "\""].concat();
    let is_there = |name: &str| members.iter().any(|(known, _)| *known == name);
    let known = OFTEN_EMPTY.iter().flat_map(|name| {
        let name = quoted(name);
        [(name.clone(), quoted("")), (name, "null".into())]
    });
    let repeated = header.map(|(name, value)| (quoted(name), quoted(value)));
    for (name, value) in known.chain(repeated).filter(|(name, _)| !is_there(name)) {
        for place in 0..=members.len() {
            let mut more = members.clone();
            more.insert(place, (&name, Json::Plain(&value)));
            attempt(Mistake::BodyFieldDropped, &more);
        }
    }
}

type Rewrite = fn(&str, &mut String);

/// How serializers in use escape the inside of a string, each both ways.
const ESCAPES: [(&[Mistake], Rewrite); 11] = [
    (&[], |inside, out| out.push_str(inside)),
    (&[Mistake::BodyUnicodeEscape], |inside, out| {
        escape_characters(inside, out, false, not_ascii);
    }),
    (&[Mistake::BodyUnicodeEscape], |inside, out| {
        escape_characters(inside, out, true, not_ascii);
    }),
    (&[Mistake::BodyUnicodeEscape], |inside, out| {
        unescape_characters(inside, out, not_ascii);
    }),
    (&[Mistake::BodyUnicodeEscape], |inside, out| {
        let mut plain = String::new();
        unescape_characters(inside, &mut plain, not_ascii);
        escape_characters(&plain, out, true, not_ascii);
    }),
    (&[Mistake::BodySlashEscape], |inside, out| {
        out.push_str(&inside.replace("\\/", "/").replace('/', "\\/"));
    }),
    (&[Mistake::BodySlashEscape], |inside, out| {
        out.push_str(&inside.replace("\\/", "/"));
    }),
    (
        &[Mistake::BodyUnicodeEscape, Mistake::BodySlashEscape],
        |inside, out| escape_characters(&inside.replace('/', "\\/"), out, false, not_ascii),
    ),
    (
        &[Mistake::BodyUnicodeEscape, Mistake::BodySlashEscape],
        |inside, out| unescape_characters(&inside.replace("\\/", "/"), out, not_ascii),
    ),
    (&[Mistake::BodyHtmlEscape], |inside, out| {
        escape_characters(inside, out, false, html);
    }),
    (&[Mistake::BodyHtmlEscape], |inside, out| {
        unescape_characters(inside, out, html);
    }),
];

fn not_ascii(character: char) -> bool {
    !character.is_ascii()
}

fn html(character: char) -> bool {
    matches!(character, '<' | '>' | '&' | '\u{2028}' | '\u{2029}')
}

fn layouts(text: &str, mistakes: &[Mistake], try_body: &mut impl FnMut(&[Mistake], &[u8])) {
    let with = |more: &[Mistake]| [mistakes, more].concat();
    try_body(mistakes, text.as_bytes());
    let Some(json) = Json::read(text) else {
        return;
    };
    let sorted = json.sorted();
    for layout in Layout::ALL {
        let written = json.write(layout);
        let spaces: &[Mistake] = match written == text {
            true => &[],
            false => &[Mistake::BodySpaces],
        };
        try_body(&with(spaces), written.as_bytes());
        let order = [spaces, &[Mistake::BodyKeyOrder]].concat();
        try_body(&with(&order), sorted.write(layout).as_bytes());
    }
}

fn line_ends(body: &[u8], try_body: &mut impl FnMut(&[Mistake], &[u8])) {
    const BOM: &[u8] = "\u{feff}".as_bytes();
    let newline = &[Mistake::BodyTrailingNewline];
    for end in [&b"\n"[..], b"\r\n"] {
        try_body(newline, &[body, end].concat());
        if let Some(without) = body.strip_suffix(end) {
            try_body(newline, without);
        }
    }
    let newlines = &[Mistake::BodyTwoNewlines];
    for end in [&b"\n\n"[..], b"\r\n\r\n"] {
        try_body(newlines, &[body, end].concat());
        if let Some(without) = body.strip_suffix(end) {
            try_body(newlines, without);
        }
    }
    try_body(&[Mistake::BodyTrimmed], body.trim_ascii());
    try_body(&[Mistake::BodyBom], &[BOM, body].concat());
    if let Some(without) = body.strip_prefix(BOM) {
        try_body(&[Mistake::BodyBom], without);
    }

    let mut lf = Vec::with_capacity(body.len());
    let mut rest = body;
    while let [byte, after @ ..] = rest {
        if *byte != b'\r' || after.first() != Some(&b'\n') {
            lf.push(*byte);
        }
        rest = after;
    }
    try_body(&[Mistake::BodyLineEndings], &lf);
    let crlf: Vec<&[u8]> = lf.split(|byte| *byte == b'\n').collect();
    try_body(&[Mistake::BodyLineEndings], &crlf.join(&b"\r\n"[..]));
}

fn charsets(body: &[u8], try_body: &mut impl FnMut(&[Mistake], &[u8])) {
    let each_byte_a_character: String = body.iter().copied().map(char::from).collect();
    try_body(&[Mistake::BodyLatin1], each_byte_a_character.as_bytes());
    if let Ok(text) = core::str::from_utf8(body) {
        let latin1: Vec<u8> = text
            .chars()
            .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
            .collect();
        try_body(&[Mistake::BodyLatin1], &latin1);
    }
    #[cfg(feature = "gbk")]
    if let Ok(text) = core::str::from_utf8(body) {
        let (gbk, _, unmappable) = encoding_rs::GBK.encode(text);
        if !unmappable {
            try_body(&[Mistake::BodyGbk], &gbk);
        }
    } else {
        let (text, malformed) = encoding_rs::GBK.decode_without_bom_handling(body);
        if !malformed {
            try_body(&[Mistake::BodyGbk], text.as_bytes());
        }
    }
}

fn wrappers(text: &str, try_body: &mut impl FnMut(&[Mistake], &[u8])) {
    let wrapped = ["{\"data\":", text, "}"].concat();
    try_body(&[Mistake::BodyDataWrapper], wrapped.as_bytes());
    if let Some(Json::Object(members)) = Json::read(text)
        && let [("\"data\"", inner)] = &members[..]
    {
        try_body(
            &[Mistake::BodyDataWrapper],
            inner.write(Layout::COMPACT).as_bytes(),
        );
    }

    let mut string = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => string.extend(['\\', character]),
            '\n' => string.push_str("\\n"),
            '\r' => string.push_str("\\r"),
            '\t' => string.push_str("\\t"),
            _ => string.push(character),
        }
    }
    string.push('"');
    try_body(&[Mistake::BodyDoubleEncoded], string.as_bytes());

    // As it is decoded for a URL, where that is possible at all.
    if let Ok(decoded) = form::decode(text) {
        try_body(&[Mistake::BodyUrlDecoded], decoded.as_bytes());
    }
    let encoded = form::encode(text);
    try_body(&[Mistake::BodyUrlEncoded], encoded.as_bytes());
    try_body(
        &[Mistake::BodyUrlEncoded],
        encoded.replace('+', "%20").as_bytes(),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;
    use proptest::prelude::*;

    #[test]
    fn every_order_comes_once() {
        let mut orders = BTreeSet::new();
        any_order(br#"{"a":1,"b":2,"c":3,"d":4}"#, |_, body| {
            assert!(orders.insert(body.to_vec()));
            false
        });
        assert_eq!(orders.len(), 23);
    }

    #[test]
    fn nine_members_are_left_alone() {
        for (members, tried) in [(2, 1), (8, 1), (9, 0)] {
            let body: Vec<String> = (0..members).map(|n| alloc::format!("\"{n}\":1")).collect();
            let mut count = 0;
            any_order(
                alloc::format!("{{{}}}", body.join(",")).as_bytes(),
                |_, _| {
                    count += 1;
                    true
                },
            );
            assert_eq!(count, tried, "{members}");
        }
    }

    #[test]
    fn a_body_over_a_mebibyte_is_not_rewritten() {
        let mut body = alloc::vec![0xff; REWRITTEN];
        let mut count = 0;
        for_each(&body, |_, _| count += 1);
        assert!(count > 1, "{count}");

        body.push(0xff);
        let mut count = 0;
        for_each(&body, |mistakes, other| {
            assert_eq!((mistakes, other), (&[Mistake::BodyEmpty][..], &b""[..]));
            count += 1;
        });
        assert_eq!(count, 1);
    }

    proptest! {
        #[test]
        fn any_body_is_gone_through(body: Vec<u8>, text in r#"[{}\[\]",:\\/a-c试\r\n ]{0,40}"#) {
            for_each(&body, |_, _| {});
            for_each(text.as_bytes(), |_, _| {});
            any_order(text.as_bytes(), |_, _| false);
        }
    }
}
