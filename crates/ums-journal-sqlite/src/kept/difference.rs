//! A text as its difference from a like one: parts that both have, digits two to a byte, and the
//! rest as it is. What is read back is held to the chain of hashes, so that an error here can lose
//! no fact silently; what is written is read back before it is kept.

use std::fmt;

/// Words of texts that templates do not have. What was written with these is read with these: a
/// change is a new schema.
const STARTER: &str = r#"{"merchantCode":"******","terminalCode":"","originalOrderId":"","merchantOrderId":"","refundRequestId":"","transactionAmount":,"transactionCurrencyCode":"156","limitCrossDevice":true,"payMode":"CODE_SCAN","payCode":"******","systemTraceNum":"","storeId":"","operatorId":"","body":{"marked":{"hash":""}},"labels":{"by":"reply":{"errCode":"00","errInfo":"SUCCESS","orderId":"","transactionTime":"","transactionDate":"","settlementDate":"","retrievalRefNum":"","actualTransactionAmount":,"amount":,"thirdPartyDiscountInstrution":"","thirdPartyName":"","thirdPartyOrderId":"","thirdPartyBuyerId":"******","thirdPartyBuyerUserName":"******","batchNo":"","queryResCode":"0","queryResInfo":"","originalPayCode":"******","originalBatchNo":"","originalSystemTraceNum":"","reason":"","evidence":{"state":"","is_definite":true"#;

/// The longest text that is kept so: positions fit 16 bits.
const LONGEST: usize = 32_768;

/// A part that both have is worth its mark from this length on, elsewhere than where it is looked
/// for first, and there.
const LEAST: usize = 8;
const LEAST_IN_STEP: usize = 4;

/// So many digits in a row are passed over at once.
const STRIDE: usize = 4;

const SLOTS: usize = 4096;

/// A text that others are kept as the difference from.
pub(crate) struct Template {
    number: i64,
    /// The starter, then the text.
    history: Vec<u8>,
    /// Where eight bytes with this hash are in it, plus one.
    places: Vec<u16>,
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Template").field(&self.number).finish()
    }
}

/// Room to work in, which is used again and again.
#[derive(Default)]
pub(crate) struct Room {
    out: Vec<u8>,
    back: Vec<u8>,
}

/// Bytes that are no difference from a template.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a text is kept as a difference that does not fit its template")]
pub(crate) struct NoDifference;

impl Template {
    /// `None` when the text is too long for one.
    pub(crate) fn new(number: i64, text: &str) -> Option<Self> {
        let history: Vec<u8> = [STARTER.as_bytes(), text.as_bytes()].concat();
        if history.len() > LONGEST {
            return None;
        }
        let mut places = vec![0; SLOTS];
        for (place, eight) in history.windows(LEAST).enumerate() {
            places[slot(eight)] = short(place + 1);
        }
        Some(Self {
            number,
            history,
            places,
        })
    }

    pub(crate) fn number(&self) -> i64 {
        self.number
    }

