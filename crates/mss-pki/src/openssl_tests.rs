//! What we make, read by OpenSSL's command line. It is laxer than we are: a peer, not an oracle.
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use mss_core::{MsspTransId, Network, NetworkRole, NodeName, Operation, RoleIdentity};

use crate::{
    Content, Expected, SignedAttributes, Signer, cms, csr, ecdsa, issuance::AlternativeName, pem,
    test_world::World, verify,
};

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("mss-pki-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, octets: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        fs::write(&path, octets).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Standard output, or what went wrong. `None`, after saying so, when there is no OpenSSL here.
fn openssl(arguments: &[&str]) -> Option<Result<Vec<u8>, String>> {
    let Ok(output) = Command::new("openssl").args(arguments).output() else {
        println!("skipped: no openssl program");
        return None;
    };
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    Some(if output.status.success() { Ok(output.stdout) } else { Err(error) })
}

fn cms(world: &World, operation: Operation, content: Content) -> Vec<u8> {
    let certificate = world.user(operation);
    let attributes = SignedAttributes::build(&content.message_digest(), world.now, certificate.sha256());
    let raw = ecdsa::raw_from_der(&world.user_key.sign(attributes.der()).unwrap()).unwrap();
    let expected = Expected {
        transaction: MsspTransId::parse("S1-0123456789abcdef0123").unwrap(),
        content,
        signing_time: world.now,
        certificate,
        now: world.now,
    };
    cms::assemble(&verify(expected, raw).unwrap())
}

#[test]
fn openssl_accepts_our_cms() {
    let world = World::new();
    let folder = Folder::new("cms");
    let (at, root) = (
        world.now.secs().to_string(),
        folder.write("root.pem", pem::encode(pem::CERTIFICATE, world.root.der())),
    );
    let text = "Hyväksy maksu 5 €\nrivi 2";
    // Scripts of the field verify authentication with the purpose of a TLS client.
    for (operation, purpose) in
        [(Operation::Sign, "smimesign"), (Operation::Authn, "smimesign"), (Operation::Authn, "sslclient")]
    {
        let file = folder.write("text.p7s", cms(&world, operation, Content::Text(text.to_owned())));
        let arguments =
            ["cms", "-verify", "-binary", "-cades", "-inform", "DER", "-in", &file, "-CAfile", &root];
        let arguments = [&arguments[..], &["-attime", &at, "-purpose", purpose]].concat();
        let Some(output) = openssl(&arguments) else { return };
        assert_eq!(output.as_deref(), Ok(text.as_bytes()), "{operation:?} {purpose}");
    }
    let document = folder.write("document", "%PDF-1.7");
    let file = folder
        .write("digest.p7s", cms(&world, Operation::Digest, Content::Digest(crate::sha256(b"%PDF-1.7"))));
    let arguments = ["cms", "-verify", "-binary", "-cades", "-inform", "DER", "-in", &file, "-CAfile", &root];
    let arguments = [&arguments[..], &["-attime", &at, "-content", &document]].concat();
    assert_eq!(openssl(&arguments).unwrap().as_deref(), Ok(&b"%PDF-1.7"[..]));
}

fn check_path(world: &World, certificate: &Path, more: &[&str]) -> Option<Result<Vec<u8>, String>> {
    let at = world.now.secs().to_string();
    let arguments = ["verify", "-x509_strict", "-attime", &at];
    openssl(&[&arguments[..], more, &[certificate.to_str().unwrap()]].concat())
}

#[test]
fn openssl_accepts_our_certificates() {
    let world = World::new();
    let folder = Folder::new("verify");
    let certificate = |name: &str, der: &[u8]| folder.write(name, pem::encode(pem::CERTIFICATE, der));
    let root = certificate("root.pem", world.root.der());
    let issuing = certificate("issuing.pem", world.issuing.der());
    let user = certificate("user.pem", world.user(Operation::Sign).leaf().der());
    let chain = ["-CAfile", &root, "-untrusted", &issuing];
    let Some(result) = check_path(&world, user.as_ref(), &chain) else { return };
    result.unwrap();
    let network = certificate("network.pem", world.network.der());
    let identity = RoleIdentity {
        network: Network::Mesh,
        role: NetworkRole::Home,
        name: NodeName::parse("home.example").unwrap(),
    };
    let extra = vec![AlternativeName::Ip([127, 0, 0, 1].into()), AlternativeName::Ip("::1".parse().unwrap())];
    let node = certificate("node.pem", world.node(&identity, extra).der());
    let server = ["-CAfile", &network, "-purpose", "sslserver", "-verify_hostname", "home.example"];
    check_path(&world, node.as_ref(), &[&server[..], &["-verify_ip", "::1"]].concat()).unwrap().unwrap();
    let client = ["-CAfile", &network, "-purpose", "sslclient"];
    assert!(check_path(&world, node.as_ref(), &client).unwrap().is_err(), "a server is no client");
}

#[test]
fn openssl_accepts_our_keys_and_requests() {
    let world = World::new();
    let folder = Folder::new("csr");
    let identity = RoleIdentity {
        network: Network::Me,
        role: NetworkRole::Me,
        name: NodeName::parse("me.example").unwrap(),
    };
    let request = csr::build(&world.user_key, &identity).unwrap();
    let request = folder.write("request.pem", pem::encode(pem::CERTIFICATE_REQUEST, &request));
    let Some(result) = openssl(&["req", "-verify", "-noout", "-text", "-in", &request]) else { return };
    let text = String::from_utf8(result.unwrap()).unwrap();
    assert!(text.contains("CN = me.example") && text.contains("URI:urn:sinetti:me:me:me.example"), "{text}");
    let key = folder.write("key.pem", world.user_key.to_pem().unwrap().as_bytes());
    openssl(&["pkey", "-check", "-noout", "-in", &key]).unwrap().unwrap();
    // And back: a request and a key that OpenSSL made.
    let theirs =
        openssl(&["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]).unwrap().unwrap();
    let theirs = String::from_utf8(theirs).unwrap();
    let key = crate::NodeKey::from_pem(&theirs).unwrap();
    let file = folder.write("theirs.pem", theirs);
    let request = ["req", "-new", "-key", &file, "-subj", "/O=A, B/CN=ap.example", "-outform", "DER"];
    let checked = csr::parse_and_check(&openssl(&request).unwrap().unwrap()).unwrap();
    assert_eq!((checked.public_key(), checked.subject()), (key.public_key(), "O=A\\, B, CN=ap.example"));
}
