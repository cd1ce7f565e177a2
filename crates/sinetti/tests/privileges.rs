//! A role that root starts becomes the user that its configuration names, or does not start.
#![cfg(feature = "ca")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test says what is wrong by panicking"
)]
use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

fn sinetti() -> Command {
    Command::new(env!("CARGO_BIN_EXE_sinetti"))
}

/// A CA in a folder of its own; the folder goes with the value.
struct Ca(PathBuf);

impl Drop for Ca {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// A port that only root can take, and one for everybody.
fn ports() -> (u16, u16) {
    let low = (600..1024).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap();
    (low, TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port())
}

impl Ca {
    fn new(process: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("sinetti-test-privileges-{}", std::process::id()));
        drop(fs::remove_dir_all(&folder));
        let (low, high) = ports();
        let mut init = sinetti();
        init.args(["ca", "init", "--name", "ca.test", "--organization", "Test", "--me", "me.test"]);
        init.args([
            "--enrol-address",
            &format!("127.0.0.1:{low}"),
            "--me-address",
            &format!("127.0.0.1:{high}"),
        ]);
        assert!(init.arg("--data").arg(&folder).stdout(Stdio::null()).status().unwrap().success());
        let config = fs::read_to_string(folder.join("ca.toml")).unwrap();
        fs::write(folder.join("ca.toml"), format!("{config}\n{process}")).unwrap();
        Self(folder)
    }

    fn start(&self) -> Child {
        let mut command = sinetti();
        command.args(["ca", "run", "--supervised", "--config"]).arg(self.0.join("ca.toml"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// What it says when it does not start.
    fn refusal(&self) -> String {
        let output = self.start().wait_with_output().unwrap();
        assert!(!output.status.success(), "it has started");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0)
}

fn status(id: u32, key: &str) -> Vec<u32> {
    let text = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(key)).unwrap();
    line.split_whitespace().filter_map(|number| number.parse().ok()).collect()
}

fn chown(owner: &str, folder: &Path) {
    assert!(Command::new("chown").args(["-R", owner]).arg(folder).status().unwrap().success());
}

#[test]
fn root_becomes_the_user_that_is_named() {
    if !is_root() {
        println!("skipped: only root can become somebody else");
        return;
    }
    let ca = Ca::new("");
    assert!(ca.refusal().contains("will not run as root"), "root by mistake");
    drop(ca);
    for (process, says) in [
        ("[process]\nuser = \"root\"", "must not be root"),
        ("[process]\nuser = \"no-such-user\"", "there is no user"),
        ("[process]\nuser = \"nobody\"\ngroup = \"no-such-group\"", "there is no group"),
        ("[process]\ngroup = \"nogroup\"", "needs a user"),
    ] {
        let ca = Ca::new(process);
        let said = ca.refusal();
        assert!(said.contains(says), "{process}: {said}");
    }

    let ca = Ca::new("[process]\nuser = \"nobody\"");
    chown("nobody", &ca.0);
    let mut child = ca.start();
    let mut word = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut word).unwrap();
    // It serves, on a port that it could not take any more.
    assert_eq!(word.trim(), "\"ready\"");
    let owner = std::os::unix::fs::MetadataExt::uid(&fs::metadata(&ca.0).unwrap());
    // Real, effective, saved and file system's.
    assert_eq!(status(child.id(), "Uid:"), [owner; 4]);
    let groups = status(child.id(), "Gid:");
    assert!(!groups.contains(&0) && !status(child.id(), "Groups:").contains(&0), "{groups:?}");
    let threads: Vec<_> = fs::read_dir(format!("/proc/{}/task", child.id())).unwrap().flatten().collect();
    assert!(threads.len() > 1);
    for thread in threads {
        let text = fs::read_to_string(thread.path().join("status")).unwrap();
        assert!(text.contains(&format!("Uid:\t{owner}\t{owner}\t{owner}\t{owner}")), "{text}");
        assert!(text.contains("CapEff:\t0000000000000000"), "{text}");
    }
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}
