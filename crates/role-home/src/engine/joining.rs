use std::sync::Arc;

use mss_core::{Fault, FaultCode, engine::WaiterId};

use super::{
    HomeEngine,
    ended::{Ended, Waiting},
    work::Work,
};
use crate::{Asker, RowId};

/// Where a request finds its transaction.
pub(super) enum Joined {
    /// It is open.
    Open(RowId),
    /// It is over.
    Ended(Arc<Ended>),
}

impl HomeEngine {
    /// The transaction that `asker` calls `trace`, if there is one.
    pub(super) fn find(
        &mut self,
        asker: &Asker,
        trace: &str,
        work: &mut Work<'_>,
    ) -> Result<Option<Joined>, Fault> {
        if let Some(row) = self.joins.get(asker).and_then(|joins| joins.get(trace)) {
            if self.open.contains_key(row) {
                return Ok(Some(Joined::Open(*row)));
            }
            if let Some(ended) = self.ended.get(row) {
                return Ok(Some(Joined::Ended(ended.clone())));
            }
        }
        let stored = work.read(self.reader.transaction_of(asker, trace))?;
        let Some(row) = stored else { return Ok(None) };
        let ended = self.ended_from(row);
        Ok(work.read(ended)?.map(Joined::Ended))
    }

    /// The transaction that a request with this content repeats, if it repeats one.
    ///
    /// # Errors
    /// 101 when the number was used for other content.
    pub(super) fn join(
        &mut self,
        asker: &Asker,
        trace: &str,
        content_hash: &[u8; 32],
        work: &mut Work<'_>,
    ) -> Result<Option<Joined>, Fault> {
        let joined = self.find(asker, trace, work)?;
        let known = match &joined {
            None => return Ok(None),
            Some(Joined::Open(row)) => self.open.get(row).map(|open| open.transaction.opening().content_hash),
            Some(Joined::Ended(ended)) => Some(ended.opening.content_hash),
        };
        if known.as_ref() == Some(content_hash) {
            Ok(joined)
        } else {
            Err(Fault::new(FaultCode::WRONG_PARAM, "the transaction number was used for another request"))
        }
    }

    /// Waits for an open transaction, or learns at once how it ended.
    pub(super) fn wait(&mut self, joined: Joined, waiting: Waiting, work: &mut Work<'_>) {
        match joined {
            Joined::Open(row) => {
                if let Some(open) = self.open.get_mut(&row) {
                    self.waiters.insert(waiting.waiter, row);
                    open.waiting.push(waiting);
                }
            }
            Joined::Ended(ended) => self.tell(waiting, &ended, work),
        }
    }

    /// Nobody waits there any more; the transaction goes on.
    pub(super) fn waiter_gone(&mut self, waiter: WaiterId) {
        let open = self.waiters.remove(&waiter).and_then(|row| self.open.get_mut(&row));
        if let Some(open) = open {
            open.waiting.retain(|waiting| waiting.waiter != waiter);
        }
    }
}
