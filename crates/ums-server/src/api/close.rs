//! `POST /v1/calls/{id}/close`: a call that is closed by a person's word.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode, Uri};
use serde::Deserialize;
use ums_durable::journal::{CallerText, Closed, ClosedAs, FactKind, StoredCall};
use ums_durable::known_record;

use crate::access::role::Role;
use crate::answer::record::json;
use crate::answer::refusal::not_closed;
use crate::api::body::read_body;
use crate::app::App;
use crate::caller::Caller;
use crate::problem::Problem;
use crate::request::json::read_json;
use crate::request::listing::no_query;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    r#as: Option<String>,
    reason: Option<String>,
    evidence: Option<String>,
}

/// Closes a call. Who did is the token's name, whatever the body says.
pub(crate) async fn close(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
    body: axum::body::Body,
) -> Result<Response, Problem> {
    let grant = caller.needs(Role::Close)?;
    no_query(uri.query())?;
    let body = read_body(&headers, body, app.limits.read).await?;
    let written: Written = read_json(&body)?;
    let closed = Closed::new(
        closed_as(written.r#as.as_deref())?,
        caller.name()?,
        text("reason", written.reason)?,
        text("evidence", written.evidence)?,
    );
    let call = app.call(&id, grant).await?;
    if !app.one_person && has_submitted(&call, &grant.name) {
        let detail = "whoever submitted a call does not close it: another token must";
        return Err(Problem::forbidden(detail));
    }
    let app_of_task = Arc::clone(&app);
    let id = call.id.clone();
    // What was begun is brought to its end even when the caller goes away.
    let closing = tokio::spawn(async move {
        let durable = app_of_task.durable()?;
        let closing = durable.prepare_close(&id, closed).await;
        let closing = closing.map_err(not_closed)?;
        durable.confirm_close(closing).await.map_err(not_closed)
    });
    let broken = |_| Problem::unavailable("journal", "closing was broken off: look at the call");
    let closed = closing.await.map_err(broken)??;
    Ok(json(StatusCode::OK, &known_record(&closed)))
}

fn closed_as(text: Option<&str>) -> Result<ClosedAs, Problem> {
    let found = text.and_then(|text| text.parse().ok());
    found.ok_or_else(|| Problem::invalid("as", "it must be approved or declined"))
}

fn text(field: &'static str, text: Option<String>) -> Result<CallerText, Problem> {
    let text = text.ok_or_else(|| Problem::invalid(field, "it is missing"))?;
    CallerText::new(text).map_err(|error| Problem::invalid(field, error.to_string()))
}

fn has_submitted(call: &StoredCall, name: &str) -> bool {
    call.facts.iter().any(|fact| match &fact.fact().what {
        FactKind::Intended(intended) => {
            let by = intended.by.as_ref();
            by.is_some_and(|by| by.as_str() == name)
        }
        _ => false,
    })
}
