//! `sinetti sign`: ask a person to sign, from a terminal.
use std::{path::PathBuf, time::Duration};

use clap::ValueEnum;
use mss_core::{Fault, Msisdn, Operation, SignatureProfile, StatusCode, message::MessagingMode};

use mss_net::http_client::{ConnectError, NodeError};

use crate::ap_client::{self, ApAccess, ApClient, Order, OrderContent};
use crate::command_error::CommandError;

/// Ask a person to sign, as an Application Provider does.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  sinetti sign --demo demo-data +358401000001 \"Pay 12 EUR?\"\n  \
    sinetti sign --demo demo-data +358401000001 --document contract.pdf --displayed \"Contract 7\"")]
pub(crate) struct Args {
    /// Whom to ask: the telephone number
    msisdn: String,
    /// The text to sign; exactly its UTF-8 octets are signed
    #[arg(required_unless_present = "document", conflicts_with = "document")]
    text: Option<String>,
    /// Sign a document by its SHA-256 digest instead of a text
    #[arg(long, requires = "displayed")]
    document: Option<PathBuf>,
    /// A line above the text, or the label of a document
    #[arg(long)]
    displayed: Option<String>,
    /// What the signature is for
    #[arg(long, value_enum, default_value = "sign")]
    purpose: Purpose,
    /// Wait on one connection, or poll
    #[arg(long, value_enum, default_value = "synch")]
    mode: Mode,
    /// Seconds that the person has
    #[arg(long, default_value_t = 120)]
    timeout: u32,
    /// Folder of a running demonstration: takes everything below from its demo.json
    #[arg(long, conflicts_with_all = ["endpoint", "ap_id", "certificate", "key", "ca"])]
    demo: Option<PathBuf>,
    /// The AE, such as `https://mssp.example/soap/services/MSS_SignaturePort`
    #[arg(long, required_unless_present = "demo")]
    endpoint: Option<String>,
    /// Our AP_ID
    #[arg(long, required_unless_present = "demo")]
    ap_id: Option<String>,
    /// Our client certificate, PEM
    #[arg(long, required_unless_present = "demo")]
    certificate: Option<PathBuf>,
    /// Its private key, PEM, mode 0600
    #[arg(long, required_unless_present = "demo")]
    key: Option<PathBuf>,
    /// Root certificate of the AE's server certificate, PEM
    #[arg(long, required_unless_present = "demo")]
    ca: Option<PathBuf>,
    /// Root certificates of the users' certificates, PEM: the signature is verified against them
    #[arg(long, required_unless_present = "demo")]
    users_ca: Option<PathBuf>,
    /// Where to write the signature (CMS in DER)
    #[arg(long)]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Purpose {
    /// Sign a text as the person's will
    Sign,
    /// Show who the person is
    Authn,
}

