//! What the hostile Application Provider's tests share: a platform that believes one more AP, which does not behave; the one
//! that does; and a look at the processes from outside.
#![cfg(feature = "demo")]
#![allow(dead_code, reason = "each test program uses a part of it")]

pub(crate) mod crooked_centre;
pub(crate) mod good_ap;
pub(crate) mod http_2;
pub(crate) mod pki;
pub(crate) mod process;
pub(crate) mod soap;
pub(crate) mod watch;
pub(crate) mod wire;

use std::{fs, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use rustls::ClientConfig;

use self::{
    crooked_centre::CrookedCentre,
    good_ap::GoodAp,
    pki::{Authority, Leaf, Pems},
    process::Process,
};
use super::demo::{Demo, wait};

/// The AP_ID of the one that does not behave.
pub(crate) const HOSTILE_AP: &str = "http://hostile.example";

/// A demonstration whose AP network has a second CA, the test's own, and a second AP.
pub(crate) struct Stage {
    pub(crate) demo: Demo,
    /// Where APs connect.
    pub(crate) door: SocketAddr,
    /// The test's own CA of APs.
    pub(crate) authority: Authority,
    /// The hostile AP's certificate: a good one, of an AP that is known.
    pub(crate) hostile: Pems,
    pub(crate) runtime: tokio::runtime::Runtime,
}

impl Stage {
    pub(crate) fn start(name: &str) -> Self {
        let stage = Self::set(Demo::start(name, true));
        stage.believe();
        stage
    }

    /// The same with few file descriptors for each role.
    pub(crate) fn start_with_descriptors(most: usize, name: &str) -> Self {
        let stage = Self::set(Demo::start_with_descriptors(most, name, true));
        stage.believe();
        stage
    }

    /// The same with a short-message centre that does not behave between the HMSSP and the right one.
    pub(crate) fn start_crooked(name: &str) -> (Self, CrookedCentre) {
        let stage = Self::set(Demo::start(name, true));
        let path = config(&stage.demo, "home");
        let right = address(&stage.demo, "home", "smsc");
        let crooked = CrookedCentre::start(&right);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, text.replace(&right, &crooked.address().to_string())).unwrap();
        stage.believe();
        (stage, crooked)
    }

    fn set(demo: Demo) -> Self {
        let authority = Authority::new();
        let hostile = authority.issue(&Leaf::ap("hostile.example"));
        Self {
            door: address(&demo, "ae", "ap_listener").parse().unwrap(),
            demo,
            authority,
            hostile,
            runtime: tokio::runtime::Runtime::new().unwrap(),
        }
    }

    /// Lets AE and HMSSP know the hostile AP.
    fn believe(&self) {
        let folder = self.demo.folder().join("ae").join("tls");
        let roots = fs::read_to_string(folder.join("ap-roots.pem")).unwrap();
        fs::write(folder.join("both-roots.pem"), roots + &self.authority.pem()).unwrap();
        let path = config(&self.demo, "ae");
        let text = fs::read_to_string(&path).unwrap().replacen("ap-roots.pem", "both-roots.pem", 1);
        let entry = format!(
            "\n[ap.\"{HOSTILE_AP}\"]\ndisplay_name = \"Hostile\"\ncertificates = [\"{}\"]\n",
            self.hostile.fingerprint()
        );
        fs::write(path, text + &entry).unwrap();
        let path = config(&self.demo, "home");
        let text = fs::read_to_string(&path).unwrap();
        let both = text.replace("ap_ids = [", &format!("ap_ids = [\"{HOSTILE_AP}\", "));
        assert_ne!(both, text);
        fs::write(path, both).unwrap();
        for role in ["home", "ae"] {
            let old = self.demo.kill(role);
            self.demo.wait_restarted(role, old);
        }
        wait("the link to the centre", Duration::from_secs(20), || {
            (self.demo.log("home").matches("bound to the short-message centre").count() > 1).then_some(())
        });
    }

    /// A role's process.
    pub(crate) fn process(&self, role: &str) -> Process {
        Process(self.demo.file()["processes"][role].as_u64().unwrap())
    }

    /// The AP that behaves; it begins at once.
    pub(crate) fn good_ap(&self) -> GoodAp {
        GoodAp::start(&self.demo, self.door)
    }

    /// TLS of the hostile AP, asking for `alpn`.
    pub(crate) fn hostile_tls(&self, alpn: &[&str]) -> Arc<ClientConfig> {
        self.tls(Some(&self.hostile), alpn)
    }

    /// TLS of anyone towards the AP listener.
    pub(crate) fn tls(&self, who: Option<&Pems>, alpn: &[&str]) -> Arc<ClientConfig> {
        wire::client(&self.root("ap"), who, alpn)
    }

    /// TLS of the demonstration's AE towards the HMSSP.
    pub(crate) fn ae_tls(&self, alpn: &[&str]) -> Arc<ClientConfig> {
        let file =
            |name: &str| fs::read_to_string(self.demo.folder().join("ae").join("tls").join(name)).unwrap();
        let ae = Pems::new(file("mesh.pem"), file("mesh.key"));
        wire::client(&self.root("mesh"), Some(&ae), alpn)
    }

    /// The root certificate of the AE's own AP network, in PEM.
    pub(crate) fn ap_root(&self) -> String {
        self.root("ap")
    }

    pub(crate) fn root(&self, network: &str) -> String {
        let path = self.demo.folder().join("ca").join("public").join(format!("{network}-root.pem"));
        fs::read_to_string(path).unwrap()
    }

    /// Nobody has died or panicked.
    pub(crate) fn all_is_well(&self, ids: &serde_json::Value) {
        assert_eq!(self.demo.file()["processes"], *ids, "a process has died");
        for role in ["ca", "smsc", "home", "me", "ae"] {
            assert!(!self.demo.log(role).contains("panicked"), "{role}:\n{}", self.demo.log(role));
        }
    }
}

pub(crate) fn config(demo: &Demo, role: &str) -> PathBuf {
    PathBuf::from(demo.file()["configs"][role].as_str().unwrap())
}

/// An address in a role's configuration, such as `smsc.address`.
pub(crate) fn address(demo: &Demo, role: &str, table: &str) -> String {
    let config: toml::Table = fs::read_to_string(config(demo, role)).unwrap().parse().unwrap();
    config[table]["address"].as_str().unwrap().to_owned()
}
