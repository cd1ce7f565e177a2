//! A whole platform on this machine, set up as an operator would do it: the same commands, the same files, the same
//! codes; nothing is written into a role's store.
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
};

use mss_core::{Entropy, Msisdn};
use nix::unistd::Uid;
use serde::Deserialize;
use tokio::{io::AsyncWriteExt, process::Command};

use super::{layout::Layout, ports::Ports, process::Process};
use crate::{
    ap_client::ApAccess, command_error::CommandError, config::smsc::MobileOriginated, file::write,
    operator_client::MeAccess, runtime, system::SystemEntropy,
};

/// The AP of the demonstration.
pub(crate) const AP_ID: &str = "http://shop.demo";
/// What its requests are titled with on the phone.
const AP_NAME: &str = "Demo Shop";
/// The short number that cards answer to.
const SHORT_NUMBER: &str = "17171";

/// What kind of platform.
pub(crate) struct Plan {
    /// Where it lives.
    pub layout: Layout,
    /// Where it listens.
    pub ports: Ports,
    /// How many soft SIMs, numbered upwards from [`first_number`].
    pub cards: usize,
    /// Whether a script holds every phone from the start, or somebody at the page does.
    pub scripted: bool,
    /// Whether there is a phone page, and whose phones it shows, by number.
    pub page: Option<Vec<(String, String)>>,
    /// The folder's name as the person wrote it, for what the page suggests.
    pub shown: String,
    /// Log level of every role.
    pub log_level: &'static str,
    /// What stands between HMSSP and short-message centre, in tests.
    pub detour: Detour,
    /// What differs from an ordinary platform.
    pub rules: Rules,
}

/// Other than usual between HMSSP and short-message centre, so that foreign stacks can be put there.
#[derive(Default, clap::Args)]
pub(crate) struct Detour {
    /// Where the HMSSP binds, instead of at the short-message centre itself
    #[arg(long, hide = true)]
    smpp_through: Option<SocketAddr>,
    /// How the short-message centre lays out messages from phones: mobile_originated of smsc.toml
    #[arg(long, hide = true, value_enum, default_value = "user-data-header")]
    mobile_originated: MobileOriginated,
}

/// What a bench wants otherwise.
#[derive(Default)]
pub(crate) struct Rules {
    /// SPI 163A instead of 1639.
    pub proof_on_error: bool,
    /// How long a scripted person thinks.
    pub think_ms: u64,
    /// More tables of `home.toml`.
    pub home: String,
    /// More tables of `smsc.toml`.
    pub smsc: String,
}

/// A platform that runs.
pub(crate) struct Platform {
    pub layout: Layout,
    pub ports: Ports,
    /// All roles, the CA first.
    pub processes: Vec<Process>,
    /// The soft SIMs, in the order of their numbers.
    pub cards: Vec<Card>,
}

/// One soft SIM.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Card {
    pub msisdn: String,
    pub iccid: String,
}

/// The first soft SIM's number.
pub(crate) const fn first_number() -> u64 {
    358_401_000_001
}

