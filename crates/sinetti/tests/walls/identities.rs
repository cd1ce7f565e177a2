//! Every certificate that an installation has, and those that come close to one.
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use mss_core::{Entropy, Network, NetworkRole, Operation, RoleIdentity, Timestamp};
use mss_net::tls::Identity;
use mss_pki::{
    Certificate, NodeKey, Signer as _,
    issuance::{Authority, role_usage},
    pem,
};
use mss_vault::Kek;
use role_ca::{
    CaConfig, Enrolment, Founding, Issuing, OrderId, OrderedSubject, UserOrder, authority_word, found,
};

use crate::demo::Demo;

/// One certificate with its key, under the name of its row.
pub(crate) struct Holder {
    pub(crate) name: String,
    pub(crate) chain: String,
    pub(crate) key: String,
    pub(crate) fingerprint: String,
}

impl Holder {
    pub(crate) fn new(name: &str, path: &[Vec<u8>], key: &NodeKey) -> Self {
        Self {
            name: name.to_owned(),
            chain: path.iter().map(|der| pem::encode(pem::CERTIFICATE, der)).collect(),
            key: key.to_pem().unwrap().to_string(),
            fingerprint: hex::encode(mss_pki::sha256(&path[0])),
        }
    }

    pub(crate) fn identity(&self) -> Identity {
        Identity::from_pem(self.chain.as_bytes(), self.key.as_bytes()).unwrap()
    }
}

/// Chance for keys and serial numbers.
pub(crate) struct Chance;

impl Entropy for Chance {
    fn fill(&mut self, buffer: &mut [u8]) {
        aws_lc_rs::rand::fill(buffer).unwrap();
    }
}

pub(crate) fn now() -> Timestamp {
    Timestamp::from_millis(i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap())
}

/// All authorities of one installation, with their keys.
pub(crate) struct Authorities(Vec<(Authority, Issuing, NodeKey)>);

const AUTHORITIES: [Authority; 5] = [
    Authority::Network(Network::Ap),
    Authority::Network(Network::Mesh),
    Authority::Network(Network::Me),
    Authority::UsersRoot,
    Authority::UsersIssuing,
];

impl Authorities {
    /// The demonstration's own, their keys opened as the CA process opens them.
    pub(crate) fn of(demo: &Demo) -> Self {
        let folder = demo.folder().join("ca");
        let kek = Kek::load(&folder.join("kek")).unwrap();
        let open = |authority| {
            let word = authority_word(authority);
            let text = fs::read_to_string(folder.join("public").join(format!("{word}.pem"))).unwrap();
            let certificate =
                Certificate::parse(&pem::decode_all(pem::CERTIFICATE, &text).unwrap()[0]).unwrap();
            let file = format!("{word}.key");
            let sealed = fs::read(folder.join("keys").join(&file)).unwrap();
            let pkcs8 = kek.open(format!("sinetti signing key 1|{file}").as_bytes(), &sealed).unwrap();
            (authority, certificate, pkcs8.to_vec())
        };
        Self(AUTHORITIES.map(open).map(pair).into())
    }

    /// Others, under the same names.
    pub(crate) fn foreign() -> Self {
        let mut made: Vec<(Authority, Issuing, NodeKey)> = Vec::new();
        for authority in AUTHORITIES {
            let key = NodeKey::generate(&mut Chance).unwrap();
            let above = match authority {
                Authority::UsersIssuing => made.last().map(|(_, issuing, _)| issuing),
                _ => None,
            };
            let founding =
                Founding { authority, organization: "Sinetti Demo", demo: true, signer: &key, above };
            let certificate = found(&founding, now(), &mut Chance).unwrap();
            made.push(pair((authority, certificate, key.to_pkcs8().unwrap().to_vec())));
        }
        Self(made)
    }

    fn issuing(&self, authority: Authority) -> &Issuing {
        &self.0.iter().find(|(other, ..)| *other == authority).unwrap().1
    }

    /// A node's certificate, as an enrolment code for this text would give.
    pub(crate) fn node(&self, spec: &str) -> Holder {
        self.node_until(spec, spec, now())
    }

    /// As [`Self::node`], made at another time.
    fn node_until(&self, name: &str, spec: &str, made: Timestamp) -> Holder {
        let enrolment = Enrolment::parse(spec).unwrap();
        let key = NodeKey::generate(&mut Chance).unwrap();
        let issuing = self.issuing(Authority::Network(enrolment.identity().network));
        let config = CaConfig { node_lifetime: std::time::Duration::from_secs(60), ..CaConfig::default() };
        let config = if made < now() { config } else { CaConfig::default() };
        let issued = issuing.certify_node(&enrolment, key.public_key(), &config, made, &mut Chance).unwrap();
        Holder::new(name, &[issued.der], &key)
    }

