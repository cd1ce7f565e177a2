//! Configuration files of every role.
use std::path::Path;

/// The folder that relative paths are read against.
const FOLDER: &str = "/etc/sinetti";
const ROLES: [&str; 5] = ["ae", "home", "me", "ca", "smsc"];

/// A text as every role's configuration.
///
/// # Panics
/// When what a role understood is not understood again in the same way.
pub fn run(octets: &[u8]) {
    let Ok(text) = std::str::from_utf8(octets) else { return };
    for role in ROLES {
        let read =
            |text: &str| sinetti_config::read(role, text, Path::new(FOLDER)).expect("every role is built");
        if let Ok(written) = read(text) {
            assert_eq!(
                read(&written).as_deref(),
                Ok(written.as_str()),
                "{role} reads its own text in another way"
            );
        }
    }
}

/// One file for each role, long and short.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let tls = |name: &str| {
        format!("{{ certificate = \"{name}.pem\", key = \"{name}.key\", roots = \"/abs/{name}-roots.pem\" }}")
    };
    let listener =
        |name: &str, port: u16| format!("{{ address = \"127.0.0.1:{port}\", tls = {} }}", tls(name));
    let ae = format!(
        "name = \"ae.example\"\nmssp_id = \"http://ae.example\"\ndata = \"data\"\nallow_demo = true\nworkers = 2\n\
         public_url = \"https://ae.example:443\"\nap_listener = {}\nmesh = {}\n\n[[home]]\n\
         peer = {{ name = \"home.example\", address = \"[::1]:9443\" }}\nmsisdn_prefixes = [\"35840\", \"358\"]\n\
         connections = 8\n\n[ap.\"http://bank\"]\ndisplay_name = \"Bank\"\ncertificates = [\"{}\"]\n\
         profiles = [\"mss::sign:loa4:sim\"]\n\n[limits]\nclock_skew_s = 60\n\n[log]\nlevel = \"debug\"\njson = true\n",
        listener("ae", 8443),
        tls("mesh"),
        "ab".repeat(32),
    );
    let home = format!(
        "name = \"home.example\"\nmssp_id = \"http://home.example\"\ndata = \"data\"\nvault = \"vault\"\n\
         mesh_listener = {}\nme_listener = {}\nme = [\"me.example\"]\nuser_roots = \"roots.pem\"\n\
         delivery = \"proof-on-error\"\n\n[ae.\"ae.example\"]\nap_ids = [\"http://bank*\", \"*\"]\n\n[smsc]\n\
         address = \"127.0.0.1:2775\"\nsystem_id = \"home\"\npassword_file = \"smpp.txt\"\nshort_number = \"12345\"\n\
         window = 10\n",
        listener("mesh", 9443),
        listener("me", 9444),
    );
    let me = format!(
        "name = \"me.example\"\nmssp_id = \"http://me.example\"\ndata = \"data\"\nlistener = {}\n\
         operators = [\"op.example\"]\nuser_roots = \"roots.pem\"\n\
         home = {{ name = \"home.example\", address = \"127.0.0.1:1\" }}\n\
         ca = {{ name = \"ca.example\", address = \"127.0.0.1:2\" }}\n",
        listener("me", 7443),
    );
    let ca = format!(
        "name = \"ca.example\"\ndata = \"data\"\nenrol_listener = {}\nme_listener = {}\nme = [\"me.example\"]\n",
        listener("enrol", 6443),
        listener("me", 6444),
    );
    let smsc = "data = \"data\"\nlisten = \"127.0.0.1:2775\"\n\n[[esme]]\nsystem_id = \"home\"\n\
                password_file = \"smpp.txt\"\nshort_numbers = [\"12345\"]\n\n[person]\nscripted = true\ndelay_ms = 5\n\n\
                [page]\nlisten = \"127.0.0.1:8080\"\nurl_file = \"url\"\nhint = \"\"\nnames = { \"+358\" = \"Maija\" }\n"
        .to_owned();
    let seeds = [ae, home, me, ca, smsc];
    for (role, text) in ROLES.into_iter().zip(&seeds) {
        let read = sinetti_config::read(role, text, Path::new(FOLDER)).expect("every role is built");
        assert!(read.is_ok(), "{role}: {read:?}");
    }
    seeds.into_iter().map(String::into_bytes).collect()
}
