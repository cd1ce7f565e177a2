//! Between AEs and homes: calls that arrive, get lost, come twice or late, and connections that are cut.
use std::{sync::Arc, time::Duration};

use mss_core::{
    ApPassword, NodeName,
    message::{ApInfo, DataToBeSigned, SignatureReq, StatusQuery},
};
use role_ae::{AeInput, AskStatus, Forward, HomeReply, TroubleKind};
use role_home::HomeInput;

use crate::{
    home_node::HomeWaiter,
    op::NodeId,
    world::{Event, Sabotage, World, clock},
};

/// What an AE asks a home.
#[derive(Clone)]
enum Question {
    Forward(Arc<Forward>),
    Status(Arc<AskStatus>),
}

/// One call, until the AE knows what came of it.
pub(crate) struct Call {
    ae: usize,
    /// The run of the AE that asked; a later one hears nothing of it.
    incarnation: u32,
    home: usize,
    question: Question,
    answer_lost: bool,
    reply: Option<Result<HomeReply, TroubleKind>>,
}

/// How long the AE's shell waits for the answer to a status query.
const QUESTION_MS: u64 = 20_000;

fn place(home: &NodeName) -> usize {
    home.as_str().trim_start_matches("home").parse().expect("a home of this world")
}

impl World {
    pub(crate) fn forward(&mut self, ae: usize, forward: Arc<Forward>) {
        let within = clock(self.now_ms, self.aes[ae].offset_ms).until(forward.give_up_at);
        let home = place(&forward.home);
        let (id, attempt) =
            (forward.request.roaming.first().map(|entry| entry.transaction_id.clone()), forward.attempt);
        self.log(format_args!("ae{ae} forwards {} to home{home}, attempt {attempt}", id.unwrap_or_default()));
        self.call(ae, home, Question::Forward(forward), within);
    }

    pub(crate) fn ask_status(&mut self, ae: usize, ask: Arc<AskStatus>) {
        let home = place(&ask.home);
        let id = ask.query.mssp_trans_id.as_str().to_owned();
        self.log(format_args!("ae{ae} asks home{home} about {id}, attempt {}", ask.attempt));
        self.call(ae, home, Question::Status(ask), Duration::from_millis(QUESTION_MS));
    }

    fn call(&mut self, ae: usize, home: usize, question: Question, within: Duration) {
        let call = self.next_call;
        self.next_call += 1;
        let within_ms = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
        self.after(within_ms, Event::CallTimesOut { call });
        let incarnation = self.aes[ae].incarnation;
        let mut entry = Call { ae, incarnation, home, question, answer_lost: false, reply: None };
        let delay = self.mesh_delay();
        if self.chance.permille(self.faults.mesh_lost) {
            self.counts.mesh_lost += 1;
            match self.chance.below(3) {
                // The request is lost, and the AE notices by and by, or not at all.
                0 => {
                    entry.reply = Some(Err(TroubleKind::Broken));
                    self.after(delay, Event::CallAnswered { call });
                    self.calls.insert(call, entry);
                    return;
                }
                1 => {
                    self.calls.insert(call, entry);
                    return;
                }
                _ => entry.answer_lost = true,
            }
        }
        self.calls.insert(call, entry);
        self.after(delay, Event::CallArrives { call, copy: false });
        if self.chance.permille(self.faults.mesh_twice) {
            self.counts.mesh_twice += 1;
            let later = delay + self.mesh_delay() + self.chance.below(20_000);
            self.after(later, Event::CallArrives { call, copy: true });
        }
    }

    fn mesh_delay(&mut self) -> u64 {
        if self.chance.permille(self.faults.mesh_slow) {
            self.chance.between(100, 15_000)
        } else {
            self.chance.between(1, 30)
        }
    }

    pub(crate) fn call_arrives(&mut self, call: u64, copy: bool) {
        let Some(entry) = self.calls.get(&call) else { return };
        let (ae, home, question) = (entry.ae, entry.home, entry.question.clone());
        if self.is_cut(ae, home) || self.homes[home].engine.is_none() {
            if !copy {
                self.answer_call(call, Err(TroubleKind::Unreachable));
            }
            return;
        }
        let node = &mut self.homes[home];
        let waiter = node.waiter(HomeWaiter::Call { call, copy });
        let ae = NodeName::parse(&format!("ae{ae}")).expect("a name");
        node.inbox.push(match question {
            Question::Forward(forward) => {
                HomeInput::SignatureRequested { waiter, ae, request: Box::new(copy_of(&forward.request)) }
            }
            Question::Status(ask) => {
                let query = StatusQuery {
                    version: ask.query.version,
                    ap_info: info(&ask.query.ap_info),
                    mssp_info: ask.query.mssp_info.clone(),
                    mssp_trans_id: ask.query.mssp_trans_id.clone(),
                };
                HomeInput::StatusAsked { waiter, ae, query: Box::new(query) }
            }
        });
        self.turn_soon(NodeId::Home(home));
    }

