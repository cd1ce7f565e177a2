//! The centre's thread: everything that waits becomes one step; its card memories are durable before anything leaves.
use std::{
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
    time::Duration,
};

use mss_core::Entropy;
use mss_net::smpp::{ConnectionId, Server, ServerEvent};
use mss_store::images::ImageStore;
use smpp::{BindMode, CommandStatus, MessageId, SendFailure};
use softsim::{
    CardImage, Person, PersonAction, Pin, Smsc,
    person::Script,
    short_message_centre::{DeliverAnswer, DeliveryId, EsmeId, Input, Output},
};
use tokio::sync::watch;

use super::{
    chip::Chip,
    journal::Journal,
    page::{Act, Action, PhoneView},
};
use crate::{
    command_error::CommandError,
    config::smsc::SmscConfig,
    last_word::LastWord,
    metrics::{Count, count},
    system::{SystemEntropy, now_ms},
};

/// What the thread is told.
pub(super) enum Happening {
    /// Events of SMPP connections.
    Smpp(Vec<ServerEvent>),
    /// A person did something at the page.
    Act(Act),
}

/// The thread's state.
pub(super) struct Centre {
    smsc: Smsc,
    store: ImageStore,
    server: Server,
    chip: Chip,
    system_ids: Vec<String>,
    /// Connections that an ESME can receive on, the newest last.
    receivers: Vec<(EsmeId, ConnectionId)>,
    /// Which ESME a connection belongs to, whatever it may do.
    bound: Vec<(ConnectionId, EsmeId)>,
    page: Option<PageSide>,
    /// How a scripted person answers.
    script: Script,
    journal: Option<Journal>,
}

struct PageSide {
    views: watch::Sender<Arc<Vec<PhoneView>>>,
    /// The phones that are shown: number, and whose.
    shown: Vec<(u64, String)>,
}

/// Phones that a page shows at most.
const SHOWN_MAX: usize = 50;
/// The longest sleep without anything happening.
const IDLE: Duration = Duration::from_secs(1);

impl Centre {
    pub(super) fn new(
        (mut smsc, journal): (Smsc, Option<Journal>),
        store: ImageStore,
        server: Server,
        system_ids: Vec<String>,
        config: &SmscConfig,
        views: watch::Sender<Arc<Vec<PhoneView>>>,
    ) -> Result<Self, CommandError> {
        let script = Script { delay_ms: config.person.delay_ms, ..Script::AGREE };
        let person = if config.person.scripted { Person::Scripted(script) } else { Person::Manual };
        let mut numbers = Vec::new();
        for (number, image) in store.all()? {
            smsc.insert(number, &CardImage::from_octets(image), person)?;
            numbers.push(number);
        }
        let page = config.page.as_ref().map(|page| {
            let name = |number: &u64| page.names.get(&format!("+{number}")).cloned().unwrap_or_default();
            let shown = numbers.iter().take(SHOWN_MAX).map(|number| (*number, name(number))).collect();
            PageSide { views, shown }
        });
        let mut centre = Self {
            smsc,
            store,
            server,
            chip: Chip::default(),
            system_ids,
            receivers: Vec::new(),
            bound: Vec::new(),
            page,
            script,
            journal,
        };
        centre.show();
        Ok(centre)
    }

    /// Starts the thread.
    pub(super) fn start(mut self) -> std::io::Result<mpsc::Sender<Happening>> {
        let (happenings, mailbox) = mpsc::channel();
        std::thread::Builder::new().name("short-message-centre".into()).spawn(move || {
            let _last_word = LastWord("the short-message centre");
            loop {
                let now_ms = now_ms();
                let wake = self
                    .smsc
                    .next_wake_ms(now_ms)
                    .map_or(IDLE, |wake| Duration::from_millis(wake.saturating_sub(now_ms)).min(IDLE));
                let mut inputs = Vec::new();
                match mailbox.recv_timeout(wake) {
                    Ok(happening) => self.take(happening, &mut inputs),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return,
                }
                while let Ok(happening) = mailbox.try_recv() {
                    self.take(happening, &mut inputs);
                }
                self.step(inputs);
            }
        })?;
        Ok(happenings)
    }

