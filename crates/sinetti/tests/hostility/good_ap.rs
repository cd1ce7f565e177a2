//! The AP that behaves: it asks for one signature after the other, all the time, and wants each.
use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread::JoinHandle,
    time::Duration,
};

use mss_net::{
    http_client::{Simple, Target},
    tls::{Identity, Roots, client_config},
};

use super::soap::{SIGNED, UNKNOWN_USER, code, signature_request};
use crate::demo::{Demo, wait};

#[derive(Default)]
struct Seen {
    served: AtomicUsize,
    failures: Mutex<Vec<String>>,
    stop: AtomicBool,
}

/// Ends when dropped.
pub(crate) struct GoodAp {
    seen: Arc<Seen>,
    thread: Option<JoinHandle<()>>,
}

impl GoodAp {
    /// With the demonstration's AP's certificate and its first subscriber, over a new connection each time: who cannot get
    /// in any more is to be noticed, too.
    pub(crate) fn start(demo: &Demo, door: SocketAddr) -> Self {
        Self::asking(demo, door, demo.subscriber(0).0, SIGNED)
    }

    /// One that asks for somebody nobody knows, and gets this answer from the HMSSP, card or not.
    pub(crate) fn start_prober(demo: &Demo, door: SocketAddr) -> Self {
        Self::asking(demo, door, "+358409999999".to_owned(), UNKNOWN_USER)
    }

    fn asking(demo: &Demo, door: SocketAddr, number: String, expected: u16) -> Self {
        let seen = Arc::new(Seen::default());
        let shared = seen.clone();
        let client = Client::new(demo, door);
        let thread = std::thread::spawn(move || work(&shared, &client, &number, expected));
        let ap = Self { seen, thread: Some(thread) };
        ap.wait_more(1);
        ap
    }

    /// Right answers so far.
    pub(crate) fn served(&self) -> usize {
        self.seen.served.load(SeqCst)
    }

    /// Waits for so many more signatures, of which none may fail. Of two, one was asked for after this was called.
    pub(crate) fn wait_more(&self, more: usize) {
        let before = self.served();
        wait("the good AP's signatures", Duration::from_secs(90), || {
            let failures = self.seen.failures.lock().unwrap();
            assert!(failures.is_empty(), "the good AP was not served: {failures:#?}");
            (self.served() >= before + more).then_some(())
        });
    }

    /// Ends it; says how many signatures it got.
    pub(crate) fn stop(mut self) -> usize {
        self.wait_more(1);
        self.end();
        self.served()
    }

    fn end(&mut self) {
        self.seen.stop.store(true, SeqCst);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Drop for GoodAp {
    fn drop(&mut self) {
        self.end();
    }
}

fn work(seen: &Seen, client: &Client, number: &str, expected: u16) {
    while !seen.stop.load(SeqCst) {
        match client.post(signature_request(&client.ap_id, number)).and_then(|body| code(&body)) {
            Ok(code) if code == expected => drop(seen.served.fetch_add(1, SeqCst)),
            other => seen.failures.lock().unwrap().push(format!("{other:?}")),
        }
    }
}

/// The demonstration's AP, over a new connection for each request.
pub(crate) struct Client {
    pub(crate) ap_id: String,
    simple: Simple,
    runtime: tokio::runtime::Runtime,
}

impl Client {
    pub(crate) fn new(demo: &Demo, door: SocketAddr) -> Self {
        let file = |name: &str| -> PathBuf { demo.folder().join("ap").join("tls").join(name) };
        let identity = Identity::load(&file("ap.pem"), &file("ap.key")).unwrap();
        let roots = Roots::load(&demo.folder().join("ca").join("public").join("ap-root.pem")).unwrap();
        let tls = client_config(Some(&identity), &roots).unwrap();
        Self {
            ap_id: demo.file()["ap"]["ap_id"].as_str().unwrap().to_owned(),
            simple: Simple::new(tls, Target::new(door.to_string(), "localhost").unwrap(), 1 << 20),
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap(),
        }
    }

    /// The body of the answer.
    pub(crate) fn post(&self, request: String) -> Result<Vec<u8>, String> {
        let post = self.simple.post(
            "/soap/services/MSS_SignaturePort",
            "application/soap+xml;charset=utf-8",
            request,
            Duration::from_secs(120),
        );
        self.runtime.block_on(post).map(|answer| answer.body.to_vec()).map_err(|error| error.to_string())
    }
}
