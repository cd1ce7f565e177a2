use std::sync::Arc;

use mss_core::{
    Fault, FaultCode, Msisdn, NodeName, Operation, engine::WaiterId, registration::RegistrationReq,
};
use mss_pki::UserCertificate;

use super::{
    HomeEngine,
    cards::Card,
    ended::{Asked, Waiting},
    joining::Joined,
    opening::{CardTask, Request},
    work::Work,
};
use crate::{
    Asker, CardAddress, CardId, CardRecord, Iccid, ImportedCard, KeyState, KeyUpdate, MoWindow, Outcome,
    Subscriber, Task, UserRecord, acceptance, content_hash, deadlines::Deadlines, order::Order,
};

/// Sub-code of 407: the SIM is not as it must be (mss-soap 5.2).
const SIM: u16 = 4073;

impl HomeEngine {
    /// An order of a management entity is carried out, joins the one it repeats, or is refused.
    pub(super) fn registration_ordered(
        &mut self,
        waiter: WaiterId,
        me: NodeName,
        request: RegistrationReq,
        imported: Vec<ImportedCard>,
        work: &mut Work<'_>,
    ) {
        let ap_id: Arc<str> = request.ap_info.ap_id.as_str().into();
        let trace: Arc<str> = request.ap_info.ap_trans_id.as_str().into();
        match self.admit_order(me, &request, imported, (&trace, &ap_id), work) {
            Ok(joined) => {
                let name = request.operations.into_iter().next().map(|order| order.name).unwrap_or_default();
                let asked = Asked::Order { name };
                self.wait(joined, Waiting { waiter, ap_info: request.ap_info, asked }, work);
            }
            Err(fault) => work.refuse(waiter, &trace, &ap_id, fault),
        }
    }

    fn admit_order(
        &mut self,
        me: NodeName,
        request: &RegistrationReq,
        imported: Vec<ImportedCard>,
        (trace, ap_id): (&Arc<str>, &Arc<str>),
        work: &mut Work<'_>,
    ) -> Result<Joined, Fault> {
        let asker = Asker::me(me);
        let content_hash = content_hash::of_registration(request);
        if let Some(joined) = self.join(&asker, trace, &content_hash, work)? {
            return Ok(joined);
        }
        let order = Order::read(request, imported)?;
        let request = Request { asker, trace: trace.clone(), ap_id: ap_id.clone(), content_hash };
        match order {
            Order::ImportCards(cards) => {
                let imported = self.import_cards(cards, work)?;
                self.record(request, (None, None), Task::Record { imported }, Outcome::Recorded, work)
            }
            Order::BindUser { msisdn, iccid, serial } => {
                let card = self.bind_user(&msisdn, &iccid, serial, work)?;
                let task = Task::Record { imported: 0 };
                self.record(request, (Some(card), None), task, Outcome::Recorded, work)
            }
            Order::GenerateKey { msisdn, operation } => self.generate_key(request, &msisdn, operation, work),
            Order::SetCertificate { msisdn, operation, path } => {
                self.set_certificate(request, &msisdn, operation, path, work)
            }
        }
    }

    /// All cards or none. A card that is here already, under the same number, keeps its keys.
    fn import_cards(&mut self, cards: Vec<ImportedCard>, work: &mut Work<'_>) -> Result<u32, Fault> {
        let count = u32::try_from(cards.len()).unwrap_or(u32::MAX);
        let mut new: Vec<ImportedCard> = Vec::new();
        for card in cards {
            let known = self.number_of_iccid(&card.iccid, work)?;
            let in_batch =
                new.iter().find(|other| other.iccid == card.iccid).map(|other| other.msisdn.clone());
            match known.or(in_batch) {
                Some(number) if number == card.msisdn => continue,
                Some(_) => return Err(conflict("a card of the batch is known under another number")),
                None => {}
            }
            let taken = self.cards.by_number(&card.msisdn, &*self.reader).map(|card| card.is_some());
            if work.read(taken)? || new.iter().any(|other| other.msisdn == card.msisdn) {
                return Err(conflict("a number of the batch belongs to another card"));
            }
            new.push(card);
        }
        for card in new {
            self.add_card(card, work);
        }
        Ok(count)
    }

    fn add_card(&mut self, card: ImportedCard, work: &mut Work<'_>) {
        let ImportedCard { iccid, msisdn, tar, sealed_keys } = card;
        let id = self.last_rows.card.next();
        self.last_rows.card = id;
        work.new_iccids.insert(iccid.clone(), id);
        let record = CardRecord {
            address: Arc::new(CardAddress { id, iccid, msisdn, tar, sealed_keys }),
            version: 1,
            // Zero is where the card itself stands.
            next_counter: 1,
            mo_window: MoWindow::default(),
            last_row: None,
        };
        work.commit.new_cards.push(record.clone());
        self.cards.insert(Subscriber { card: record, user: None, keys: Vec::new() });
    }

    fn number_of_iccid(&mut self, iccid: &Iccid, work: &mut Work<'_>) -> Result<Option<Msisdn>, Fault> {
        Ok(self.card_with_iccid(iccid, work)?.map(|card| card.address.msisdn.clone()))
    }

