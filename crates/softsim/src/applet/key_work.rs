use card_ota::osap::{Answer, CardStatus, Mode, dtbs_id, pop_input, signed_attributes};

use super::{
    Applet, Reply,
    dialogue::{Dialogue, Task},
};
use crate::{
    card_crypto::CryptoFailed, memory::StoredKey, screen::Notice, sight::Seen, surroundings::Surroundings,
};

impl Applet {
    /// The person agreed: signs or makes the key, and ends the transaction in the same change of memory.
    pub(super) fn carry_out(&mut self, around: &mut Surroundings<'_>) -> Option<Reply> {
        let dialogue = self.dialogue.take()?;
        let done = match dialogue.task {
            Task::SignText { time } => self.sign_text(&dialogue, time, around),
            Task::SignDigest { digest } => self.sign_digest(&dialogue, &digest, around),
            Task::GenerateKey { mode, .. } => self.generate_key(&dialogue, mode, around),
        };
        match done {
            Ok((answer, notice)) => {
                if self.observed {
                    self.sights.push(Seen::Made { txn: dialogue.txn.0 });
                }
                self.see(Some(notice));
                self.end(dialogue.txn, dialogue.body, dialogue.attempt, answer)
            }
            Err(CryptoFailed) => self.fail(&dialogue, CardStatus::CARD_ERROR, Notice::CardError),
        }
    }

    /// Mode 2: the card builds the signed attributes around the text that it showed.
    fn sign_text(
        &self,
        dialogue: &Dialogue,
        time: u32,
        around: &mut Surroundings<'_>,
    ) -> Result<(Answer, Notice), CryptoFailed> {
        let key = self.memory.key(dialogue.slot).ok_or(CryptoFailed)?;
        let certificate = key.certificate.ok_or(CryptoFailed)?;
        let digest = around.crypto.sha256(dialogue.text.as_bytes());
        let signature = around.crypto.sign(&key.key, &signed_attributes(digest, time, certificate))?;
        Ok((result(signature, &digest, dialogue.age_s(around.now_ms)), Notice::Signed))
    }

    /// Mode 3: the digest as it came.
    fn sign_digest(
        &self,
        dialogue: &Dialogue,
        digest: &[u8; 32],
        around: &mut Surroundings<'_>,
    ) -> Result<(Answer, Notice), CryptoFailed> {
        let key = self.memory.key(dialogue.slot).ok_or(CryptoFailed)?;
        let signature = around.crypto.sign_digest(&key.key, digest)?;
        Ok((result(signature, digest, dialogue.age_s(around.now_ms)), Notice::Signed))
    }

    fn generate_key(
        &mut self,
        dialogue: &Dialogue,
        mode: Mode,
        around: &mut Surroundings<'_>,
    ) -> Result<(Answer, Notice), CryptoFailed> {
        let key = around.crypto.generate()?;
        let public_key = *key.public();
        let proven = pop_input(dialogue.txn, dialogue.slot, mode, &public_key, self.memory.iccid.digits());
        let pop = around.crypto.sign(&key, &proven)?;
        self.memory.put_key(StoredKey { slot: dialogue.slot, mode, key, certificate: None });
        self.changed = true;
        Ok((Answer::Key { slot: dialogue.slot, mode, public_key, pop }, Notice::KeyMade))
    }
}

fn result(signature: [u8; 64], digest: &[u8; 32], age_s: u16) -> Answer {
    Answer::Result { signature, dtbs_id: dtbs_id(digest), mo_time_s: Some(age_s) }
}
