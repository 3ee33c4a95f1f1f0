//! How a payer's code reached the merchant.

use serde::Serialize;

use crate::request::WireType;
use crate::spec::FieldKind;

/// How a payer's code was read (支付方式, `payMode`; POS通交易接口 v20200527 §1.2.3 p.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub enum PayMode {
    /// `E_CASH`, electronic cash (电子现金).
    #[serde(rename = "E_CASH")]
    ElectronicCash,
    /// `SOUNDWAVE`, by sound (声波).
    #[serde(rename = "SOUNDWAVE")]
    SoundWave,
    /// `NFC`.
    #[serde(rename = "NFC")]
    Nfc,
    /// `CODE_SCAN`, scanned (扫码): the usual one.
    #[serde(rename = "CODE_SCAN")]
    CodeScan,
    /// `MANUAL`, typed in (手输).
    #[serde(rename = "MANUAL")]
    Manual,
    /// `FACE_SCAN`, by the payer's face.
    #[serde(rename = "FACE_SCAN")]
    FaceScan,
}

impl PayMode {
    /// Every mode.
    pub const ALL: &'static [Self] = &[
        Self::ElectronicCash,
        Self::SoundWave,
        Self::Nfc,
        Self::CodeScan,
        Self::Manual,
        Self::FaceScan,
    ];
}

impl WireType for PayMode {
    const KIND: FieldKind = FieldKind::String;
}
