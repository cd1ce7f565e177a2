//! What a handset shows.

/// What a handset shows at one moment, for a page or a scripted person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screen {
    /// What the person can do now.
    pub state: ScreenState,
    /// Who asks; empty when nothing is asked.
    pub title: String,
    /// DataToBeDisplayed beside a text; empty when there is none.
    pub headline: String,
    /// The text to be signed, the label of a digest, or what a new key is for.
    pub text: String,
    /// What is asked; none while nothing is.
    pub kind: Option<Asked>,
    /// PIN tries left before the PIN is blocked.
    pub tries_left: u8,
    /// When the request ends by itself, in milliseconds since 1970.
    pub deadline_ms: Option<u64>,
    /// How the last request or the last entry ended.
    pub notice: Option<Notice>,
    /// Whether the handset reaches the network.
    pub in_coverage: bool,
    /// Whether the screen is taken by something else, a call for instance: a request waits unseen.
    pub busy: bool,
}

/// What the person can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenState {
    /// Nothing is asked.
    Idle,
    /// A request waits behind something else on the screen.
    Pending,
    /// The text is shown and the PIN asked: [`crate::PersonAction::EnterPin`] or `Cancel`.
    AskPin,
    /// A wrong PIN was typed and tries are left: as `AskPin`.
    AskPinAgain,
    /// A new PIN is asked, twice: [`crate::PersonAction::ChoosePin`] or `Cancel`.
    ChoosePin {
        /// Fewest digits the card accepts.
        min: u8,
        /// Most digits the card accepts.
        max: u8,
    },
}

/// The kind of request on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A text is to be signed.
    Sign,
    /// A text is to be confirmed with the authentication key.
    Authenticate,
    /// A digest is to be signed: the handset cannot show the document itself, and says so.
    Digest,
    /// A new key is to be made.
    NewKey,
}

/// How the last request or entry ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// A signature was made.
    Signed,
    /// A key was made.
    KeyMade,
    /// The person cancelled.
    Cancelled,
    /// The asking side withdrew the request.
    Withdrawn,
    /// Time ran out.
    Expired,
    /// The PIN is blocked.
    PinBlocked,
    /// A wrong PIN was typed.
    WrongPin,
    /// What was typed twice differed, or was not a PIN the card accepts.
    PinNotAccepted,
    /// The card failed.
    CardError,
}
