//! The JSON of the CA's API, each message from the same octets.
use mss_core::{Network, Operation};
use mss_wire::ca::{
    ApiDecodeError, ApiError, CertificateAnswer, CertificateOrder, EnrolRequest, EnrolResponse,
    EnrolmentCode, MAX_OCTETS, NetworkRoot, Subject,
};

/// Small enough to be reached by a fuzzer.
const TIGHT: usize = 200;

/// All five messages.
///
/// # Panics
/// When what was read is not read again from its own encoding, or a limit does not hold.
pub fn run(octets: &[u8]) {
    let order = CertificateOrder::decode(octets, MAX_OCTETS);
    stable(order, CertificateOrder::encode, CertificateOrder::decode);
    let answer = CertificateAnswer::decode(octets, MAX_OCTETS);
    stable(answer, CertificateAnswer::encode, CertificateAnswer::decode);
    stable(EnrolResponse::decode(octets, MAX_OCTETS), EnrolResponse::encode, EnrolResponse::decode);
    stable(ApiError::decode(octets, MAX_OCTETS), ApiError::encode, ApiError::decode);
    if let Ok(request) = EnrolRequest::decode(octets, MAX_OCTETS) {
        let Ok(again) = EnrolRequest::decode(&request.encode(), usize::MAX) else {
            panic!("its own encoding is not read");
        };
        assert_eq!((again.code.expose(), &again.csr_der), (request.code.expose(), &request.csr_der));
    }
    if octets.len() > TIGHT {
        assert_eq!(CertificateOrder::decode(octets, TIGHT), Err(ApiDecodeError::TooLong(TIGHT)));
    }
}

fn stable<T: PartialEq + std::fmt::Debug>(
    read: Result<T, ApiDecodeError>,
    encode: fn(&T) -> Vec<u8>,
    decode: fn(&[u8], usize) -> Result<T, ApiDecodeError>,
) {
    if let Ok(value) = read {
        assert_eq!(decode(&encode(&value), usize::MAX), Ok(value));
    }
}

/// Each message once or more.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let order = |operation| CertificateOrder {
        order_id: "S1-aa:sign".into(),
        public_key_spki: vec![0x30, 0x59, 0xFF],
        operation,
        subject: Subject {
            given_name: "Maija".into(),
            surname: "Meikäläinen \"\\".into(),
            serial_number: "FI-1".into(),
            common_name: "Maija Meikäläinen".into(),
        },
    };
    let mut seeds: Vec<Vec<u8>> =
        Operation::ALL.into_iter().map(|operation| order(operation).encode()).collect();
    seeds.push(CertificateAnswer { path: vec![vec![1, 2], vec![], vec![0xFB; 30]] }.encode());
    let root = |network: &Network| NetworkRoot { network: *network, der: vec![9; 10] };
    seeds.push(
        EnrolResponse { path: vec![vec![7; 30]], roots: Network::ALL.iter().map(root).collect() }.encode(),
    );
    seeds.push(ApiError { code: "code_used".into(), message: "Ask for a new code.".into() }.encode());
    let request = EnrolRequest { code: EnrolmentCode::new("c0de-\u{e4}\n".into()), csr_der: vec![1, 2, 3] };
    seeds.push(request.encode().to_vec());
    seeds
}
