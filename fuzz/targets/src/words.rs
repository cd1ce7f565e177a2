//! The words that stand in messages, headers and configurations: identifiers, numbers, times, names, texts.
use mss_core::{
    ApId, ApTransId, Dtbd, Dtbs, Msisdn, MsspTransId, Network, NetworkRole, NodeName, RoleIdentity,
    SignatureProfile, TextLimits, Timestamp, is_gsm_text,
};
use mss_wire::http::accepts_content_type;

/// The same text as every word.
///
/// # Panics
/// When a word is not read again from what it is written as, or passes its own limits.
pub fn run(octets: &[u8]) {
    let Ok(text) = std::str::from_utf8(octets) else { return };
    if let Ok(number) = Msisdn::parse(text) {
        assert!(
            (1..=15).contains(&number.digits().len()) && number.digits().bytes().all(|b| b.is_ascii_digit())
        );
        assert_eq!(Msisdn::parse(&number.international()).as_ref(), Ok(&number));
        assert!(!format!("{number:?}").contains(number.digits()), "a number shows itself");
    }
    if let Ok(id) = ApId::parse(text) {
        assert!(id.as_str().chars().count() <= ApId::MAX);
        assert_eq!(ApId::parse(id.as_str()), Ok(id));
    }
    if let Ok(id) = ApTransId::parse(text) {
        assert!(id.as_str().chars().count() <= ApTransId::MAX);
        assert_eq!(ApTransId::parse(id.as_str()), Ok(id));
    }
    if let Some(id) = MsspTransId::parse(text) {
        assert!(id.as_str().len() <= MsspTransId::MAX);
        let _ = id.row();
        assert_eq!(MsspTransId::parse(id.as_str()), Some(id));
    }
    if let Ok(at) = Timestamp::parse_xml(text) {
        assert_eq!(Timestamp::parse_xml(&at.to_string()), Ok(at), "{at}");
        let (_, month, day, hour, minute, second) = at.civil();
        assert!(
            (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second < 60
        );
    }
    if let Some(identity) = RoleIdentity::from_uri(text) {
        assert_eq!(RoleIdentity::from_uri(&identity.uri()), Some(identity));
    }
    if let Some(name) = NodeName::parse(text) {
        assert!(name.as_str().len() <= 253);
        assert_eq!(NodeName::parse(name.as_str()), Some(name));
    }
    if let Some(profile) = SignatureProfile::from_uri(text) {
        assert_eq!(SignatureProfile::from_uri(profile.uri()), Some(profile));
    }
    shown(text);
    if accepts_content_type(text) {
        let kind = text.split(';').next().unwrap_or_default();
        assert!(kind.to_ascii_lowercase().contains("xml"), "{kind} is no XML");
    }
}

/// What a person may be shown and asked to sign.
fn shown(text: &str) {
    if Dtbs::text(text.into(), TextLimits::SIGNED).is_ok() {
        let most = if is_gsm_text(text) { TextLimits::SIGNED.gsm } else { TextLimits::SIGNED.ucs2 };
        assert!(!text.is_empty() && text.encode_utf16().count() <= most);
        // What the platform accepts, a card can be sent: octet for octet what will be signed.
        let screen = card_ota::osap::ScreenText::new(text).expect("an accepted text fits a card");
        assert_eq!(screen.as_str(), text);
    }
    if Dtbd::parse(text.into(), TextLimits::DISPLAYED).is_ok() {
        assert!(card_ota::osap::ScreenText::new(text).is_ok(), "a displayed text fits a card");
    }
}

/// Words that are read, each once.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let identity = |role| {
        let name = NodeName::parse("home.example").unwrap();
        RoleIdentity { network: Network::Mesh, role, name }.uri()
    };
    let mut seeds = vec![
        Msisdn::parse("+358401234567").unwrap().international(),
        "http://ap.example/a?b&c".into(),
        MsspTransId::parse("S1f-00ff").unwrap().as_str().into(),
        Timestamp::from_millis(1_736_935_201_234).to_string(),
        "2025-01-15T11:00:00+01:00".into(),
        identity(NetworkRole::Home),
        identity(NetworkRole::Ae),
        "home.example".into(),
        "Pay 12 € to Kiosk? {[]}^~|\\".into(),
        "Maksa 5 \u{20ac}\r\nД".into(),
        "application/soap+xml;charset=UTF-8;action=\"None\"".into(),
        "text/xml; charset=\"utf-8\"".into(),
    ];
    seeds.extend(SignatureProfile::ALL.into_iter().map(|profile| profile.uri().to_owned()));
    seeds.into_iter().map(String::into_bytes).collect()
}