    /// The difference, if it is shorter than the text and leads back to it.
    pub(crate) fn difference<'a>(&self, text: &str, room: &'a mut Room) -> Option<&'a [u8]> {
        if text.len() > LONGEST {
            return None;
        }
        let Room { out, back } = room;
        self.write(text.as_bytes(), out);
        let is_good = out.len() < text.len()
            && self.read(out, back).is_ok()
            && back.as_slice() == text.as_bytes();
        is_good.then_some(out.as_slice())
    }

    fn write(&self, text: &[u8], out: &mut Vec<u8>) {
        out.clear();
        // Where eight bytes of the text itself were, as above.
        let mut seen = [0u16; 512];
        let start = self.history.len();
        // What stands at the same distance as the last part that was found.
        let mut step = STARTER.len();
        let (mut at, mut plain) = (0, 0);
        while at < text.len() {
            let in_step = common(&text[at..], self.history.get(step + at - plain..));
            let mut best = (step + at - plain, in_step);
            if in_step < 32
                && let Some(eight) = text.get(at..at + LEAST)
            {
                let place = usize::from(self.places[slot(eight)]);
                if place > 0 {
                    let found = common(&text[at..], self.history.get(place - 1..));
                    if found >= LEAST && found > best.1 + 2 {
                        best = (place - 1, found);
                    }
                }
                let own = &mut seen[slot(eight) % 512];
                let place = usize::from(*own);
                if place > 0 {
                    let found = common(&text[at..], text.get(place - 1..at));
                    if found >= LEAST && found > best.1 + 2 {
                        best = (start + place - 1, found);
                    }
                }
                *own = short(at + 1);
            }
            let (place, length) = best;
            if length < LEAST_IN_STEP {
                // In the middle of digits that look random nothing is found.
                let are_digits = text[at..].iter().take(LEAST + STRIDE);
                let digits = are_digits
                    .take_while(|byte| value(**byte).is_some())
                    .count();
                at += digits.saturating_sub(LEAST).clamp(1, STRIDE);
                continue;
            }
            let expected = step + at - plain;
            write_plain(out, &text[plain..at]);
            write_part(out, expected, place, length);
            at += length;
            plain = at;
            // A part of the text itself is left where the template goes on.
            step = if place < start {
                place + length
            } else {
                expected + length
            };
        }
        write_plain(out, &text[plain..]);
    }

    /// The text again.
    pub(crate) fn text(&self, difference: &[u8]) -> Result<String, NoDifference> {
        let mut text = Vec::with_capacity(self.history.len());
        self.read(difference, &mut text)?;
        String::from_utf8(text).map_err(|_| NoDifference)
    }

    fn read(&self, mut difference: &[u8], text: &mut Vec<u8>) -> Result<(), NoDifference> {
        text.clear();
        let start = self.history.len();
        let mut step = STARTER.len();
        while let Some((&mark, rest)) = difference.split_first() {
            difference = rest;
            let few = usize::from(mark & 0x3f);
            match mark >> 6 {
                0 | 1 => {
                    let (plain, rest) = split(difference, usize::from(mark) + 1)?;
                    text.extend_from_slice(plain);
                    step += plain.len();
                    difference = rest;
                }
                2 => {
                    let (pairs, rest) = split(difference, few + 1)?;
                    for pair in pairs {
                        text.push(DIGITS[usize::from(pair >> 4)]);
                        text.push(DIGITS[usize::from(pair & 15)]);
                    }
                    step += pairs.len() * 2;
                    difference = rest;
                }
                _ => {
                    let more = if few == 63 {
                        read_number(&mut difference)?
                    } else {
                        0
                    };
                    let length = LEAST_IN_STEP + few + more;
                    let away = read_number(&mut difference)?;
                    let place = if away & 1 == 0 {
                        step.checked_add(away >> 1)
                    } else {
                        step.checked_sub((away >> 1) + 1)
                    };
                    let place = place.ok_or(NoDifference)?;
                    let end = place.checked_add(length).ok_or(NoDifference)?;
                    if place < start {
                        let part = self.history.get(place..end).ok_or(NoDifference)?;
                        text.extend_from_slice(part);
                        step = end;
                    } else {
                        if end - start > text.len() {
                            return Err(NoDifference);
                        }
                        text.extend_from_within(place - start..end - start);
                        step += length;
                    }
                }
            }
            if text.len() > LONGEST {
                return Err(NoDifference);
            }
        }
        Ok(())
    }
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Positions fit: nothing longer than [`LONGEST`] is kept so.
fn short(place: usize) -> u16 {
    u16::try_from(place).unwrap_or(0)
}

fn slot(eight: &[u8]) -> usize {
    let mut bytes = [0; LEAST];
    bytes.copy_from_slice(eight);
    let hash = u64::from_le_bytes(bytes).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (hash >> 52) as usize
}

/// How many bytes both begin with.
fn common(one: &[u8], other: Option<&[u8]>) -> usize {
    let other = other.unwrap_or_default();
    let mut length = 0;
    for (one, other) in one.as_chunks::<8>().0.iter().zip(other.as_chunks::<8>().0) {
        let differ = u64::from_le_bytes(*one) ^ u64::from_le_bytes(*other);
        if differ != 0 {
            return length + differ.trailing_zeros() as usize / 8;
        }
        length += 8;
    }
    let rest = one[length..].iter().zip(&other[length..]);
    length + rest.take_while(|(one, other)| one == other).count()
}

fn write_plain(out: &mut Vec<u8>, mut plain: &[u8]) {
    while !plain.is_empty() {
        let digits = plain
            .iter()
            .take_while(|byte| value(**byte).is_some())
            .count();
        let digits = digits.min(128) & !1;
        if digits >= 4 {
            let (pairs, rest) = plain.split_at(digits);
            out.push(0x80 | u8::try_from(digits / 2 - 1).unwrap_or(0));
            let value = |byte| value(byte).unwrap_or(0);
            out.extend(
                pairs
                    .chunks_exact(2)
                    .map(|pair| value(pair[0]) << 4 | value(pair[1])),
            );
            plain = rest;
            continue;
        }
        // Until four digits in a row.
        let mut length = 0;
        let mut in_row = 0;
        for byte in plain.iter().take(128) {
            length += 1;
            in_row = if value(*byte).is_some() {
                in_row + 1
            } else {
                0
            };
            if in_row == 6 && length > 6 {
                length -= 6;
                break;
            }
        }
        let (run, rest) = plain.split_at(length);
        out.push(u8::try_from(length - 1).unwrap_or(0));
        out.extend_from_slice(run);
        plain = rest;
    }
}

fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

