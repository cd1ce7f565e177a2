use card_ota::{
    packet::{Counter, PacketKeys, Spi, seal_command},
    segment::{Indicator, segment},
};

use super::{Card, Outgoing};
use crate::{
    applet::Reply,
    memory::MO_RUN,
    sight::{About, Seen},
};

impl Card {
    /// Seals what the applet says under its own keys and the next MO counter, and cuts it into short messages with a new
    /// reference. A card whose MO counter is used up stays silent.
    pub(super) fn send(&mut self, reply: Option<Reply>, out: &mut Vec<Outgoing>) {
        let Some(reply) = reply else { return };
        let Some(counter) = Counter::new(self.mo_next) else { return };
        if self.mo_next >= self.applet.memory.mo_reserved {
            self.applet.memory.mo_reserved = self.mo_next.saturating_add(MO_RUN);
            self.applet.changed = true;
        }
        self.mo_next = self.mo_next.saturating_add(1);
        let memory = &self.applet.memory;
        let Ok(keys) = PacketKeys::new(memory.applet.version(), memory.applet.kic(), memory.applet.kid())
        else {
            return;
        };
        // The low octet of the counter differs from that of the last 255 messages, also after a restart.
        let [.., reference] = counter.octets();
        let sealed = seal_command(Spi::MO, memory.tar, &keys, counter, &reply).ok();
        let parts = sealed.and_then(|packet| segment(&packet, Indicator::Command, reference).ok());
        let destination = self.server_number();
        let about = About::of(&reply);
        self.applet.sights.extend(about.filter(|_| self.applet.observed).map(Seen::Answered));
        out.extend(parts.into_iter().flatten().map(|user_data| Outgoing { destination, user_data, about }));
    }
}
