/// SPI1 bit 3: the packet is ciphered.
const CIPHERED: u8 = 0x04;
/// SPI1 bits that the standard reserves.
const RESERVED: u8 = 0xE0;

/// Which integrity check a packet carries (two bits in SPI1 and again in SPI2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Integrity {
    /// None.
    None,
    /// Redundancy check (a CRC, no key).
    Rc,
    /// Cryptographic checksum.
    Cc,
    /// Digital signature.
    Ds,
}

impl Integrity {
    const fn from_bits(bits: u8) -> Self {
        match bits & 0x03 {
            0 => Self::None,
            1 => Self::Rc,
            2 => Self::Cc,
            _ => Self::Ds,
        }
    }
}

/// How the receiver treats the counter (SPI1 b5 b4), in rising order of strictness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CounterMode {
    /// No counter; the field is ignored.
    None,
    /// There is a counter and nobody checks it.
    Unchecked,
    /// Process only if higher than the stored value.
    Higher,
    /// Process only if one more than the stored value.
    PlusOne,
}

/// When the sender wants a proof of receipt (SPI2 b2 b1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PorMode {
    /// Never.
    None,
    /// Always.
    Always,
    /// Only when something went wrong.
    OnError,
    /// The reserved value 11.
    Reserved,
}

/// The security parameter indicator of a command packet, TS 102 225 5.1.1: how it is protected (SPI1) and how the
/// response shall be (SPI2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Spi(pub [u8; 2]);

impl Spi {
    /// To the card: CC, cipher, counter must rise; proof of receipt always, with CC, ciphered, as SMS-SUBMIT.
    pub const COMMAND: Self = Self([0x16, 0x39]);
    /// As [`Spi::COMMAND`], but a proof of receipt on errors only.
    pub const COMMAND_QUIET: Self = Self([0x16, 0x3A]);
    /// From the card: CC, cipher, counter must rise; no proof of receipt.
    pub const MO: Self = Self([0x16, 0x00]);

    /// The integrity check of the command.
    #[must_use]
    pub const fn integrity(self) -> Integrity {
        Integrity::from_bits(self.0[0])
    }

    /// Whether the command is ciphered.
    #[must_use]
    pub const fn ciphered(self) -> bool {
        self.0[0] & CIPHERED != 0
    }

    /// How the command's counter is treated.
    #[must_use]
    pub const fn counter_mode(self) -> CounterMode {
        match (self.0[0] >> 3) & 0x03 {
            0 => CounterMode::None,
            1 => CounterMode::Unchecked,
            2 => CounterMode::Higher,
            _ => CounterMode::PlusOne,
        }
    }

    /// Whether SPI1 has a bit set that the standard reserves.
    #[must_use]
    pub const fn has_reserved_bits(self) -> bool {
        self.0[0] & RESERVED != 0
    }

    /// When a proof of receipt is wanted.
    #[must_use]
    pub const fn por(self) -> PorMode {
        match self.0[1] & 0x03 {
            0 => PorMode::None,
            1 => PorMode::Always,
            2 => PorMode::OnError,
            _ => PorMode::Reserved,
        }
    }

    /// The integrity check asked of the response.
    #[must_use]
    pub const fn por_integrity(self) -> Integrity {
        Integrity::from_bits(self.0[1] >> 2)
    }

    /// Whether the response shall be ciphered.
    #[must_use]
    pub const fn por_ciphered(self) -> bool {
        self.0[1] & 0x10 != 0
    }

    /// Whether the response shall come as SMS-SUBMIT (else in the SMS-DELIVER-REPORT, which an ESME never sees).
    #[must_use]
    pub const fn por_by_submit(self) -> bool {
        self.0[1] & 0x20 != 0
    }

    /// Whether SPI1 is at least `msl`, each field on its own: integrity rank, cipher bit, counter mode.
    #[must_use]
    pub fn satisfies(self, msl: Msl) -> bool {
        let least = Self([msl.0, 0]);
        self.integrity() >= least.integrity()
            && (self.ciphered() || !least.ciphered())
            && self.counter_mode() >= least.counter_mode()
    }
}

/// The minimum security level of an application on the card: the least SPI1 it accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Msl(pub u8);

impl Msl {
    /// Cryptographic checksum and cipher: no application in the field may accept less.
    pub const LEAST: Self = Self(0x06);
    /// Cryptographic checksum, cipher, and a counter that must rise. Nothing below leaves this platform.
    pub const FULL: Self = Self(0x16);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_counts_on_its_own() {
        let cases: [(u8, &[u8], &[u8]); 5] = [
            (0x00, &[0x00, 0x01, 0x04, 0x16, 0x1E], &[]),
            (0x02, &[0x02, 0x06, 0x0A, 0x0E, 0x12, 0x16, 0x1A, 0x1E], &[0x00, 0x01, 0x04, 0x05, 0x10, 0x14]),
            (0x06, &[0x06, 0x0E, 0x16, 0x1E], &[0x00, 0x02, 0x04, 0x0A, 0x12, 0x14, 0x1A]),
            (0x12, &[0x12, 0x16, 0x1A, 0x1E], &[0x02, 0x06, 0x0E]),
            (0x16, &[0x16, 0x1E], &[0x00, 0x02, 0x04, 0x06, 0x0E, 0x12, 0x14, 0x1A]),
        ];
        for (msl, accepted, refused) in cases {
            for spi1 in accepted {
                assert!(Spi([*spi1, 0]).satisfies(Msl(msl)), "{spi1:02x} at {msl:02x}");
            }
            for spi1 in refused {
                assert!(!Spi([*spi1, 0]).satisfies(Msl(msl)), "{spi1:02x} at {msl:02x}");
            }
        }
    }

    #[test]
    fn spi2_of_the_default() {
        let spi = Spi::COMMAND;
        assert_eq!(spi.por(), PorMode::Always);
        assert_eq!(spi.por_integrity(), Integrity::Cc);
        assert!(spi.por_ciphered() && spi.por_by_submit());
        assert_eq!(Spi::COMMAND_QUIET.por(), PorMode::OnError);
        assert_eq!(Spi::MO.por(), PorMode::None);
    }
}
