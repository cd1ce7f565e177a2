//! Algorithms under the names that both sides write.
use card_ota::packet::{CheckAlgorithm, CipherAlgorithm};

pub(crate) const CIPHERS: [(&str, CipherAlgorithm, &[usize]); 6] = [
    ("aes-cbc", CipherAlgorithm::Aes, &[16, 24, 32]),
    ("3des-cbc-2", CipherAlgorithm::TripleDes2, &[16]),
    ("3des-cbc-3", CipherAlgorithm::TripleDes3, &[24]),
    ("des-cbc", CipherAlgorithm::Des, &[8]),
    ("des-ecb", CipherAlgorithm::DesEcb, &[8]),
    ("3des-ecb", CipherAlgorithm::TripleDesEcb, &[16, 24]),
];

pub(crate) const CHECKS: [(&str, CheckAlgorithm, &[usize]); 8] = [
    ("aes-cmac", CheckAlgorithm::AesCmac, &[16, 24, 32]),
    ("3des-mac-2", CheckAlgorithm::TripleDesMac2, &[16]),
    ("3des-mac-3", CheckAlgorithm::TripleDesMac3, &[24]),
    ("des-mac", CheckAlgorithm::DesMac, &[8]),
    ("crc-16", CheckAlgorithm::Crc16, &[0]),
    ("crc-32", CheckAlgorithm::Crc32, &[0]),
    ("xor-4", CheckAlgorithm::Xor4, &[0]),
    ("xor-8", CheckAlgorithm::Xor8, &[0]),
];

/// Those that this build has.
pub(crate) fn ciphers() -> Vec<(&'static str, CipherAlgorithm, &'static [usize])> {
    CIPHERS
        .into_iter()
        .filter(|(_, algorithm, _)| cfg!(feature = "legacy") || !algorithm.is_legacy())
        .collect()
}

/// Those that this build has, of one kind.
pub(crate) fn checks(keyed: bool) -> Vec<(&'static str, CheckAlgorithm, &'static [usize])> {
    CHECKS
        .into_iter()
        .filter(|(_, algorithm, _)| cfg!(feature = "legacy") || !algorithm.is_legacy())
        .filter(|(_, algorithm, _)| algorithm.is_keyed() == keyed)
        .collect()
}
