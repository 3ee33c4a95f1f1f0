//! Texts of a payment that only the sample of the v6 page shows: names without a description, a length or a need.

use crate::identifier::text_field;

/// Makes a type for each of these fields. `shown` and `hidden` say whether `Debug` shows the value.
macro_rules! sample_text {
    ($($name:ident = $field:literal, $debug:ident;)*) => {
        $(text_field! {
            #[doc = concat!("`", $field, "` of a payment: a field of the v6 page's sample, of which nothing else could be read.")]
            $name = $field, any, Printable;
            debug $debug
        })*
    };
}

sample_text! {
    TransChnl = "transChnl", shown;
    ThirdPartyInstalSubsFlag = "thirdPartyInstalSubsFlag", shown;
    FeeRatio = "feeRatio", shown;
    CostSubsidy = "costSubsidy", shown;
    SubAppId = "subAppId", shown;
    SerialNum = "serialNum", shown;
    EncryptRandNum = "encryptRandNum", hidden;
    SecretText = "secretText", hidden;
    AppVersion = "appVersion", shown;
    NetworkLicense = "networkLicense", shown;
    PayerName = "name", hidden;
    PayerMobile = "mobile", hidden;
    CertType = "certType", hidden;
    CertNo = "certNo", hidden;
    FixBuyer = "fixBuyer", shown;
    TargetChnl = "targetChnl", shown;
    InvocationMode = "invocationMode", shown;
    OrderDesc = "orderDesc", shown;
    PwdEnc = "pwdEnc", hidden;
    PwdTransKeyEnc = "pwdTransKeyEnc", hidden;
    EduSchoolId = "eduSchoolId", shown;
    EduScene = "eduScene", shown;
    ParkId = "parkId", shown;
    VehicleNo = "vehicleNo", hidden;
}
