//! How a payer's code reached the merchant.

use crate::field::coded::coded;

coded! {
    /// How a payer's code was read (支付方式, `payMode`; POS通交易接口 v20200527 §1.2.3 p.5).
    pub enum PayMode in requests {
        /// `E_CASH`, electronic cash (电子现金).
        ElectronicCash = "E_CASH",
        /// `SOUNDWAVE`, by sound (声波).
        SoundWave = "SOUNDWAVE",
        /// `NFC`.
        Nfc = "NFC",
        /// `CODE_SCAN`, scanned (扫码): the usual one.
        CodeScan = "CODE_SCAN",
        /// `MANUAL`, typed in (手输).
        Manual = "MANUAL",
        /// `FACE_SCAN`, by the payer's face.
        FaceScan = "FACE_SCAN",
    }
}

coded! {
    /// How the code of a payer was read whose money is held (支付方式, `payMode`; POS通担保交易接口
    /// v20201204 §1.2.3 p.3): not by the payer's face.
    pub enum AuthorizationPayMode in requests {
        /// `E_CASH`, electronic cash (电子现金).
        ElectronicCash = "E_CASH",
        /// `SOUNDWAVE`, by sound (声波).
        SoundWave = "SOUNDWAVE",
        /// `NFC`.
        Nfc = "NFC",
        /// `CODE_SCAN`, scanned (扫码): the usual one.
        CodeScan = "CODE_SCAN",
        /// `MANUAL`, typed in (手输).
        Manual = "MANUAL",
    }
}