    /// The home has answered; whether that arrives is another question.
    pub(crate) fn home_replies(&mut self, call: u64, mut reply: HomeReply) {
        let Some(entry) = self.calls.get(&call) else { return };
        if entry.answer_lost || self.is_cut(entry.ae, entry.home) {
            return self.answer_call(call, Err(TroubleKind::Broken));
        }
        if self.sabotage == Sabotage::ForgedAnswers
            && let HomeReply::Signature(answer) = &mut reply
            && let Some(last) = answer.signature.as_mut().and_then(|cms| cms.last_mut())
        {
            *last ^= 1;
        }
        self.answer_call(call, Ok(reply));
    }

    fn answer_call(&mut self, call: u64, reply: Result<HomeReply, TroubleKind>) {
        let delay = self.mesh_delay();
        if let Some(entry) = self.calls.get_mut(&call)
            && entry.reply.is_none()
        {
            entry.reply = Some(reply);
            self.after(delay, Event::CallAnswered { call });
        }
    }

    /// The home died with the call.
    pub(crate) fn call_breaks(&mut self, call: u64) {
        self.answer_call(call, Err(TroubleKind::Broken));
    }

    pub(crate) fn call_answered(&mut self, call: u64) {
        let Some(Call { ae, incarnation, question, reply: Some(reply), .. }) = self.calls.remove(&call)
        else {
            return;
        };
        if incarnation != self.aes[ae].incarnation || self.aes[ae].engine.is_none() {
            return;
        }
        let (row, answered): (u64, Box<dyn FnOnce(_) -> AeInput>) = match question {
            Question::Forward(forward) => (forward.row, Box::new(move |reply| forward.answered(reply))),
            Question::Status(ask) => (ask.row, Box::new(move |reply| ask.answered(reply))),
        };
        if let Ok(HomeReply::Fault(fault)) = &reply {
            self.judge.home_said(ae, row, fault);
        }
        self.tell_ae(ae, answered(reply));
    }

    pub(crate) fn call_times_out(&mut self, call: u64) {
        let Some(Call { ae, incarnation, home, question, .. }) = self.calls.remove(&call) else { return };
        if incarnation != self.aes[ae].incarnation {
            return;
        }
        let timed_out = Err(TroubleKind::TimedOut);
        self.tell_ae(
            ae,
            match question {
                Question::Forward(forward) => forward.answered(timed_out),
                Question::Status(ask) => ask.answered(timed_out),
            },
        );
        self.waiter_leaves(home, call);
    }

    fn tell_ae(&mut self, ae: usize, input: AeInput) {
        if self.aes[ae].engine.is_some() {
            self.aes[ae].inbox.push(input);
            self.turn_soon(NodeId::Ae(ae));
        }
    }

    /// The home's shell sees that nobody listens any more.
    fn waiter_leaves(&mut self, home: usize, call: u64) {
        let node = &mut self.homes[home];
        let waits =
            |who: &HomeWaiter| matches!(who, HomeWaiter::Call { call: of, copy: false } if *of == call);
        let waiter = node.waiters.iter().find(|(_, who)| waits(who)).map(|(waiter, _)| *waiter);
        if let Some(waiter) = waiter {
            node.waiters.remove(&waiter);
            node.inbox.push(HomeInput::WaiterGone { waiter });
            self.turn_soon(NodeId::Home(home));
        }
    }

    /// The AE died. What is on its way to a home may still arrive there.
    pub(crate) fn calls_of_ae_break(&mut self, ae: usize) {
        let broken: Vec<(u64, usize)> =
            self.calls.iter().filter(|(_, call)| call.ae == ae).map(|(id, call)| (*id, call.home)).collect();
        for (call, home) in broken {
            self.waiter_leaves(home, call);
        }
    }
}

fn info(info: &ApInfo) -> ApInfo {
    ApInfo {
        ap_id: info.ap_id.clone(),
        ap_trans_id: info.ap_trans_id.clone(),
        ap_pwd: ApPassword::default(),
        instant: info.instant.clone(),
        ap_url: None,
    }
}

fn data(data: &DataToBeSigned) -> DataToBeSigned {
    DataToBeSigned {
        mime_type: data.mime_type.clone(),
        encoding: data.encoding.clone(),
        text: data.text.clone(),
    }
}

fn copy_of(request: &SignatureReq) -> SignatureReq {
    SignatureReq {
        version: request.version,
        ap_info: info(&request.ap_info),
        mssp_info: request.mssp_info.clone(),
        mobile_user: request.mobile_user.clone(),
        dtbs: data(&request.dtbs),
        dtbd: request.dtbd.as_ref().map(data),
        profile_uri: request.profile_uri.clone(),
        services: request.services.clone(),
        format_uri: request.format_uri.clone(),
        has_key_reference: request.has_key_reference,
        profile_comparison: request.profile_comparison.clone(),
        validity_date: request.validity_date,
        timeout_s: request.timeout_s,
        mode: request.mode,
        roaming: request.roaming.clone(),
    }
}
