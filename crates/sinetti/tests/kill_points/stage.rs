//! A demonstration whose roles carry the shim.
use std::{
    cell::Cell,
    collections::HashMap,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    client::Client,
    control::Control,
    demo::{Demo, wait},
};

pub(crate) struct Stage {
    pub(crate) demo: Demo,
    pub(crate) client: Client,
    controls: HashMap<&'static str, Control>,
    folder: PathBuf,
    next_text: Cell<u64>,
    next_card: Cell<usize>,
}

/// Cards that wait to be registered, as many as the page has room for.
const CARDS: usize = 50;
/// Cards that are registered when the demonstration starts.
const PEOPLE: usize = 3;

/// The shim, compiled once.
fn shim() -> &'static Path {
    static SHIM: OnceLock<PathBuf> = OnceLock::new();
    SHIM.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/kill-points/shim.c");
        let library =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("kill-points-{}.so", std::process::id()));
        let mut compiler = Command::new(std::env::var("CC").unwrap_or_else(|_| "cc".into()));
        compiler
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-pthread", "-o"])
            .arg(&library)
            .arg(&source);
        assert!(compiler.status().expect("a C compiler").success(), "the shim does not compile");
        library
    })
}

impl Stage {
    pub(crate) fn start(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("sinetti-kill-points-{name}-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&folder));
        std::fs::create_dir_all(&folder).unwrap();
        let controls = ["home", "ae", "me", "ca"].map(|role| (role, Control::create(&folder.join(role))));
        let demo = Demo::start_with(&format!("kill-points-{name}"), false, |command, data| {
            command.args(["--cards", &CARDS.to_string()]);
            command.env("LD_PRELOAD", shim());
            command.env("SINETTI_KILL_CONTROL", &folder).env("SINETTI_KILL_ROOT", data);
        });
        let client = Client::new(&demo);
        let (next_text, next_card) = (Cell::new(0), Cell::new(PEOPLE));
        Self { demo, client, controls: controls.into(), folder, next_text, next_card }
    }

    pub(crate) fn control(&self, role: &str) -> &Control {
        &self.controls[role]
    }

    /// A text that no other request has.
    pub(crate) fn text(&self) -> String {
        self.next_text.set(self.next_text.get() + 1);
        format!("Kill point {}", self.next_text.get())
    }

    /// A card that nobody has yet: number and ICCID. None when all are given away.
    pub(crate) fn card(&self) -> Option<(String, String)> {
        let cards = std::fs::read_to_string(self.demo.folder().join("smsc").join("cards.json")).unwrap();
        let cards: Value = serde_json::from_str(&cards).unwrap();
        let card = cards.get(self.next_card.get())?;
        self.next_card.set(self.next_card.get() + 1);
        let text = |key: &str| card[key].as_str().unwrap().to_owned();
        Some((format!("+{}", text("msisdn").trim_start_matches('+')), text("iccid")))
    }

    pub(crate) fn cards_left(&self) -> bool {
        self.next_card.get() < CARDS
    }

    /// Whether a script answers on a phone.
    pub(crate) fn script(&self, number: &str, on: bool) {
        self.demo.act(number, "script", &json!({ "on": on }));
    }

    /// A number that the phone's page tells.
    pub(crate) fn told(&self, number: &str, key: &str) -> u64 {
        self.demo.phone(number)[key].as_u64().unwrap()
    }

    /// Waits until every role runs as often as it was started, and does nothing more on its disk.
    pub(crate) fn wait_up(&self, role: &str) {
        let control = self.control(role);
        wait("the role is started again", Duration::from_secs(60), || {
            // A supervised role's process id is written down when the role says that it serves.
            let id = self.demo.file()["processes"][role].as_u64().unwrap();
            let alive =
                std::fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| !stat.contains(") Z"));
            (alive && control.lives() > control.kills()).then_some(())
        });
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}
