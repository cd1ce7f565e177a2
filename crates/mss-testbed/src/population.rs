//! People with cards. They are enrolled once for each process, in a world without faults, through the engines and over
//! the air; every run then begins with a copy.
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mss_core::{
    ApId, ApPassword, ApTransId, Entropy as _, Msisdn, NodeName, Operation, Timestamp,
    message::{ApInfo, Instant, MobileUser, MsspInfo},
    registration::{self, MregKind, MregOperation, MregParameter, RegistrationReq, operation},
};
use mss_pki::{
    Certificate, PublicKey,
    certificate::Validity,
    issuance::{Authority, Issuer, Name, Profile, Template, issue, self_sign},
};
use role_home::{Commit, HomeAnswer, HomeInput, HomeReader as _, Iccid, ImportedCard};
use softsim::{
    CardImage, Person, Personalisation,
    person::{Conduct, Script},
};

use crate::{
    chance::Chance,
    chip::AuthorityKey,
    home_node::HomeWaiter,
    judge::People,
    op::{NodeId, Size},
    sms::TAR,
    vault::Set,
    world::{START_MS, Sabotage, World},
};

/// Enrolled people, as stores and cards keep them.
pub struct Population {
    pub(crate) size: Size,
    homes: Vec<Commit>,
    images: BTreeMap<u64, Vec<u8>>,
    serials: BTreeMap<String, String>,
    root: Vec<u8>,
}

pub(crate) fn home_prefix(home: usize) -> String {
    format!("35840{home}")
}

pub(crate) fn short_number(home: usize) -> String {
    format!("1700{home}")
}

/// The number of a person; people go round the homes.
pub(crate) fn msisdn(person: usize, homes: usize) -> u64 {
    let number = format!("{}{person:06}", home_prefix(person % homes));
    number.parse().expect("digits")
}

fn iccid(person: usize) -> String {
    format!("8935801{person:012}")
}

impl Population {
    /// Enrols people, or finds those that this process has enrolled before.
    #[must_use]
    pub fn of(size: Size) -> Arc<Self> {
        static KNOWN: Mutex<Vec<Arc<Population>>> = Mutex::new(Vec::new());
        let mut known = KNOWN.lock().expect("no run panics here");
        if let Some(population) = known.iter().find(|population| population.size == size) {
            return population.clone();
        }
        let population = Arc::new(Self::enrol(size));
        known.push(population.clone());
        population
    }

    fn enrol(size: Size) -> Self {
        let mut chance = Chance::new(7, 7);
        let authority = UsersAuthority::new(&mut chance);
        let root = authority.root.der().to_vec();
        let empty =
            Self { size, homes: Vec::new(), images: blank_cards(size), serials: BTreeMap::new(), root };
        let mut world = World::new(0, &empty, Sabotage::None, false);
        world.run_until(START_MS + 5_000);
        for home in 0..size.homes {
            let people = (0..size.cards).filter(|person| person % size.homes == home);
            let cards = people.map(|person| imported(person, size.homes)).collect();
            world.order(home, 0, "import", operation::IMPORT_CARDS, &[], cards);
        }
        world.take_orders();
        let mut serials = BTreeMap::new();
        for person in 0..size.cards {
            let number = format!("+{}", msisdn(person, size.homes));
            let parameters =
                [("MSISDN", number), ("ICCID", iccid(person)), ("UserSerial", format!("FI-{person}"))];
            world.order(person % size.homes, person, "bind", operation::BIND_USER, &parameters, vec![]);
        }
        world.take_orders();
        for person in 0..size.cards {
            let number = format!("+{}", msisdn(person, size.homes));
            let parameters = [("MSISDN", number), ("Operation", "sign".to_owned())];
            world.order(person % size.homes, person, "key", operation::GENERATE_KEY, &parameters, vec![]);
        }
        for (person, answer) in world.take_orders() {
            let HomeAnswer::Registration(answer) = answer else { panic!("another answer") };
            let key = STANDARD.decode(&answer.outputs[0].parameters[0].value).expect("base64");
            let number = msisdn(person, size.homes);
            let certificate = authority.certify(person, &key, &mut chance);
            serials.insert(number.to_string(), format!("PNOFI-{person:010}"));
            let parameters = [
                ("MSISDN", format!("+{number}")),
                ("Operation", "sign".to_owned()),
                ("Certificate", STANDARD.encode(certificate)),
                ("Certificate", STANDARD.encode(authority.issuing.der())),
            ];
            let home = person % size.homes;
            world.order(home, person, "certificate", operation::SET_CERTIFICATE, &parameters, vec![]);
        }
        world.take_orders();
        Self { size, homes: world.subscribers(), images: world.images, serials, root: empty.root }
    }

