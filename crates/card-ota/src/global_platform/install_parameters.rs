use thiserror::Error;

const APPLICATION: u8 = 0xC9;
const SYSTEM: u8 = 0xEF;
const VOLATILE: u8 = 0xC8;
const NON_VOLATILE: u8 = 0xC7;
const TOOLKIT: u8 = 0xCA;

/// A field of 128 octets or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("install parameters of 128 octets or more")]
pub struct ParametersTooLong;

/// The parameter field of INSTALL for install: what an application gets when it is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InstallParameters<'a> {
    /// The application's own parameters.
    pub application: &'a [u8],
    /// Octets of volatile memory reserved for it.
    pub volatile: Option<u16>,
    /// Octets of non-volatile memory reserved for it.
    pub non_volatile: Option<u16>,
    /// Its toolkit parameters (TS 102 226 8.2.1.3.2.2), among them the minimum security level and the TARs.
    pub toolkit: Option<&'a [u8]>,
}

impl InstallParameters<'_> {
    /// The field without its own length; the system part is left out when nothing is in it.
    ///
    /// # Errors
    /// [`ParametersTooLong`].
    pub fn encode(&self) -> Result<Vec<u8>, ParametersTooLong> {
        let mut system = Vec::new();
        for (tag, memory) in [(VOLATILE, self.volatile), (NON_VOLATILE, self.non_volatile)] {
            if let Some(octets) = memory {
                field(&mut system, tag, &octets.to_be_bytes())?;
            }
        }
        if let Some(toolkit) = self.toolkit {
            field(&mut system, TOOLKIT, toolkit)?;
        }
        let mut parameters = Vec::new();
        field(&mut parameters, APPLICATION, self.application)?;
        if !system.is_empty() {
            field(&mut parameters, SYSTEM, &system)?;
        }
        Ok(parameters)
    }
}

fn field(octets: &mut Vec<u8>, tag: u8, value: &[u8]) -> Result<(), ParametersTooLong> {
    let length = u8::try_from(value.len()).ok().filter(|length| *length < 0x80).ok_or(ParametersTooLong)?;
    octets.extend_from_slice(&[tag, length]);
    octets.extend_from_slice(value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_in_their_order() {
        let parameters = InstallParameters {
            application: &[1, 2],
            volatile: Some(0x0102),
            non_volatile: Some(0x0304),
            toolkit: Some(&[5]),
        };
        assert_eq!(hex::encode(parameters.encode().unwrap()), "c9020102ef0bc8020102c7020304ca0105");
        let only = InstallParameters { non_volatile: Some(1), ..InstallParameters::default() };
        assert_eq!(hex::encode(only.encode().unwrap()), "c900ef04c7020001");
    }

    #[test]
    fn limits() {
        let long = [0; 128];
        let mut parameters = InstallParameters { application: &long[..127], ..InstallParameters::default() };
        assert!(parameters.encode().is_ok());
        parameters.application = &long;
        assert_eq!(parameters.encode(), Err(ParametersTooLong));
        for toolkit in [&long[..], &long[..126]] {
            let parameters = InstallParameters { toolkit: Some(toolkit), ..InstallParameters::default() };
            assert_eq!(parameters.encode(), Err(ParametersTooLong));
        }
    }
}
