//! SMS TPDUs, user data headers and what is read from them.
use card_ota::{
    segment::{Indicator, segment, segment_wide},
    tpdu::{Address, Scts, SmsDeliver, SmsSubmit, UserData, Validity},
    udh::{self, Element, Udh},
};

/// The bit of SMS-DELIVER's first octet that means nothing (TS 23.040 9.2.2.1).
const SPARE: u8 = 0x10;

/// SMS-DELIVER, SMS-SUBMIT and a user data header from the same octets.
///
/// # Panics
/// When what was read is not written again as the same octets, or an address or header passes its limits.
pub fn run(octets: &[u8]) {
    if let Ok(deliver) = SmsDeliver::decode(octets) {
        let mut meant = octets.to_vec();
        meant[0] &= !SPARE;
        assert_eq!(deliver.encode(), meant);
        check_address(&deliver.originator);
        if let Some(at) = deliver.scts.to_unix() {
            assert_eq!(Scts::from_unix(at).to_unix(), Some(at));
        }
        check_length(&deliver.user_data);
        header(deliver.user_data.as_slice());
    }
    if let Ok(submit) = SmsSubmit::decode(octets) {
        assert_eq!(submit.encode(), octets);
        check_address(&submit.destination);
        check_length(&submit.user_data);
        header(submit.user_data.as_slice());
    }
    header(octets);
}

/// The length field counts octets or septets (TS 23.040 9.2.3.16).
fn check_length(user_data: &UserData) {
    let (said, octets) = (usize::from(user_data.length()), user_data.as_slice().len());
    assert!(
        octets <= 140 && (octets == said || octets == (said * 7).div_ceil(8)),
        "{octets} octets for {said}"
    );
}

fn check_address(address: &Address) {
    assert!(address.raw().len() <= 10);
    assert!(address.digits().is_none() || address.name().is_none(), "a number and a name");
    if let Some(digits) = address.digits() {
        assert!(digits.len() <= 20);
        assert!(digits.len() < 3 || !format!("{address:?}").contains(&digits), "a number shows itself");
        let again = Address::new(address.ton_npi(), &digits).expect("its own digits make an address");
        assert_eq!(again.digits(), Some(digits));
    }
    if let Some(name) = address.name() {
        assert!(name.chars().count() <= 11);
    }
}

fn header(user_data: &[u8]) {
    let Ok((header, payload)) = Udh::split(user_data) else { return };
    let elements: Vec<Element<'_>> = header.elements().collect();
    let _ = header.indicator();
    if let Ok(Some(part)) = header.concatenation() {
        assert!(part.wide || part.reference <= 255);
    }
    let mut again = udh::build(&elements).expect("what was read fits");
    again.extend_from_slice(payload);
    assert_eq!(again, user_data);
}

/// Both TPDUs with every part of a cut packet.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let packet: Vec<u8> = (0..=255).cycle().take(300).collect();
    let mut parts = segment(&packet, Indicator::Command, 7).unwrap();
    parts.extend(segment_wide(&packet, Indicator::Response, 0x1234).unwrap());
    parts.extend(segment(&packet[..30], Indicator::Response, 1).unwrap());
    let mut seeds = parts.clone();
    let from = Address::international("358401234567").unwrap();
    for part in &parts {
        let deliver =
            SmsDeliver::download(from.clone(), Scts::from_unix(1_709_210_096), part.clone()).unwrap();
        seeds.push(deliver.encode());
    }
    let validities = [
        None,
        Some(Validity::Relative(0xA7)),
        Some(Validity::Absolute([1; 7])),
        Some(Validity::Enhanced([2; 7])),
    ];
    for (validity, part) in validities.into_iter().zip(parts) {
        let mut submit = SmsSubmit::from_card(9, Address::new(0x81, "12345*#abc").unwrap(), part).unwrap();
        submit.validity = validity;
        seeds.push(submit.encode());
    }
    let name =
        SmsDeliver::download(Address::alphanumeric("Sinetti").unwrap(), Scts([0x42; 7]), vec![0]).unwrap();
    seeds.push(name.encode());
    seeds
}