    fn card_with_iccid(&mut self, iccid: &Iccid, work: &mut Work<'_>) -> Result<Option<&mut Card>, Fault> {
        let id = match work.new_iccids.get(iccid) {
            Some(id) => Some(*id),
            None => work.read(self.reader.card_with_iccid(iccid))?,
        };
        let Some(id) = id else { return Ok(None) };
        work.read(self.cards.by_id(id, &*self.reader))
    }

    fn bind_user(
        &mut self,
        msisdn: &Msisdn,
        iccid: &Iccid,
        serial: String,
        work: &mut Work<'_>,
    ) -> Result<CardId, Fault> {
        let user_id = self.last_rows.user.next();
        let Some(card) = self.card_with_iccid(iccid, work)? else {
            return Err(conflict("no card with this ICCID was imported"));
        };
        if card.address.msisdn != *msisdn {
            return Err(conflict("the card has another number"));
        }
        let id = card.address.id;
        match &card.user {
            Some(user) if user.serial == serial => Ok(id),
            Some(_) => Err(conflict("the card is bound to another person")),
            None => {
                let user = UserRecord { id: user_id, card: id, serial };
                work.commit.new_users.push(user.clone());
                card.user = Some(user);
                self.last_rows.user = user_id;
                Ok(id)
            }
        }
    }

    /// The card of a bound user.
    fn user_card(&mut self, msisdn: &Msisdn, work: &mut Work<'_>) -> Result<&mut Card, Fault> {
        let card = self.cards.by_number(msisdn, &*self.reader);
        work.read(card)?.filter(|card| card.user.is_some()).ok_or_else(acceptance::unknown_user)
    }

    fn generate_key(
        &mut self,
        request: Request,
        msisdn: &Msisdn,
        operation: Operation,
        work: &mut Work<'_>,
    ) -> Result<Joined, Fault> {
        let card = self.user_card(msisdn, work)?;
        let id = card.address.id;
        if card.key_for(operation).is_some_and(|key| key.state == KeyState::Active) {
            return Err(conflict("the user has an active key for the operation"));
        }
        let end = work.now.plus(self.config.limits.generate_key_time);
        let deadlines = Deadlines::until(end, work.now, &self.config.limits)?;
        let asked = CardTask { card: id, key: None, task: Task::GenerateKey { operation }, deadlines };
        self.open(request, asked, work).map(Joined::Open)
    }

    /// The certificate must be of the key that the card made, and valid now.
    fn set_certificate(
        &mut self,
        request: Request,
        msisdn: &Msisdn,
        operation: Operation,
        path: Vec<Vec<u8>>,
        work: &mut Work<'_>,
    ) -> Result<Joined, Fault> {
        let certificate = UserCertificate::parse(&path).map_err(|error| conflict(&error.to_string()))?;
        let certificate_hash = *certificate.sha256();
        let limits = self.config.limits;
        let card = self.user_card(msisdn, work)?;
        let (id, busy) = (card.address.id, card.open.is_some());
        let Some(key) = card.key_for(operation) else {
            return Err(
                Fault::new(FaultCode::NO_KEY_FOUND, "the user has no key for the operation").with_sub(4041)
            );
        };
        if certificate.public_key().spki_der() != key.public_key {
            return Err(conflict("the certificate is of another key"));
        }
        if !certificate.is_valid_at(work.now) {
            return Err(conflict("the certificate is outside its validity"));
        }
        let same = key.certificate().is_some_and(|known| *known.sha256() == certificate_hash);
        let (key_id, task) = (key.id, Task::SetCertificate { operation, certificate_hash });
        match key.state {
            KeyState::Active if same => {
                return self.record(request, (Some(id), Some(key_id)), task, Outcome::CertificateSet, work);
            }
            KeyState::Active => return Err(conflict("the key has another certificate")),
            // The card may have taken the first one, though its answer was lost.
            KeyState::Certified if !same => {
                return Err(conflict("another certificate is on its way to the card"));
            }
            KeyState::Certified | KeyState::Uncertified => {}
        }
        if busy {
            return Err(Fault::new(
                FaultCode::PB_SIGNATURE_PROCESS,
                "another transaction is open on the card",
            ));
        }
        if key.state == KeyState::Uncertified {
            let found_version = key.version;
            key.version += 1;
            key.state = KeyState::Certified;
            key.set_certificate(certificate);
            let path = Some(Arc::new(path));
            work.commit.keys.push(KeyUpdate { id: key_id, found_version, state: KeyState::Certified, path });
        }
        let deadlines = Deadlines::until(work.now.plus(limits.set_certificate_time), work.now, &limits)?;
        let asked = CardTask { card: id, key: Some(key_id), task, deadlines };
        self.open(request, asked, work).map(Joined::Open)
    }
}

fn conflict(detail: &str) -> Fault {
    Fault::new(FaultCode::REGISTRATION_NOK, detail).with_sub(SIM)
}
