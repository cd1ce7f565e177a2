/// What a command fails with: a sentence that says what happened and what to do.
pub(crate) type CommandError = Box<dyn std::error::Error + Send + Sync>;
