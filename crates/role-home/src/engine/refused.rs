use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use mss_core::{Fault, FaultCode};

use crate::Asker;

/// Refusals that are remembered; the oldest is forgotten first.
const MOST: usize = 16_384;

/// What was refused a moment ago, by what the asker calls it. An asker's transaction ends with a refusal: a late copy of the
/// same request must not find the reason gone (a card that was busy, a key that was not there yet) and have somebody asked
/// for nothing. In memory only: a refusal opens no transaction, and after a restart copies are as good as gone.
#[derive(Default)]
pub(super) struct Refused {
    faults: BTreeMap<Asker, BTreeMap<Arc<str>, Refusal>>,
    order: VecDeque<(Asker, Arc<str>)>,
}

struct Refusal {
    content_hash: [u8; 32],
    fault: Fault,
}

impl Refused {
    /// How the same request was refused before.
    pub(super) fn find(&self, asker: &Asker, trace: &str, content_hash: &[u8; 32]) -> Option<Fault> {
        let refusal = self.faults.get(asker)?.get(trace)?;
        (refusal.content_hash == *content_hash).then(|| refusal.fault.clone())
    }

    /// Remembers a refusal. 900 is our own trouble and may be over when the asker tries again.
    pub(super) fn remember(&mut self, asker: Asker, trace: Arc<str>, content_hash: [u8; 32], fault: &Fault) {
        if fault.code == FaultCode::INTERNAL_ERROR {
            return;
        }
        let faults = self.faults.entry(asker.clone()).or_default();
        if faults.insert(trace.clone(), Refusal { content_hash, fault: fault.clone() }).is_none() {
            self.order.push_back((asker, trace));
        }
        while self.order.len() > MOST {
            let Some((asker, trace)) = self.order.pop_front() else { return };
            if let Some(faults) = self.faults.get_mut(&asker) {
                faults.remove(&trace);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use mss_core::NodeName;

    use super::*;

    #[test]
    fn the_oldest_refusals_are_forgotten_and_900_is_never_kept() {
        let asker = || Asker::ae(NodeName::parse("one.example").unwrap());
        let mut refused = Refused::default();
        refused.remember(asker(), "own".into(), [0; 32], &Fault::new(FaultCode::INTERNAL_ERROR, "store"));
        assert_eq!(refused.find(&asker(), "own", &[0; 32]), None);
        let fault = Fault::new(FaultCode::WRONG_PARAM, "wrong");
        for n in 0..=MOST {
            refused.remember(asker(), n.to_string().into(), [0; 32], &fault);
            refused.remember(asker(), n.to_string().into(), [0; 32], &fault);
        }
        assert_eq!(refused.find(&asker(), "0", &[0; 32]), None);
        assert_eq!(refused.find(&asker(), "1", &[0; 32]), Some(fault));
        assert_eq!(refused.find(&asker(), "1", &[1; 32]), None, "another request");
        assert_eq!((refused.order.len(), refused.faults[&asker()].len()), (MOST, MOST));
    }
}
