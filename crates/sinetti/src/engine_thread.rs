//! One thread for each role's engine: it takes every waiting input, makes the turn's commit durable, then lets the
//! outputs leave. While one commit waits for the disk, inputs gather for the next: that is the group commit.
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use mss_core::engine::{Commit, Engine, Turn, WaiterId};
use mss_store::StoreError;
use tokio::sync::oneshot;

use crate::{
    last_word::LastWord,
    metrics,
    system::{SystemEntropy, now},
};

/// Carries out what a turn yields. One implementation for each role.
pub(crate) trait Carrier<E: Engine>: Send + 'static {
    /// What a waiting caller receives.
    type Answer: Send + 'static;

    /// Makes the commit durable.
    fn commit(&mut self, commit: E::Commit) -> Result<(), StoreError>;

    /// Lets the outputs leave, in order. Must not block.
    fn carry_out(&mut self, outputs: Vec<E::Output>, waiters: &mut Waiters<Self::Answer>);

    /// How many transactions have no end, where there are any.
    fn open(&self, engine: &E) -> usize;
}

/// The callers that wait for answers.
pub(crate) struct Waiters<A>(HashMap<WaiterId, oneshot::Sender<A>>);

impl<A> Waiters<A> {
    /// Answers one; a caller that has gone is no error.
    pub(crate) fn answer(&mut self, waiter: WaiterId, answer: A) {
        if let Some(caller) = self.0.remove(&waiter) {
            drop(caller.send(answer));
        }
    }
}

enum Post<I, A> {
    Inputs(Vec<I>),
    Ask(WaiterId, I, oneshot::Sender<A>),
    Gone(WaiterId, I),
}

/// The way to an engine's thread. Cheap to clone.
pub(crate) struct EngineHandle<I, A> {
    posts: mpsc::Sender<Post<I, A>>,
    next_waiter: Arc<AtomicU64>,
}

impl<I, A> Clone for EngineHandle<I, A> {
    fn clone(&self) -> Self {
        Self { posts: self.posts.clone(), next_waiter: self.next_waiter.clone() }
    }
}

/// The engine's thread has ended; the process is about to.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the engine has stopped")]
pub(crate) struct EngineStopped;

impl<I: Send + 'static, A: Send + 'static> EngineHandle<I, A> {
    /// A handle without an engine yet: what the carrier needs before the thread starts.
    pub(crate) fn new() -> (Self, Mailbox<I, A>) {
        let (posts, mailbox) = mpsc::channel();
        (Self { posts, next_waiter: Arc::default() }, Mailbox(mailbox))
    }

    /// Hands inputs over. They are lost only if the process is ending.
    pub(crate) fn post(&self, inputs: Vec<I>) {
        drop(self.posts.send(Post::Inputs(inputs)));
    }

    /// Asks and waits. When the future is dropped before the answer, `gone` tells the engine.
    pub(crate) async fn ask(
        &self,
        input: impl FnOnce(WaiterId) -> I,
        gone: impl FnOnce(WaiterId) -> I,
    ) -> Result<A, EngineStopped> {
        let waiter = WaiterId(self.next_waiter.fetch_add(1, Ordering::Relaxed));
        let (caller, answer) = oneshot::channel();
        self.posts.send(Post::Ask(waiter, input(waiter), caller)).map_err(|_| EngineStopped)?;
        let guard = GoneGuard { posts: &self.posts, waiter, gone: Some(gone) };
        let answer = answer.await.map_err(|_| EngineStopped);
        guard.disarm();
        answer
    }
}

struct GoneGuard<'a, I, A, F: FnOnce(WaiterId) -> I> {
    posts: &'a mpsc::Sender<Post<I, A>>,
    waiter: WaiterId,
    gone: Option<F>,
}

impl<I, A, F: FnOnce(WaiterId) -> I> GoneGuard<'_, I, A, F> {
    fn disarm(mut self) {
        self.gone = None;
    }
}

impl<I, A, F: FnOnce(WaiterId) -> I> Drop for GoneGuard<'_, I, A, F> {
    fn drop(&mut self) {
        if let Some(gone) = self.gone.take() {
            drop(self.posts.send(Post::Gone(self.waiter, gone(self.waiter))));
        }
    }
}

/// The engine's end of its handle.
pub(crate) struct Mailbox<I, A>(mpsc::Receiver<Post<I, A>>);

/// Inputs that one turn takes at most: bounds the size of a commit and the wait of the first in it.
const TURN_MAX: usize = 2048;
/// The longest sleep without input.
const IDLE: Duration = Duration::from_secs(1);

/// Starts the thread. `first` is the turn that the engine's resumption yielded; it is carried out before any input.
///
/// A commit that fails ends the process with nothing released: what is on disk is then unknown, and a restart finds out.
pub(crate) fn start<E, C>(
    name: &str,
    mut engine: E,
    first: Turn<E::Commit, E::Output>,
    mut carrier: C,
    mailbox: Mailbox<E::Input, C::Answer>,
) -> std::io::Result<thread::JoinHandle<()>>
where
    E: Engine + Send + 'static,
    E::Input: Send + 'static,
    E::Output: Send + 'static,
    E::Commit: Send + 'static,
    C: Carrier<E>,
{
    let work = move || {
        let _last_word = LastWord("the engine");
        let mut waiters = Waiters(HashMap::new());
        settle(first, &mut carrier, &mut waiters);
        metrics::set_open(carrier.open(&engine));
        let mut entropy = SystemEntropy;
        loop {
            let now_ = now();
            let wait = engine.next_wake().map_or(IDLE, |wake| now_.until(wake).min(IDLE));
            let mut inputs = Vec::new();
            match mailbox.0.recv_timeout(wait) {
                Ok(post) => take(post, &mut inputs, &mut waiters),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            while inputs.len() < TURN_MAX
                && let Ok(post) = mailbox.0.try_recv()
            {
                take(post, &mut inputs, &mut waiters);
            }
            let turn = engine.turn(inputs, now(), &mut entropy);
            settle(turn, &mut carrier, &mut waiters);
            metrics::set_open(carrier.open(&engine));
        }
    };
    thread::Builder::new().name(name.to_owned()).spawn(work)
}

fn take<I, A>(post: Post<I, A>, inputs: &mut Vec<I>, waiters: &mut Waiters<A>) {
    match post {
        Post::Inputs(mut more) => inputs.append(&mut more),
        Post::Ask(waiter, input, caller) => {
            waiters.0.insert(waiter, caller);
            inputs.push(input);
        }
        Post::Gone(waiter, input) => {
            waiters.0.remove(&waiter);
            inputs.push(input);
        }
    }
}

fn settle<E: Engine, C: Carrier<E>>(
    turn: Turn<E::Commit, E::Output>,
    carrier: &mut C,
    waiters: &mut Waiters<C::Answer>,
) {
    if !turn.commit.is_empty()
        && let Err(error) = carrier.commit(turn.commit)
    {
        tracing::error!(%error, "the commit failed; nothing was released, the process ends");
        std::process::abort();
    }
    if !turn.outputs.is_empty() {
        carrier.carry_out(turn.outputs, waiters);
    }
}