#[derive(Clone, Copy, ValueEnum)]
enum Mode {
    Synch,
    Asynch,
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Result<(), CommandError> {
    crate::runtime::block_on(Some(2), ask(args))
}

#[expect(clippy::print_stderr, reason = "progress for the person at the terminal")]
async fn ask(args: Args) -> Result<(), CommandError> {
    let (access, users_ca) = access(&args)?;
    let msisdn =
        Msisdn::parse(&args.msisdn).map_err(|_| "the number must be international, such as +358401000001")?;
    let document = args.document.as_ref().map(std::fs::read).transpose()?;
    let digest = document.as_deref().map(mss_pki::sha256);
    let (content, operation) = match (&digest, args.text.as_deref(), args.purpose) {
        (Some(digest), ..) => (OrderContent::Sha256(digest), Operation::Digest),
        (None, text, Purpose::Sign) => (OrderContent::Text(text.unwrap_or_default()), Operation::Sign),
        (None, text, Purpose::Authn) => (OrderContent::Text(text.unwrap_or_default()), Operation::Authn),
    };
    let order = Order {
        msisdn: &msisdn,
        content,
        displayed: args.displayed.as_deref(),
        profile: SignatureProfile { operation },
        mode: match args.mode {
            Mode::Synch => MessagingMode::Synch,
            Mode::Asynch => MessagingMode::AsynchClientServer,
        },
        timeout_s: args.timeout,
    };
    let client = ApClient::new(&access, 1)?;
    let request = client.request(&order)?;
    eprintln!("asking {} ({}); look at the phone …", args.msisdn, order.profile);
    let within = Duration::from_secs(u64::from(args.timeout) + 30);
    // The same request again joins the transaction it already has, so that a broken connection asks nobody twice.
    let answer = patiently(within, || client.sign(&request, within)).await?.answer;
    let answer = answer.map_err(explain)?;
    let transaction = answer.mssp_trans_id;
    let (status, signature) = match order.mode {
        MessagingMode::Synch => (answer.status, answer.signature),
        _ => poll(&client, &transaction, within).await?,
    };
    let signature =
        signature.ok_or_else(|| format!("the answer has status {} and no signature", status.0))?;
    if let Some(path) = &args.out {
        std::fs::write(path, &signature)?;
    }
    let report = ap_client::verify(&signature, &users_ca, document.as_deref())?;
    if let (Some(text), Some(content)) = (&args.text, &report.content)
        && text.as_bytes() != content.as_slice()
    {
        return Err("the signature is good, but what was signed is not what was asked for".into());
    }
    tell(&report, status, transaction.as_str());
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the command's output")]
fn tell(report: &mss_pki::cms::SignatureReport, status: StatusCode, transaction: &str) {
    println!("signed by    {}", report.signer);
    if let Some(at) = report.signing_time {
        println!("at           {at}");
    }
    if let Some(content) = &report.content {
        println!("text         {}", String::from_utf8_lossy(content));
    }
    println!("certificate  {}", report.serial);
    println!("status       {} {} (the certificate's revocation is not checked yet)", status.0, status.name());
    println!("transaction  {transaction}");
}

#[expect(clippy::print_stderr, reason = "progress for the person at the terminal")]
async fn poll(
    client: &ApClient,
    transaction: &mss_core::MsspTransId,
    within: Duration,
) -> Result<(StatusCode, Option<Vec<u8>>), CommandError> {
    eprint!("accepted as {transaction}; waiting ");
    loop {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let answer = patiently(within, || client.status(transaction)).await?.answer.map_err(explain)?;
        if answer.status != StatusCode::OUTSTANDING_TRANSACTION {
            eprintln!();
            return Ok((answer.status, answer.signature));
        }
        eprint!(".");
    }
}

/// Tries again while the AE cannot be reached or breaks the connection, as long as `within` allows.
#[expect(clippy::print_stderr, reason = "progress for the person at the terminal")]
async fn patiently<T, F: Future<Output = Result<T, CommandError>>>(
    within: Duration,
    ask: impl Fn() -> F,
) -> Result<T, CommandError> {
    let patience = tokio::time::sleep(within);
    tokio::pin!(patience);
    loop {
        let error = match ask().await {
            Err(error) if error.is::<NodeError>() => error,
            answered => return answered,
        };
        if let Some(NodeError::Unreachable(ConnectError::Tls(_) | ConnectError::WrongPeer { .. })) =
            error.downcast_ref()
        {
            return Err(error);
        }
        eprintln!("{error}; trying again …");
        tokio::select! {
            () = &mut patience => return Err(error),
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
    }
}

fn explain(fault: Fault) -> CommandError {
    format!("the AE answered {} {}: {}", fault.code.0, fault.entry().name, fault.detail).into()
}

fn access(args: &Args) -> Result<(ApAccess, PathBuf), CommandError> {
    if let Some(folder) = &args.demo {
        let path = folder.join("demo.json");
        let text = std::fs::read_to_string(&path).map_err(|error| {
            format!("{}: {error}; is `sinetti demo --data {}` running?", path.display(), folder.display())
        })?;
        let demo: DemoFile = serde_json::from_str(&text)?;
        let users_ca = args.users_ca.clone().unwrap_or(demo.users_ca);
        return Ok((demo.ap, users_ca));
    }
    let missing = || -> CommandError {
        "--endpoint, --ap-id, --certificate, --key, --ca and --users-ca belong together".into()
    };
    let access = ApAccess {
        endpoint: args.endpoint.clone().ok_or_else(missing)?,
        ap_id: args.ap_id.clone().ok_or_else(missing)?,
        certificate: args.certificate.clone().ok_or_else(missing)?,
        key: args.key.clone().ok_or_else(missing)?,
        ca: args.ca.clone().ok_or_else(missing)?,
    };
    Ok((access, args.users_ca.clone().ok_or_else(missing)?))
}

/// The part of demo.json that an AP needs.
#[derive(serde::Deserialize)]
struct DemoFile {
    ap: ApAccess,
    users_ca: PathBuf,
}
