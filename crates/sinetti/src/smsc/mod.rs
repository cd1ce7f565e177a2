//! The shell of the software short-message centre: SMPP sockets, card memories and the phones' page around `softsim`.
mod centre;
mod chip;
mod init;
pub(crate) mod journal;
mod page;

use std::{path::PathBuf, sync::Arc};

use mss_net::smpp::{Account, Server, ServerConfig};
use mss_store::{Location, images::ImageStore};
use mss_vault::read_secret;
use smpp::{COctetString, Password};
use softsim::{Smsc, bad_radio::BadRadio, short_message_centre};
use tokio::sync::{mpsc, watch};

use self::{
    centre::{Centre, Happening},
    journal::Journal,
};
use crate::{
    command_error::CommandError,
    config::{self, smsc::SmscConfig},
    logging, metrics, privileges,
    reload::Reload,
    runtime,
    supervised::{RunArgs, serve_until_told},
    system::now,
};

/// Commands of the software short-message centre.
#[derive(clap::Subcommand)]
#[command(
    after_help = "Example:\n  sinetti smsc init --cards 10 --first-number +358401000001 --reply-to 17171 \\\n    \
    --transport-key transport.pub --data smsc\n  sinetti smsc run --config smsc.toml"
)]
pub(crate) enum Command {
    /// Make soft SIMs with random keys, and the batch that hands the keys to a Home MSSP
    Init(init::Args),
    /// Run it until a signal
    #[command(after_help = "Example:\n  sinetti smsc run --config smsc.toml")]
    Run(RunArgs),
}

/// Runs a command of the software short-message centre.
pub(crate) fn run(command: Command) -> Result<(), CommandError> {
    match command {
        Command::Init(args) => init::run(&args),
        Command::Run(RunArgs { config: file, supervised }) => {
            let config: SmscConfig = config::load(&file)?;
            logging::start(&config.log);
            privileges::drop_root(&config.process)?;
            runtime::block_on(config.workers, serve(config, file, supervised))
        }
    }
}

/// The file of the cards' memories.
fn cards_file(data: &std::path::Path) -> Location {
    Location::File(data.join("cards.db"))
}

async fn serve(config: SmscConfig, file: PathBuf, supervised: bool) -> Result<(), CommandError> {
    let store = ImageStore::open(&cards_file(&config.data))?;
    metrics::watch(store.counts());
    let mut esmes = Vec::new();
    for esme in &config.esme {
        let numbers = esme.short_numbers.iter().map(|number| COctetString::new(number.as_bytes()));
        esmes.push(short_message_centre::Esme {
            system_id: esme.system_id.clone(),
            numbers: numbers.collect::<Result<_, _>>()?,
        });
    }
    let accounts = accounts_of(&config)?;
    // Message names of this run differ from those of the one before.
    let prefix = format!("{:x}-", now().millis());
    let mut centre = short_message_centre::Config::new(esmes, prefix);
    centre.mo_style = config.mobile_originated.into();
    let mut smsc = Smsc::new(centre)?;
    let journal = match &config.radio {
        Some(radio) => make_bad(&mut smsc, radio)?,
        None => None,
    };

    let (events, mut batches) = mpsc::channel(256);
    let server = ServerConfig::new(COctetString::new(b"sinetti")?, accounts);
    let server = Server::start(config.listen, server, events)
        .await
        .map_err(|error| format!("the SMPP listener cannot take {}: {error}", config.listen))?;
    let listed = server.accounts();
    let known = system_ids(&config);
    let reload = Reload::new(file, &config, move |config: SmscConfig| {
        if let Some(new) = system_ids(&config).into_iter().find(|id| !known.contains(id)) {
            return Err(format!("the system_id `{new}` is new: that needs a restart").into());
        }
        listed.replace(accounts_of(&config)?);
        Ok(())
    })?;
    let (views, phones) = watch::channel(Arc::default());
    let centre = Centre::new((smsc, journal), store, server, system_ids(&config), &config, views)?;
    let happenings = centre.start()?;
    if let Some(page) = &config.page {
        let acts = happenings.clone();
        let board = page::Board {
            phones,
            act: Box::new(move |act| drop(acts.send(Happening::Act(act)))),
            hint: page.hint.clone(),
        };
        let url = page::serve(page::bind(page.listen).await?, board).await?;
        crate::file::write(&page.url_file, format!("{url}\n").as_bytes(), 0o600)?;
    }
    tokio::spawn(async move {
        while let Some(batch) = batches.recv().await {
            if happenings.send(Happening::Smpp(batch)).is_err() {
                return;
            }
        }
    });
    serve_until_told("smsc", supervised, reload).await
}

fn system_ids(config: &SmscConfig) -> Vec<String> {
    config.esme.iter().map(|esme| esme.system_id.clone()).collect()
}

/// Who may bind, their passwords read from their files.
fn accounts_of(config: &SmscConfig) -> Result<Vec<Account>, CommandError> {
    config.esme.iter().map(|esme| account(&esme.system_id, &esme.password_file)).collect()
}

/// Makes the radio as bad as the configuration says.
fn make_bad(smsc: &mut Smsc, radio: &config::smsc::Radio) -> Result<Option<Journal>, CommandError> {
    let &config::smsc::Radio { seed, loss, duplicate, reorder, .. } = radio;
    tracing::warn!(seed, loss, duplicate, reorder, "the radio is bad on purpose");
    smsc.set_faults(Some(BadRadio { seed, loss, duplicate, reorder }.switch()?));
    if radio.journal.is_some() {
        smsc.observe();
    }
    radio.journal.as_deref().map(Journal::create).transpose()
}

fn account(system_id: &str, password_file: &std::path::Path) -> Result<Account, CommandError> {
    let password = read_secret(password_file)?;
    let password = password.trim_ascii();
    if password.is_empty() {
        return Err(format!("{} is empty: a bind needs a password", password_file.display()).into());
    }
    Ok(Account { system_id: COctetString::new(system_id.as_bytes())?, password: Password::new(password)? })
}