impl Platform {
    /// Sets everything up and starts it. People are not registered yet.
    pub(crate) async fn start(plan: Plan) -> Result<Self, CommandError> {
        let Plan { layout, ports, .. } = &plan;
        for folder in ["ae", "home", "me", "smsc", "ap", "operator", "logs"] {
            runtime::private_folder(&layout.role(folder))?;
        }
        let codes = init_ca(layout, ports).await?;
        let ca = Process::start("ca", &layout.config("ca"), &layout.log("ca")).await?;
        let enrolled = codes.iter().map(|code| enrol(layout, ports, code));
        let mut ap_fingerprint = String::new();
        for (code, done) in codes.iter().zip(join_all(enrolled).await) {
            let fingerprint = done?;
            if code.role == "ap" {
                ap_fingerprint = fingerprint;
            }
        }
        sinetti(&["home", "init", "--vault"], &[&layout.role("home").join("vault")]).await?;
        let transport = layout.role("home").join("vault").join("transport.pub");
        let count = plan.cards.to_string();
        let first = format!("+{}", first_number());
        sinetti(
            &[
                "smsc",
                "init",
                "--cards",
                &count,
                "--first-number",
                &first,
                "--reply-to",
                SHORT_NUMBER,
                "--data",
            ],
            &[&layout.role("smsc"), Path::new("--transport-key"), &transport],
        )
        .await?;
        write_configs(&plan, &ap_fingerprint)?;
        let start = |role: &'static str| {
            let (config, log) = (layout.config(role), layout.log(role));
            async move { Process::start(role, &config, &log).await }
        };
        let mut processes = vec![ca];
        for started in join_all(["smsc", "home", "me", "ae"].map(start)).await {
            processes.push(started?);
        }
        let cards = std::fs::read_to_string(layout.role("smsc").join("cards.json"))?;
        let cards: Vec<Card> = serde_json::from_str(&cards)?;
        Ok(Self { layout: plan.layout, ports: plan.ports, processes, cards })
    }

    /// How an AP reaches it.
    pub(crate) fn ap_access(&self) -> ApAccess {
        let tls = self.layout.tls("ap");
        ApAccess {
            endpoint: format!("https://localhost:{}/soap/services/MSS_SignaturePort", self.ports.ap.port()),
            ap_id: AP_ID.into(),
            certificate: tls.join("ap.pem"),
            key: tls.join("ap.key"),
            ca: tls.join("ap-roots.pem"),
        }
    }

    /// How an operator reaches it.
    pub(crate) fn me_access(&self) -> MeAccess {
        MeAccess { me: self.ports.me, me_name: "me.demo".into(), identity: self.layout.tls("operator") }
    }

    /// The root of the users' certificates.
    pub(crate) fn users_root(&self) -> PathBuf {
        self.layout.root_certificate("users")
    }

    /// The card maker's batches, in order.
    pub(crate) fn batches(&self) -> Result<Vec<PathBuf>, CommandError> {
        let entries = std::fs::read_dir(self.layout.role("smsc").join("batches"))?;
        let mut batches = entries.map(|entry| entry.map(|e| e.path())).collect::<Result<Vec<_>, _>>()?;
        batches.sort();
        Ok(batches)
    }

    /// The number of the n-th card.
    pub(crate) fn msisdn(&self, n: usize) -> Result<Msisdn, CommandError> {
        let card = self.cards.get(n).ok_or("no such card")?;
        Ok(Msisdn::parse(&card.msisdn)?)
    }

    /// Ends every role, the last started first.
    pub(crate) async fn stop(self) {
        for process in self.processes.into_iter().rev() {
            process.stop().await;
        }
    }
}

/// An enrolment code, as `sinetti ca init --json` prints it.
#[derive(Deserialize)]
struct Code {
    network: String,
    role: String,
    name: String,
    code: zeroize::Zeroizing<String>,
}

async fn init_ca(layout: &Layout, ports: &Ports) -> Result<Vec<Code>, CommandError> {
    let (enrol, me) = (ports.ca_enrol.to_string(), ports.ca_me.to_string());
    let mut arguments = vec![
        "ca",
        "init",
        "--demo",
        "--json",
        "--name",
        "ca.demo",
        "--organization",
        "Sinetti Demo",
        "--me",
        "me.demo",
        "--enrol-address",
        &enrol,
        "--me-address",
        &me,
    ];
    for code in [
        "ap:ae:ae.demo:localhost,127.0.0.1",
        "mesh:ae:ae.demo",
        "mesh:home:home.demo",
        "me:home:home.demo",
        "me:me:me.demo",
        "me:operator:operator.demo",
        "ap:ap:shop.demo",
    ] {
        arguments.extend(["--code", code]);
    }
    arguments.push("--data");
    let printed = sinetti(&arguments, &[&layout.role("ca")]).await?;
    Ok(serde_json::from_str(&printed)?)
}

/// Runs `sinetti enrol` with the code on its standard input; the certificate's fingerprint.
async fn enrol(layout: &Layout, ports: &Ports, code: &Code) -> Result<String, CommandError> {
    let ca = ports.ca_enrol.to_string();
    let mut child = Command::new(std::env::current_exe()?)
        .args(["enrol", &code.role, "--network", &code.network, "--name", &code.name])
        .args(["--ca", &ca, "--ca-name", "ca.demo", "--ca-root"])
        .arg(layout.root_certificate("me"))
        .arg("--out")
        .arg(layout.tls(&code.role))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(code.code.as_bytes()).await?;
    }
    let output = child.wait_with_output().await?;
    if !output.status.success() {
        return Err(format!("enrol {}: {}", code.role, String::from_utf8_lossy(&output.stderr).trim()).into());
    }
    let printed = String::from_utf8_lossy(&output.stdout);
    Ok(printed.split_whitespace().last().unwrap_or_default().to_owned())
}

/// Runs one of our own commands to its end; what it printed.
async fn sinetti(arguments: &[&str], paths: &[&Path]) -> Result<String, CommandError> {
    let output = Command::new(std::env::current_exe()?)
        .args(arguments)
        .args(paths)
        .stdin(Stdio::null())
        .output()
        .await?;
    if output.status.success() {
        Ok(String::from_utf8(output.stdout)?)
    } else {
        Err(format!(
            "{}: {}",
            arguments.first().unwrap_or(&""),
            String::from_utf8_lossy(&output.stderr).trim()
        )
        .into())
    }
}