    pub(crate) fn people(&self) -> People {
        let root = Certificate::parse(&self.root).expect("a certificate");
        People { roots: vec![root], serials: self.serials.clone() }
    }

    pub(crate) fn move_into(&self, world: &mut World) {
        for (home, commit) in self.homes.iter().enumerate() {
            world.homes[home].store.commit(commit).expect("an empty store");
        }
        let enrolling = self.homes.is_empty();
        for (msisdn, image) in &self.images {
            let delay_ms = if enrolling { 0 } else { world.chance.between(1_500, 12_000) };
            let person = Person::Scripted(Script { delay_ms, conduct: Conduct::Agree, pin_length: 6 });
            let image = CardImage::from_octets(image.clone());
            world.centre.insert(*msisdn, &image, person).expect("a card's memory");
        }
        world.images = self.images.clone();
    }
}

fn blank_cards(size: Size) -> BTreeMap<u64, Vec<u8>> {
    let card = |person: usize| {
        let iccid = iccid(person);
        let card = Personalisation {
            iccid: softsim::Iccid::parse(&iccid).expect("digits"),
            tar: TAR,
            ota: Set::Ota.keyset(&iccid),
            applet: Set::Applet.keyset(&iccid),
            server_number: short_number(person % size.homes).as_str().try_into().expect("a short number"),
            plain_errors: false,
        };
        (msisdn(person, size.homes), card.into_image().octets().to_vec())
    };
    (0..size.cards).map(card).collect()
}

fn imported(person: usize, homes: usize) -> ImportedCard {
    ImportedCard {
        iccid: Iccid::parse(&iccid(person)).expect("digits"),
        msisdn: Msisdn::parse(&format!("+{}", msisdn(person, homes))).expect("a number"),
        tar: TAR.0,
        sealed_keys: vec![1, 2].into(),
    }
}

struct UsersAuthority {
    root: Certificate,
    key: AuthorityKey,
    issuing: Certificate,
}

impl UsersAuthority {
    fn new(chance: &mut Chance) -> Self {
        let (root_key, key) = (AuthorityKey::new(chance), AuthorityKey::new(chance));
        let template = |authority, key: &AuthorityKey| Template {
            profile: Profile::Authority(authority),
            subject: Name::authority("Testbed", authority, true).expect("a name"),
            public_key: mss_pki::Signer::public_key(key).clone(),
            validity: validity(3650),
            serial: [3; 16],
        };
        let root = self_sign(&template(Authority::UsersRoot, &root_key), &root_key).expect("a certificate");
        let root = Certificate::parse(&root).expect("a certificate");
        let issuer = Issuer { certificate: &root, signer: &root_key };
        let issuing = issue(&template(Authority::UsersIssuing, &key), &issuer).expect("a certificate");
        let issuing = Certificate::parse(&issuing).expect("a certificate");
        Self { root, key, issuing }
    }

    fn certify(&self, person: usize, public_key: &[u8], chance: &mut Chance) -> Vec<u8> {
        let mut serial = [0; 16];
        chance.fill(&mut serial);
        serial[0] = 1;
        let template = Template {
            profile: Profile::User(Operation::Sign),
            subject: Name::person("Aino", "Virtanen", &format!("PNOFI-{person:010}")).expect("a name"),
            public_key: PublicKey::from_spki(public_key).expect("a key"),
            validity: validity(365),
            serial,
        };
        let issuer = Issuer { certificate: &self.issuing, signer: &self.key };
        issue(&template, &issuer).expect("a certificate")
    }
}