    /// A person's certificate for one kind of signature. The key lies here and not on a card: a person who could take it
    /// off the card should get in nowhere either.
    fn person(&self, operation: Operation) -> Holder {
        let key = NodeKey::generate(&mut Chance).unwrap();
        let subject = OrderedSubject {
            given_name: "Aino",
            surname: "Virtanen",
            serial_number: "FI-DEMO-PERSON-0001",
            common_name: "Aino Virtanen",
        };
        let order =
            UserOrder::parse(OrderId::parse("W1").unwrap(), key.public_key().spki_der(), operation, subject);
        let issuing = self.issuing(Authority::UsersIssuing);
        let issued = issuing.certify_user(&order.unwrap(), &CaConfig::default(), now(), &mut Chance).unwrap();
        let path = [issued.der, issuing.der().to_vec()];
        Holder::new(&format!("person:{}", operation.word()), &path, &key)
    }
}

fn pair((authority, certificate, pkcs8): (Authority, Certificate, Vec<u8>)) -> (Authority, Issuing, NodeKey) {
    let key = || NodeKey::from_pkcs8(&pkcs8).unwrap();
    (authority, Issuing::new(certificate, Arc::new(key())).unwrap(), key())
}

/// Everybody who will knock at every door. Nobody at all is the holder without a chain.
pub(crate) fn all(demo: &Demo) -> Vec<Holder> {
    let own = Authorities::of(demo);
    let foreign = Authorities::foreign();
    let mut all = enrolled(demo);
    for (authority, issuing, key) in &own.0 {
        all.push(Holder::new(
            &format!("authority:{}", authority_word(*authority)),
            &[issuing.der().to_vec()],
            key,
        ));
    }
    all.extend([Operation::Sign, Operation::Authn, Operation::Digest].map(|operation| own.person(operation)));
    // The right CA and another name, for every role that there is.
    let every = every_role();
    all.extend(every.iter().map(|(network, role)| own.node(&format!("{network}:{role}:other.demo"))));
    // Another CA under the same names, and every name that the demonstration has.
    for (network, role) in &every {
        let name = format!("{network}:{role}:{}", demo_name(*role));
        all.push(foreign.node_until(&format!("foreign:{name}"), &name, now()));
    }
    let past = now().minus(std::time::Duration::from_secs(1800));
    for spec in ["ap:ap:shop.demo", "mesh:ae:ae.demo", "me:me:me.demo", "me:operator:operator.demo"] {
        all.push(own.node_until(&format!("expired:{spec}"), spec, past));
        all.push(self_signed(spec));
    }
    all.push(Holder {
        name: "nobody".into(),
        chain: String::new(),
        key: String::new(),
        fingerprint: "no certificate".into(),
    });
    all
}

/// Every pair of network and role that a certificate can name.
pub(crate) fn every_role() -> Vec<(Network, NetworkRole)> {
    let pairs = Network::ALL.iter().flat_map(|network| NetworkRole::ALL.iter().map(|role| (*network, *role)));
    pairs.filter(|(network, role)| role_usage(*network, *role).is_some()).collect()
}

fn demo_name(role: NetworkRole) -> String {
    match role {
        NetworkRole::Ap => "shop.demo".to_owned(),
        other => format!("{other}.demo"),
    }
}

/// What stands in the folders of the roles: each `NETWORK.pem` with its key.
fn enrolled(demo: &Demo) -> Vec<Holder> {
    let mut found = Vec::new();
    for path in certificate_files(demo.folder()) {
        let key = path.with_extension("key");
        if !key.exists() {
            continue;
        }
        let chain = fs::read_to_string(&path).unwrap();
        let ders = pem::decode_all(pem::CERTIFICATE, &chain).unwrap();
        let identity = mss_pki::peer::identify(&ders[0]).unwrap().identity.expect("a role's certificate");
        let RoleIdentity { network, role, name } = &identity;
        found.push(Holder {
            name: format!("{network}:{role}:{}", name.as_str()),
            chain,
            key: fs::read_to_string(&key).unwrap(),
            fingerprint: hex::encode(mss_pki::sha256(&ders[0])),
        });
    }
    found
}

/// Every file with certificates in the installation.
pub(crate) fn certificate_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(certificate_files(&path));
        } else if fs::read_to_string(&path).is_ok_and(|text| text.contains("BEGIN CERTIFICATE")) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A certificate that says it is this node, on its own word.
fn self_signed(spec: &str) -> Holder {
    use rcgen::{CertificateParams, ExtendedKeyUsagePurpose as Eku, KeyPair, KeyUsagePurpose, SanType};
    let name = spec.rsplit(':').next().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.subject_alt_names.push(SanType::URI(format!("urn:sinetti:{spec}").try_into().unwrap()));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![Eku::ClientAuth];
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    Holder {
        name: format!("self-signed:{spec}"),
        chain: certificate.pem(),
        key: key.serialize_pem(),
        fingerprint: hex::encode(mss_pki::sha256(certificate.der())),
    }
}
