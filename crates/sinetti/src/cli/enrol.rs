//! `sinetti enrol`: a role makes its own key and gets its certificate for a one-time code.
use std::{io::Read as _, net::SocketAddr, path::PathBuf, time::Duration};

use mss_core::{Network, NetworkRole, NodeName, RoleIdentity};
use mss_net::{
    http_client::{Simple, Target},
    tls::{Roots, client_config},
};
use mss_pki::{NodeKey, csr, pem};
use mss_wire::ca::{ApiError, EnrolRequest, EnrolResponse, EnrolmentCode, MAX_OCTETS};

use crate::command_error::CommandError;
use crate::{file::write, runtime, system::SystemEntropy};

/// The path of the CA process's enrolment.
pub(crate) const PATH: &str = "/v1/enrol";

/// Get a role's certificate for a one-time code, read from standard input.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  sinetti enrol home --network mesh --name home.example --ca ca.example:7080 \\\n    \
    --ca-name ca.example --ca-root me-root.pem --out /etc/sinetti/tls < code.txt\n\n\
    Writes NETWORK.pem, NETWORK.key (mode 0600) and NETWORK-roots.pem into the folder."
)]
pub(crate) struct Args {
    /// What the certificate's holder is: ap, ae, home, me, ca, operator
    #[arg(value_parser = role)]
    role: NetworkRole,
    /// Which network: ap, mesh, me
    #[arg(long, value_parser = network)]
    network: Network,
    /// The holder's name, a DNS name; the code was made for it
    #[arg(long)]
    name: String,
    /// The CA process's enrolment listener
    #[arg(long)]
    ca: SocketAddr,
    /// The name in the CA process's own certificate
    #[arg(long)]
    ca_name: String,
    /// The ME network's root certificate, got together with the code
    #[arg(long)]
    ca_root: PathBuf,
    /// Folder for key and certificate; made if missing
    #[arg(long)]
    out: PathBuf,
}

fn role(text: &str) -> Result<NetworkRole, String> {
    NetworkRole::from_word(text).ok_or_else(|| "one of ap, ae, home, me, ca, operator".to_owned())
}

fn network(text: &str) -> Result<Network, String> {
    Network::from_word(text).ok_or_else(|| "one of ap, mesh, me".to_owned())
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Result<(), CommandError> {
    let mut code = zeroize::Zeroizing::new(String::new());
    std::io::stdin().take(1024).read_to_string(&mut code)?;
    let code = code.trim().to_owned();
    if code.is_empty() {
        return Err("no code on standard input; `sinetti ca init` or `sinetti ca code` prints one".into());
    }
    runtime::block_on(Some(1), enrol(args, EnrolmentCode::new(code)))
}

#[expect(clippy::print_stdout, reason = "the command's output")]
async fn enrol(args: Args, code: EnrolmentCode) -> Result<(), CommandError> {
    let name = NodeName::parse(&args.name).ok_or("--name must be a DNS name in lower case")?;
    let identity = RoleIdentity { network: args.network, role: args.role, name };
    let key = NodeKey::generate(&mut SystemEntropy)?;
    let request = EnrolRequest { code, csr_der: csr::build(&key, &identity)? };
    let tls = client_config(None, &Roots::load(&args.ca_root)?)?;
    // Its role, too: any node of the ME network that had this DNS name would hear the code.
    let name = NodeName::parse(&args.ca_name).ok_or("--ca-name must be a DNS name in lower case")?;
    let ca = RoleIdentity { network: Network::Me, role: NetworkRole::Ca, name };
    let client = Simple::new(tls, Target::node(args.ca.to_string(), ca)?, MAX_OCTETS);
    let answer =
        client.post(PATH, "application/json", request.encode().to_vec(), Duration::from_secs(20)).await?;
    if !answer.status.is_success() {
        let error = ApiError::decode(&answer.body, MAX_OCTETS)?;
        return Err(format!("the CA refused: {} ({})", error.message, error.code).into());
    }
    let answer = EnrolResponse::decode(&answer.body, MAX_OCTETS)?;
    runtime::private_folder(&args.out)?;
    let file = |suffix: &str| args.out.join(format!("{}{suffix}", args.network));
    write(&file(".key"), key.to_pem()?.as_bytes(), 0o600)?;
    let chain: String = answer.path.iter().map(|der| pem::encode("CERTIFICATE", der)).collect();
    write(&file(".pem"), chain.as_bytes(), 0o644)?;
    let roots = answer.roots.iter().filter(|root| root.network == args.network);
    let roots: String = roots.map(|root| pem::encode("CERTIFICATE", &root.der)).collect();
    write(&file("-roots.pem"), roots.as_bytes(), 0o644)?;
    let fingerprint = answer.path.first().map(|der| hex::encode(mss_pki::sha256(der))).unwrap_or_default();
    println!("{} {fingerprint}", identity.uri());
    Ok(())
}