fn validity(days: u64) -> Validity {
    let now = Timestamp::from_millis(START_MS.cast_signed());
    Validity {
        not_before: now.minus(Duration::from_secs(86_400)),
        not_after: now.plus(Duration::from_secs(days * 86_400)),
    }
}

impl World {
    fn order(
        &mut self,
        home: usize,
        person: usize,
        step: &str,
        name: &str,
        parameters: &[(&str, String)],
        imported: Vec<ImportedCard>,
    ) {
        let parameter =
            |(name, value): &(&str, String)| MregParameter { name: (*name).into(), value: value.clone() };
        let request = Box::new(RegistrationReq {
            ap_info: ApInfo {
                ap_id: ApId::parse("urn:me").expect("an AP_ID"),
                ap_trans_id: ApTransId::parse(&format!("{step}-{home}-{person}")).expect("a number"),
                ap_pwd: ApPassword::default(),
                instant: Instant::from(self.now()),
                ap_url: None,
            },
            mssp_info: MsspInfo::default(),
            target: MobileUser::default(),
            operations: vec![MregOperation {
                kind: MregKind::Provisioning,
                name: name.into(),
                namespace: Some(registration::NAMESPACE.into()),
                parameters: parameters.iter().map(parameter).collect(),
            }],
        });
        let me = NodeName::parse("me").expect("a name");
        let waiter = self.homes[home].waiter(HomeWaiter::Order { person });
        self.homes[home].inbox.push(HomeInput::RegistrationOrdered { waiter, me, request, imported });
        self.turn_soon(NodeId::Home(home));
    }

    /// Waits for every order's answer.
    fn take_orders(&mut self) -> Vec<(usize, HomeAnswer)> {
        assert!(self.run_to_rest(900_000), "enrolment comes to rest");
        assert_eq!(self.judge.violation, None, "enrolment breaks no rule");
        let orders = self.homes.iter_mut().flat_map(|home| std::mem::take(&mut home.orders));
        let mut orders: Vec<_> =
            orders.map(|(person, answer)| (person, answer.expect("an order that succeeds"))).collect();
        orders.sort_by_key(|(person, _)| *person);
        orders
    }

    /// What each home's store knows of its people, as one commit into an empty store.
    fn subscribers(&self) -> Vec<Commit> {
        let of = |home: usize| {
            let reader = self.homes[home].store.reader().expect("a reader");
            let mut commit =
                Commit { at: Some(Timestamp::from_millis(START_MS.cast_signed())), ..Commit::default() };
            for person in (0..self.size.cards).filter(|person| person % self.size.homes == home) {
                let number = format!("+{}", msisdn(person, self.size.homes));
                let number = Msisdn::parse(&number).expect("a number");
                let subscriber = reader.subscriber(&number).expect("readable").expect("enrolled");
                commit.new_cards.push(role_home::CardRecord { last_row: None, ..subscriber.card });
                commit.new_users.extend(subscriber.user);
                commit.new_keys.extend(subscriber.keys);
            }
            commit
        };
        (0..self.size.homes).map(of).collect()
    }

    /// Sabotage: the home's cards get back the counters that they had when the run began.
    pub(crate) fn set_counters_back(&mut self, home: usize) {
        let reader = self.homes[home].store.reader().expect("a reader");
        let mut commit = Commit { at: Some(self.now()), ..Commit::default() };
        for person in (0..self.size.cards).filter(|person| person % self.size.homes == home) {
            let number = format!("+{}", msisdn(person, self.size.homes));
            let number = Msisdn::parse(&number).expect("a number");
            let card = reader.subscriber(&number).expect("readable").expect("enrolled").card;
            commit.cards.push(role_home::CardUpdate {
                id: card.address.id,
                found_version: card.version,
                next_counter: 30,
                mo_window: card.mo_window,
                last_row: card.last_row,
            });
        }
        self.homes[home].store.commit(&commit).expect("a commit");
    }
}