    fn step(&mut self, inputs: Vec<Input>) {
        let mut inputs = inputs;
        // A deliver that found its connection gone is told at once, which may free it for another connection.
        loop {
            let mut entropy = |octets: &mut [u8]| SystemEntropy.fill(octets);
            let step = self.smsc.step(inputs, now_ms(), &mut self.chip, &mut entropy);
            let images = step.images.iter().map(|(number, image)| (*number, image.octets()));
            if !step.images.is_empty()
                && let Err(error) = self.store.put(images)
            {
                tracing::error!(%error, "the cards' memories cannot be written; the process ends");
                std::process::abort();
            }
            if let Some(journal) = &mut self.journal
                && !step.sights.is_empty()
                && let Err(error) = journal.write(now_ms(), step.sights)
            {
                tracing::error!(%error, "the journal cannot be written; the process ends");
                std::process::abort();
            }
            inputs = Vec::new();
            for output in step.outputs {
                self.carry_out(output, &mut inputs);
            }
            self.show();
            if inputs.is_empty() {
                return;
            }
        }
    }

    fn take(&mut self, happening: Happening, inputs: &mut Vec<Input>) {
        match happening {
            Happening::Smpp(events) => events.into_iter().for_each(|event| self.take_event(event, inputs)),
            Happening::Act(act) => self.take_act(act, inputs),
        }
    }

    fn take_event(&mut self, event: ServerEvent, inputs: &mut Vec<Input>) {
        match event {
            ServerEvent::Bound { connection, system_id, mode, peer } => {
                let name = system_id.as_str().unwrap_or_default();
                let Some(esme) = self.system_ids.iter().position(|id| id == name).map(EsmeId) else { return };
                tracing::info!(system_id = name, %peer, "bound");
                self.bound.push((connection, esme));
                if mode != BindMode::Transmitter {
                    let first = !self.receivers.iter().any(|(other, _)| *other == esme);
                    self.receivers.push((esme, connection));
                    inputs.extend(first.then_some(Input::EsmeBound(esme)));
                }
            }
            ServerEvent::Submitted { connection, sequence, message } => {
                count(Count::Pdus, 2);
                if let Some(esme) = self.esme_of(connection) {
                    let token = request_token(connection, sequence);
                    inputs.push(Input::Submit { esme, token, message: Box::new(message) });
                }
            }
            ServerEvent::Queried { connection, sequence, query } => {
                count(Count::Pdus, 2);
                let token = request_token(connection, sequence);
                inputs.extend(self.esme_of(connection).map(|esme| Input::Query { esme, token, query }));
            }
            ServerEvent::Cancelled { connection, sequence, cancel } => {
                count(Count::Pdus, 2);
                let token = request_token(connection, sequence);
                inputs.extend(self.esme_of(connection).map(|esme| Input::Cancel { esme, token, cancel }));
            }
            ServerEvent::Delivered { token, result, .. } => {
                count(Count::Pdus, 2);
                let answer = match result {
                    Ok(()) => DeliverAnswer::Status(CommandStatus::ROK),
                    Err(SendFailure::Refused(status)) => DeliverAnswer::Status(status),
                    Err(_) => DeliverAnswer::Lost,
                };
                inputs.push(Input::DeliverAnswer { delivery: delivery_of(token), answer });
            }
            ServerEvent::Closed { connection, .. } => self.closed(connection, inputs),
        }
    }

    fn esme_of(&self, connection: ConnectionId) -> Option<EsmeId> {
        self.bound.iter().find(|(bound, _)| *bound == connection).map(|(_, esme)| *esme)
    }