fn write_part(out: &mut Vec<u8>, expected: usize, place: usize, length: usize) {
    let over = length - LEAST_IN_STEP;
    let few = u8::try_from(over).unwrap_or(63).min(63);
    out.push(0xc0 | few);
    if few == 63 {
        write_number(out, over - 63);
    }
    let away = if place >= expected {
        (place - expected) << 1
    } else {
        (expected - place - 1) << 1 | 1
    };
    write_number(out, away);
}

fn write_number(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push(0x80 | (number & 0x7f) as u8);
        number >>= 7;
    }
    out.push((number & 0x7f) as u8);
}

fn read_number(from: &mut &[u8]) -> Result<usize, NoDifference> {
    let mut number = 0;
    for shift in [0, 7, 14] {
        let (&byte, rest) = from.split_first().ok_or(NoDifference)?;
        *from = rest;
        number |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(NoDifference)
}

fn split(bytes: &[u8], at: usize) -> Result<(&[u8], &[u8]), NoDifference> {
    bytes.split_at_checked(at).ok_or(NoDifference)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOID: &str = r#"{"at":{"machine":"c1215ae92cdf916ccdd6b92fb3d54b20","boot":"b981f3db-98fa-4fb0-9394-8e33be71e7eb","ticks":24425249,"at":1795703767591},"fact":{"id":"67d80dd9d7863a9e71c0acba6e9bd51b/1/sending","call":"67d80dd9d7863a9e71c0acba6e9bd51b","attempt":1}}"#;
    const LIKE: &str = r#"{"at":{"machine":"c1215ae92cdf916ccdd6b92fb3d54b20","boot":"b981f3db-98fa-4fb0-9394-8e33be71e7eb","ticks":24425377,"at":1795703768012},"fact":{"id":"a03b3ed26b5ef0b0cd3bb4f4f0a81a93/1/sending","call":"a03b3ed26b5ef0b0cd3bb4f4f0a81a93","attempt":1}}"#;

    /// Numbers that are the same each time.
    fn next(state: &mut u64) -> usize {
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(*state >> 33).unwrap()
    }

    fn written(template: &Template, text: &str) -> Vec<u8> {
        let mut out = Vec::new();
        template.write(text.as_bytes(), &mut out);
        out
    }

    fn back(template: &str, text: &str) -> usize {
        let template = Template::new(1, template).unwrap();
        let written = written(&template, text);
        assert_eq!(template.text(&written).unwrap(), text);
        written.len()
    }

    #[test]
    fn like_texts_take_little_room_and_come_back() {
        let length = back(VOID, LIKE);
        assert!(length < 50, "{length} bytes of {}", LIKE.len());
        assert!(back(VOID, VOID) < 12);
        assert_eq!(back(VOID, ""), 0);
    }

    #[test]
    fn any_text_comes_back() {
        let words = [
            "银联商务",
            "0",
            "9f",
            "\"id\":\"",
            "{",
            "}",
            "\n",
            "\u{7f}",
            "é",
            VOID,
            "c1215ae92cdf",
        ];
        let mut state = 7;
        for round in 0..3_000 {
            let text = |state: &mut u64| {
                let count = next(state) % 12;
                (0..count)
                    .map(|_| words[next(state) % words.len()])
                    .collect::<String>()
            };
            let (template, text) = (text(&mut state), text(&mut state));
            back(&template, &text);
            let long = "银9f".repeat(round % 200);
            back(&template, &format!("{long}{text}{long}"));
        }
    }

    #[test]
    fn what_is_no_difference_is_an_error_or_another_text_and_never_more() {
        let template = Template::new(1, VOID).unwrap();
        let mut state = 11;
        for _ in 0..20_000 {
            let mut written = written(&template, LIKE);
            for _ in 0..=next(&mut state) % 3 {
                let place = next(&mut state) % written.len();
                written[place] = u8::try_from(next(&mut state) & 0xff).unwrap();
            }
            written.truncate(next(&mut state) % written.len() + 1);
            // Whether it is the text is what the chain is for.
            let _ = template.text(&written);
        }
    }

    #[test]
    fn what_is_too_long_is_kept_as_it_is() {
        let long = "x".repeat(LONGEST + 1);
        assert!(Template::new(1, &long).is_none());
        let (template, mut room) = (Template::new(1, VOID).unwrap(), Room::default());
        assert_eq!(template.difference(&long, &mut room), None);
        assert_eq!(template.difference("", &mut room), None);
        assert!(template.difference(LIKE, &mut room).is_some());
    }

    #[test]
    fn what_was_written_once_is_read_for_ever() {
        let template = Template::new(1, VOID).unwrap();
        let written = base16ct::lower::encode_string(&written(&template, LIKE));
        assert_eq!(written, WRITTEN);
    }

    const WRITTEN: &str =
        "ff2c0002333737cb00818012cc008fa03b3ed26b5ef0b0cd3bb4f4f0a81a93d000dc8803cb00";
}
