//! Statements that are sent one behind the other without waiting, and answered in their order.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use tokio_postgres::Client;
use tokio_postgres::types::{ToSql, Type};

use crate::failure::Failure;

/// One value of a statement, or one column of many rows.
pub(crate) type Value<'a> = (Box<dyn ToSql + Sync + 'a>, Type);

pub(crate) fn texts<'a>(texts: Vec<&'a str>) -> Value<'a> {
    (Box::new(texts), Type::TEXT_ARRAY)
}

pub(crate) fn some_texts<'a>(texts: Vec<Option<&'a str>>) -> Value<'a> {
    (Box::new(texts), Type::TEXT_ARRAY)
}

pub(crate) fn numbers<'a>(numbers: Vec<i64>) -> Value<'a> {
    (Box::new(numbers), Type::INT8_ARRAY)
}

pub(crate) fn some_numbers<'a>(numbers: Vec<Option<i64>>) -> Value<'a> {
    (Box::new(numbers), Type::INT8_ARRAY)
}

pub(crate) fn flags<'a>(flags: Vec<bool>) -> Value<'a> {
    (Box::new(flags), Type::BOOL_ARRAY)
}

pub(crate) fn hashes<'a>(hashes: Vec<[u8; 32]>) -> Value<'a> {
    let hashes: Vec<Vec<u8>> = hashes.into_iter().map(|hash| hash.to_vec()).collect();
    (Box::new(hashes), Type::BYTEA_ARRAY)
}

pub(crate) fn number<'a>(number: i64) -> Value<'a> {
    (Box::new(number), Type::INT8)
}

pub(crate) fn text<'a>(text: &'a str) -> Value<'a> {
    (Box::new(text), Type::TEXT)
}

pub(crate) fn own_text<'a>(text: String) -> Value<'a> {
    (Box::new(text), Type::TEXT)
}

pub(crate) fn own_texts<'a>(texts: Vec<String>) -> Value<'a> {
    (Box::new(texts), Type::TEXT_ARRAY)
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + 'a>>;

/// Statements that are sent one behind the other without waiting.
pub(crate) struct Pipeline<'a> {
    client: &'a Client,
    answers: Vec<Answer<'a>>,
}

impl<'a> Pipeline<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self {
            client,
            answers: Vec::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    /// Adds a statement with its values.
    pub(crate) fn add(&mut self, text: String, values: Vec<Value<'a>>) {
        let client = self.client;
        self.answers.push(Box::pin(async move {
            let values: Vec<(&(dyn ToSql + Sync), Type)> = values
                .iter()
                .map(|(value, kind)| (&**value as &(dyn ToSql + Sync), kind.clone()))
                .collect();
            client.query_typed(&text, &values).await?;
            Ok(())
        }));
    }

    /// Adds the end of the transaction.
    pub(crate) fn end(&mut self, text: &'static str) {
        let client = self.client;
        self.answers.push(Box::pin(async move {
            let ended = client.batch_execute(text).await;
            ended.map_err(|error| Failure::from(error).of_commit())
        }));
    }

    /// Sends all, and waits for all; the answer is the first failure, if there is one.
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let mut waiting: Vec<_> = self.answers.into_iter().map(Some).collect();
        let mut first = None;
        poll_fn(|context| {
            // A statement is sent when its answer is first asked for: in this order.
            for (index, slot) in waiting.iter_mut().enumerate() {
                if let Some(answer) = slot
                    && let Poll::Ready(done) = answer.as_mut().poll(context)
                {
                    *slot = None;
                    if let Err(failure) = done
                        && first.as_ref().is_none_or(|(known, _)| index < *known)
                    {
                        first = Some((index, failure));
                    }
                }
            }
            if waiting.iter().all(Option::is_none) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        first.map_or(Ok(()), |(_, failure)| Err(failure))
    }
}
