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

use super::soap::{SIGNED, code, signature_request};
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
        let seen = Arc::new(Seen::default());
        let shared = seen.clone();
        let (folder, number) = (demo.folder().to_owned(), demo.subscriber(0).0);
        let ap_id = demo.file()["ap"]["ap_id"].as_str().unwrap().to_owned();
        let thread = std::thread::spawn(move || work(&shared, &folder, door, &ap_id, &number));
        let ap = Self { seen, thread: Some(thread) };
        ap.wait_more(1);
        ap
    }

    /// Signatures so far.
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

fn work(seen: &Seen, folder: &std::path::Path, door: SocketAddr, ap_id: &str, number: &str) {
    let file = |name: &str| -> PathBuf { folder.join("ap").join("tls").join(name) };
    let identity = Identity::load(&file("ap.pem"), &file("ap.key")).unwrap();
    let roots = Roots::load(&folder.join("ca").join("public").join("ap-root.pem")).unwrap();
    let tls = client_config(Some(&identity), &roots).unwrap();
    let client = Simple::new(tls, Target::new(door.to_string(), "localhost").unwrap(), 1 << 20);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    while !seen.stop.load(SeqCst) {
        let post = client.post(
            "/soap/services/MSS_SignaturePort",
            "application/soap+xml;charset=utf-8",
            signature_request(ap_id, number),
            Duration::from_secs(60),
        );
        let outcome = match runtime.block_on(post) {
            Ok(answer) => code(&answer.body),
            Err(error) => Err(error.to_string()),
        };
        match outcome {
            Ok(SIGNED) => drop(seen.served.fetch_add(1, SeqCst)),
            other => seen.failures.lock().unwrap().push(format!("{other:?}")),
        }
    }
}
