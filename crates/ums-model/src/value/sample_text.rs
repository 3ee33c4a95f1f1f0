//! Texts of a payment that only the sample of the v6 page shows: names without a description, a
//! length or a need.

use crate::field::text_field::text_field;

/// Makes a type for each of these fields, with what it holds: nothing but its name says so.
macro_rules! sample_text {
    ($($name:ident = $field:literal, $holds:ident;)*) => {
        $(text_field! {
            #[doc = concat!("`", $field, "` of a payment: a field of the v6 page's sample, of which nothing else could be read.")]
            $name = $field, any, Printable;
            holds $holds
        })*
    };
}

sample_text! {
    TransChnl = "transChnl", Text;
    ThirdPartyInstalSubsFlag = "thirdPartyInstalSubsFlag", Text;
    FeeRatio = "feeRatio", Text;
    CostSubsidy = "costSubsidy", Text;
    SubAppId = "subAppId", Public;
    SerialNum = "serialNum", Text;
    EncryptRandNum = "encryptRandNum", Secret;
    SecretText = "secretText", Secret;
    AppVersion = "appVersion", Text;
    NetworkLicense = "networkLicense", Text;
    PayerName = "name", Personal;
    PayerMobile = "mobile", Personal;
    CertType = "certType", Personal;
    CertNo = "certNo", Personal;
    FixBuyer = "fixBuyer", Text;
    TargetChnl = "targetChnl", Text;
    InvocationMode = "invocationMode", Text;
    OrderDesc = "orderDesc", Text;
    PwdEnc = "pwdEnc", Secret;
    PwdTransKeyEnc = "pwdTransKeyEnc", Secret;
    EduSchoolId = "eduSchoolId", Text;
    EduScene = "eduScene", Text;
    ParkId = "parkId", Text;
    VehicleNo = "vehicleNo", Personal;
}
