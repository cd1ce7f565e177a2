//! `sinetti operator`: orders at ME.
use std::path::PathBuf;

use mss_core::Msisdn;

use crate::command_error::CommandError;
use crate::{
    operator_client::{MeAccess, OperatorClient, Registration},
    runtime,
};

/// Orders at ME, with an operator's certificate.
#[derive(clap::Subcommand)]
#[command(
    after_help = "Example:\n  sinetti operator register --me me.example:7700 --me-name me.example --identity tls \\\n    \
    --msisdn +358401000001 --iccid 8935840100000000011 --given-name Aino --surname Virtanen --serial FI-000001"
)]
pub(crate) enum Command {
    /// Import a card maker's batch
    ImportCards {
        #[command(flatten)]
        me: MeAccess,
        /// The batch file
        #[arg(long)]
        batch: PathBuf,
    },
    /// Register a person: the card makes keys, the person chooses a PIN, the CA certifies
    Register {
        #[command(flatten)]
        me: MeAccess,
        /// The person's number
        #[arg(long)]
        msisdn: String,
        /// The SIM card's number
        #[arg(long)]
        iccid: String,
        /// As the certificate shall have it
        #[arg(long)]
        given_name: String,
        /// As the certificate shall have it
        #[arg(long)]
        surname: String,
        /// The register's number of the person, for the certificate's SERIALNUMBER
        #[arg(long)]
        serial: String,
    },
    /// How far a person's registration is
    Query {
        #[command(flatten)]
        me: MeAccess,
        /// The person's number
        #[arg(long)]
        msisdn: String,
    },
}

/// Runs the command.
pub(crate) fn run(command: Command) -> Result<(), CommandError> {
    runtime::block_on(Some(2), order(command))
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the command's output and progress")]
async fn order(command: Command) -> Result<(), CommandError> {
    match command {
        Command::ImportCards { me, batch } => {
            let batch = std::fs::read(&batch).map_err(|error| format!("{}: {error}", batch.display()))?;
            println!("{} cards imported", OperatorClient::new(&me)?.import_cards(&batch).await?);
        }
        Command::Register { me, msisdn, iccid, given_name, surname, serial } => {
            let msisdn = Msisdn::parse(&msisdn)?;
            let person = Registration {
                msisdn: &msisdn,
                iccid: &iccid,
                given_name: &given_name,
                surname: &surname,
                serial_number: &serial,
            };
            eprintln!("registering; the person chooses a PIN on the phone …");
            OperatorClient::new(&me)?.register(&person).await?;
            println!("{} is registered", msisdn.international());
        }
        Command::Query { me, msisdn } => {
            println!("{}", OperatorClient::new(&me)?.query(&Msisdn::parse(&msisdn)?).await?);
        }
    }
    Ok(())
}
