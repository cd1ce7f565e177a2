use mss_core::{Network, NetworkRole, NodeName, Operation, RoleIdentity};

use super::*;
use crate::{
    Certificate, NodeKey, Signer,
    certificate::{ExtKeyUsage, KeyUsage, Validity},
    test_entropy::Counting,
    test_world::World,
};

#[test]
fn only_the_roles_of_a_network_get_a_certificate() {
    let mut exist = Vec::new();
    for network in Network::ALL {
        for role in NetworkRole::ALL {
            if let Some(ExtKeyUsage { server_auth, client_auth, other }) = role_usage(*network, *role) {
                assert!(!other && (server_auth || client_auth));
                let purpose = [(server_auth, "server"), (client_auth, "client")];
                let purpose: Vec<_> = purpose.iter().filter(|(set, _)| *set).map(|(_, word)| *word).collect();
                exist.push(format!("{network}/{role} {}", purpose.join("+")));
            }
        }
    }
    exist.sort();
    assert_eq!(
        exist,
        [
            "ap/ae server",
            "ap/ap client",
            "me/ca server",
            "me/home server",
            "me/me server+client",
            "me/operator client",
            "mesh/ae client",
            "mesh/home server",
        ]
    );
}

fn identity(role: NetworkRole) -> RoleIdentity {
    RoleIdentity { network: Network::Mesh, role, name: NodeName::parse("home.example").unwrap() }
}

#[test]
fn a_node_carries_its_names_once() {
    let world = World::new();
    let localhost = AlternativeName::Dns(NodeName::parse("localhost").unwrap());
    let extra = vec![localhost.clone(), localhost, AlternativeName::Ip([127, 0, 0, 1].into())];
    let node = world.node(&identity(NetworkRole::Home), extra);
    let count = |needle: &[u8]| node.der().windows(needle.len()).filter(|window| *window == needle).count();
    assert_eq!(count(b"\x82\x0chome.example"), 1);
    assert_eq!(count(b"\x82\x09localhost"), 1);
    assert_eq!(count(b"\x87\x04\x7f\x00\x00\x01"), 1);
    assert_eq!(count(b"urn:sinetti:mesh:home:home.example"), 1);
    assert_eq!(node.key_usage(), Some(KeyUsage::DIGITAL_SIGNATURE));
    assert!(node.serial_hex().starts_with("7fff"));
    assert_eq!(crate::path::validate(&[&node], std::slice::from_ref(&world.network), world.now), Ok(()));
}

#[test]
fn what_no_profile_allows_is_refused() {
    let world = World::new();
    let issuer = Issuer { certificate: &world.issuing, signer: &world.issuing_key };
    let template = |profile| Template { profile, ..world.person_template(Operation::Sign) };
    let node = |role, names| Profile::Node { identity: identity(role), alternative_names: names };
    let many = vec![AlternativeName::Ip([127, 0, 0, 1].into()); MAX_ALTERNATIVE_NAMES + 1];
    for profile in [
        node(NetworkRole::Operator, vec![]),
        node(NetworkRole::Home, many),
        Profile::Authority(Authority::UsersRoot),
        Profile::Authority(Authority::Network(Network::Ap)),
    ] {
        assert_eq!(issue(&template(profile), &issuer), Err(IssueError::Profile(RefusedProfile)));
    }
    assert_eq!(
        self_sign(&template(Profile::User(Operation::Sign)), &world.user_key),
        Err(IssueError::Profile(RefusedProfile))
    );
    let wrong = Issuer { certificate: &world.issuing, signer: &world.root_key };
    assert_eq!(issue(&template(Profile::User(Operation::Sign)), &wrong), Err(IssueError::WrongKey));
    let root = template(Profile::Authority(Authority::UsersRoot));
    assert_eq!(self_sign(&root, &world.root_key), Err(IssueError::WrongKey));
}

#[test]
fn serial_numbers_are_positive_and_of_full_length() {
    let world = World::new();
    let issuer = Issuer { certificate: &world.issuing, signer: &world.issuing_key };
    for (serial, first) in [([0; 16], "40"), ([0xff; 16], "7f")] {
        let template = Template { serial, ..world.person_template(Operation::Authn) };
        let hex = Certificate::parse(&issue(&template, &issuer).unwrap()).unwrap().serial_hex();
        assert!(hex.len() == 32 && hex.starts_with(first), "{hex}");
    }
}

#[test]
fn a_ca_without_the_demo_marker_is_no_demo() {
    let key = NodeKey::generate(&mut Counting(5)).unwrap();
    let authority = Authority::Network(Network::Me);
    let world = World::new();
    for demo in [false, true] {
        let template = Template {
            profile: Profile::Authority(authority),
            subject: Name::authority("Seal", authority, demo).unwrap(),
            public_key: key.public_key().clone(),
            validity: Validity { not_before: world.now, not_after: world.now },
            serial: [1; 16],
        };
        let root = Certificate::parse(&self_sign(&template, &key).unwrap()).unwrap();
        assert_eq!(root.is_demo(), demo);
        assert!(root.extensions().ca && root.extensions().path_len == Some(0));
    }
}
