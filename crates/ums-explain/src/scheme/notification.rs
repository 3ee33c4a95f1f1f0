//! A notification of netpay's: its fields and the 通讯密钥 under a plain hash.

use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use md5::Md5;
use sha2::Sha256;
use ums_auth::notify::{Fields, SignType, Signer};
use ums_auth::{AppKey, NotifyKey, form};
use zeroize::Zeroizing;

use crate::claim::Claim;
use crate::explanation::{Explanation, step, tidy};
use crate::mask::Mask;
use crate::mistake::{Mistake, Part};
use crate::readings::{self, Reading};
use crate::trials::{self, Known, MacOf, Secret, hash, hmac};

type Pairs = Vec<(String, String)>;

pub(super) fn explain(
    claim: &Claim<'_>,
    form: &[u8],
    key: &NotifyKey,
    sign_type: SignType,
) -> Explanation {
    let mask = Mask::new(
        [key.expose_secret()]
            .into_iter()
            .chain(claim.app_key.as_ref().map(AppKey::expose_secret)),
    );
    let pairs = form::decode_pairs(form).unwrap_or_default();
    let Some(fields) = Fields::parse(form).ok() else {
        return Explanation {
            is_match: false,
            is_explained: false,
            first_difference: Some(Part::Header),
            mistakes: vec![],
            steps: vec![step(
                Part::Header,
                None,
                Some(mask.show(&String::from_utf8_lossy(form))),
                Some(false),
            )],
        };
    };
    let signer = Signer::new(key, sign_type);
    let sign = fields.value("sign").unwrap_or_default();
    let said = fields.value("signType").unwrap_or_default();
    let says_other = !said.is_empty() && said != sign_type.name();
    let is_match = signer.verify(&fields).is_ok();

    let readings = readings::all_hex(sign, true);
    let found = match sign {
        "" => None,
        _ => find(&pairs, key, claim.app_key.as_ref(), sign_type, &readings),
    };
    let is_explained = found.is_some();
    let is_right = found.as_ref().is_some_and(Vec::is_empty);
    let mut mistakes = found.unwrap_or_default();
    if sign.is_empty() && !pairs.is_empty() {
        mistakes.push(Mistake::SignatureMissing);
    }
    if says_other {
        // That it is then signed so is no second mistake.
        mistakes.retain(|mistake| *mistake != Mistake::HashOther);
        mistakes.push(Mistake::NotifySignTypeOther);
    }
    if is_right && fields.ambiguous().is_some() {
        mistakes.push(Mistake::NotifyAmbiguous);
    }
    let mistakes = tidy(mistakes);
    let first_difference = mistakes
        .iter()
        .map(|mistake| mistake.part())
        .min()
        .or((!is_match).then_some(Part::Signature));

    let inner = |part| {
        let wrong = mistakes.iter().any(|mistake| mistake.part() == part);
        (is_explained || wrong).then_some(!wrong)
    };
    // Of a notification that names another hash there is no right signature.
    let expected = signer.sign(&fields).ok();
    let agrees = expected
        .as_ref()
        .map(|expected| expected.eq_ignore_ascii_case(sign));
    let steps = vec![
        step(
            Part::StringToSign,
            Some(mask.show(&fields.string_to_sign())),
            None,
            inner(Part::StringToSign),
        ),
        step(Part::Key, None, None, inner(Part::Key)),
        step(
            Part::Mac,
            Some(sign_type.name().to_string()),
            Some(mask.show(said)).filter(|said| !said.is_empty()),
            inner(Part::Mac),
        ),
        step(
            Part::Signature,
            expected,
            fields.value("sign").map(|sign| mask.show(sign)),
            agrees.or(Some(false)),
        ),
    ];
    Explanation {
        is_match,
        is_explained,
        first_difference,
        mistakes,
        steps,
    }
}

/// One way to make a choice, and the mistake it is.
type Ways<T> = Vec<(Option<Mistake>, T)>;

/// The fewest mistakes, two at most, that lead to one of the readings; `None` also where different
/// ones do, as then none is certain.
fn find(
    pairs: &Pairs,
    key: &NotifyKey,
    app_key: Option<&AppKey>,
    sign_type: SignType,
    readings: &[Reading],
) -> Option<Vec<Mistake>> {
    let texts = texts(pairs);
    let keys = keys(key, app_key);
    let hashes = hashes(sign_type);
    for most in 0..=2 {
        let mut found = BTreeSet::new();
        for (of_text, text) in &texts {
            for (of_key, key) in &keys {
                for (of_place, place) in &PLACES {
                    for (of_hash, hash) in &hashes {
                        let made = [of_key, of_place, of_hash].into_iter().flatten();
                        let mut mistakes: Vec<_> = of_text.iter().chain(made).copied().collect();
                        mistakes.sort();
                        if mistakes.len() != most {
                            continue;
                        }
                        let result = hash(key, &place(text.as_bytes(), key));
                        if let Some(reading) = readings.iter().find(|r| r.bytes == result) {
                            found.insert([&mistakes[..], &reading.mistakes].concat());
                        }
                    }
                }
            }
        }
        if !found.is_empty() {
            return found.pop_first().filter(|_| found.is_empty());
        }
    }
    None
}

