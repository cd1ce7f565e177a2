use std::collections::VecDeque;

/// What happened, line by line, and a running hash of it (FNV-1a, 64 bits).
pub(crate) struct Trace {
    hash: u64,
    last: VecDeque<String>,
    print: bool,
}

/// Lines that a failure shows.
const KEPT: usize = 40;

impl Trace {
    pub(crate) fn new(print: bool) -> Self {
        Self { hash: 0xCBF2_9CE4_8422_2325, last: VecDeque::new(), print }
    }

    #[expect(clippy::print_stdout, reason = "asked for on the command line")]
    pub(crate) fn line(&mut self, line: String) {
        for octet in line.bytes().chain([b'\n']) {
            self.hash = (self.hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01B3);
        }
        if self.print {
            println!("{line}");
        }
        if self.last.len() >= KEPT {
            self.last.pop_front();
        }
        self.last.push_back(line);
    }

    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    pub(crate) fn last(&self) -> Vec<String> {
        self.last.iter().cloned().collect()
    }
}