    fn closed(&mut self, connection: ConnectionId, inputs: &mut Vec<Input>) {
        self.bound.retain(|(bound, _)| *bound != connection);
        let esme = self.receivers.iter().find(|(_, receiver)| *receiver == connection).map(|(esme, _)| *esme);
        self.receivers.retain(|(_, receiver)| *receiver != connection);
        if let Some(esme) = esme
            && !self.receivers.iter().any(|(other, _)| *other == esme)
        {
            inputs.push(Input::EsmeUnbound(esme));
        }
    }

    fn take_act(&mut self, act: Act, inputs: &mut Vec<Input>) {
        let Ok(msisdn) = act.number.trim_start_matches('+').parse() else { return };
        let action = match act.action {
            Action::Script => {
                let person = if act.on { Person::Scripted(self.script) } else { Person::Manual };
                inputs.push(Input::SetPerson { msisdn, person });
                return;
            }
            Action::Cancel => PersonAction::Cancel,
            Action::Coverage => PersonAction::SetCoverage(act.on),
            Action::EnterPin => match Pin::parse(&act.pin) {
                Ok(pin) => PersonAction::EnterPin(pin),
                Err(_) => return,
            },
            Action::ChoosePin => match (Pin::parse(&act.pin), Pin::parse(&act.again)) {
                (Ok(first), Ok(again)) => PersonAction::ChoosePin { first, again },
                _ => return,
            },
        };
        inputs.push(Input::Person { msisdn, action });
    }

    fn carry_out(&mut self, output: Output, inputs: &mut Vec<Input>) {
        match output {
            Output::SubmitAnswer { token, answer, .. } => {
                let (connection, sequence) = request_of(token);
                let (status, id) = match answer {
                    Ok(id) => (CommandStatus::ROK, id),
                    Err(status) => (status, MessageId::default()),
                };
                // A connection that is gone has its unanswered submits unknown at the other end; nothing more to say.
                let _ = self.server.submit_resp(connection, sequence, status, id);
            }
            Output::QueryAnswer { token, answer } => {
                let (connection, sequence) = request_of(token);
                let _ = self.server.query_resp(connection, sequence, answer);
            }
            Output::CancelAnswer { token, status } => {
                let (connection, sequence) = request_of(token);
                let _ = self.server.cancel_resp(connection, sequence, status);
            }
            Output::Deliver { delivery, message } => {
                let receiver = self.receivers.iter().rev().find(|(esme, _)| *esme == delivery.esme);
                let sent = receiver.is_some_and(|(_, connection)| {
                    self.server.deliver(*connection, *message, token_of(delivery)).is_ok()
                });
                if !sent {
                    if let Some(connection) = receiver.map(|(_, connection)| *connection) {
                        self.closed(connection, inputs);
                    }
                    inputs.push(Input::DeliverAnswer { delivery, answer: DeliverAnswer::Lost });
                }
            }
        }
    }

    /// Shows the page what the handsets show now.
    fn show(&mut self) {
        let Some(page) = &self.page else { return };
        let view = |(number, name): &(u64, String)| {
            let screen = self.smsc.screen(*number)?;
            let seen = self.smsc.testimony(*number)?;
            Some(PhoneView::new(format!("+{number}"), name.clone(), screen, seen))
        };
        let now: Vec<_> = page.shown.iter().filter_map(view).collect();
        page.views.send_if_modified(|shown| {
            let changed = **shown != now;
            if changed {
                *shown = Arc::new(now);
            }
            changed
        });
    }
}

/// Names a request of an ESME.
fn request_token(connection: ConnectionId, sequence: u32) -> u64 {
    connection.0 << 32 | u64::from(sequence)
}

fn request_of(token: u64) -> (ConnectionId, u32) {
    (ConnectionId(token >> 32), token as u32)
}

/// An ESME's place in the upper octets, the number below: both far from filling them.
fn token_of(delivery: DeliveryId) -> u64 {
    (delivery.esme.0 as u64) << 48 | delivery.number & 0xFFFF_FFFF_FFFF
}

fn delivery_of(token: u64) -> DeliveryId {
    DeliveryId { esme: EsmeId((token >> 48) as usize), number: token & 0xFFFF_FFFF_FFFF }
}
