//! The schemes, each gone through in its own way.

mod comparison;
mod notification;
mod request;
mod token_request;

use crate::claim::{Claim, Subject};
use crate::explanation::Explanation;

/// Goes through the computation and looks for the mistake.
pub fn explain(claim: &Claim<'_>) -> Explanation {
    match &claim.subject {
        Subject::Request {
            header,
            body,
            credentials,
        } => request::explain(claim, request::Signed::of_header(header, body, credentials)),
        Subject::Query { query, credentials } => {
            request::explain(claim, request::Signed::of_query(query, credentials))
        }
        Subject::TokenRequest {
            fields,
            credentials,
        } => token_request::explain(claim, fields, credentials),
        Subject::Notification {
            form,
            key,
            sign_type,
        } => notification::explain(claim, form, key, *sign_type),
        Subject::Headers { header, right } => comparison::explain(claim, header, right),
    }
}
