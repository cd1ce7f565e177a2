/// Ends the process when its holder's thread or task panics: what it guards is nothing without it, and a restart resumes
/// from what is durable.
pub(crate) struct LastWord(pub(crate) &'static str);

impl Drop for LastWord {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!(what = self.0, "has failed beyond repair; the process ends");
            std::process::abort();
        }
    }
}
