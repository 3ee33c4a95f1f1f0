//! One request after the other and its answer, with what faults make of them.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::code::{Code, NOT_ALLOWED, SUCCESS};
use crate::fault::named::Fault;
use crate::fault::rule::Call;
use crate::fault::spec::{Effect, FaultPhase, Point, RequestFault};
use crate::fault::transform;
use crate::ledger::RequestId;
use crate::ledger::record::{ConnectionEnd, ExchangeEnd};
use crate::serve::link::{Ended, Link, Pace, Request, kept};
use crate::wire::reply::Reply;
use crate::wire::script::{Close, Script, Step};
use crate::wire::socket::Socket;

impl<S: Socket> Link<'_, S> {
    pub(super) async fn serve(mut self) {
        for index in 0.. {
            let next = self.exchange(index).await;
            match next {
                Ok(Next::Request) => {}
                Ok(Next::End(end)) | Err(Ended(end)) => {
                    self.entry.end = end;
                    return;
                }
            }
        }
    }

    /// One request and its answer.
    async fn exchange(&mut self, index: u64) -> Result<Next, Ended> {
        self.first_byte().await?;
        let id = self.entry.begin_exchange(index);
        self.deadline = self
            .entry
            .limits
            .map(|limits| Instant::now() + limits.request);
        let reused = index > 0;
        let call = Call {
            reused,
            ..Call::default()
        };
        let fault = self
            .gateway
            .rules
            .strike(FaultPhase::Request, call, |_| true);
        if let Some(fault) = fault {
            let name = fault.to_string();
            self.gateway
                .ledger
                .update_request(id, |record| record.fault = Some(name));
        }
        match fault.map(|fault| fault.spec().effect) {
            Some(Effect::Request(RequestFault::Cut(point, how))) => {
                let at = fault.map_or(0, |fault| fault.parameter());
                self.read_to(id, point, at).await?;
                Ok(Next::End(self.close(how).await))
            }
            Some(Effect::Request(RequestFault::Stall(point))) => {
                self.read_to(id, point, 0).await?;
                self.hold_unread().await;
                self.entry.finish_exchange(ExchangeEnd::PeerGone);
                Ok(Next::End(ConnectionEnd::PeerClosed))
            }
            Some(Effect::Request(RequestFault::EarlyReply)) => {
                self.read_to(id, Point::WholeHead, 0).await?;
                let mut reply = Reply::plain(500, "text/plain", "");
                reply.date = self.gateway.ledger.now();
                self.gateway
                    .ledger
                    .update_request(id, |record| record.reply_status = Some(500));
                self.send(&reply.encode()).await?;
                Ok(Next::End(self.close(Close::Fin).await))
            }
            Some(Effect::Request(RequestFault::EarlyAnswer)) => {
                let at = fault.map_or(0, |fault| fault.parameter());
                self.read_to(id, Point::Body, at).await?;
                let head = self.read_head(id, Pace::BYTE_BY_BYTE).await?;
                let reply = Reply {
                    date: self.gateway.ledger.now(),
                    keep_alive: head.keep_alive,
                    ..Reply::plain(200, "", "")
                };
                let code = early_code(fault);
                self.send(&transform::early_answer(&reply, code)).await?;
                let request = self.read_body(id, head, Pace::FULL).await?;
                self.answer(id, &request, reused, fault).await
            }
            Some(Effect::Request(RequestFault::EarlyHead)) => {
                let head = self.read_head(id, Pace::BYTE_BY_BYTE).await?;
                let reply = Reply {
                    date: self.gateway.ledger.now(),
                    keep_alive: head.keep_alive,
                    ..Reply::plain(200, "", "")
                };
                self.send(&transform::early_head(&reply)).await?;
                let request = self.read_body(id, head, Pace::FULL).await?;
                self.answer(id, &request, reused, fault).await
            }
            Some(Effect::Request(RequestFault::SlowRead)) => {
                // The simulator itself takes the time.
                self.deadline = None;
                let pace = Pace {
                    limit: 1,
                    pause: Duration::from_millis(fault.map_or(0, |fault| fault.parameter())),
                };
                let head = self.read_head(id, pace).await?;
                let request = self.read_body(id, head, pace).await?;
                self.answer(id, &request, reused, fault).await
            }
            _ => {
                let head = self.read_head(id, Pace::FULL).await?;
                let request = self.read_body(id, head, Pace::FULL).await?;
                self.answer(id, &request, reused, None).await
            }
        }
    }

    /// Decides, notes the decision, then says it.
    async fn answer(
        &mut self,
        id: RequestId,
        request: &Request,
        reused: bool,
        earlier: Option<Fault>,
    ) -> Result<Next, Ended> {
        self.deadline = None;
        let Request { head, body, .. } = request;
        let answer = self.gateway.answer(head, body, reused, earlier);
        let script = match answer.fault.map(|fault| fault.spec().effect) {
            Some(Effect::Request(RequestFault::EarlyHead)) => {
                Some(transform::body_after_early_head(&answer.reply))
            }
            Some(Effect::Request(RequestFault::EarlyAnswer)) => Some(Script {
                status: Some(200),
                err_code: Some(early_code(answer.fault).code),
                ..Script::silent()
            }),
            _ => answer.bent(&head.path),
        };
        let kept_body = self
            .gateway
            .keep_bodies
            .then(|| String::from_utf8_lossy(body).into_owned());
        let (status, err_code) = script.as_ref().map_or(
            (Some(answer.reply.status), answer.reply.err_code),
            |script| (script.status, script.err_code),
        );
        let settles = answer.waits.as_ref().map(|waits| waits.order_id.clone());
        let waits = settles.is_some();
        self.gateway.ledger.request_complete(id, settles, |record| {
            record.bytes_received = request.bytes_received;
            record.head_bytes = head.length as u64;
            record.body_bytes = body.len() as u64;
            record.method = kept(&head.method);
            record.path = kept(&head.path);
            record.authorization = head.authorization.as_deref().map(kept);
            record.signature = answer.signature;
            record.body = kept_body;
            record.operation = answer.operation;
            record.order = answer.order;
            record.applied = answer.change;
            record.decided_code = answer.decided_code.map(str::to_owned);
            record.waiting = waits || answer.later.is_some();
            record.fault = answer.fault.map(|fault| fault.to_string());
            record.reply_status = status;
            record.reply_code = err_code.map(str::to_owned);
        });
        if let Some(waits) = answer.waits {
            self.gateway.settle_later(waits);
        }
        if let Some(later) = answer.later {
            self.gateway.execute_later(id, later, body.clone());
        }
        if let Some(script) = script {
            return self.play(script).await;
        }
        let mut out = std::mem::take(&mut self.out);
        out.clear();
        answer.reply.encode_into(&mut out);
        let sent = self.send(&out).await;
        self.out = out;
        sent?;
        if head.keep_alive {
            self.entry.finish_exchange(ExchangeEnd::Replied);
            Ok(Next::Request)
        } else {
            Ok(Next::End(self.close(Close::Fin).await))
        }
    }

    async fn play(&mut self, script: Script) -> Result<Next, Ended> {
        for step in script.steps {
            match step {
                Step::Close(how) => return Ok(Next::End(self.close(how).await)),
                Step::Drip(bytes, apart) => {
                    for (index, byte) in bytes.into_iter().enumerate() {
                        if index > 0 {
                            self.wait(apart).await?;
                        }
                        self.send(&[byte]).await?;
                    }
                }
                Step::Flood(block) => loop {
                    self.send(&block).await?;
                    // With a pause, a paused clock can still move on.
                    sleep(Duration::from_millis(1)).await;
                },
                Step::Hold => {
                    self.discard_until_end().await;
                    return Err(self.peer_gone(ConnectionEnd::PeerClosed));
                }
                Step::Repeat(block, times) => {
                    for _ in 0..times {
                        self.send(&block).await?;
                    }
                }
                Step::Send(bytes) => self.send(&bytes).await?,
                Step::SendIfIdle(bytes, after) => {
                    if self.rests(after).await? {
                        self.send(&bytes).await?;
                    }
                }
                Step::Wait(time) => self.wait(time).await?,
            }
        }
        self.entry.finish_exchange(ExchangeEnd::Replied);
        Ok(Next::Request)
    }
}

/// What the connection does after an exchange.
enum Next {
    End(ConnectionEnd),
    Request,
}

/// What is answered before the request is known.
fn early_code(fault: Option<Fault>) -> Code {
    match fault {
        Some(fault) if fault.spec().applied => SUCCESS,
        _ => NOT_ALLOWED,
    }
}
