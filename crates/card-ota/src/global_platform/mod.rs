//! What GlobalPlatform commands about keys and installation look like: PUT KEY with its key blocks and check values
//! (Card Specification 11.8, Amendment D for AES), and install parameters. They travel inside secured packets; none is sent
//! by itself.
mod install_parameters;
mod key_material;
mod put_key;

pub use install_parameters::{InstallParameters, ParametersTooLong};
pub use key_material::{KeyKind, KeyMaterial, WrongKeyLength};
pub use put_key::{KeyBlock, PutKey, PutKeyError, ReceivedKeys};