fn write_configs(plan: &Plan, ap_fingerprint: &str) -> Result<(), CommandError> {
    let Plan { layout, ports, .. } = plan;
    let mut secret = [0; 4];
    SystemEntropy.fill(&mut secret);
    // SMPP passwords have at most eight characters.
    let password = hex::encode(secret);
    for role in ["home", "smsc"] {
        write(&layout.role(role).join("smpp.password"), password.as_bytes(), 0o600)?;
    }
    // A demonstration that root starts, as in a container, runs as root and says so.
    let root = if Uid::effective().is_root() { "\n[process]\nallow_root = true\n" } else { "" };
    let log = format!("[log]\nlevel = \"{}\"\n{root}", plan.log_level);
    let users_root = layout.root_certificate("users");
    let users_root = users_root.display();
    let ae = format!(
        r#"name = "ae.demo"
mssp_id = "http://ae.demo"
data = "data"
allow_demo = true
public_url = "https://localhost:{ap_port}"

[ap_listener]
address = "{ap}"
tls = {{ certificate = "tls/ap.pem", key = "tls/ap.key", roots = "tls/ap-roots.pem" }}

[mesh]
certificate = "tls/mesh.pem"
key = "tls/mesh.key"
roots = "tls/mesh-roots.pem"

[[home]]
peer = {{ name = "home.demo", address = "{home_mesh}" }}
msisdn_prefixes = ["35840"]

[ap."{AP_ID}"]
display_name = "{AP_NAME}"
certificates = ["{ap_fingerprint}"]

{log}"#,
        ap_port = ports.ap.port(),
        ap = ports.ap,
        home_mesh = ports.home_mesh,
    );
    let home = format!(
        r#"name = "home.demo"
mssp_id = "http://home.demo"
data = "data"
allow_demo = true
vault = "vault"
me = ["me.demo"]
user_roots = "{users_root}"
delivery = "{delivery}"

[mesh_listener]
address = "{home_mesh}"
tls = {{ certificate = "tls/mesh.pem", key = "tls/mesh.key", roots = "tls/mesh-roots.pem" }}

[me_listener]
address = "{home_me}"
tls = {{ certificate = "tls/me.pem", key = "tls/me.key", roots = "tls/me-roots.pem" }}

[ae."ae.demo"]
ap_ids = ["{AP_ID}"]

[smsc]
address = "{smpp}"
system_id = "home"
password_file = "smpp.password"
short_number = "{SHORT_NUMBER}"

{log}{more}"#,
        delivery = if plan.rules.proof_on_error { "proof-on-error" } else { "proof-always" },
        more = plan.rules.home,
        home_mesh = ports.home_mesh,
        home_me = ports.home_me,
        smpp = plan.detour.smpp_through.unwrap_or(ports.smpp),
    );
    let me = format!(
        r#"name = "me.demo"
mssp_id = "http://me.demo"
data = "data"
allow_demo = true
operators = ["operator.demo"]
home = {{ name = "home.demo", address = "{home_me}" }}
ca = {{ name = "ca.demo", address = "{ca_me}" }}
user_roots = "{users_root}"

[listener]
address = "{me}"
tls = {{ certificate = "tls/me.pem", key = "tls/me.key", roots = "tls/me-roots.pem" }}

{log}"#,
        home_me = ports.home_me,
        ca_me = ports.ca_me,
        me = ports.me,
    );
    let mut smsc = format!(
        r#"data = "."
listen = "{smpp}"
mobile_originated = "{mobile_originated}"

[[esme]]
system_id = "home"
password_file = "smpp.password"
short_numbers = ["{SHORT_NUMBER}"]

[person]
scripted = {scripted}
delay_ms = {think_ms}

{log}{more}"#,
        think_ms = plan.rules.think_ms,
        more = plan.rules.smsc,
        smpp = ports.smpp,
        mobile_originated = plan.detour.mobile_originated,
        scripted = plan.scripted,
    );
    if let Some(names) = &plan.page {
        let (shown, number) = (&plan.shown, first_number());
        smsc.push_str(&format!("\n[page]\nlisten = \"{}\"\nurl_file = \"page.url\"\n", ports.page));
        smsc.push_str(&format!(
            "hint = \"sinetti sign --demo {shown} +{number} 'Pay 12 EUR?'\"\n\n[page.names]\n"
        ));
        for (number, name) in names {
            smsc.push_str(&format!("\"{number}\" = \"{name}\"\n"));
        }
    }
    for (role, text) in [("ae", ae), ("home", home), ("me", me), ("smsc", smsc)] {
        write(&layout.config(role), text.as_bytes(), 0o600)?;
    }
    Ok(())
}

/// Waits for all, and gives their outcomes in order.
pub(crate) async fn join_all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    futures_util::future::join_all(futures).await
}
