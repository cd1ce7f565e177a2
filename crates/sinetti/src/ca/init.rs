//! `sinetti ca init`: keys, certificates, configuration, store and first codes, in a new folder.
use std::{net::SocketAddr, path::PathBuf};

use mss_core::{Network, NetworkRole, NodeName, RoleIdentity, Timestamp};
use mss_net::Fingerprint;
use mss_pki::{
    Certificate, NodeKey, Signer as _,
    issuance::{Authority, Name},
    pem,
};
use mss_store::{Location, ca::CaStore};
use mss_vault::Kek;
use nix::unistd::Uid;
use role_ca::{
    AuditEvent, AuditRecord, CaCommit, CaConfig as Rules, CertificateRow, Enrolment, Founding, Issuing,
    Purpose, authority_word, found,
};

use super::{code, folder::Folder};
use crate::{
    command_error::CommandError,
    file::write,
    system::{SystemEntropy, now},
};

/// Make the authorities, their keys and the first enrolment codes.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  sinetti ca init --data /var/lib/sinetti-ca --name ca.example \\\n    \
    --organization \"Example Oy\" --enrol-address 192.0.2.7:7080 --me-address 192.0.2.7:7081 --me me.example \\\n    \
    --code ap:ae:ae.example:mss.example --code mesh:ae:ae.example --code mesh:home:home.example \\\n    \
    --code me:home:home.example --code me:me:me.example\n\n\
    Each code serves once, within 15 minutes: start the CA, then `sinetti enrol` at each role.\n\
    Only `public/*-root.pem` ever leaves the folder. The key of the users' root, `keys/users-root.key`, is not needed\n\
    to run: keep it, with a copy of `kek`, on a medium of its own.")]
pub(crate) struct Args {
    /// A folder for everything; made if missing, refused if it has a CA
    #[arg(long)]
    data: PathBuf,
    /// This CA process's node name, a DNS name
    #[arg(long, value_parser = node)]
    name: NodeName,
    /// The organization in every authority's name
    #[arg(long)]
    organization: String,
    /// Mark the authorities as a demonstration's, which production refuses
    #[arg(long)]
    demo: bool,
    /// Where roles will enrol
    #[arg(long)]
    enrol_address: SocketAddr,
    /// Where MEs will order people's certificates
    #[arg(long)]
    me_address: SocketAddr,
    /// Node name of an ME that may order; repeat for more
    #[arg(long = "me", value_parser = node, required = true)]
    me: Vec<NodeName>,
    /// Make a code for NETWORK:ROLE:NAME or NETWORK:ROLE:NAME:SAN,SAN; repeat for more
    #[arg(long = "code", value_name = "SPEC", value_parser = Enrolment::parse)]
    codes: Vec<Enrolment>,
    /// Print the codes as a JSON array
    #[arg(long)]
    json: bool,
}

/// The roots that issue to nodes.
const NETWORKS: [Authority; 3] =
    [Authority::Network(Network::Ap), Authority::Network(Network::Mesh), Authority::Network(Network::Me)];

