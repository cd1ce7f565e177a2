use std::fmt;

use mss_core::{Fault, FaultCode, Msisdn, registration::MregOperation};
use mss_pki::issuance::Name;

/// A person as an operator registers them. Lives in ME's store only; `Debug` shows nothing but the masked number.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// The subscriber number.
    pub msisdn: Msisdn,
    /// The card, 10 to 20 digits.
    pub iccid: String,
    /// Given name, for the certificate.
    pub given_name: String,
    /// Surname, for the certificate.
    pub surname: String,
    /// Serial number, for the certificate: what APs know the person by.
    pub serial_number: String,
}

impl Person {
    /// Reads the parameters of a `RegisterUser`. The number may also be the target's.
    ///
    /// # Errors
    /// 102 when one is missing, 101 when one cannot be used.
    pub fn from_operation(operation: &MregOperation, target: Option<&Msisdn>) -> Result<Self, Fault> {
        let parameter = |name: &str| {
            let value = operation.parameter(name).map(str::trim).filter(|value| !value.is_empty());
            value.ok_or_else(|| Fault::new(FaultCode::MISSING_PARAM, format!("{name} is missing")))
        };
        let person = Self {
            msisdn: number(operation, target)?,
            iccid: parameter("ICCID")?.to_owned(),
            given_name: parameter("GivenName")?.to_owned(),
            surname: parameter("SurName")?.to_owned(),
            serial_number: parameter("SerialNumber")?.to_owned(),
        };
        let digits = person.iccid.bytes().all(|digit| digit.is_ascii_digit());
        if !digits || !(10..=20).contains(&person.iccid.len()) {
            return Err(Fault::new(FaultCode::WRONG_PARAM, "ICCID is not 10 to 20 digits"));
        }
        // What cannot stand in a certificate is refused now, not after the person has chosen a PIN.
        person.name().map_err(|why| Fault::new(FaultCode::WRONG_PARAM, why))?;
        Ok(person)
    }

    /// The certificate's subject.
    pub(crate) fn name(&self) -> Result<Name, String> {
        Name::person(&self.given_name, &self.surname, &self.serial_number).map_err(|error| error.to_string())
    }

    /// The certificate's common name.
    #[must_use]
    pub fn common_name(&self) -> String {
        format!("{} {}", self.given_name, self.surname)
    }
}

/// The number that an operation is about: its own parameter and the target, which must agree where both are given.
pub(crate) fn number(operation: &MregOperation, target: Option<&Msisdn>) -> Result<Msisdn, Fault> {
    let named = operation.parameter("MSISDN").map(Msisdn::parse).transpose()?;
    match (named, target) {
        (Some(named), Some(target)) if named != *target => {
            Err(Fault::new(FaultCode::WRONG_PARAM, "MSISDN is not the target's"))
        }
        (Some(number), _) => Ok(number),
        (None, Some(target)) => Ok(target.clone()),
        (None, None) => Err(Fault::new(FaultCode::MISSING_PARAM, "MSISDN is missing")),
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Person({:?})", self.msisdn)
    }
}