/// The texts that may have been signed without the key, each once, with the fewest mistakes that
/// make it.
fn texts(pairs: &Pairs) -> Vec<(Vec<Mistake>, String)> {
    let drops: Ways<fn(&str, &str) -> bool> = vec![
        (None, |name, value| name != "sign" && !value.is_empty()),
        (Some(Mistake::NotifySignTypeLeftOut), |name, value| {
            !matches!(name, "sign" | "signType") && !value.is_empty()
        }),
        (Some(Mistake::NotifyEmptyKept), |name, _| name != "sign"),
    ];
    let writes: Ways<fn(&str) -> String> = vec![
        (None, str::to_string),
        (Some(Mistake::NotifyValuesEncoded), form::encode),
        (Some(Mistake::NotifyDecodedTwice), |value| {
            form::decode(value).unwrap_or_else(|_| value.to_string())
        }),
    ];
    let orders: Ways<fn(&mut Pairs)> = vec![
        (None, |pairs| pairs.sort()),
        (Some(Mistake::NotifyNotSorted), |_| {}),
        (Some(Mistake::NotifySortedWithoutCase), |pairs| {
            pairs.sort_by_key(|(name, _)| name.to_ascii_lowercase());
        }),
    ];
    let mut texts: Vec<(Vec<Mistake>, String)> = Vec::new();
    for (of_drop, keep) in &drops {
        for (of_write, write) in &writes {
            for (of_order, order) in &orders {
                let kept = pairs.iter().filter(|(name, value)| keep(name, value));
                let mut kept: Pairs = kept
                    .map(|(name, value)| (name.clone(), write(value)))
                    .collect();
                order(&mut kept);
                let joined: Vec<_> = kept
                    .into_iter()
                    .map(|(name, value)| [name, value].join("="))
                    .collect();
                let made = [of_drop, of_write, of_order].into_iter().flatten();
                texts.push((made.copied().collect(), joined.join("&")));
            }
        }
    }
    // The right one first: what makes no difference is no mistake.
    let right = texts.first().map(|(_, text)| text.clone());
    texts.retain(|(mistakes, text)| mistakes.is_empty() || Some(text) != right.as_ref());
    texts
}

/// The right key, then others.
fn keys(key: &NotifyKey, app_key: Option<&AppKey>) -> Ways<Secret> {
    let known = Known {
        sent: [""; 3],
        readings: &[],
        body: b"",
        app_id: "",
        app_key: key.expose_secret(),
        notify_key: None,
        method_and_target: None,
        other: [None; 2],
    };
    let mut keys: Ways<_> = trials::key_candidates(&known)
        .into_iter()
        // Of no AppId, and of no key, which is a place of its own.
        .filter(|key| !key.value.is_empty())
        .map(|key| (key.mistakes.first().copied(), key.value))
        .collect();
    keys.extend(app_key.map(|key| {
        let bytes = Zeroizing::new(key.expose_secret().as_bytes().to_vec());
        (Some(Mistake::KeyIsAppKey), bytes)
    }));
    keys
}

/// What text and key are together.
type Place = fn(&[u8], &[u8]) -> Secret;

/// Where the key may stand.
const PLACES: [(Option<Mistake>, Place); 5] = [
    (None, |text, key| join(&[text, key])),
    (Some(Mistake::NotifyKeyJoined), |text, key| {
        join(&[text, b"&", key])
    }),
    (Some(Mistake::NotifyKeyJoined), |text, key| {
        join(&[text, b"&key=", key])
    }),
    (Some(Mistake::NotifyKeyFirst), |text, key| {
        join(&[key, text])
    }),
    (Some(Mistake::NotifyKeyOmitted), |text, _| join(&[text])),
];

fn join(parts: &[&[u8]]) -> Secret {
    Zeroizing::new(parts.concat())
}

/// The hash that is agreed, then others.
fn hashes(sign_type: SignType) -> Ways<MacOf> {
    let known: [(&str, MacOf); _] = [
        (SignType::Sha256.name(), |_, text| hash::<Sha256>(&[text])),
        (SignType::Md5.name(), |_, text| hash::<Md5>(&[text])),
    ];
    let right = |name: &str| name == sign_type.name();
    let mut hashes: Ways<MacOf> = known
        .into_iter()
        .map(|(name, hash)| ((!right(name)).then_some(Mistake::HashOther), hash))
        .collect();
    hashes.push((Some(Mistake::HashIsHmac), |key, text| {
        hmac::<Sha256>(key, text.strip_suffix(key).unwrap_or(text))
    }));
    hashes.sort_by_key(|(mistake, _)| *mistake);
    hashes
}
