//! No secret shows in a claim or in what comes out of it.

use ums_auth::notify::SignType;
use ums_auth::{AppId, AppKey, NotifyKey};
use ums_explain::{Claim, explain};

/// Would be found however little of it showed.
const MARKER: &str = "MARKERMARKERMARKER";

#[test]
fn no_claim_and_no_explanation_shows_a_secret() {
    let app_id = AppId::new("app").unwrap();
    let app_key = AppKey::new(MARKER).unwrap();
    let notify_key = NotifyKey::new(MARKER).unwrap();
    let header = format!(
        "OPEN-BODY-SIG AppId=\"{MARKER}\", Timestamp=\"20170101120000\", Nonce=\"{MARKER}\", Signature=\"{MARKER}\""
    );
    let query = format!(
        "authorization=OPEN-FORM-PARAM&appId={MARKER}&timestamp=20170101120000&nonce={MARKER}&content={MARKER}&signature={MARKER}"
    );
    let fields = [
        ("appId", MARKER),
        ("timestamp", "20170101120000"),
        ("nonce", MARKER),
        ("signMethod", "SHA256"),
        ("signature", MARKER),
    ];
    let form = format!("a={MARKER}&sign={MARKER}");
    let claims = [
        Claim::of_request(&header, MARKER.as_bytes(), app_id, &app_key),
        Claim::of_query(&query, app_id, &app_key),
        Claim::of_token_request(&fields, app_id, &app_key),
        Claim::of_notification(form.as_bytes(), &notify_key, SignType::Sha256),
    ];
    for claim in claims {
        let claim = claim.with_app_key(&app_key).with_notify_key(&notify_key);
        assert_eq!(format!("{claim:?}"), "Claim { .. }");
        let told = explain(&claim);
        let shown = format!("{told:?}{told:#?}");
        assert!(!shown.contains("MARK"), "{shown}");
    }
}
