//! A role in production does not start on a demonstration's certificates, whichever file they stand in.
use std::{fs, path::Path, process::Stdio};

use crate::{
    demo::{Demo, sinetti},
    doors::config,
};

#[test]
fn production_starts_on_no_certificate_of_a_demonstration() {
    let demo = Demo::start("walls-production", true);
    for (role, tables, plain) in [
        ("ae", &["ap_listener", "mesh"][..], &[][..]),
        ("home", &["mesh_listener", "me_listener"], &["user_roots"]),
        ("me", &["listener"], &["user_roots"]),
    ] {
        let path = config(&demo, role);
        let mut table: toml::Table = fs::read_to_string(&path).unwrap().parse().unwrap();
        assert_eq!(table.remove("allow_demo"), Some(true.into()), "{role}");
        let refused = start(role, &path, &table);
        assert!(refused.contains("is a demonstration's certificate"), "{role}: {refused}");
        // One demonstration's file among good ones is enough.
        let good = good_certificate(demo.folder());
        let mut files: Vec<(Vec<&str>, &str)> = Vec::new();
        for name in tables {
            let keys = if table[*name].get("tls").is_some() { vec![*name, "tls"] } else { vec![*name] };
            files.extend(["certificate", "roots"].map(|file| (keys.clone(), file)));
        }
        files.extend(plain.iter().map(|file| (Vec::new(), *file)));
        for bad in 0..files.len() {
            let mut table = table.clone();
            for (number, (keys, file)) in files.iter().enumerate() {
                if number != bad {
                    let place =
                        keys.iter().fold(&mut table, |table, key| table[*key].as_table_mut().unwrap());
                    place.insert((*file).into(), good.clone().into());
                }
            }
            let refused = start(role, &path, &table);
            assert!(
                refused.contains("is a demonstration's certificate"),
                "{role}, {:?}: {refused}",
                files[bad]
            );
        }
    }
}

/// A certificate without the mark.
fn good_certificate(folder: &Path) -> String {
    let path = folder.join("good.pem");
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["good.example".to_owned()]).unwrap();
    fs::write(&path, params.self_signed(&key).unwrap().pem()).unwrap();
    path.display().to_string()
}

/// Starts a role with this configuration, which must fail; what it says.
fn start(role: &str, beside: &Path, table: &toml::Table) -> String {
    let path = beside.with_file_name("production.toml");
    fs::write(&path, toml::to_string(table).unwrap()).unwrap();
    let mut command = sinetti();
    command.args([role, "run", "--supervised", "--config"]).arg(&path).stdin(Stdio::null());
    let output = command.output().unwrap();
    assert!(!output.status.success(), "{role} has started");
    String::from_utf8_lossy(&output.stderr).into_owned()
}
