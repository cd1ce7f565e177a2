//! The people of the demonstration. Their PINs are chosen here and typed on the phones' page, as a person would.
use std::time::Duration;

use mss_core::Entropy;
use serde::{Deserialize, Serialize};

use super::platform::{Platform, first_number, join_all};
use crate::{
    command_error::CommandError,
    operator_client::{OperatorClient, Registration},
    page_client::PageClient,
    system::SystemEntropy,
};

/// Given name and surname.
pub(crate) const PEOPLE: [(&str, &str); 3] =
    [("Aino", "Virtanen"), ("Onni", "Korhonen"), ("Helmi", "Nieminen")];

/// A registered person, for demo.json.
#[derive(Debug, Serialize)]
pub(crate) struct Subscriber {
    pub msisdn: String,
    pub name: String,
    pub pin: String,
}

/// Whose phones the page shows.
pub(crate) fn names() -> Vec<(String, String)> {
    let people = PEOPLE.iter().zip(first_number()..);
    people.map(|((given, family), number)| (format!("+{number}"), format!("{given} {family}"))).collect()
}

/// The page's address with its token.
pub(crate) fn page_url(platform: &Platform) -> Result<String, CommandError> {
    Ok(std::fs::read_to_string(platform.layout.role("smsc").join("page.url"))?.trim().to_owned())
}

/// Imports the cards and registers everybody, all at once; `auto` leaves the phones to a script afterwards.
pub(crate) async fn register(platform: &Platform, auto: bool) -> Result<Vec<Subscriber>, CommandError> {
    let operator = OperatorClient::new(&platform.me_access())?;
    for batch in platform.batches()? {
        operator.import_cards(&std::fs::read(batch)?).await?;
    }
    let page = PageClient::open(&page_url(platform)?).await?;
    let people = PEOPLE.iter().enumerate().map(|(n, (given, family))| {
        let (operator, page) = (&operator, &page);
        async move {
            let pin = random_pin();
            let msisdn = platform.msisdn(n)?;
            let iccid = &platform.cards.get(n).ok_or("no such card")?.iccid;
            let serial = format!("FI-DEMO-PERSON-{:04}", n + 1);
            let person = Registration {
                msisdn: &msisdn,
                iccid,
                given_name: given,
                surname: family,
                serial_number: &serial,
            };
            let number = msisdn.international();
            tokio::select! {
                done = operator.register(&person) => done?,
                failed = type_pins(page, &number, &pin) => failed?,
            }
            if auto {
                page.leave_to_script(&number).await?;
            }
            Ok(Subscriber { msisdn: number, name: format!("{given} {family}"), pin })
        }
    });
    join_all(people).await.into_iter().collect()
}

/// Does what the phone asks during registration, until it is dropped.
async fn type_pins(page: &PageClient, number: &str, pin: &str) -> Result<(), CommandError> {
    loop {
        for phone in page.phones().await?.into_iter().filter(|phone| phone.number == number) {
            match phone.state.as_str() {
                "choose_pin" => page.choose_pin(number, pin).await?,
                "ask_pin" => page.enter_pin(number, pin).await?,
                _ => {}
            }
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

/// Six digits.
fn random_pin() -> String {
    // The remainder's bias is below one in ten thousand billion.
    format!("{:06}", SystemEntropy.next_u64() % 1_000_000)
}

/// What the page tells of a phone; the rest is for browsers.
#[derive(Debug, Deserialize)]
pub(crate) struct PhoneState {
    pub number: String,
    pub state: String,
}
