//! A running demonstration for the process tests: the real binary, real sockets, phones used through their page.
#![cfg(feature = "demo")]
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

/// The binary under test.
pub(crate) fn sinetti() -> Command {
    Command::new(env!("CARGO_BIN_EXE_sinetti"))
}

/// A demonstration in a folder of its own, on free ports; ends when dropped.
pub(crate) struct Demo {
    child: Child,
    folder: PathBuf,
    cookie: String,
}

impl Demo {
    /// Starts one and waits until everybody is registered.
    pub(crate) fn start(name: &str, auto: bool) -> Self {
        Self::start_by(sinetti(), name, auto, |_, _| {})
    }

    /// The same, in which no process may open more file descriptors than this.
    pub(crate) fn start_with_descriptors(most: usize, name: &str, auto: bool) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ulimit -n {most} && exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_sinetti")]);
        Self::start_by(shell, name, auto, |_, _| {})
    }

    /// As [`Self::start`]; `more` may change the command, given the folder.
    pub(crate) fn start_with(name: &str, auto: bool, more: impl FnOnce(&mut Command, &Path)) -> Self {
        Self::start_by(sinetti(), name, auto, more)
    }

    fn start_by(
        mut command: Command,
        name: &str,
        auto: bool,
        more: impl FnOnce(&mut Command, &Path),
    ) -> Self {
        let folder = std::env::temp_dir().join(format!("sinetti-test-{name}-{}", std::process::id()));
        drop(fs::remove_dir_all(&folder));
        command.args(["demo", "--free-ports", "--data"]).arg(&folder);
        if auto {
            command.arg("--auto");
        }
        more(&mut command, &folder);
        let child =
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the demonstration starts");
        let mut demo = Self { child, folder, cookie: String::new() };
        wait("demo.json", Duration::from_secs(90), || {
            assert!(
                demo.child.try_wait().unwrap().is_none(),
                "the demonstration has ended:\n{}",
                demo.logs()
            );
            demo.folder.join("demo.json").exists().then_some(())
        });
        demo.cookie = demo.open_page();
        demo
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// demo.json as it is now.
    pub(crate) fn file(&self) -> Value {
        serde_json::from_str(&fs::read_to_string(self.folder.join("demo.json")).unwrap()).unwrap()
    }

    /// The n-th subscriber's number and PIN.
    pub(crate) fn subscriber(&self, n: usize) -> (String, String) {
        let file = self.file();
        let text = |key: &str| file["subscribers"][n][key].as_str().unwrap().to_owned();
        (text("msisdn"), text("pin"))
    }

    /// `sinetti sign --demo …` with these arguments, started.
    pub(crate) fn sign(&self, arguments: &[&str]) -> Child {
        let mut command = sinetti();
        command.arg("sign").arg("--demo").arg(&self.folder).args(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Ends a role without warning.
    pub(crate) fn kill(&self, role: &str) -> u64 {
        self.signal(role, "-9")
    }

    fn signal(&self, role: &str, signal: &str) -> u64 {
        let id = self.file()["processes"][role].as_u64().unwrap();
        assert!(Command::new("kill").args([signal, &id.to_string()]).status().unwrap().success());
        id
    }

    /// Ends a role without warning and waits until it serves again.
    pub(crate) fn kill_and_wait(&self, role: &str) {
        self.end_and_wait(role, "-9");
    }

    /// Sends a role a signal that ends it and waits until it serves again.
    pub(crate) fn end_and_wait(&self, role: &str, signal: &str) {
        let old = self.signal(role, signal);
        self.wait_restarted(role, old);
    }

    /// Waits until a role that was killed serves again.
    pub(crate) fn wait_restarted(&self, role: &str, old: u64) {
        wait("the role serves again", Duration::from_secs(30), || {
            (self.file()["processes"][role].as_u64() != Some(old)).then_some(())
        });
    }

    /// What a phone shows.
    pub(crate) fn phone(&self, number: &str) -> Value {
        let phones: Value = serde_json::from_str(&self.get("GET", "/api/phones", "")).unwrap();
        phones.as_array().unwrap().iter().find(|phone| phone["number"] == number).unwrap().clone()
    }

    /// Waits until a phone asks for the PIN, and says what it shows.
    pub(crate) fn wait_asked(&self, number: &str) -> Value {
        wait("the phone asks", Duration::from_secs(30), || {
            Some(self.phone(number)).filter(|phone| phone["state"] == "ask_pin")
        })
    }

    /// Types on a phone.
    pub(crate) fn act(&self, number: &str, action: &str, more: &Value) {
        let mut act = serde_json::json!({"number": number, "action": action});
        for (key, value) in more.as_object().unwrap() {
            act[key] = value.clone();
        }
        self.get("POST", "/api/act", &act.to_string());
    }

    /// Types the PIN.
    pub(crate) fn enter_pin(&self, number: &str, pin: &str) {
        self.act(number, "enter_pin", &serde_json::json!({ "pin": pin }));
    }

    /// A role's log.
    pub(crate) fn log(&self, role: &str) -> String {
        fs::read_to_string(self.folder.join("logs").join(format!("{role}.log"))).unwrap_or_default()
    }

    /// The ends of all logs.
    pub(crate) fn logs(&self) -> String {
        let tail = |role: &str| {
            let log = self.log(role);
            let lines: Vec<_> = log.lines().rev().take(15).collect();
            lines.into_iter().rev().map(|line| format!("{role}: {line}\n")).collect::<String>()
        };
        ["ca", "smsc", "home", "me", "ae"].map(tail).concat()
    }

    fn page(&self) -> (String, String) {
        let url = self.file()["page_url"].as_str().unwrap().to_owned();
        let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        (host.to_owned(), format!("/{path}"))
    }

    fn open_page(&self) -> String {
        let answer = self.request("GET", &self.page().1, "", "", None);
        let cookie = answer.lines().find(|line| line.to_lowercase().starts_with("set-cookie:"));
        cookie.unwrap().split([':', ';']).nth(1).unwrap().trim().to_owned()
    }

    fn get(&self, method: &str, path: &str, body: &str) -> String {
        let answer = self.request(method, path, body, &self.cookie, None);
        assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    /// A request at the phones' page, as it is on the wire; `host` replaces the right Host header.
    pub(crate) fn request(
        &self,
        method: &str,
        path: &str,
        body: &str,
        cookie: &str,
        host: Option<&str>,
    ) -> String {
        let (own, _) = self.page();
        let host = host.unwrap_or(&own);
        let mut stream = TcpStream::connect(&own).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8(answer).unwrap()
    }

    /// The page's cookie.
    pub(crate) fn cookie(&self) -> &str {
        &self.cookie
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.logs());
        }
        drop(Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status());
        drop(self.child.wait());
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// Waits until `done` says something; a test that waits too long has failed.
pub(crate) fn wait<T>(what: &str, limit: Duration, mut done: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = done() {
            return value;
        }
        assert!(start.elapsed() < limit, "waited too long: {what}");
        std::thread::sleep(Duration::from_millis(30));
    }
}

/// What a command printed, and whether it succeeded.
pub(crate) fn outcome(child: Child) -> (bool, String) {
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    (status.success(), format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)))
}
