//! `sinetti ca code`: enrolment codes, printed once and stored as hashes.
use std::{net::SocketAddr, path::PathBuf};

use mss_core::{NodeName, Timestamp};
use mss_store::{Location, StoreError, ca::CaStore};
use role_ca::{CaCommit, CaConfig as Rules, Enrolment, MintedCode, mint};
use serde::Serialize;
use zeroize::Zeroizing;

use super::{folder::Folder, init};
use crate::{
    command_error::CommandError,
    config::{self, ca::CaConfig},
    system::{SystemEntropy, now},
};

/// Make enrolment codes; the CA must not be running.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  sinetti ca code --config /var/lib/sinetti-ca/ca.toml mesh:home:home2.example\n\n\
    A SPEC is NETWORK:ROLE:NAME or NETWORK:ROLE:NAME:SAN,SAN, for example\n  \
    ap:ae:ae.example:mss.example,192.0.2.9   the AE's face towards APs, under further names\n  \
    ap:ap:shop.example                       an Application Provider\n  \
    me:operator:ra.example                   somebody who administers"
)]
pub(crate) struct Args {
    /// The configuration file that `sinetti ca init` wrote
    #[arg(long)]
    config: PathBuf,
    /// Print the codes as a JSON array
    #[arg(long)]
    json: bool,
    /// For whom: NETWORK:ROLE:NAME or NETWORK:ROLE:NAME:SAN,SAN
    #[arg(required = true, value_name = "SPEC", value_parser = Enrolment::parse)]
    specs: Vec<Enrolment>,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<(), CommandError> {
    let config: CaConfig = config::load(&args.config)?;
    let folder = Folder::new(config.data.clone());
    if !folder.database().exists() {
        return Err(format!("there is no CA in {}", folder.root().display()).into());
    }
    let mut store = CaStore::open(&Location::File(folder.database())).map_err(running)?;
    let at = now();
    if let Some(last) = store.resume_state()?.last_commit.filter(|last| *last > at) {
        return Err(format!("the clock says {at}, but the last commit was at {last}: set the clock").into());
    }
    let mut commit = CaCommit::default();
    let minted = mint_all(&args.specs, at, &mut commit);
    store.commit(&commit)?;
    if args.json {
        return print_json(&minted);
    }
    let name = NodeName::parse(&config.name).ok_or("`name` is no node name")?;
    print(&minted, &folder, &name, config.enrol_listener.address);
    Ok(())
}

fn running(error: StoreError) -> CommandError {
    match error {
        StoreError::InUse(path) => {
            format!("the CA is running and holds {}: stop it, make the codes, start it again", path.display())
                .into()
        }
        other => other.into(),
    }
}

/// Makes a code for each, to be stored by `commit`.
pub(super) fn mint_all(specs: &[Enrolment], at: Timestamp, commit: &mut CaCommit) -> Vec<MintedCode> {
    let mut minted = Vec::with_capacity(specs.len());
    for spec in specs {
        let code = mint(spec.clone(), at, &mut SystemEntropy);
        commit.add_code(code.row.clone());
        minted.push(code);
    }
    minted
}

#[derive(Serialize)]
struct Printed<'a> {
    network: &'a str,
    role: &'a str,
    name: &'a str,
    code: &'a str,
}

/// One JSON array on one line, for programs.
#[expect(clippy::print_stdout, reason = "the command's output")]
pub(super) fn print_json(minted: &[MintedCode]) -> Result<(), CommandError> {
    println!("{}", json(minted)?.as_str());
    Ok(())
}

pub(super) fn json(minted: &[MintedCode]) -> Result<Zeroizing<String>, CommandError> {
    let printed = minted.iter().map(|code| {
        let identity = code.row.enrolment.identity();
        let (network, role) = (identity.network.word(), identity.role.word());
        Printed { network, role, name: identity.name.as_str(), code: code.text.expose() }
    });
    Ok(Zeroizing::new(serde_json::to_string(&printed.collect::<Vec<_>>())?))
}

/// The codes and what to type for each, for people.
#[expect(clippy::print_stdout, reason = "the command's output")]
pub(super) fn print(minted: &[MintedCode], folder: &Folder, ca: &NodeName, enrol: SocketAddr) {
    let Some(first) = minted.first() else { return };
    let minutes = Rules::CODE_LIFETIME.as_secs() / 60;
    println!("\nEach code serves once, until {} ({minutes} minutes):\n", first.row.expires_at);
    for code in minted {
        let identity = code.row.enrolment.identity();
        let (network, role, name) = (identity.network, identity.role, identity.name.as_str());
        println!("  {}", code.text.expose());
        println!("    sinetti enrol {role} --network {network} --name {name} --ca {enrol} \\");
        println!("      --ca-name {} --ca-root me-root.pem --out tls", ca.as_str());
    }
    println!("\n`me-root.pem` is {}/public/me-root.pem;", folder.root().display());
    if let Some(fingerprint) = init::fingerprint(folder) {
        println!("its SHA-256 fingerprint is {fingerprint}.");
    }
}
