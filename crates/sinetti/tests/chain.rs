//! The whole chain by the real binary: an AP's command line, the phones' page, every refusal a person can cause.
#![cfg(feature = "demo")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test says what is wrong by panicking"
)]
mod demo;

use std::{process::Command, time::Duration};

use demo::{Demo, outcome, sinetti, wait};
use serde_json::json;

#[test]
fn a_person_signs_authenticates_refuses_and_is_out_of_reach() {
    let demo = Demo::start("chain", false);
    let (number, pin) = demo.subscriber(0);

    // Synch, with a line above the text.
    let asking = demo.sign(&[&number, "Maksa 12 € Ääkköselle?", "--displayed", "Tilaus 7"]);
    let phone = demo.wait_asked(&number);
    assert_eq!((&phone["title"], &phone["headline"]), (&json!("Demo Shop"), &json!("Tilaus 7")));
    assert_eq!((&phone["text"], &phone["kind"]), (&json!("Maksa 12 € Ääkköselle?"), &json!("sign")));

    // One transaction for each card at a time.
    let (done, said) = outcome(demo.sign(&[&number, "Another"]));
    assert!(!done && said.contains("406"), "{said}");

    demo.enter_pin(&number, "0000000");
    wait("a wrong PIN is said", Duration::from_secs(10), || {
        (demo.phone(&number)["state"] == "ask_pin_again").then_some(())
    });
    demo.enter_pin(&number, &pin);
    let (done, said) = outcome(asking);
    assert!(done && said.contains("Aino Virtanen") && said.contains("Maksa 12 € Ääkköselle?"), "{said}");

    // Asynch with polling, with the other key.
    let asking = demo.sign(&[&number, "Log in", "--purpose", "authn", "--mode", "asynch"]);
    assert_eq!(demo.wait_asked(&number)["kind"], json!("authenticate"));
    demo.enter_pin(&number, &pin);
    let (done, said) = outcome(asking);
    assert!(done && said.contains("Log in"), "{said}");

    // A document by its digest: the label is shown.
    let document = demo.folder().join("contract.txt");
    std::fs::write(&document, "A long contract").unwrap();
    let path = document.to_str().unwrap();
    let asking = demo.sign(&[&number, "--document", path, "--displayed", "Contract 7"]);
    let phone = demo.wait_asked(&number);
    assert_eq!((&phone["text"], &phone["kind"]), (&json!("Contract 7"), &json!("digest")));
    demo.enter_pin(&number, &pin);
    let (done, said) = outcome(asking);
    assert!(done, "{said}");

    // The person refuses.
    let asking = demo.sign(&[&number, "Buy an elephant?"]);
    demo.wait_asked(&number);
    demo.act(&number, "cancel", &json!({}));
    let (done, said) = outcome(asking);
    assert!(!done && said.contains("401"), "{said}");

    // No coverage for a while: the message waits, nothing is lost.
    demo.act(&number, "coverage", &json!({"on": false}));
    let asking = demo.sign(&[&number, "Are you there?", "--timeout", "90"]);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(demo.phone(&number)["state"], json!("idle"));
    demo.act(&number, "coverage", &json!({"on": true}));
    demo.wait_asked(&number);
    demo.enter_pin(&number, &pin);
    let (done, said) = outcome(asking);
    assert!(done, "{said}");

    // Five wrong PINs.
    let (number, _) = demo.subscriber(1);
    let asking = demo.sign(&[&number, "Guess"]);
    demo.wait_asked(&number);
    for tries_left in (0..5).rev() {
        demo.enter_pin(&number, "0000000");
        wait("the try is counted", Duration::from_secs(10), || {
            (demo.phone(&number)["tries_left"] == json!(tries_left)).then_some(())
        });
    }
    let (done, said) = outcome(asking);
    assert!(!done && said.contains("402"), "{said}");

    // Somebody nobody knows.
    let (done, said) = outcome(demo.sign(&["+358409999999", "Hello"]));
    assert!(!done && said.contains("105"), "{said}");
}

#[test]
fn the_phones_page_answers_only_to_its_own_browser() {
    let demo = Demo::start("page", true);
    let status = |answer: String| answer.split(' ').nth(1).unwrap_or_default().to_owned();
    assert_eq!(status(demo.request("GET", "/", "", demo.cookie(), None)), "200");
    assert_eq!(status(demo.request("GET", "/", "", "", None)), "403");
    assert_eq!(status(demo.request("GET", "/?token=0000", "", "", None)), "403");
    assert_eq!(status(demo.request("GET", "/", "", demo.cookie(), Some("evil.example"))), "421");
    assert_eq!(status(demo.request("POST", "/api/act", "{\"number\":1}", demo.cookie(), None)), "422");
    let page = demo.request("GET", "/", "", demo.cookie(), None).to_lowercase();
    assert!(page.contains("content-security-policy") && !page.contains("access-control-allow"), "{page}");
    // The folder is its owner's alone.
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(std::fs::metadata(demo.folder()).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn once_writes_a_signature_that_openssl_accepts() {
    let out = std::env::temp_dir().join(format!("sinetti-test-once-{}", std::process::id()));
    let (done, said) = outcome(
        sinetti()
            .args(["demo", "--once", "--out"])
            .arg(out.join("new").join("folder"))
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap(),
    );
    assert!(done, "{said}");
    let file = |name: &str| out.join("new").join("folder").join(name);
    for name in ["signature.p7s", "ca.pem", "text.txt", "request.xml", "response.xml", "summary.json"] {
        assert!(std::fs::metadata(file(name)).unwrap().len() > 0, "{name}");
    }
    let verify = Command::new("openssl")
        .args(["cms", "-verify", "-inform", "DER", "-purpose", "any", "-in"])
        .arg(file("signature.p7s"))
        .arg("-CAfile")
        .arg(file("ca.pem"))
        .output();
    match verify {
        Ok(verify) => {
            assert!(verify.status.success(), "{}", String::from_utf8_lossy(&verify.stderr));
            assert_eq!(verify.stdout, std::fs::read(file("text.txt")).unwrap());
        }
        Err(error) => println!("skipped: openssl cannot be started ({error})"),
    }
    std::fs::remove_dir_all(&out).unwrap();
}

#[test]
fn a_demonstrations_certificates_are_refused_where_nobody_allowed_them() {
    let demo = Demo::start("marker", true);
    for role in ["ae", "home", "me"] {
        let config = demo.folder().join(role).join(format!("{role}.toml"));
        let strict = config.with_file_name("strict.toml");
        let text = std::fs::read_to_string(&config).unwrap();
        std::fs::write(&strict, text.replace("allow_demo = true\n", "")).unwrap();
        let run = sinetti().args([role, "run", "--config"]).arg(&strict).output().unwrap();
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        assert!(!run.status.success() && said.contains("allow_demo"), "{role}: {said}");
    }
}
