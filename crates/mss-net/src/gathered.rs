use hyper::body::Bytes;

/// A body as its pieces come, up to a limit. A body of one piece is not copied.
pub(crate) struct Gathered {
    first: Bytes,
    all: Vec<u8>,
    announced: usize,
    limit: usize,
}

/// The body is larger than the limit.
pub(crate) struct OverLimit;

impl Gathered {
    /// `announced` is how much the sender says will come, 0 when it does not say; no more than the limit is reserved for it.
    pub(crate) fn new(announced: usize, limit: usize) -> Self {
        Self { first: Bytes::new(), all: Vec::new(), announced: announced.min(limit), limit }
    }

    pub(crate) fn push(&mut self, piece: Bytes) -> Result<(), OverLimit> {
        let so_far = self.first.len() + self.all.len();
        let size = so_far.checked_add(piece.len()).filter(|size| *size <= self.limit).ok_or(OverLimit)?;
        if so_far == 0 {
            self.first = piece;
            return Ok(());
        }
        if self.all.is_empty() {
            self.all.reserve(self.announced.max(2 * size));
            self.all.extend_from_slice(&std::mem::take(&mut self.first));
        }
        self.all.extend_from_slice(&piece);
        Ok(())
    }

    pub(crate) fn finish(self) -> Bytes {
        if self.all.is_empty() { self.first } else { self.all.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gathers_up_to_the_limit_and_not_beyond() {
        for pieces in [vec![], vec!["whole"], vec!["", "wh", "", "ole", ""], vec!["w", "h", "o", "l", "e"]] {
            let mut gathered = Gathered::new(usize::MAX, 5);
            for piece in &pieces {
                assert!(gathered.push(Bytes::from_static(piece.as_bytes())).is_ok());
            }
            assert!(gathered.push(Bytes::new()).is_ok());
            assert!(gathered.push(Bytes::from_static(b"123456")).is_err());
            assert_eq!(gathered.finish(), pieces.concat());
        }
    }

    #[test]
    fn one_piece_is_not_copied() {
        let piece = Bytes::from(vec![1, 2, 3]);
        let mut gathered = Gathered::new(0, 10);
        assert!(gathered.push(piece.clone()).is_ok());
        assert_eq!(gathered.finish().as_ptr(), piece.as_ptr());
    }
}
