//! `sinetti demo --once`: one complete signature without a person, written down.
use std::{path::PathBuf, time::Duration};

use mss_core::{Operation, SignatureProfile, message::MessagingMode};
use serde_json::json;

use super::{Detour, Plan, Platform, Ports, Rules, fresh_folder, people};
use crate::{
    ap_client::{self, ApClient, Order, OrderContent, is_signed},
    command_error::CommandError,
    file::write,
};

const TEXT: &str = "Pay 12 € to Demo Shop for order 4711?";

/// Starts a platform on free ports, makes the signature, verifies it, writes the files, ends the platform.
#[expect(clippy::print_stderr, clippy::print_stdout, reason = "the command's progress and output")]
pub(crate) async fn run(out: PathBuf) -> Result<(), CommandError> {
    std::fs::create_dir_all(&out).map_err(|error| format!("cannot make {}: {error}", out.display()))?;
    let folder = std::env::temp_dir().join(format!("sinetti-once-{}", std::process::id()));
    let layout = fresh_folder(&folder)?;
    let plan = Plan {
        layout,
        ports: Ports::free()?,
        cards: people::PEOPLE.len(),
        scripted: false,
        page: Some(people::names()),
        shown: folder.display().to_string(),
        log_level: "info",
        detour: Detour::default(),
        rules: Rules::default(),
    };
    eprintln!("starting CA, SMSC, HMSSP, ME and AE …");
    let done = match Platform::start(plan).await {
        Ok(platform) => {
            let done = sign(&platform, &out).await;
            platform.stop().await;
            done
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => {
            drop(std::fs::remove_dir_all(&folder));
            println!("one signature made and verified; see {}", out.display());
            Ok(())
        }
        Err(error) => Err(format!("{error}; the logs are in {}", folder.join("logs").display()).into()),
    }
}

#[expect(clippy::print_stderr, reason = "the command's progress")]
async fn sign(platform: &Platform, out: &std::path::Path) -> Result<(), CommandError> {
    eprintln!("registering people …");
    let subscribers = people::register(platform, true).await?;
    let msisdn = platform.msisdn(0)?;
    let profile = SignatureProfile { operation: Operation::Sign };
    let order = Order {
        msisdn: &msisdn,
        content: OrderContent::Text(TEXT),
        displayed: None,
        profile,
        mode: MessagingMode::Synch,
        timeout_s: 60,
    };
    eprintln!("asking for a signature …");
    let access = platform.ap_access();
    let client = ApClient::new(&access, 1)?;
    let request = client.request(&order)?;
    let exchange = client.sign(&request, Duration::from_secs(90)).await?;
    let file = |name: &str, octets: &[u8]| write(&out.join(name), octets, 0o644);
    file("request.xml", &exchange.request)?;
    file("response.xml", &exchange.response)?;
    file("text.txt", TEXT.as_bytes())?;
    file("ca.pem", &std::fs::read(platform.users_root())?)?;
    let answer = exchange.answer.map_err(|fault| {
        format!("the AE answered {} {}: {}", fault.code.0, fault.entry().name, fault.detail)
    })?;
    let signature = answer.signature.ok_or("the answer holds no signature")?;
    file("signature.p7s", &signature)?;
    let report = ap_client::verify(&signature, &platform.users_root(), None)?;
    if report.content.as_deref() != Some(TEXT.as_bytes()) {
        return Err("what was signed is not what was asked for".into());
    }
    if !is_signed(answer.status) {
        return Err(format!("the answer has status {}", answer.status.0).into());
    }
    let summary = json!({
        "status": answer.status.0,
        "status_message": answer.status.name(),
        "mssp_trans_id": answer.mssp_trans_id.as_str(),
        "msisdn": msisdn.international(),
        "subscriber": subscribers.first().map(|person| &person.name),
        "profile": answer.profile_uri,
        "ap_id": access.ap_id,
        "text": TEXT,
        "signer": report.signer,
        "certificate_serial": report.serial,
        "signing_time": report.signing_time.map(|at| at.to_string()),
        "verified": true,
        "revocation_checked": false,
    });
    file("summary.json", serde_json::to_string_pretty(&summary)?.as_bytes())
}