fn node(text: &str) -> Result<NodeName, String> {
    NodeName::parse(text).ok_or_else(|| "a DNS name in lower case, such as me.example".to_owned())
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<(), CommandError> {
    let minted = make(args)?;
    if args.json {
        return code::print_json(&minted);
    }
    say(args);
    code::print(&minted, &Folder::new(args.data.clone()), &args.name, args.enrol_address);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the command's output")]
fn say(args: &Args) {
    let folder = Folder::new(args.data.clone());
    println!("The CA is in {}. Start it:", folder.root().display());
    println!("  sinetti ca run --config {}", folder.config().display());
}

/// Makes everything; the configuration comes last, so that a broken attempt cannot be run.
pub(super) fn make(args: &Args) -> Result<Vec<role_ca::MintedCode>, CommandError> {
    let folder = Folder::new(args.data.clone());
    // Refused before anything is made.
    for authority in [Authority::UsersRoot, Authority::UsersIssuing].into_iter().chain(NETWORKS) {
        Name::authority(&args.organization, authority, args.demo)
            .map_err(|error| format!("--organization: {error}"))?;
    }
    folder.make()?;
    let at = now();
    let founder = Founder { args, folder: &folder, kek: Kek::create(&folder.kek())?, at };
    let mut commit = CaCommit::default();
    let [ap, mesh, me] = NETWORKS;
    founder.found(ap, None, &mut commit)?;
    founder.found(mesh, None, &mut commit)?;
    let me = founder.found(me, None, &mut commit)?;
    let users = founder.found(Authority::UsersRoot, None, &mut commit)?;
    founder.found(Authority::UsersIssuing, Some(&users), &mut commit)?;
    founder.identity(&me, &mut commit)?;
    let minted = code::mint_all(&args.codes, at, &mut commit);
    CaStore::open(&Location::File(folder.database()))?.commit(&commit)?;
    write(&folder.config(), config_text(args).as_bytes(), 0o600)?;
    Ok(minted)
}

struct Founder<'a> {
    args: &'a Args,
    folder: &'a Folder,
    kek: Kek,
    at: Timestamp,
}

impl Founder<'_> {
    /// Makes one authority, its key sealed and its certificate public.
    fn found(
        &self,
        authority: Authority,
        above: Option<&Issuing>,
        commit: &mut CaCommit,
    ) -> Result<Issuing, CommandError> {
        let signer = self.folder.create_key(&self.kek, authority)?;
        let Args { organization, demo, .. } = self.args;
        let founding = Founding { authority, organization, demo: *demo, signer: &*signer, above };
        let certificate: Certificate = found(&founding, self.at, &mut SystemEntropy)?;
        self.folder.write_certificate(authority, &certificate)?;
        let event =
            AuditEvent::Founded { authority: authority_word(authority), fingerprint: certificate.sha256() };
        commit.audit.push(AuditRecord { at: self.at, event });
        Ok(Issuing::new(certificate, signer)?)
    }

    /// The process's own identity in the ME network, which needs no code.
    fn identity(&self, me: &Issuing, commit: &mut CaCommit) -> Result<(), CommandError> {
        let identity =
            RoleIdentity { network: Network::Me, role: NetworkRole::Ca, name: self.args.name.clone() };
        let enrolment = Enrolment::new(identity.clone(), Vec::new())?;
        let key = NodeKey::generate(&mut SystemEntropy)?;
        let issued =
            me.certify_node(&enrolment, key.public_key(), &Rules::default(), self.at, &mut SystemEntropy)?;
        write(&self.folder.tls("me.key"), key.to_pem()?.as_bytes(), 0o600)?;
        for (file, der) in [("me.pem", issued.der.as_slice()), ("me-roots.pem", me.der())] {
            write(&self.folder.tls(file), pem::encode(pem::CERTIFICATE, der).as_bytes(), 0o644)?;
        }
        let serial = issued.serial;
        let event = AuditEvent::NodeCertified { identity: identity.clone(), serial };
        commit.audit.push(AuditRecord { at: self.at, event });
        let purpose = Purpose::Node(identity);
        commit.certificates.push(CertificateRow {
            row: 1,
            serial,
            der: issued.der,
            key: Some(issued.key),
            purpose,
            issued_at: self.at,
        });
        Ok(())
    }
}

fn config_text(args: &Args) -> String {
    let me: Vec<String> = args.me.iter().map(|name| format!("\"{}\"", name.as_str())).collect();
    let tls = r#"tls = { certificate = "tls/me.pem", key = "tls/me.key", roots = "tls/me-roots.pem" }"#;
    // A demonstration that root makes, as in a container, may run as root.
    let process = if args.demo && Uid::effective().is_root() {
        "\n[process]\nallow_root = true\n"
    } else {
        "\n# Who the process becomes when root starts it; the folder must belong to that user.\n\
         # [process]\n# user = \"sinetti-ca\"\n"
    };
    format!(
        r#"# Written by `sinetti ca init`. Paths are relative to this file.
name = "{name}"
data = "."
# The MEs that may order people's certificates, by node name.
me = [{me}]

# Where roles enrol with a code. Shows the CA's own certificate and asks for none.
[enrol_listener]
address = "{enrol}"
{tls}

# Where MEs order.
[me_listener]
address = "{orders}"
{tls}
{process}"#,
        name = args.name.as_str(),
        me = me.join(", "),
        enrol = args.enrol_address,
        orders = args.me_address,
    )
}

/// The fingerprint that an operator compares by telephone.
pub(super) fn fingerprint(folder: &Folder) -> Option<Fingerprint> {
    let text = std::fs::read_to_string(folder.certificate(Authority::Network(Network::Me))).ok()?;
    let ders = pem::decode_all(pem::CERTIFICATE, &text).ok()?;
    ders.first().map(|der| Fingerprint(mss_pki::sha256(der)))
}
